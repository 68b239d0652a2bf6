# SPDX-License-Identifier: Apache-2.0
"""
What one VM may take of another one's time by what it asks of Signalbox: next to nothing, whatever it is permitted and
however many ask. Time is QEMU's, which runs the processors in turn: so the control is the same system, whose culprits
spin instead of asking. Both runs are the same to the instruction each time, however busy the host is.
"""

import re

import pytest

from machine import NEWER_QEMU
from systems import COUNTED, NEIGHBOUR, delivery, system, vm

BEGIN = 1000  # milliseconds
REPORTS = 6  # of half a second each; the first two are over before the culprits begin
KEPT = 0.9
KEPT_TICKS = 0.75  # which of these come depends on how QEMU's turns fall, too
RTC = "/pl031@9010000"
GPIO = "/pl061@9030000"
CONTROL = 'permissions = "irq-control";'


def shared(doorbell):
    return f"shared-memory {{ table {{ address = <0x80000000>; doorbell = <{doorbell}>; }}; }};"


def victim(more="", cpus="1", reports=REPORTS):
    return vm("victim", NEIGHBOUR, cpus, bootargs=f"case=victim reports={reports}", more=more)


def culprit(name, case, cpus, more="", words=""):
    return vm(name, NEIGHBOUR, cpus, bootargs=f"case={case} begin={BEGIN} {words}", more=more)


# The VMs of a system, as a function of what the culprits do. The victim is VM 0.
SYSTEMS = {
    # On the processor that does the console's work.
    "print": lambda case: [victim(cpus="0"), culprit("one", case, "1"), culprit("two", case, "2")],
    "ring": lambda case: [victim(shared(40)), culprit("one", case, "2", shared(41)),
                          culprit("two", case, "3", shared(42))],
    "route": lambda case: [victim(f'devices = "{RTC}";', cpus="1 2"),
                           culprit("one", case, "3", CONTROL, "intid=34 to=0")],
    "ferry": lambda case: [victim(f'devices = "{RTC}";'), vm("other", NEIGHBOUR, "2", bootargs="case=spin",
                                                              more=f'receives = "{RTC}";'),
                           culprit("one", case, "3", CONTROL, "intid=34 to=0 and=1")],
    "flush": lambda case: [victim(f'receives = "{GPIO}";'),
                           culprit("one", case, "2", f'devices = "{GPIO}";', "intid=39 me=1")],
    "deliver": lambda case: [victim('permissions = "direct";'), culprit("one", case, "2", CONTROL, "to=0"),
                             culprit("two", case, "3", CONTROL, "to=0")],
    # The victim may be given what the culprit, which does not answer, is to give it.
    "block": lambda case: [victim(f'receives = "{RTC}";'),
                           culprit("one", case, "2 3", delivery("direct") + f' devices = "{RTC}";', "to=1"),
                           culprit("mover", "ferry" if case == "block" else "spin", "4", CONTROL, "intid=34 to=0 and=1")],
}


def turns(boot, vms):
    root = "housekeeping-cpu = <0>; shared-memory { table { size = <0x1000>; }; };"
    machine = boot(system(*vms, root=root), "-smp", "5", *COUNTED, "-rtc", "clock=vm", qemu=NEWER_QEMU)
    machine.expect(rf"^\[victim\] victim: report {REPORTS}: .*$", since=0)
    reports = re.findall(r"^\[victim\] victim: report \d+: (\d+) turns, (\d+) ticks$", machine.said, re.MULTILINE)
    assert len(reports) == REPORTS
    machine.qmp("stop")
    return [sum(int(report[n]) for report in reports[3:]) for n in range(2)]


@pytest.mark.parametrize("case", SYSTEMS)
def test_a_victim_keeps_its_time(boot, case):
    control = turns(boot, SYSTEMS[case]("spin"))
    storm = turns(boot, SYSTEMS[case](case))
    assert control[0] > 10000 and control[1] > 100, "the victim gets no turns at all"
    assert storm[0] >= KEPT * control[0], f"{storm[0]} turns of {control[0]}"
    assert storm[1] >= KEPT_TICKS * control[1], f"{storm[1]} timer interrupts of {control[1]}"


def test_a_description_may_allow_more(boot):
    """And the tests above can fail."""
    vms = SYSTEMS["route"]("route")
    vms[0] = victim(f'devices = "{RTC}"; disturbance-percent = <100>;', cpus="1 2")
    control = turns(boot, SYSTEMS["route"]("spin"))
    assert turns(boot, vms)[0] < KEPT * control[0]


def test_a_hundred_moves_a_second_are_never_refused(boot):
    """Beside a VM that only spins: turns of the emulator's length are within each hold."""
    vms = [victim(f'devices = "{RTC}";', cpus="1 2", reports=1000), culprit("one", "gentle", "3", CONTROL, "intid=34 to=0"),
           culprit("two", "spin", "4")]
    machine = boot(system(*vms, root="housekeeping-cpu = <0>;"), "-smp", "5", *COUNTED, "-rtc", "clock=vm",
                   qemu=NEWER_QEMU)
    machine.expect(r"^\[one\] gentle: 200 moves, 0 refused$", since=0)
