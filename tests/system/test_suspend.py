# SPDX-License-Identifier: Apache-2.0
"""PSCI CPU_SUSPEND: what is Signalbox' own comes and goes while a vCPU waits, which only its own interrupts wake."""

import pytest

from systems import DIRECTLY, OFF, delivery, probe, system

CASES = "suspend-timer", "suspend-closed", "suspend-handler", "suspend-cross"


def ends_well(machine, *cases):
    for case in cases:
        machine.expect(rf"^\[probe\] probe: {case}: ok$", since=0)
    machine.expect(OFF.format("probe"), since=0)
    assert "FAILED" not in machine.said


@pytest.mark.parametrize("mode", ["virtual", "direct"])
def test_each_sleep_ends_with_an_interrupt_of_its_own(boot, mode):
    """On the processor that has the console, too, with much to do; and while others look at what is pending there."""
    machine = boot(system(probe(",".join(CASES), cpus="0 1", sleeps=100, more=delivery(mode)),
                          probe("flood", name="noisy", cpus="2", lines=2000)))
    machine.expect(r"^\[probe\]   sleeps, 1$")
    for _ in range(5):
        machine.monitor("list", "irq probe")
    ends_well(machine, *CASES)


def test_each_sleep_ends_with_an_interrupt_of_its_own_in_two_security_states(boot):
    machine = boot(system(probe(",".join(CASES), cpus="0 1", sleeps=100)), "-machine", "secure=on")
    ends_well(machine, *CASES)


def test_its_delivery_changes_while_it_sleeps(boot):
    machine = boot(system(probe("suspend-timer", cpus="1", sleeps=8, us=500000, more=delivery("direct"))))
    machine.expect(DIRECTLY.format("probe"), since=0)
    machine.expect(r"^\[probe\]   sleeps, 1$", since=0)
    for wanted in ["virtual", "direct"] * 3:
        assert f"probe has {wanted} delivery now" in machine.monitor(f"irq mode probe {wanted}")
    ends_well(machine, "suspend-timer")


@pytest.mark.parametrize("mode", ["virtual", "direct"])
def test_it_is_stopped_while_it_sleeps(boot, mode):
    """And sleeps again when it is started again."""
    machine = boot(system(probe("suspend-timer", cpus="1", us=3600000000, more=delivery(mode)), root="stay;"))
    for life in range(2):
        if life:
            machine.monitor("start probe")
        begins = machine.cursor
        machine.expect(r"^\[probe\]   sleeps, 1$")
        machine.monitor("stop probe")
        machine.expect(OFF.format("probe"), since=begins)  # which may have come while the monitor was open
