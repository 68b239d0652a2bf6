# SPDX-License-Identifier: Apache-2.0
"""The demonstration, as a person sees and steers it."""

import json
import re
import subprocess

import pytest

import patience
from lines import boot_with_lines
from machine import BUILD, NEWER_QEMU, ROOT
from systems import COUNTED, OFF, probe, rt, system

CLOCK = 34  # the interrupt of the PL031
PL031, RTC_MR = 0x0901_0000, 4
DEMO = ROOT / "systems/demo.dts"
PROMPT = r"linux:/# "
REPORT = r"rt: report (\d+): 1000 releases, \d+ missed, worst [\d.]+ us late, 1000 interrupts, state: ok$"


def test_views_and_monitor(boot):
    machine = boot(DEMO)
    machine.expect(r"^-- Ctrl-\] h for help, Ctrl-\] q to quit; VMs: 0 linux, 1 rt --$")
    machine.expect(r"^-- linux: keys go to this VM; Ctrl-\] h for help --$")
    machine.expect(PROMPT)
    machine.type("echo $((6 * 7))\n")
    machine.expect(r"^42$")

    machine.escape("n")
    machine.expect(r"^-- rt: keys go to this VM; Ctrl-\] h for help --$")
    first = int(machine.expect("^" + REPORT)[1])
    machine.escape("n")
    machine.expect(r"^-- all VMs, line by line; keys go to no VM: Ctrl-\] 0\.\.9 attaches one --$")
    assert int(machine.expect(r"^\[rt\] " + REPORT)[1]) > first
    machine.escape("0")
    machine.expect(r"^-- linux: keys go to this VM")
    machine.type("nproc\n")
    machine.expect(r"^2$")
    machine.escape("7")
    machine.expect(r"^-- there is no VM 7 --$")
    machine.escape("h")
    machine.expect(r"^-- VM 0: linux \(attached\) --$")
    machine.expect(r"^-- VM 1: rt --$")

    listed, vms, cpus, irqs, log = machine.monitor("help", "vm", "cpu", "irq", "log 250")
    for command in "help", "vm", "irq", "cpu", "log", "start", "stop", "reset", "attach", "quit":
        assert re.search(rf"^  {command} ", listed, re.MULTILINE), listed
    assert re.search(r"^ 0 linux +running +1-2 +256 MiB", vms, re.MULTILINE), vms
    assert re.search(r"^ 1 rt +running +3 +16 MiB", vms, re.MULTILINE), vms
    assert re.search(r"^ +0 +0 - +- idle .* yes$", cpus, re.MULTILINE), cpus
    assert re.search(r"^ +3 +0x3 rt +0 running", cpus, re.MULTILINE), cpus
    assert re.search(r"^ +27 +level +3 rt +0 direct +yes", irqs, re.MULTILINE), irqs
    assert re.search(r"^ +33 +level +0 signalbox +- +- +yes", irqs, re.MULTILINE), irqs
    assert re.search(r"\[rt\] starts: 1 vCPU", log), log

    as_json, refused = machine.monitor("vm rt --json", "strt rt")
    assert json.loads(as_json)["vm"][0]["name"] == "rt"
    assert refused == 'no command "strt": did you mean "start"?\n'
    machine.type("exit\n")
    machine.expect(OFF.format("linux"), since=0)
    machine.escape("q")
    machine.expect(r"^-- stop all VMs and quit\? y or n --$")
    machine.type("n")
    machine.expect(r"^-- not quit --$")
    machine.escape("q")
    machine.type("y")
    machine.expect_off()


def test_linux_stops_starts_and_resets_while_the_other_goes_on(boot):
    machine = boot(DEMO)
    machine.expect(PROMPT)
    machine.escape("a")
    for command, then in ("stop linux", "is off; its memory is zeroed"), ("start linux", "starts: 2 vCPUs"), \
                         ("reset linux", "resets"):
        begins = machine.cursor
        machine.monitor(command)
        machine.expect(rf"^\[signalbox\] .* \[linux\] {then}", since=begins)
        if command != "stop linux":
            machine.expect(r"^\[linux\] Linux 6\.1\.")
        machine.expect(r"^\[rt\] " + REPORT)
    reports = [int(number) for number in re.findall(r"^\[rt\] rt: report (\d+): ", machine.said, re.MULTILINE)]
    assert reports == list(range(reports[0], reports[0] + len(reports)))
    assert re.search(r"^ 0 linux +running .* 3 virtual *$", machine.monitor("vm"), re.MULTILINE)
    machine.monitor("stop rt")
    machine.expect(OFF.format("rt"), since=0)
    machine.escape("m")
    machine.expect(r"^> ")
    machine.type("quit\r")
    machine.expect_off()


