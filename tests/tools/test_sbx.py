# SPDX-License-Identifier: Apache-2.0
"""What sbx says, and the codes it ends with."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import termios
import time

import pytest

import patience
from conftest import ROOT, SBX

SYSTEMS = sorted(path.name for path in (ROOT / "systems").glob("*.dts"))


@pytest.mark.parametrize("arguments, code, where, words", [
    (["--help"], 0, "out", "usage: sbx COMMAND FILE"),
    (["check", "--help"], 0, "out", "usage: sbx check FILE"),
    (["build", "--help"], 0, "out", "usage: sbx build FILE -o OUT"),
    (["run", "--help"], 0, "out", "usage: sbx run FILE"),
    ([], 2, "err", "usage: sbx COMMAND FILE"),
    (["fly"], 2, "err", "sbx: there is no command `fly`\nusage: sbx COMMAND FILE"),
    (["check"], 2, "err", "sbx: check: give the file of a system description"),
    (["check", "--fast", "x"], 2, "err", "sbx: check: `--fast` is unknown here"),
    (["check", "x", "y"], 2, "err", "sbx: check: `y` is unknown here"),
    (["check", "x", "-o", "y"], 2, "err", "sbx: check: `-o` is unknown here"),
    (["check", "x", "--machine"], 2, "err", "sbx: check: `--machine` is unknown here"),
    (["build", "x", "--analyse"], 2, "err", "sbx: build: `--analyse` is unknown here"),
    (["run", "x", "--json"], 2, "err", "sbx: run: `--json` is unknown here"),
    (["build", "x"], 2, "err", "sbx: build: name the output file with -o OUT"),
    (["check", "absent.dts"], 2, "err", "sbx: absent.dts: No such file or directory"),
])
def test_command_line(desk, arguments, code, where, words):
    got, out, err = desk.sbx(*arguments)
    assert got == code
    assert words in {"out": out, "err": err}[where]
    assert {"out": err, "err": out}[where] == ""


@pytest.mark.parametrize("name", SYSTEMS)
def test_examples_are_fine(desk, name):
    code, out, err = desk.sbx("check", str(ROOT / "systems" / name))
    assert (code, err) == (0, "")
    assert "housekeeping on processor" in out


def test_check_tells_what_the_system_is(desk, qemu_virt):
    desk.describe("cpus = <1 2>; devices = \"/pl031@9010000\"; shared-memory { table { doorbell = <64>; }; };",
                  root="shared-memory { table { size = <0x2000>; }; };")
    code, out, err = desk.sbx("check", "system.dts", "--machine", str(qemu_virt))
    assert (code, err) == (0, "")
    assert re.search(r"^machine: linux,dummy-virt, 4 processors; housekeeping on processor 0$", out, re.M)
    assert re.search(r"^box +1 2 +16 MiB at 0x40000000 +raw +emulated +/pl031@9010000$", out, re.M)
    assert re.search(r"^box: starts at 0x40080000; device tree at 0x40[0-9a-f]{6}$", out, re.M)
    assert "shared memory table, 8 KiB: box at 0xb000000 doorbell 64;" in out
    assert "\033" not in out


def test_check_marks_devices_that_come_later(desk):
    out = desk.sbx("check", str(ROOT / "systems/demo.dts"))[1]
    assert re.search(r"^linux .* /pl031@9010000$", out, re.M)
    assert re.search(r"^rt .* /pl031@9010000 \(receives\)$", out, re.M)


def test_check_json(desk, qemu_virt):
    desk.describe("cpus = <1>; bootargs = \"say \\\"hello\\\"\"; devices = \"/nowhere\";")
    code, out, err = desk.sbx("check", "system.dts", "--json", "--machine", str(qemu_virt))
    answer = json.loads(out)
    assert (code, err) == (1, "")
    assert answer["fine"] is False and answer["machine_known"] is True
    assert ["/vms/box: devices: the machine has no \"/nowhere\"" in line for line in answer["messages"]] == [True]
    assert answer["vms"][0]["cpus"] == [1] and answer["vms"][0]["valid"] is False
    assert answer["vms"][0]["bootargs"] == 'say "hello"'


SHARING = """/dts-v1/;
/ { compatible = "signalbox,system"; housekeeping-cpu = <%u>; vms {
	rt { cpus = <1>; priority = <20>; budget-us = <2000>; period-us = <10000>; %s };
	mid { cpus = <1 3>; priority = <18>; budget-us = <1000>; period-us = <8000>; %s };
	linux { cpus = <1 1 2>; %s };
	low { cpus = <1>; priority = <1>; budget-us = <100>; period-us = <1000>; budget-hard; %s };
}; };
""".replace("%s", 'memory-size = <0x400000>; image = /incbin/("raw.bin");')


def test_check_tells_which_processors_are_shared(desk, qemu_virt):
    desk.write("system.dts", SHARING % 0)
    code, out, err = desk.sbx("check", "system.dts", "--machine", str(qemu_virt))
    assert (code, err) == (0, "")
    assert re.findall("^processor .*", out, re.M) == [
        "processor 1 is shared by 5 vCPUs: rt.0 mid.0 linux.0 linux.1 low.0; budgets take 42.5 %, 2 of them have none"]
    assert "after it wakes" not in out and "bounds" not in out
    answer = json.loads(desk.sbx("check", "system.dts", "--machine", str(qemu_virt), "--json")[1])
    assert "bounds_assume" not in answer
    shared, = answer["shared_processors"]
    assert (shared["processor"], shared["promised_percent"], len(shared["vcpus"])) == (1, 42.5, 5)
    assert shared["vcpus"][4] == {"vm": "low", "vcpu": 0, "priority": 1, "slice_us": 5000, "budget_us": 100,
                                  "period_us": 1000, "budget_hard": True}
    assert "budget_us" not in shared["vcpus"][3] and shared["vcpus"][3]["vcpu"] == 1


def test_check_analyses_shared_processors(desk, qemu_virt):
    desk.write("system.dts", SHARING % 0)
    code, out, err = desk.sbx("check", "system.dts", "--machine", str(qemu_virt), "--analyse")
    assert (code, err) == (0, "")
    assert """
