# SPDX-License-Identifier: Apache-2.0
"""
Guests whose interrupts come directly, and that do their worst: each is stopped on command, within a bounded
time, and its neighbours do not notice. One of these has its interrupts directly, too. Time is QEMU's: a busy host, which
gives a processor no turn for a while, makes no guest look as if it kept interrupts away from Signalbox.
"""

import re

import pytest

from machine import NEWER_QEMU
from systems import COUNTED, DIRECTLY, NOT_DIRECTLY, OFF, delivery, masks, probe, system

BOUND_SECONDS = 0.1  # from when Signalbox takes a processor back, half a second after it asked for it
NEIGHBOURS = {"near": delivery("direct"), "far": delivery("virtual")}
KEPT = r"\[probe\] stopped: it kept interrupts away from Signalbox"
TIMES = re.compile(r"^\[signalbox\] +(\S+) .*\[probe\] (?:stopped: |is off)", re.MULTILINE)
EVERY = 100  # milliseconds between two reports of a neighbour


def start(boot, case, cpus="1", **words):
    more = delivery("direct")
    neighbours = [masks(f"rate=2000 ticks={EVERY}", name=name, cpus=cpu, more=how)
                  for cpu, (name, how) in zip("23", NEIGHBOURS.items())]
    machine = boot(system(probe(case, cpus=cpus, more=more, **words), *neighbours), "-smp", "5" if " " in cpus else "4",
                   *COUNTED, qemu=NEWER_QEMU)
    machine.expect(DIRECTLY.format("probe"), since=0)
    machine.expect(DIRECTLY.format("near"), since=0)
    return machine


def at_it(machine, since=None):
    """Its interrupts come as they should, until it does its worst."""
    machine.expect(r"^\[probe\]   ok: its timer's interrupt has come$", since)
    machine.expect(r"^\[probe\]   .* now$")


def neighbours_go_on(machine):
    """
    Three more reports of each. They add up all since the start, so one tells of those before it: of what is printed while
    the monitor is open, the console forgets some.
    """
    seen = len(machine.said)
    for name in NEIGHBOURS:
        machine.cursor = seen
        for _ in range(3):
            machine.expect(rf"^\[{name}\] masks: report \d+: \d+ ticks, .* state: ok$")
        reports = [(int(number), int(ticks)) for number, ticks in
                   re.findall(r"masks: report (\d+): (\d+) ticks, [^:]* state: ok", machine.printed_by(name))]
        assert reports == [(number, number * EVERY) for number in sorted({number for number, _ in reports})]
    assert "LOST" not in machine.said


def stop(machine, *lines, command="stop probe"):
    """With these lines and no other of the kind."""
    since = machine.cursor
    machine.monitor(command)
    for line in lines:
        machine.expect(line, since)
    machine.expect(OFF.format("probe"), since)
    assert ("stopped: " in machine.said[since:]) == (KEPT in lines)
    times = [float(time) for time in TIMES.findall(machine.said, since)]
    assert times[-1] - times[0] < BOUND_SECONDS


# What each does; why its interrupts come through Signalbox from then on; does it keep its processor from Signalbox?
@pytest.mark.parametrize("case, reason, keeps", [
    ("deaf", None, False),
    ("mask", None, False),
    ("group-off", None, False),
    ("active-priority", None, True),
    ("binary-point", None, False),  # what it leaves is the bit by which Signalbox's priorities are higher
    ("no-end", None, False),
    ("foreign-end", None, False),
    ("sgis", None, False),
    ("broadcast", None, False),
    ("foreign", None, False),
    ("foreign-enabled", r"interrupt \d+ was raised, which has no physical interrupt to come by", False),
    ("group-0", None, False),
])
def test_it_is_stopped_and_starts_again(boot, case, reason, keeps):
    machine = start(boot, f"hostile-{case}")
    since = 0
    for _ in range(2):
        at_it(machine, since)
        if reason:
            machine.expect(NOT_DIRECTLY.format("probe", reason), since)
            assert re.search(rf"^probe has virtual delivery: {reason}$", machine.monitor("vm probe"), re.MULTILINE)
        neighbours_go_on(machine)
        stop(machine, *([KEPT] if keeps else []))
        neighbours_go_on(machine)
        since = len(machine.said)
        machine.monitor("start probe")


@pytest.mark.parametrize("case", ["active-priority", "deaf"])
def test_whoever_wants_to_look_at_it_does_not_wait_for_ever(boot, case):
    """It must answer a look at its list registers, and a change of delivery."""
    machine = start(boot, f"hostile-{case}", cpus="1 4")
    at_it(machine, since=0)
    if case == "deaf":
        machine.monitor("irq mode probe virtual")
        machine.expect(NOT_DIRECTLY.format("probe", "as was asked for"), since=0)
    else:
        stop(machine, KEPT, command="irq mode probe virtual")
    neighbours_go_on(machine)


@pytest.mark.parametrize("case", ["asleep", "suspended"])
def test_whoever_sleeps_where_nothing_can_wake_it_is_stopped_at_once(boot, case):
    machine = start(boot, f"hostile-{case}")
    at_it(machine, since=0)
    machine.expect(KEPT, since=0)
    machine.expect(OFF.format("probe"), since=0)
    neighbours_go_on(machine)
