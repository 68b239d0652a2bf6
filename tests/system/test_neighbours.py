# SPDX-License-Identifier: Apache-2.0
"""
What one VM may take of another one's time by what it asks of Signalbox: next to nothing, whatever it is permitted and
however many ask. Time is QEMU's, which runs the processors in turn: so the control is the same system, whose culprits
spin instead of asking. Both runs are the same to the instruction each time, however busy the host is.

A turn is a fifth of the time to QEMU's next timer, with five processors, so it can be long; and a processor that waits
gives the rest of its turn away. Then it counts how turns happen to fall, and not what Signalbox does (docs/measuring.md).
So a timer of QEMU's own keeps turns short.
"""

import re

import pytest

from machine import NEWER_QEMU
from systems import COUNTED, NEIGHBOUR, OFTEN, delivery, system, vm

BEGIN = 1000  # milliseconds
REPORTS = 6  # of half a second each; the first two are over before the culprits begin
KEPT = 0.97
KEPT_ELSE = {
    "print": 0.9,  # the console's work has a tenth of its processor
    "ring": 0.93,  # an exit in the time of 64,000 instructions; the victim has a quarter of that time
}
SHORT_TURNS = ("-netdev", "hubport,id=none,hubid=0",  # of 20 us at most
               "-object", "filter-buffer,id=beat,netdev=none,interval=100")
RTC = "/pl031@9010000"
GPIO = "/pl061@9030000"
DIRECT = delivery("direct")
CONTROL = 'permissions = "irq-control";'


def shared(doorbell):
    return f"shared-memory {{ table {{ address = <0x80000000>; doorbell = <{doorbell}>; }}; }};"


def victim(more="", cpus="1", reports=REPORTS):
    return vm("victim", NEIGHBOUR, cpus, bootargs=f"case=victim reports={reports}", more=more)


def culprit(name, case, cpus, more="", words=""):
    return vm(name, NEIGHBOUR, cpus, bootargs=f"case={case} begin={BEGIN} {words}", more=more)


def ferried(case, more="", others=""):
    """A VM from which an interrupt is moved to another one, and back."""
    return [victim(f'devices = "{RTC}"; {more}'),
            vm("other", NEIGHBOUR, "2", bootargs="case=spin", more=f'receives = "{RTC}"; {others}'),
            culprit("one", case, "3", CONTROL, "intid=34 to=0 and=1")]


def routed(case, more=""):
    """One whose interrupt goes from one of its processors to the other, and back."""
    return [victim(f'devices = "{RTC}"; {more}', cpus="1 2"), culprit("one", case, "3", CONTROL, "intid=34 to=0")]


# The VMs of a system, as a function of what the culprits do: by default what the name begins with. The victim is VM 0.
SYSTEMS = {
    # On the processor that does the console's work.
    "print": lambda case: [victim(cpus="0"), culprit("one", case, "1"), culprit("two", case, "2")],
    "ring": lambda case: [victim(shared(40)), culprit("one", case, "2", shared(41)),
                          culprit("two", case, "3", shared(42))],
    "route": routed,
    "route, direct": lambda case: routed(case, DIRECT),
    "ferry": ferried,
    "ferry, direct": lambda case: ferried(case, DIRECT),
    "ferry, both direct": lambda case: ferried(case, DIRECT, DIRECT),
    "flush": lambda case: [victim(f'receives = "{GPIO}";'),
                           culprit("one", case, "2", f'devices = "{GPIO}";', "intid=39 me=1")],
    "deliver": lambda case: [victim('permissions = "direct";'), culprit("one", case, "2", CONTROL, "to=0"),
                             culprit("two", case, "3", CONTROL, "to=0")],
    # The victim may be given what the culprit, which does not answer, is to give it.
    "block": lambda case: [victim(f'receives = "{RTC}";'),
                           culprit("one", case, "2 3", DIRECT + f' devices = "{RTC}";', "to=1"),
                           culprit("mover", "ferry" if case == "block" else "spin", "4", CONTROL, "intid=34 to=0 and=1")],
}


def turns(boot, vms):
    root = "housekeeping-cpu = <0>; shared-memory { table { size = <0x1000>; }; };"
    machine = boot(system(*vms, root=root), "-smp", "5", *COUNTED, "-rtc", "clock=vm", *SHORT_TURNS, qemu=NEWER_QEMU)
    machine.expect(rf"^\[victim\] victim: report {REPORTS}: .*$", since=0)
    reports = re.findall(r"^\[victim\] victim: report \d+: (\d+) turns, (\d+) ticks$", machine.said, re.MULTILINE)
    assert len(reports) == REPORTS
    machine.qmp("stop")
    return [sum(int(report[n]) for report in reports[3:]) for n in range(2)]


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_victim_keeps_its_time(boot, name):
    control = turns(boot, SYSTEMS[name]("spin"))
    storm = turns(boot, SYSTEMS[name](name.split(",")[0]))
    kept = KEPT_ELSE.get(name, KEPT)
    assert control[0] > 1000000 and control[1] > 1400, "the victim does not get its turns"
    assert storm[0] >= kept * control[0], f"{storm[0]} turns of {control[0]}"
    assert storm[1] >= kept * control[1], f"{storm[1]} timer interrupts of {control[1]}"


@pytest.mark.parametrize("case, vms", [("route", routed),
                                       ("ferry", lambda case, more: ferried(case, DIRECT + more, more))])
def test_a_description_may_allow_more(boot, case, vms):
    """And the tests above can fail."""
    control = turns(boot, vms("spin", ""))
    assert turns(boot, vms(case, OFTEN))[0] < 0.9 * control[0]


def test_a_hundred_moves_a_second_are_never_refused(boot):
    """Beside a VM that only spins: turns of the emulator's length are within each hold."""
    vms = [victim(f'devices = "{RTC}";', cpus="1 2", reports=1000), culprit("one", "gentle", "3", CONTROL, "intid=34 to=0"),
           culprit("two", "spin", "4")]
    machine = boot(system(*vms, root="housekeeping-cpu = <0>;"), "-smp", "5", *COUNTED, "-rtc", "clock=vm",
                   qemu=NEWER_QEMU)
    machine.expect(r"^\[one\] gentle: 200 moves, 0 refused$", since=0)
