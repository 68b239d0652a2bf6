# SPDX-License-Identifier: Apache-2.0
"""Guests whose interrupts come directly: they see the same as others, and cause no exits by them."""

import collections
import json
import os
import random
import re

import pytest

from lines import boot_with_lines
from systems import COUNTED, DIRECTLY, NOT_DIRECTLY, OFF, delivery, linux, masks, probe, rt, spare_devices, system

MODES = ["virtual", "direct", "auto"]
GPIO = 39  # its device never raises it here
DEVICE = 'devices = "/pl061@9030000";'
CLOCK = 'devices = "/pl031@9010000";'
PULSES = int(os.environ.get("DIRECT_PULSES", "300"))

# An instruction takes 16 ns, and the processors take turns: what is counted is the same in each run.
EXACT = ["-icount", "shift=4,align=off", "-rtc", "base=2024-01-01,clock=vm"]

# All cases that have no interrupt enabled but their own, when these are from 96 on. A level of an emulated device is
# looked at again when the guest accesses the device, not at the end of its interrupt: two cases do not.
OWN = range(96, 128)
CASES = ["pending", "disabled-active", "eoi-mode-1", "preemption", "mixed", "many-pending", "many-active", "many-nested",
         "interface", "states", "order", "common-binary-point", "virtual-timer", "wfi", "state"]
CASES_OF_MANY = ["sgi-cross", "sgi-broadcast", "reroute"]


def said_of_delivery(machine, name):
    return re.findall(rf"\[{name}\] its interrupts come (directly now|through Signalbox now: .*)$", machine.said,
                      re.MULTILINE)


# -- the same guests, however interrupts come

@pytest.mark.parametrize("mode", MODES)
def test_real_time_guests(boot, mode):
    """`auto` finds that one of them masks by priority all the time."""
    machine = boot(system(rt("reports=2", cpus="1", more=delivery(mode)),
                          masks("reports=2", cpus="2", more=delivery(mode))))
    machine.expect(r"^\[rt\] rt: report 2: 1000 releases, .* 1000 interrupts, state: ok$", since=0)
    machine.expect(r"^\[masks\] masks: report 2: 2000 ticks, 40000 sections, 2500 queued, 2500 fast, .* state: ok$",
                   since=0)
    machine.expect_off()
    expected = [] if mode == "virtual" else ["directly now"]
    assert said_of_delivery(machine, "rt") == expected
    if mode == "auto":
        expected = ["directly now", "through Signalbox now: it changes its priority mask so often that virtual delivery is faster"]
    assert said_of_delivery(machine, "masks") == expected


def test_a_mistake_in_masking_is_noticed(boot):
    """By the guest that masks: so its checks mean something."""
    none = masks("reports=1 ticks=300 ceiling=0xff", name="none", cpus="1", more=delivery("direct"))
    too_much = masks("reports=1 ticks=3 ceiling=0x30", name="too-much", cpus="2", more=delivery("direct"))
    machine = boot(system(none, too_much), *COUNTED)
    # Each line by itself: lines of the other VM and of the log may come between.
    machine.expect(r"^\[none\] masks: report 1: .* state: LOST$", since=0)
    machine.expect(r"^\[none\] masks:   torn [1-9]\d* .* intruders [1-9]")
    machine.expect(r"^\[too-much\] masks: report 1: .* state: LOST$", since=0)
    machine.expect(r"^\[too-much\] masks:   torn 0 lost 0 early 0 late [1-9]\d* intruders 0")


@pytest.mark.parametrize("mode", ["direct", "auto"])
def test_linux(boot, mode):
    tests = ["timer", "load", "hotplug"]
    machine = boot(system(linux(f"test={','.join(tests)} seconds=1", cpus="1 2", more=delivery(mode))))
    for name in tests:
        machine.expect(rf"^\[linux\] test: {name}: ok$")
    machine.expect(OFF.format("linux"), since=0)
    assert said_of_delivery(machine, "linux") == ["directly now"]


