# SPDX-License-Identifier: Apache-2.0
"""The clock and the GPIO of machine = "virt": in each delivery, beside the machine's own, over a VM's life."""

import re

import pytest

from machine import NEWER_QEMU
from systems import OFF, PROBE, changed_tree, delivery, linux, probe, system

VIRT = 'machine = "virt";'
CLOCK = "/pl031@9010000"
DIRECT = VIRT + delivery("direct")


def expect_cases(machine, cases, name="probe"):
    """These have ended well, and the VM with them."""
    machine.expect(OFF.format(name), since=0)
    verdicts = re.findall(rf"^\[{name}\] probe: ([\w-]+): (.*)$", machine.said, re.MULTILINE)
    assert verdicts == [(case, "ok") for case in cases], machine.excerpt()


@pytest.mark.parametrize("cpus", [1, 2])
def test_interrupts_come_directly(boot, cpus):
    """By physical interrupts of other numbers, since the machine's own devices have these."""
    cases = ["virt-clock", "virt-alarm-of-another", "virt-gpio"][:: 3 - cpus]
    machine = boot(system(probe(",".join(cases), cpus=" ".join(map(str, range(1, cpus + 1))), more=DIRECT)),
                   "-smp", str(cpus + 1))
    expect_cases(machine, cases)
    assert machine.said.count("[probe] its interrupts come directly now") == 1
    assert "through Signalbox" not in machine.said


@pytest.mark.parametrize("case", ["virt-alarm-of-another", "virt-clock-over-a-reset"])
def test_natively(native, case):
    machine = native(PROBE, f"case={case}", "-smp", "2")
    machine.expect(rf"^probe: {case}: ok$")


def test_an_alarm_comes_to_another_processor(boot):
    machine = boot(system(probe("virt-alarm-of-another", cpus="0 1", more=VIRT)), "-smp", "2")
    expect_cases(machine, ["virt-alarm-of-another"])


@pytest.mark.parametrize("more", [VIRT, DIRECT])
def test_a_reset_keeps_the_time(boot, more):
    machine = boot(system(probe("virt-clock-over-a-reset", cpus="1", more=more)), "-smp", "2")
    expect_cases(machine, ["virt-clock-over-a-reset"])
    assert machine.said.count("[probe] resets") == 1


def test_the_clock_of_the_machine_takes_its_place(boot):
    """The VM that owns it has that one; the other VM has its own, which began with the time of that one."""
    machine = boot(system(probe("rtc", "owner", "0", f'{VIRT} devices = "{CLOCK}";'),
                          probe("virt-clock", "other", "1", VIRT, **{"not-before": 1700000000})),
                   "-rtc", "base=2024-01-01", qemu=NEWER_QEMU)
    expect_cases(machine, ["rtc"], "owner")
    expect_cases(machine, ["virt-clock"], "other")


def test_without_a_clock_time_begins_at_0(boot, tmp_path):
    changed = changed_tree(tmp_path, f'/ {{ {CLOCK[1:]} {{ status = "disabled"; }}; }};', "-smp", "2", "-m", "256")
    machine = boot(system(probe("virt-clock", more=VIRT, **{"not-before": 0})), *changed)
    machine.expect(r"^\[signalbox\] .* this machine has no clock \(PL031\): those of VMs begin at 0, which is 1 January "
                   r"1970$", since=0)
    expect_cases(machine, ["virt-clock"])
    assert re.search(r"ok: its time is \d{1,4}$", machine.said, re.MULTILINE)


def test_the_clock_in_linux(boot):
    """Its driver finds it in the device tree that Signalbox makes."""
    machine = boot(system(linux("test=rtc", cpus="0", more=VIRT)))
    machine.expect(r"^\[linux\] test: rtc: ok$", since=0)
    machine.expect(OFF.format("linux"), since=0)