rt.0: has run 1980 us at most 2035 us after it wakes
mid.0: has run 980 us at most 3095 us after it wakes
low.0: no bound: vCPU 0 of linux is more urgent and has no budget
bounds: Signalbox is assumed to take at most 50 us at a time, and 5 us for a switch
""" in out
    answer = json.loads(desk.sbx("check", "system.dts", "--machine", str(qemu_virt), "--analyse", "--json")[1])
    vcpus = answer["shared_processors"][0]["vcpus"]
    assert vcpus[0]["bound"] == {"work_us": 1980, "response_us": 2035}
    assert (vcpus[3]["bound"], vcpus[3]["no_bound"]) == (None, "it has no budget")
    assert answer["bounds_assume"] == {"section_us": 50, "switch_us": 5}


def test_analysis_counts_the_work_of_the_console(desk, qemu_virt):
    """On the housekeeping processor: 50 us, and costs of 60 us, in each of 600 us."""
    desk.write("system.dts", SHARING % 1)
    out = desk.sbx("check", "system.dts", "--machine", str(qemu_virt), "--analyse")[1]
    assert "rt.0: has run 1980 us at most 2585 us after it wakes" in out


def test_analysis_of_a_system_that_shares_nothing(desk, qemu_virt):
    desk.describe("cpus = <1>; budget-us = <1000>; period-us = <2000>;")
    out = desk.sbx("check", "system.dts", "--machine", str(qemu_virt), "--analyse")[1]
    assert out.endswith("bounds: no processor is shared, so no vCPU waits for another\n")


def test_check_tells_where_parts_are(desk, qemu_virt):
    desk.describe("cpus = <1>; tree-address = <0x40200000>; ramdisk = [00];")
    assert "box: starts at 0x40080000; device tree at 0x40200000, ramdisk at 0x40800000\n" in desk.sbx(
        "check", "system.dts", "--machine", str(qemu_virt))[1]
    answer = json.loads(desk.sbx("check", "system.dts", "--json", "--machine", str(qemu_virt))[1])["vms"][0]
    assert [answer[f"{part}_address"] for part in ("entry", "tree", "ramdisk")] == [0x40080000, 0x40200000, 0x40800000]
    desk.describe("cpus = <1>; memory-identity;")  # where memory is, is not known before boot
    assert "device tree at" not in desk.sbx("check", "system.dts", "--machine", str(qemu_virt))[1]


@pytest.mark.parametrize("properties, is_remarked", [
    ("", True),
    ("memory-identity;", True),
    ("load-address = <0x40200000>;", False),
])
def test_check_remarks_where_a_raw_image_goes(desk, qemu_virt, properties, is_remarked):
    desk.describe("cpus = <1>; " + properties)
    code, out, err = desk.sbx("check", "system.dts", "--machine", str(qemu_virt))
    assert (code, err) == (0, "")
    assert is_remarked == ("\nbox: the image is raw and has no load-address: it is put 0x80000 above the start of "
                           "memory\n" in out)


@pytest.mark.parametrize("name", ["demo.dts", "uboot.dts"])  # a Linux Image and an ELF file; firmware
def test_check_remarks_on_no_other_image(desk, name):
    code, out, _ = desk.sbx("check", str(ROOT / "systems" / name))
    assert code == 0 and "is raw" not in out


def test_names_of_the_machine_are_shown_as_plain_text(desk, qemu_virt, tmp_path):
    """A tree's model and paths may hold what a terminal obeys."""
    machine = tmp_path / "odd.dtb"
    machine.write_bytes(qemu_virt.read_bytes().replace(b"linux,dummy-virt\0", b"l\x1b[2J\xc2\x9b31m\x9d0;\x07vm\0")
                        .replace(b"pl031@9010000\0", b"\xc2\x9b0m1@9010000\0"))
    desk.describe('cpus = <1>; devices = "/\\xc2\\x9b0m1@9010000";')
    code, out, err = desk.sbx("check", "system.dts", "--machine", str(machine))
    assert (code, err) == (0, "")
    assert re.search(r"^machine: l\?\[2J\?\?31m\?0;\?vm, 4 processors", out, re.M), out
    assert re.search(r"^box .* /\?\?0m1@9010000$", out, re.M), out
    code, out, err = desk.sbx("check", "system.dts", "--json", "--machine", str(machine))
    assert code == 0 and "??0m1@9010000" in str(json.loads(out)["vms"][0]["devices"])


