# SPDX-License-Identifier: Apache-2.0
"""The probe: a guest that tries what hardware does, and says for each case whether it is so."""

import json
import re

import pytest

from machine import NEWER_QEMU, ROOT
from systems import COUNTED, OFF, PROBE, SHARED, probe, rt, system


def verdicts(machine, name="probe"):
    """The verdict of each case that has ended."""
    return dict(re.findall(rf"^\[{name}\] probe: ([\w-]+): (.*)$", machine.said, re.MULTILINE))


def run_all(boot, cpus, *arguments, **options):
    """Every case that can follow another, to the end of the machine."""
    machine = boot(system(probe("all", cpus=" ".join(map(str, range(cpus))))), *arguments, **options)
    machine.expect(OFF.format("probe"), since=0)
    machine.expect_off()
    failed = [line for line in machine.said.splitlines() if "FAILED" in line]
    assert not failed, "\n".join(failed)
    assert len(verdicts(machine)) >= 40 and set(verdicts(machine).values()) == {"ok"}
    return machine


@pytest.mark.parametrize("cpus", range(1, 9))
def test_all_cases_on_1_to_8_cpus(boot, cpus):
    machine = run_all(boot, cpus)
    machine.expect(rf"processors: {cpus} of {cpus} online", since=0)


def test_all_cases_on_the_newest_processor(boot):
    run_all(boot, 2, "-cpu", "max")


def test_all_cases_on_the_newer_qemu(boot):
    run_all(boot, 4, qemu=NEWER_QEMU)


def test_all_cases_on_the_newest_processor_of_the_newer_qemu(boot):
    run_all(boot, 2, "-cpu", "max", qemu=NEWER_QEMU)


def test_all_cases_with_two_security_states(boot):
    machine = run_all(boot, 2, "-machine", "secure=on")
    machine.expect("two security states: physical interrupts are Group 1, taken as IRQ", since=0)


# What a VM shares with the machine that images are built for.
AS_ON_THE_MACHINE = ("exception-levels", "set-and-way", "virt-transports", "virt-flash", "virt-pci", "virt-clock",
                     "virt-gpio", "virt-fw-cfg")
VIRT = 'machine = "virt";'


@pytest.mark.parametrize("qemu, cpu", [(None, "cortex-a72"), (NEWER_QEMU, "max")])
def test_the_same_without_signalbox(native, qemu, cpu):
    machine = native(PROBE, f"case={','.join(AS_ON_THE_MACHINE)}", "-cpu", cpu, qemu=qemu)
    machine.expect_off()
    assert re.findall(r"^probe: ([\w-]+): ok$", machine.said, re.MULTILINE) == list(AS_ON_THE_MACHINE)
    assert "FAILED" not in machine.said


@pytest.mark.parametrize("qemu, cpu", [(None, "cortex-a72"), (NEWER_QEMU, "max")])
def test_a_vm_is_the_machine_that_images_are_built_for(boot, qemu, cpu):
    machine = boot(system(probe(",".join(AS_ON_THE_MACHINE), more=VIRT)), "-cpu", cpu, qemu=qemu)
    machine.expect(OFF.format("probe"), since=0)
    assert verdicts(machine) == {case: "ok" for case in AS_ON_THE_MACHINE}, machine.excerpt()
    assert "warning" not in machine.said


def test_what_is_read_there_is_no_exit(boot):
    """Two VMs that differ in how often they look."""
    looks = {"once": 1, "often": 101}
    machine = boot(system(*(probe("virt-look", name, str(cpu), VIRT, looks=times)
                            for cpu, (name, times) in enumerate(looks.items())), root="stay;"))
    for name in looks:
        machine.expect(rf"^\[{name}\] probe: virt-look: ok$", since=0)
        machine.expect(OFF.format(name), since=0)
    counted = [json.loads(text)["causes"] for text in machine.monitor(*(f"vm {name} --json" for name in looks))]
    aborts = [sum(sum(row["vcpus"]) for row in causes if row["cause"] == "data abort") for causes in counted]
    assert aborts[0] == aborts[1] > 0