def test_the_clock_goes_from_one_vm_to_the_other_and_back(boot, tmp_path):
    """Linux sets an alarm; the VM that has the clock then gets it. The time is forced: the alarm is triggered from outside."""
    alarm = "echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +{} >/sys/class/rtc/rtc0/wakealarm\n"
    machine, lines = boot_with_lines(boot, tmp_path, DEMO)
    machine.expect(PROMPT)
    machine.type(alarm.format(100000))
    machine.expect(PROMPT)
    assert "rt has it now" in machine.monitor(f"irq move {CLOCK} rt device")
    lines.ask(f"writel {PL031 + RTC_MR:#x} {int(lines.ask(f'readl {PL031:#x}')[0], 0) + 3}")
    machine.escape("1")
    machine.expect(r"^rt: the clock's alarm came, 1 so far$")
    assert "linux has it now" in machine.monitor(f"irq move {CLOCK} linux device")
    machine.escape("0")
    machine.type(alarm.format(3))
    machine.expect(PROMPT)
    machine.type("until grep -q ' 1 .*rtc-pl031' /proc/interrupts; do usleep 10000; done; echo alarm\n")
    machine.expect(r"^alarm$")
    machine.escape("1")
    machine.expect("^" + REPORT)
    assert "came, 2" not in machine.said
    said, row = machine.monitor("irq mode rt virtual", f"irq {CLOCK} --json")
    assert said == "rt has virtual delivery now\n"
    assert json.loads(row)["irq"][0]["moves"] == 2
    machine.expect("^" + REPORT)


def test_what_the_monitor_refuses(boot):
    machine = boot(system(probe("spin"), rt(cpus="1")))
    machine.expect("probe: spinning with interrupts masked")
    started, named, counted = machine.monitor("start rt", "stop tr", "log lots")
    assert started == "rt is running: stop it first, or reset it\n"
    assert named == 'no VM "tr": there are probe, rt\n'
    assert counted.startswith('"lots" is no count of lines')
    machine.monitor("stop rt")
    machine.expect(OFF.format("rt"), since=0)
    assert machine.monitor("stop rt") == "rt is off already\n"
    machine.escape("m")  # and stays there: the machine is off with the last VM
    machine.expect(r"^> ")
    machine.type("stop probe\r")
    machine.expect(OFF.format("probe"))
    machine.expect_off()


def test_keys_for_a_vm_that_is_off(boot):
    """They are lost, which is reported once, and once more in another view."""
    machine = boot(system(rt(cpus="1"), probe("spin", cpus="2")))
    machine.expect(REPORT)
    machine.monitor("stop rt")
    machine.expect(OFF.format("rt"), since=0)
    for _ in range(2):
        machine.escape("0")
        machine.expect(r"^-- rt: keys go to this VM")
        machine.type("abc")
        machine.expect(r"^-- rt does not run: keys are lost; Ctrl-\] m opens the monitor --$")
    machine.monitor("start rt")
    machine.expect(REPORT)
    assert machine.said.count("keys are lost") == 2


def test_no_unfinished_sequence_hides_the_log(boot):
    """The attached VM never ends one, and never stops sending. The other's lines come nevertheless."""
    machine = boot(system(probe("midway", cpus="1"), probe("reset-forever", name="other"), root='console = "probe";'),
                   *COUNTED)
    machine.expect("probe: a sequence without end")
    for _ in range(3):
        machine.expect(r"^\[signalbox\] .* \[other\] asks for a reset$")
        machine.expect(r"^\[signalbox\] .* \[other\] starts: 1 vCPU, ")
    assert "\x18\x1b\\" in machine.said


def test_plain_text_is_plain(boot):
    machine = boot(system(probe("not-text")))
    machine.expect(r"^\[probe\] probe: CSI \?31m, surrogate \?, beyond \?, override \?, isolate \?, mark \?, C1 \?1m, "
                   "tag \\?, letter \u00e4$")
    machine.expect_off()


def test_without_a_terminal_the_demonstration_ends_by_itself():
    """What `make run` does then. QEMU is gone at the end, and so is its memory: test_the_batch_demonstration looks."""
    done = patience.run([BUILD / "sbx", "run", "systems/demo-batch.dts"], cwd=ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    for words in "done, powering off", "rt: done", "[linux] is off", "[rt] is off":
        assert words in done.stdout, done.stdout


@pytest.mark.parametrize("qemu", [None, NEWER_QEMU], ids=["qemu", "newer-qemu"])
def test_the_batch_demonstration(boot, qemu):
    machine = boot(ROOT / "systems/demo-batch.dts", qemu=qemu)
    for number in range(1, 6):
        machine.expect(r"^\[rt\] " + REPORT.replace(r"(\d+)", str(number)), since=0)
    machine.expect(OFF.format("linux"), since=0)
    machine.expect(OFF.format("rt"), since=0)
    machine.expect_off()
    timer = [sum(map(int, row.split())) for row in
             re.findall(r"^\[linux\] +\d+: +(.*?) +GICv3 +27 Level +arch_timer$", machine.said, re.MULTILINE)]
    assert len(timer) == 2 and timer[1] > timer[0]