@pytest.mark.parametrize("mode", ["virtual", "direct"])
@pytest.mark.parametrize("cpus", [1, 2])
def test_cases_of_the_probe(boot, tmp_path, cpus, mode):
    devices, *size = spare_devices(tmp_path, OWN, "-smp", str(cpus + 1), "-m", "512")
    cases = CASES + CASES_OF_MANY * (cpus > 1)
    machine = boot(system(probe(",".join(cases), cpus=" ".join(map(str, range(1, cpus + 1))),
                                more=devices + delivery(mode))), *size)
    machine.expect_off()  # its last words may come after the log's
    assert "FAILED" not in machine.said
    assert dict(re.findall(r"^\[probe\] probe: ([\w-]+): (.*)$", machine.said, re.MULTILINE)) == dict.fromkeys(cases, "ok")
    assert said_of_delivery(machine, "probe") == ([] if mode == "virtual" else ["directly now"])


# -- no exits

def exceptions(log, cpu):
    """What happened on a processor at EL1, from QEMU's log: (kind, EL that it went to), in order."""
    taking = re.compile(rf"Taking exception \d+ \[(.+)\] on CPU {cpu}$")
    kind = None
    with open(log, errors="replace") as lines:
        for line in lines:
            if kind and line.startswith("...from EL1"):
                yield kind, int(line[-2])
            found = taking.match(line)
            kind = found[1] if found else None


def stop_log(machine):
    machine.qmp("human-monitor-command", **{"command-line": "log none"})


def windows(log, cpu):
    """A counter of exceptions for each stretch of the guest between two of its hypervisor calls."""
    found = [collections.Counter()]
    for kind, el in exceptions(log, cpu):
        if kind == "Hypervisor Call":
            found.append(collections.Counter())
        else:
            found[-1][kind, el] += 1
    return found


def counts(machine, name):
    """Exits by cause, and interrupts by their INTID."""
    causes, irqs = (json.loads(text) for text in machine.monitor(f"vm {name} --json", f"irq {name} --json"))
    return ({row["cause"]: sum(row["vcpus"]) for row in causes["causes"]},
            {row["intid"]: row["taken"] for row in irqs["irq"]})


def test_a_hundred_thousand_interrupts_cause_no_exit(boot, tmp_path):
    """By Signalbox's counters, of two guests that differ in how many they take; and by QEMU's log of exceptions."""
    log = tmp_path / "exceptions"
    machine = boot(system(probe("count", name="many", cpus="1", timers=100000, clocks=10000, more=CLOCK + delivery("direct")),
                          probe("count", name="few", cpus="2", timers=100, more=delivery("direct")), root="stay;"),
                   *EXACT, "-d", "int", "-D", log)
    for name in "many", "few":
        machine.expect(rf"^\[{name}\] probe: count: ok$", since=0)
        machine.expect(OFF.format(name), since=0)
    (many, irqs), (few, _) = counts(machine, "many"), counts(machine, "few")
    for row in many, few:
        row.pop("data abort")  # what they print
    assert many == few
    assert irqs[27] == irqs[34] == 0
    stop_log(machine)
    _, timers, clocks, *_ = windows(log, 1)
    assert timers == {("IRQ", 1): 100000}
    assert clocks == {("IRQ", 1): 10000}


def test_an_interrupt_of_the_hypervisor_is_one_exit(boot, tmp_path):
    """EL2's timer, by which the guest's physical one is emulated."""
    log = tmp_path / "exceptions"
    machine = boot(system(probe("count", cpus="1", timers=1000, alarms=500, more=delivery("direct")), root="stay;"), *EXACT,
                   "-d", "int", "-D", log)
    machine.expect(r"^\[probe\] probe: count: ok$")
    machine.expect(OFF.format("probe"), since=0)
    causes, _ = counts(machine, "probe")
    stop_log(machine)
    _, timers, _, alarms, *_ = windows(log, 1)
    assert timers == {("IRQ", 1): 1000}
    assert alarms["FIQ", 2] == causes["hypervisor timer"] == 500
    assert alarms["IRQ", 1] == 500


