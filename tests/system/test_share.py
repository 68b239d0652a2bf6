# SPDX-License-Identifier: Apache-2.0
"""
Several vCPUs on one processor. A real-time program that is more urgent than all others there misses nothing, whatever they
do; and they have what is left. With `-icount` a tick of the counter is an instruction, on any host.
"""

import json
import os
import re

import pytest

from systems import COUNTED, NEIGHBOUR, OFF, PROBE, linux, probe, rt, section_worst, system, vm, wake_worst

ONE = "-smp", "1", *COUNTED
URGENT = "priority = <20>;"
OTHERS = "priority = <10>;"
RELEASES = int(os.environ.get("SHARE_RELEASES", "10000"))
# Ticks: the one section of EL2 in which the deadline comes, and the way to the vector behind it.
LATE_MOST = section_worst() + wake_worst()


def urgent(reports):
    """A release each millisecond."""
    return rt(f"reports={reports} warmup=200 json", more=URGENT)


def expect_in_time(machine, reports):
    """Answers the worst lateness, in ticks."""
    worst = 0
    for number in range(1, reports + 1):
        report = json.loads(machine.expect(rf'^\[rt\] (\{{"guest": "rt", "report": {number}, .*\}})$', since=0)[1])
        assert report["releases"] == 1000 and report["missed"] == 0, report
        assert report["state"] == "ok" and report["strangers"] == 0
        worst = max(worst, report["late_ticks_max"])
    machine.expect(OFF.format("rt"), since=0)
    return worst


@pytest.mark.parametrize("does", ["spin", "exits", "print"])
def test_a_neighbour_that_never_waits(boot, does):
    machine = boot(system(vm("other", NEIGHBOUR, bootargs=f"case={does}", more=OTHERS), urgent(3)), *ONE)
    expect_in_time(machine, 3)


def test_a_neighbour_that_resets_without_end(boot):
    machine = boot(system(vm("other", PROBE, bootargs="case=reset-forever", more=OTHERS), urgent(3)), *ONE)
    expect_in_time(machine, 3)
    assert machine.said.count("[other] probe: boot, memory clean, data pristine") > 10
    assert "FAILED" not in machine.said


def test_a_vm_of_four_vcpus_has_them_all(boot):
    """The probe does all that a guest can, on four vCPUs of the processor that has the real-time program, too."""
    machine = boot(system(probe("all", cpus="0 0 0 0", more=OTHERS), urgent(3)), *ONE)
    machine.expect(OFF.format("probe"), since=0)
    machine.expect_off()
    assert "FAILED" not in machine.said
    expect_in_time(machine, 3)


def test_equal_ones_have_equal_parts(boot):
    """Two that never wait, in turn; each counts what it had."""
    machine = boot(system(*(vm(name, NEIGHBOUR, bootargs="case=victim") for name in ("a", "b"))), *ONE)
    counts = {name: int(machine.expect(rf"^\[{name}\] victim: report 2: (\d+) turns", since=0)[1]) for name in ("a", "b")}
    assert abs(counts["a"] - counts["b"]) < 0.05 * counts["a"], counts


def test_linux_on_two_vcpus_beside_one_that_spins(boot):
    """All of them on the one processor there is."""
    machine = boot(system(linux("demo=batch", cpus="0 0", more=OTHERS),
                          vm("other", NEIGHBOUR, bootargs="case=spin", more="priority = <9>;"), urgent(3)), *ONE)
    expect_in_time(machine, 3)
    machine.expect(OFF.format("linux"), since=0)


# What the third VM is, and what it prints each time it begins.
THIRD = {
    "spin": (NEIGHBOUR, "case=spin begin=1", r"culprit: begins"),
    "ones": (NEIGHBOUR, "case=ones begin=1", r"culprit: begins"),
    "reset-forever": (PROBE, "case=reset-forever", r"probe: boot, memory clean, data pristine"),
}


@pytest.mark.parametrize("does", THIRD)
def test_linux_under_load_and_a_third_vm(boot, does):
    """
    All of them on the one processor there is. The program starts when Linux, on two vCPUs, is busy; 200 releases are not
    counted. `ones` writes all ones to each register of its GIC, and resets.
    """
    image, arguments, sign = THIRD[does]
    program = rt(f"reports={RELEASES // 1000} warmup=200 json", more=URGENT + "no-autostart;")
    machine = boot(system(linux("test=load seconds=600", cpus="0 0", more=OTHERS),
                          vm("third", image, bootargs=arguments, more=OTHERS), program), *ONE)
    machine.expect(r"^\[linux\] test: load$")
    begins = machine.cursor
    machine.monitor("start rt")
    worst = expect_in_time(machine, RELEASES // 1000)
    print(f"worst lateness: {worst} ticks, {LATE_MOST} are allowed")
    assert worst <= LATE_MOST
    assert len(re.findall(rf"^\[third\] {sign}$", machine.said[begins:], re.M)) >= (0 if does == "spin" else RELEASES // 1000)
    assert "test: load: " not in machine.said, "Linux was not busy until the end"
    assert "FAILED" not in machine.said


def turns(boot, *others):
    """Of one that counts what it had, in half a second beside others."""
    machine = boot(system(vm("counts", NEIGHBOUR, bootargs="case=victim reports=2"), *others), *ONE)
    return int(machine.expect(r"^\[counts\] victim: report 2: (\d+) turns", since=0)[1])


@pytest.mark.parametrize("does", ["spin", "exits", "print", "naps", "past", "self", "calls", "power"])
def test_a_hostile_vm_takes_no_more_than_twice_its_budget(boot, does):
    """
    Whatever it does with a hard budget of a fifth, at the highest priority. Each time it comes, it pays for the switch to
    it, and the other one for the switch back: so it can cost the other one as much again as its budget, and no more.
    """
    cpus, budget = ("0 0", 100) if does == "power" else ("0", 200)
    more = f"priority = <20>; budget-us = <{budget}>; period-us = <1000>; budget-hard;"
    alone = turns(boot)
    beside = turns(boot, vm("other", NEIGHBOUR, cpus, bootargs=f"case={does} begin=1", more=more))
    print(f"beside {does}: {beside / alone:.4f} of what it has alone")
    assert beside > 0.6 * alone


def test_hard_budgets_are_shares(boot):
    """Two that never wait, by what they count themselves in two seconds: within 1 % of the processor."""
    shares, alone = {"a": 0.2, "b": 0.5}, turns(boot)
    machine = boot(system(*(vm(name, NEIGHBOUR, bootargs="case=victim reports=6",
                               more=f"budget-us = <{int(share * 20000)}>; period-us = <20000>; budget-hard;")
                            for name, share in shares.items())), *ONE)
    for name, share in shares.items():
        had = sum(int(machine.expect(rf"^\[{name}\] victim: report {n}: (\d+) turns", since=0)[1]) for n in (2, 3, 4, 5)) / (4 * alone)
        print(f"{name}: {had:.4f} of what it has alone")
        assert abs(had - share) < 0.01, (name, had)
