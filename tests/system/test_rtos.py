# SPDX-License-Identifier: Apache-2.0
"""Guests that start, mask, tick and echo as kernels do that people bring: the same in each delivery and on the bare
machine. And what exits they cause, each explained by what the guest says it did, and by QEMU's log of exceptions."""

import collections
import json
import re

import pytest

from systems import COUNTED, DIRECTLY, NOT_DIRECTLY, OFF, RTOS, delivery, rtos, system

MANNERS = ["lk", "zephyr", "nuttx", "freertos", "rtthread", "kvm-unit-tests"]
MODES = ["virtual", "direct", "auto"]
MASKS = "it changes its priority mask so often that virtual delivery is faster"
ENDS = r"it ends its interrupts in two steps \(ICC_DIR_EL1\) so often that virtual delivery is faster"
DIVIDES = r"it masks interrupts of priority 0xf0 alone \(ICC_PMR_EL1\), which are one level with those of 0xe0"
SAID = (r"rtos: {}: (?P<ticks>\d+) ticks, \d+ sections, pmr (?P<pmr>\d+), rpr (?P<rpr>\d+), ctlr (?P<ctlr>\d+), "
        r"dir (?P<dir>\d+), timer (?P<timer>\d+), state: ok$")

# An instruction takes 16 ns, and the processors take turns: what is counted is the same in each run.
EXACT = ["-icount", "shift=4,align=off", "-rtc", "base=2024-01-01,clock=vm"]
EXCEPTION = re.compile(r"^Taking exception \d+ \[(.+)\] on CPU 1\n\.\.\.from EL1 to EL(\d)\n\.\.\.with ESR 0x([0-9a-f]+)/", re.M)
CLASSES = {0x01: "WFI or WFE", 0x16: "HVC", 0x18: "system register or instruction", 0x24: "data abort"}
SGIS = 10  # that a guest sends to itself at start


def said(machine, manner, name="rtos"):
    """The counts of what the guest did between its first tick and its last."""
    found = machine.expect(rf"^\[{name}\] " + SAID.format(manner), since=0)
    return {word: int(count) for word, count in found.groupdict().items()}


def shown(machine, name="rtos"):
    """What the monitor shows of a VM, and its counters."""
    answer = json.loads(machine.monitor(f"vm {name} --json"))
    return answer["vm"][0], collections.Counter({row["cause"]: sum(row["vcpus"]) for row in answer["causes"]})


def exceptions(log):
    """What the guest's processor took at EL1, in order: "IRQ" at EL1, and what came to EL2, by its name or class."""
    for kind, level, esr in EXCEPTION.findall(log.read_text(errors="replace")):
        if level == "1":
            yield f"{kind} at EL1"
        else:
            yield kind if kind in ("IRQ", "FIQ") else CLASSES[int(esr, 16)]


def between_calls(taken):
    """A counter for each stretch between two hypervisor calls."""
    found = [collections.Counter()]
    for what in taken:
        if what == "HVC":
            found.append(collections.Counter())
        else:
            found[-1][what] += 1
    return found


# -- the same everywhere

@pytest.mark.parametrize("manner", MANNERS)
def test_natively(native, manner):
    machine = native(RTOS, f"manner={manner} echo")
    machine.expect("^" + SAID.format(manner))
    machine.expect("^rtos: type, q ends$")
    machine.type("ab")
    machine.expect("ab")
    machine.type("q")
    machine.expect(r"^rtos: 3 keys, uart \d+$")
    machine.expect("^rtos: done$")


@pytest.mark.parametrize("manner", MANNERS)
def test_in_each_delivery(boot, manner):
    """Typed to, too, all with console number 33. `auto` ends in the delivery that is better for the guest."""
    machine = boot(system(*(rtos(manner, "echo", name=mode, cpus=str(cpu), more=delivery(mode))
                            for cpu, mode in enumerate(MODES, 1))), "-smp", "4")
    for mode in MODES:
        said(machine, manner, mode)
        machine.expect(rf"^\[{mode}\] rtos: type, q ends$", since=0)
    masks = manner == "freertos"
    modes = {mode: shown(machine, mode)[0] for mode in MODES}
    assert {mode: row["mode"] for mode, row in modes.items()} == {
        "virtual": "virtual", "direct": "direct", "auto": "virtual" if masks else "direct"}
    assert {mode: row["refused"] for mode, row in modes.items()} == {
        "virtual": None, "direct": None, "auto": MASKS if masks else None}
    for index, mode in enumerate(MODES):
        machine.escape(str(index))
        machine.expect(rf"-- .*{mode}")
        machine.type("ab")
        machine.expect("ab")
        machine.type("q")
        machine.expect(r"^rtos: 3 keys, uart \d+$")
    machine.expect_off()
    for mode in "direct", "auto":
        assert machine.said.count(f"[{mode}] its interrupts come directly now") == 1
    assert machine.said.count("through Signalbox") == masks