@pytest.mark.parametrize("properties, words", [
    ("cpus = <0>; delivery = \"direct\";", "delivery: its interrupts will come through Signalbox"),
    ("cpus = <1 0>; delivery = \"auto\";", "delivery: its interrupts will come through Signalbox"),
    ("cpus = <0>; permissions = \"direct\";", "permissions: its interrupts can only come through Signalbox"),
    ("cpus = <1>; delivery = \"direct\";", None),
    ("cpus = <0>;", None),
])
def test_check_foresees_delivery(desk, qemu_virt, properties, words):
    """In the words of the log; it is no mistake."""
    desk.describe(properties)
    code, out, err = desk.sbx("check", "system.dts", "--machine", str(qemu_virt))
    assert code == 0 and "box" in out
    why = ("one of its processors also does the console's work; give it another processor, "
           "or name another housekeeping-cpu")
    assert err == (f"/vms/box: {words}: {why}\n" if words else "")


def test_check_says_each_mistake(desk):
    desk.describe("cpus = <1 1>; permissions = \"direct\"; memry = <1>;")
    code, out, err = desk.sbx("check", "system.dts")
    assert (code, out) == (1, "")
    assert "/vms/box: cpus: " in err and "/vms/box: memry: " in err


def test_check_is_against_the_machine_given(desk, qemu_virt):
    desk.describe("cpus = <5>;")
    assert desk.sbx("check", "system.dts")[0] == 0  # QEMU's machine has as many as it takes
    code, _, err = desk.sbx("check", "system.dts", "--machine", str(qemu_virt))
    assert code == 1 and "/vms/box: cpus: processor 5 does not exist" in err


@pytest.mark.parametrize("machine", ["raw.bin", "absent.dtb"])
def test_check_refuses_what_is_no_machine(desk, machine):
    desk.describe("cpus = <1>;")
    code, _, err = desk.sbx("check", "system.dts", "--machine", machine)
    assert code == 2 and f"sbx: {machine}: " in err


def test_check_without_qemu_tells_what_is_left_out(desk):
    desk.environment["SBX_QEMU"] = "/absent/qemu"
    desk.describe("cpus = <1>; devices = \"/nowhere\";")
    code, out, err = desk.sbx("check", "system.dts")
    assert code == 0 and "box" in out
    assert "sbx: /absent/qemu does not tell its machine's device tree; give one with --machine" in err
    assert "no machine is given: devices, processors and the amount of memory are not checked" in err


def test_a_reference_that_is_left_out_is_said(desk):
    desk.describe("cpus = <1>; devices = \"/gpio-keys\";")
    code, _, err = desk.sbx("check", "system.dts")
    assert code == 0
    assert re.search(r"^/vms/box: devices: gpios of /gpio-keys/\S+ is left out: it refers to /pl061@9030000", err)


