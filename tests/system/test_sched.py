# SPDX-License-Identifier: Apache-2.0
"""What the monitor shows of processors that several vCPUs share, and changes there."""

import json
import re

from machine import ROOT
from systems import COUNTED, NEIGHBOUR, rt, system, vm

ONE = "-smp", "1", *COUNTED
SPIN = "case=spin"
BUDGET = "budget-us = <900>; period-us = <1000>;"


def shared(boot):
    """A real-time program with a budget, and two vCPUs that never wait, on the one processor there is."""
    machine = boot(system(vm("other", NEIGHBOUR, "0 0", bootargs=SPIN, more="priority = <10>;"),
                          rt("reports=1000 warmup=200 json", more=f"priority = <20>; {BUDGET}")), *ONE)
    machine.expect(r'^\[rt\] .*"report": 1,')
    return machine


def test_what_each_had_is_shown(boot):
    machine = shared(boot)
    before = json.loads(machine.monitor("sched --json"))["sched"]
    machine.expect(r'^\[rt\] .*"report": 2,')
    texts = machine.monitor("sched --json", "sched", "sched rt --json", "vm --json", "cpu --json", "irq --json", "vm", "cpu")
    sched, only, vms, pcpus, irqs = (json.loads(texts[i]) for i in (0, 2, 3, 4, 5))
    pcpu, = sched["pcpus"]
    assert pcpu["vcpus"] == 3 and pcpu["promised_permille"] == 900 and pcpu["switches"] > 3000
    one, other, urgent = sched["sched"]
    assert (urgent["vm"], urgent["priority"], urgent["budget_us"], urgent["period_us"]) == ("rt", 20, 900, 1000)
    assert (one["vm"], one["priority"], one["budget_us"], one["budget_hard"]) == ("other", 10, None, False)
    # Since the last answer nothing was idle; before that, the images were loaded.
    used = [row["used_permille"] for row in sched["sched"]]
    assert pcpu["idle_permille"] == 0 and 999 <= sum(used) <= 1001 and abs(used[0] - used[1]) <= 10 and used[2] < 300
    # Of two that never wait, each runs while the other has its time stolen.
    ready = [row["ran_us"] + row["stolen_us"] - was["ran_us"] - was["stolen_us"] for row, was in zip((one, other), before)]
    assert abs(ready[0] - ready[1]) <= 2 and ready[0] > 900_000
    assert urgent["wakes"] > 2000 and urgent["stolen_us"] < 50 * urgent["wakes"]
    assert one["preemptions"] + other["preemptions"] >= urgent["switches"] - 5
    assert urgent["wait_worst_us"] > 0
    assert re.search(r"\n   0 rt          0   20      900     1000    - ", texts[1]), texts[1]

    assert [row["vm"] for row in only["sched"]] == ["rt"]
    assert sum(row["total"] for row in only["waits"]) == only["sched"][0]["wakes"]
    assert all(row["vcpus"] == [row["total"]] for row in only["waits"])
    soon = sum(row["total"] for row in only["waits"] if row["below_ns"] < 100_000)
    assert soon > 0.95 * only["sched"][0]["wakes"]
    assert only["waits"][-1]["below_ns"] >= 1000 * only["sched"][0]["wait_worst_us"]
    assert vms["vm"][1]["shared_pcpus"] == [0] and vms["vm"][1]["budget_us"] == 900
    assert pcpus["cpu"][0]["shared_by"] == 3
    assert pcpus["cpu"][0]["exits"] >= sum(row["exits"] for row in vms["vm"])
    assert "\nrt shares processors: priority 20, budget 900 us in 1000 us\n" in texts[6]
    assert "\npcpu 0 is shared by other.1: priority 10\n" in texts[7]
    # Each vCPU has its timer; Signalbox's own interrupts of the processor are one row.
    owners = [(row["owner"], row["vcpu"]) for row in irqs["irq"] if row["intid"] == 27]
    assert owners == [("other", 0), ("other", 1), ("rt", 0)]
    assert len([row for row in irqs["irq"] if row["intid"] == 26 and row["taken"] > 2000]) == 1


def used(machine, name):
    """What each VM and nobody has had, in permille, from now until one of them has reported twice."""
    machine.monitor("sched --json")
    for _ in range(2):
        machine.expect(rf"^\[{name}\] victim: report \d+:")
    answer = json.loads(machine.monitor("sched --json"))
    return {row["vm"]: row["used_permille"] for row in answer["sched"]}, answer["pcpus"][0]["idle_permille"]


def test_budgets_and_priorities_change_while_guests_run(boot):
    """Two that never wait, and what they are given now. What cannot be promised to both is refused, and changes nothing."""
    machine = boot(system(*(vm(name, NEIGHBOUR, bootargs="case=victim reports=1000") for name in "ab")), *ONE)
    machine.expect(r"^\[a\] victim: report 1:")
    assert machine.monitor("sched budget a 2000 10000 hard", "sched budget b 3000 10000 hard") == [
        "a has a budget of 2000 us in 10000 us, and waits when it is spent\n",
        "b has a budget of 3000 us in 10000 us, and waits when it is spent\n"]
    machine.expect(r"^\[b\] victim: report \d+:")
    had, idle = used(machine, "b")
    assert abs(had["a"] - 200) <= 5 and abs(had["b"] - 300) <= 5 and abs(idle - 500) <= 5, (had, idle)

    assert machine.monitor("sched budget b 801 1000", "sched budget b 50 100", "sched budget b 800 1000") == [
        "b: budget-us: with the other VMs, 100.1 % of processor 0 would be promised; lower another budget first\n",
        "b: budget-us: 50 is not between 100 and 100\n",
        "b has a budget of 800 us in 1000 us\n"]
    had, idle = used(machine, "b")
    assert 180 <= had["a"] <= 205 and had["a"] + had["b"] >= 999 and idle == 0, (had, idle)  # the rest is b's, spent or not

    assert machine.monitor("sched budget a none", "sched priority a 31") == [
        "a has no budget: it has no limit\n", "a has priority 31\n"]
    had, idle = used(machine, "a")
    assert had["a"] >= 995 and idle == 0, (had, idle)
    row, = json.loads(machine.monitor("sched a --json"))["sched"]
    assert (row["priority"], row["budget_us"], row["budget_hard"]) == (31, None, False)


def test_linux_in_what_the_real_time_program_leaves(boot):
    """
    The system of docs/sharing-a-processor.md, while Linux starts, and is under load. With -icount the emulator runs one
    processor at a time, to the next deadline of any: what processor 0 prints meanwhile may cost a release. Where there is one
    processor none is missed (test_share.py).
    """
    machine = boot(ROOT / "systems/sharing.dts", *COUNTED)
    machine.expect(r"^\[linux\] Enter 'help' for a list", since=0)
    machine.escape("0")
    machine.type("\r")
    machine.expect(r"linux:/# ")
    machine.type("yes >/dev/null & yes >/dev/null &\r")
    machine.escape("a")
    first = int(machine.expect(r"^\[rt\] rt: report (\d+): ")[1])
    machine.expect(rf"^\[rt\] rt: report {first + 3}: ")
    reports = re.findall(r"^\[rt\] rt: report \d+: 1000 releases, (\d+) missed", machine.said, re.MULTILINE)
    assert len(reports) >= first and sum(map(int, reports)) < 5 * len(reports), reports
    had = {(row["vm"], row["vcpu"]): row for row in json.loads(machine.monitor("sched --json"))["sched"]}
    assert had["linux", 0]["stolen_us"] > 1_000_000 < had["linux", 1]["stolen_us"]
    assert had["rt", 0]["wakes"] > 1000 * first