# -- when it changes

def typed(machine, mode, lines, name="a"):
    """Asks for a mode, and has an interrupt come at about the same time."""
    machine.escape("m")
    machine.expect(r"leaves --\n> ")
    machine.type(f"irq mode {name} {mode}\r")
    lines.pulse(GPIO)
    machine.expect(r"^> ")
    machine.type("\x03")


def test_sent_is_received_over_changes(boot, tmp_path):
    receiver = probe("receipts", name="a", cpus="1", intid=GPIO, edge=True, more=DEVICE + 'permissions = "direct";')
    machine, lines = boot_with_lines(boot, tmp_path, system(receiver, root="stay;"), "-smp", "2", "-m", "256")
    machine.expect(rf"^\[a\]   receives interrupt {GPIO}$", since=0)
    for count in range(1, PULSES + 1):
        if count % 3 == 0:
            typed(machine, random.choice(MODES), lines)
        else:
            lines.pulse(GPIO)
        machine.expect_line({"a": f"received {count}"})
    assert len(said_of_delivery(machine, "a")) > PULSES / 20
    machine.monitor("stop a")
    machine.expect(OFF.format("a"), since=0)


def test_linux_goes_through_changes(boot):
    machine = boot(system(linux("test=load,timer seconds=4", cpus="1 2", more='permissions = "direct";'),
                          masks("rate=2000 ticks=100", cpus="3", more=delivery("direct"))))
    machine.expect(r"^\[linux\] test: load$")
    for mode in ["direct", "virtual"] * 10:
        machine.monitor(f"irq mode linux {mode}", f"irq mode masks {mode}")
    machine.expect(r"^\[linux\] test: load: ok$", since=0)
    machine.expect(r"^\[linux\] test: timer: ok$", since=0)
    machine.expect(OFF.format("linux"), since=0)
    reports = re.findall(r"masks: report \d+: .* state: (.*)$", machine.said, re.MULTILINE)
    assert reports and set(reports) == {"ok"}
    assert len(said_of_delivery(machine, "linux")) > 10


# -- when it cannot be

@pytest.mark.parametrize("cpus, arguments, reason", [
    ("1", ["-machine", "secure=on"], "the machine has two security states, .*"),
    ("0", [], "one of its processors also does the console's work; give it another processor, or name another housekeeping-cpu"),
])
def test_it_stays_virtual_and_says_why(boot, cpus, arguments, reason):
    machine = boot(system(rt("reports=1", cpus=cpus, more=delivery("direct"))), "-smp", "2", *arguments)
    machine.expect(NOT_DIRECTLY.format("rt", reason))
    assert re.search(f"^rt cannot have direct delivery: {reason}$", machine.monitor("irq mode rt direct"), re.MULTILINE)
    machine.expect(r"^\[rt\] rt: report 1: 1000 releases, .* state: ok$", since=0)
    assert len(said_of_delivery(machine, "rt")) == 1


def test_whoever_is_not_permitted_stays_virtual(boot):
    machine = boot(system(rt("reports=1", cpus="1")))
    machine.expect("rt: period")
    assert ('rt cannot have direct delivery: its description does not permit it (permissions = "direct")'
            in machine.monitor("irq mode rt direct"))
    machine.expect(r"^\[rt\] rt: report 1: 1000 releases, .* state: ok$", since=0)
    assert not said_of_delivery(machine, "rt")


def test_group_0_goes_on_virtually(boot):
    machine = boot(system(probe("group-0", cpus="1", more=delivery("direct"))))
    machine.expect(r"^\[probe\] probe: group-0: ok$")
    machine.expect(OFF.format("probe"), since=0)
    assert said_of_delivery(machine, "probe") == ["directly now",
                                                  "through Signalbox now: it uses Group 0 interrupts, which are reserved for Signalbox"]


def test_the_interface_says_the_same_of_itself(boot):
    machine = boot(system(probe("features", cpus="1", more=delivery("direct"))))
    machine.expect_off()
    assert "FAILED" not in machine.said and "probe: features: ok" in machine.said