def test_dtc_tells_file_and_line(desk):
    desk.write("broken.dts", "/dts-v1/;\n/ {\n\tmemory = <1>\n};\n")
    code, _, err = desk.sbx("check", "broken.dts")
    assert code == 1 and "broken.dts:4." in err
    desk.describe("cpus = <1>; ramdisk = /incbin/(\"absent.cpio\");")
    code, _, err = desk.sbx("check", "system.dts")
    assert code == 1 and "absent.cpio" in err
    assert "sbx: system.dts: dtc cannot compile it; /include/ and /incbin/ look for files beside it, " \
        f"then in {ROOT}\n" in err


@pytest.mark.parametrize("command", [["check"], ["build", "-o", "out.dtb"], ["run"]])
def test_what_only_the_checks_of_dtc_find_is_a_mistake(desk, command):
    """dtc ends with 2 then; sbx ends with 2 when it cannot do its work."""
    desk.describe("cpus = <1>; }; box { cpus = <2>;")
    code, _, err = desk.sbx(command[0], "system.dts", *command[1:])
    assert code == 1 and "Duplicate node name" in err and "sbx: system.dts: dtc cannot compile it; " in err


def test_dtc_that_is_killed(desk):
    program = desk.place / "dtc"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    desk.environment["PATH"] = f"{desk.place}:{desk.environment['PATH']}"
    desk.describe("cpus = <1>;")
    assert desk.sbx("check", "system.dts") == (2, "", "sbx: system.dts: dtc was ended by signal 9\n")


def test_dtc_that_is_not_there(desk):
    desk.environment["PATH"] = "/absent"
    desk.describe("cpus = <1>;")
    code, _, err = desk.sbx("check", "system.dts")
    assert code == 2 and "sbx: dtc: No such file or directory; Debian's package device-tree-compiler has it" in err


def test_build_then_check_what_was_built(desk):
    desk.describe("cpus = <1>; ramdisk = /incbin/(\"LICENSE\");")  # from the top of the project
    assert desk.sbx("build", "system.dts", "-o", "system.dtb") == (0, "", "")
    assert desk.sbx("check", "system.dtb") == desk.sbx("check", "system.dts")
    code, out, _ = desk.sbx("check", "system.dtb", "--json")
    assert code == 0 and json.loads(out)["vms"][0]["image"] == "raw"


def test_build_writes_a_system_of_which_a_part_may_start(desk):
    desk.describe("cpus = <1>; memry = <1>;")
    code, _, err = desk.sbx("build", "system.dts", "-o", "system.dtb")
    assert code == 1 and "/vms/box: memry: " in err
    assert (desk.place / "system.dtb").exists()


@pytest.mark.parametrize("machine", ["raw.bin", "absent.dtb", "el1.dtb"])
def test_build_writes_nothing_when_it_cannot_check(desk, qemu_virt, machine):
    """The file of an earlier build is left as it is."""
    if machine == "el1.dtb":
        subprocess.run(["fdtput", "-d", shutil.copy(qemu_virt, desk.place / machine), "/intc@8000000", "interrupts"],
                       check=True)
    desk.describe("cpus = <1>;")
    code, _, err = desk.sbx("build", "system.dts", "-o", "system.dtb", "--machine", machine)
    assert code == 2 and ("maintenance interrupt is missing" in err) == (machine == "el1.dtb")
    assert not (desk.place / "system.dtb").exists()
    desk.write("system.dtb", "of an earlier build")
    assert desk.sbx("build", "system.dts", "-o", "system.dtb", "--machine", machine)[0] == 2
    assert (desk.place / "system.dtb").read_text() == "of an earlier build"


def test_build_where_it_cannot_write(desk):
    desk.describe("cpus = <1>;")
    code, _, err = desk.sbx("build", "system.dts", "-o", "absent/system.dtb")
    assert code == 2 and "sbx: absent/system.dtb: No such file or directory" in err


def test_a_tree_that_is_no_description(desk, qemu_virt):
    code, _, err = desk.sbx("check", str(qemu_virt))
    assert code == 1 and "compatible: must be \"signalbox,system\"" in err
    code, _, err = desk.sbx("run", str(qemu_virt))
    assert code == 1 and "is not a system description" in err