@pytest.mark.parametrize("manner", ["lk", "zephyr", "nuttx", "rtthread", "kvm-unit-tests"])
def test_ends_in_two_steps(boot, manner):
    """ICC_CTLR_EL1.EOImode = 1: EOI drops the priority, ICC_DIR_EL1 deactivates. With one vCPU that is no exit with
    virtual delivery, which `auto` takes into account."""
    machine = boot(system(*(rtos(manner, "split ticks=300", name=mode, cpus=str(cpu), more=delivery(mode))
                            for cpu, mode in enumerate(MODES, 1))), "-smp", "4", *COUNTED)
    for mode in MODES:
        assert said(machine, manner, mode)["dir"] >= 300
    machine.expect_off()
    assert machine.said.count("through Signalbox") == 1
    machine.expect(NOT_DIRECTLY.format("auto", ENDS), since=0)


# -- priorities

@pytest.mark.parametrize("mode", MODES)
def test_the_lowest_priority(boot, mode):
    """As a kernel made for 32 priorities has its tick. It reads its running priority back, too."""
    machine = boot(system(rtos("freertos", "priority=0xf0", more=delivery(mode))), "-smp", "2")
    said(machine, "freertos")
    machine.expect_off()
    assert machine.said.count("through Signalbox") == (mode == "auto")


def test_the_lowest_priority_masked_alone(boot):
    machine = boot(system(rtos("freertos", "priority=0xf0 ceiling=0xf0", more=delivery("direct"))), "-smp", "2")
    said(machine, "freertos")
    machine.expect(DIRECTLY.format("rtos"), since=0)
    machine.expect(NOT_DIRECTLY.format("rtos", DIVIDES), since=0)
    machine.expect_off()


# -- exits

def count(boot, tmp_path, manner, words, mode="direct"):
    """A guest from start to end: what it says, what the monitor counts, and what QEMU has logged."""
    log = tmp_path / "exceptions"
    machine = boot(system(rtos(manner, words, more=delivery(mode)), root="stay;"), "-smp", "2", *EXACT, "-d", "int",
                   "-D", log)
    did = said(machine, manner)
    machine.expect(OFF.format("rtos"), since=0)
    vm, causes = shown(machine)
    machine.qmp("human-monitor-command", **{"command-line": "log none"})
    assert mode == "virtual" or machine.said.count("through Signalbox") == 0
    return did, vm, causes, list(exceptions(log))


def check_explained(vm, causes, taken):
    """Signalbox's counters by cause and QEMU's log agree; an FIQ is a kick or EL2's timer."""
    seen = collections.Counter(what for what in taken if not what.endswith("at EL1"))
    fiqs = seen.pop("FIQ", 0)
    by_register = seen.pop("system register or instruction", 0)
    assert seen == {cause: causes[cause] for cause in seen}
    assert by_register == causes["system register or instruction"] + causes["SGI sent (ICC_SGI1R_EL1)"]
    assert fiqs <= causes["told to attend"] + causes["notified"] + causes["hypervisor timer"]
    assert vm["exits"] == sum(seen.values()) + by_register


@pytest.mark.parametrize("manner", ["lk", "zephyr", "nuttx", "kvm-unit-tests"])
def test_ten_thousand_ticks_cause_no_exit(boot, tmp_path, manner):
    did, vm, causes, taken = count(boot, tmp_path, manner, "ticks=10000 idle=spin")
    assert did == {"ticks": 10000, "pmr": 0, "rpr": 0, "ctlr": 0, "dir": 0, "timer": 0}
    assert between_calls(taken)[1] == {"IRQ at EL1": 10000}
    check_explained(vm, causes, taken)
    assert causes["SGI sent (ICC_SGI1R_EL1)"] == SGIS and causes["hypervisor timer"] == 0


def test_each_access_to_the_mask_is_one_exit(boot, tmp_path):
    did, vm, causes, taken = count(boot, tmp_path, "freertos", "ticks=2000 idle=spin")
    assert did["rpr"] == 2000 and did["pmr"] > 3 * 2000 and did["ctlr"] == did["timer"] == 0
    assert between_calls(taken)[1] == {"IRQ at EL1": 2000,
                                       "system register or instruction": did["pmr"] + did["rpr"]}
    check_explained(vm, causes, taken)