def test_flash_of_the_machine_takes_its_place(boot, tmp_path):
    flash = tmp_path / "flash"
    flash.write_bytes(bytes([0x5a]) * (64 << 20))
    machine = boot(system(probe("virt-look", "owner", "0", f'{VIRT} devices = "/flash@0";', flash="0x5a5a5a5a"),
                          probe("virt-look", "other", "1", VIRT)),
                   "-drive", f"file={flash},if=pflash,index=1,format=raw")
    for name in "owner", "other":
        machine.expect(rf"^\[{name}\] probe: virt-look: ok$", since=0)
        machine.expect(OFF.format(name), since=0)


@pytest.mark.parametrize("case", ["reset", "reset2"])
def test_a_guest_resets_itself(boot, case):
    """Its memory is clean each time, its image pristine; what it shares with others stays."""
    machine = boot(system(probe(case, more=SHARED), root="shared-memory { table { size = <0x1000>; }; };"))
    for number in 1, 2, 3:
        machine.expect(r"^\[probe\] probe: boot, memory clean, data pristine$")
        machine.expect(rf"^\[probe\]   boot {number}$")
    machine.expect(rf"^\[probe\] probe: {case}: ok$")
    machine.expect(OFF.format("probe"), since=0)
    machine.expect_off()
    assert machine.said.count("[probe] resets") == 2
    assert "FAILED" not in machine.said


def test_ping_pong_in_shared_memory(boot):
    machine = boot(ROOT / "systems/shared.dts")
    for name in "a", "b":
        machine.expect(rf"^\[{name}\]   ok: role {name}: 1000 rounds, \d+ doorbells$", since=0)
        machine.expect(rf"^\[{name}\] probe: ping-pong: ok$")
    machine.expect_off()


def test_keys_reach_the_attached_guest(boot):
    machine = boot(system(probe("echo"), root='console = "probe";'))
    machine.expect("probe: type, q ends")
    machine.type("aZ")
    machine.expect("probe: key 0x61")
    machine.expect("probe: key 0x5a")
    machine.escape("\x1d")
    machine.expect("probe: key 0x1d")
    machine.type("q")
    machine.expect("probe: echo: ok")
    machine.expect_off()


def test_a_flood_takes_no_line_from_its_neighbours(boot):
    """
    One guest prints without looking whether its UART is full: it loses, and that is counted. The other looks. Time is
    QEMU's, and the console's work has a tenth of a processor: so more is printed than shown, however quick the host is.
    """
    machine = boot(system(probe("flood", name="careless", cpus="1", lines=10000, careless=True),
                          probe("flood", name="careful", cpus="2", lines=2000), root="housekeeping-cpu = <2>;"),
                   *COUNTED, qemu=NEWER_QEMU)
    machine.expect(r"^\[careless\] [1-9]\d* bytes dropped$")
    machine.expect(r"^\[careful\] probe: flood: ok$", since=0)
    machine.expect(OFF.format("careless"), since=0)
    machine.expect_off()
    shown = re.findall(r"^\[careful\] (flood .*)$", machine.said, re.MULTILINE)
    assert shown == [f"flood {line:06}: the quick brown fox jumps over the lazy dog 0123456789"
                     for line in range(1, 2001)]
    assert not re.search(r"^\[careful\] \d+ bytes dropped", machine.said, re.MULTILINE)


def test_the_real_time_guest_beside_the_probe_keeps_its_state(boot):
    """Floating point and deep stacks, while another VM does everything that a VM can."""
    machine = boot(system(probe("all", cpus="1 2"), rt("reports=3", cpus="0")))
    for number in 1, 2, 3:
        machine.expect(rf"^\[rt\] rt: report {number}: 1000 releases, .* state: ok$")
    machine.expect_off()
    assert "FAILED" not in machine.said