def dry_run(desk, *extra):
    code, out, err = desk.sbx("run", "--dry-run", "system.dts", *extra)
    assert (code, err) == (0, "")
    build, qemu = out.splitlines()
    assert build.split()[1:] == ["build", "system.dts", "-o", "/tmp/system.dtb"]
    return qemu.split()


@pytest.mark.parametrize("vm, root, processors, memory", [
    ("cpus = <0>;", "", "1", "256M"),
    ("cpus = <1 3>;", "", "4", "256M"),
    ("cpus = <1>;", "housekeeping-cpu = <5>;", "6", "256M"),
    ("cpus = <1>;", "shared-memory { table { size = <0x4000000>; }; };", "2", "320M"),
    ("cpus = <1>; memory-identity; memory-address = <0x80000000>;", "", "2", "1088M"),
])
def test_the_machine_holds_the_system(desk, vm, root, processors, memory):
    desk.describe(vm, root=root)
    words = dry_run(desk)
    assert words[words.index("-smp") + 1] == processors
    assert words[words.index("-m") + 1] == memory
    assert words[words.index("-initrd") + 1] == "/tmp/system.dtb"
    assert words[words.index("-kernel") + 1] == str(SBX.parent / "signalbox")


def test_run_adds_the_persons_arguments(desk):
    desk.describe("cpus = <0>;")
    desk.environment["SBX_IMAGE"] = "/other/image"
    words = dry_run(desk, "--", "-m", "2G", "-serial", "file:out put")
    assert words[-5:] == ["-m", "2G", "-serial", "'file:out", "put'"]
    assert words.count("-serial") == 1 and "/other/image" in words


def test_run_passes_the_exit_code_on_and_leaves_nothing(desk, tmp_path):
    desk.fake_qemu('while [ "$1" != -initrd ]; do shift; done; cmp "$2" want.dtb && echo "same, $3"; exit 7')
    desk.describe("cpus = <0>;")
    desk.environment["TMPDIR"] = str(tmp_path)
    desk.sbx("build", "system.dts", "-o", "want.dtb")
    before = sorted(os.listdir(tmp_path))
    assert desk.sbx("run", "system.dts", "--", "more") == (7, "same, more\n", "")
    assert sorted(os.listdir(tmp_path)) == before


def test_run_without_qemu(desk):
    desk.environment["SBX_QEMU"] = "/absent/qemu"
    desk.describe("cpus = <0>;")
    code, _, err = desk.sbx("run", "system.dts")
    assert code == 2 and "sbx: /absent/qemu: No such file or directory; Debian's package qemu-system-arm has it" in err


def wait_until(true):
    end = patience.Patience(os.getpid())
    while not true():
        assert not end.is_over()
        time.sleep(0.02)


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_run_takes_qemu_with_it(desk, number, code):
    desk.fake_qemu("echo $$ > pid; exec sleep infinity")
    desk.describe("cpus = <0>;")
    sbx = subprocess.Popen([SBX, "run", "system.dts"], cwd=desk.place, env=desk.environment, stdin=subprocess.DEVNULL)
    pid = desk.place / "pid"
    wait_until(lambda: pid.exists() and pid.read_text().endswith("\n"))
    qemu = int(pid.read_text())
    sbx.send_signal(number)
    assert sbx.wait(patience.NET_SECONDS) == code

    def gone():
        try:
            return open(f"/proc/{qemu}/stat").read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    wait_until(gone)


def test_run_passes_a_signal_on_at_once(desk):
    """However early it comes: sent by QEMU as its first deed."""
    desk.fake_qemu("kill -TERM $PPID; exec sleep infinity")
    desk.describe("cpus = <0>;")
    for _ in range(20):
        done = patience.run([SBX, "run", "system.dts"], cwd=desk.place, env=desk.environment, stdin=subprocess.DEVNULL)
        assert done.returncode == 128 + signal.SIGTERM


def test_run_restores_the_terminal(desk):
    desk.fake_qemu('echo "$@" > words; stty raw -echo; kill -9 $$')
    desk.describe("cpus = <0>;")
    master, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    done = patience.run([SBX, "run", "system.dts"], cwd=desk.place, env=desk.environment, stdin=terminal)
    assert done.returncode == 128 + signal.SIGKILL
    assert termios.tcgetattr(terminal) == before
    assert "signal=off" in (desk.place / "words").read_text()  # Ctrl-C is the guest's
    os.close(master)
    os.close(terminal)