def test_each_programming_of_the_physical_timer_is_one_exit(boot, tmp_path):
    """And each of its interrupts: EL2 uses a timer of its own for it."""
    did, vm, causes, taken = count(boot, tmp_path, "rtthread", "ticks=2000 idle=spin")
    assert 2000 <= did["timer"] <= 2003
    assert between_calls(taken)[1] == {"IRQ at EL1": 2000, "FIQ": 2000, "system register or instruction": did["timer"]}
    assert causes["hypervisor timer"] == 2000
    check_explained(vm, causes, taken)


def test_each_sleep_is_one_exit(boot, tmp_path):
    """A tick that comes while the guest sleeps ends the sleep, and causes no exit of its own."""
    did, vm, causes, taken = count(boot, tmp_path, "zephyr", "ticks=2000")
    window = between_calls(taken)[1]
    assert window.keys() == {"IRQ at EL1", "WFI or WFE"}
    assert window["IRQ at EL1"] == 2000 and 1000 < window["WFI or WFE"] <= 2001
    check_explained(vm, causes, taken)


def test_with_virtual_delivery_a_tick_is_one_exit(boot, tmp_path):
    *_, taken = count(boot, tmp_path, "freertos", "ticks=2000 idle=spin", "virtual")
    window = between_calls(taken)[1]
    assert window.keys() == {"Virtual IRQ at EL1", "FIQ"}
    assert window["Virtual IRQ at EL1"] == 2000 and 2000 <= window["FIQ"] <= 2001  # the next one


# -- what is better

def busy(boot, manner, mode, sections):
    """Instructions from a tick's deadline to the end of the tick's critical sections."""
    machine = boot(system(rtos(manner, f"busy ticks=500 idle=spin sections={sections}", more=delivery(mode))), "-smp", "2",
                   *EXACT)
    found = machine.expect(r"^\[rtos\] rtos: busy (\d+) a tick$", since=0)
    machine.expect_off()
    return int(found[1])


@pytest.mark.parametrize("manner, sections", [("zephyr", 1), ("freertos", 0), ("freertos", 1)])
def test_auto_ends_in_the_better_delivery(boot, manner, sections):
    costs = {mode: busy(boot, manner, mode, sections) for mode in MODES}
    better, other = sorted(("virtual", "direct"), key=costs.get)
    assert better == ("virtual" if manner == "freertos" else "direct")
    assert abs(costs["auto"] - costs[better]) < abs(costs["auto"] - costs[other]) / 4


@pytest.mark.parametrize("words, virtual", [("ticks=200 sections=0 period_us=1000", True),
                                            ("ticks=30 sections=1 period_us=10000", False)])
def test_how_often_is_too_often_for_auto(boot, words, virtual):
    """More than a thousand accesses a second: a tick has four, and a critical section three."""
    machine = boot(system(rtos("freertos", words, more=delivery("auto"))), "-smp", "2", *COUNTED)
    said(machine, "freertos")
    machine.expect_off()
    assert machine.said.count("through Signalbox") == virtual


KEYS = "abcdefghij"


@pytest.mark.parametrize("mode, expected", [
    ("virtual", {"maintenance interrupts": 1}),
    ("direct", {"system register or instruction": 2, "WFI or WFE": 1}),
])
def test_a_console_byte(boot, mode, expected):
    """It comes by a kick to a guest that sleeps. With direct delivery its acknowledge and its end trap; the rest are the
    UART's registers: ICR, FR, DR, the echo, FR."""
    machine = boot(system(rtos("zephyr", "ticks=10 echo", more=delivery(mode)), root="stay;"), "-smp", "2", *EXACT)
    machine.expect(r"^\[rtos\] rtos: type, q ends$", since=0)
    machine.escape("0")
    machine.expect(r"-- .*rtos")
    _, before = shown(machine)
    for key in KEYS:
        machine.type(key)
        machine.expect(key)
    _, after = shown(machine)
    inside = "attended", "list registers chosen anew"  # no exits
    more = {cause: n for cause, n in (after - before).items() if cause not in inside}
    assert more == {cause: n * len(KEYS) for cause, n in {"notified": 1, "data abort": 5, **expected}.items()}
    machine.type("q")
    machine.expect(rf"^rtos: {len(KEYS) + 1} keys, uart \d+$")
