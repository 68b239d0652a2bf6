# SPDX-License-Identifier: Apache-2.0
"""
What hard budgets and `sbx check --analyse` promise, measured over whole runs by the guests themselves, beside a third VM
that does what it likes. guests/neighbour/notes.h notes when its VM ran, and how long its jobs took.
"""

import bisect
import json
import re
import struct

import pytest

import patience
from machine import BUILD, ROOT
from systems import NEIGHBOUR, PROBE, rt, system, vm

MACHINE = ["-smp", "1", "-m", "256", "-icount", "shift=1,align=off,sleep=off"]  # 2 ns an instruction
RAM, RAM_SIZE = 0x40000000, 256 << 20
TICKS_PER_US = 62.5
GAP = 150  # ticks: 1200 instructions, less than it takes to switch to another vCPU and back
SECTION_US = 50  # as --analyse assumes it

# struct notes
MAGIC, NOTES_BYTES, PIECES = 0x73746f6e6e656857, 0x100000, 32
SHARED = f"shared-memory {{ table {{ size = <{4 * NOTES_BYTES:#x}>; }}; }};"


def turn(priority, budget, period, hard=True):
    return (f"priority = <{priority}>; budget-us = <{budget}>; period-us = <{period}>; {'budget-hard;' if hard else ''}"
            "shared-memory { table { }; };")


def third(does, more):
    """What a VM can do to Signalbox without end: calls, waits, interrupts of its own, deadlines that have passed, resets."""
    if does == "resets":
        return vm("third", PROBE, bootargs="case=reset-forever", more=more)
    return vm("third", NEIGHBOUR, bootargs=f"case={does} begin=1", more=more)


THIRD = ["calls", "naps", "self", "past", "exits", "resets"]


def most_in_a_window(pieces, width):
    """The most that is covered by `pieces` in any window of that width: it begins with a piece, or ends with one."""
    starts, ends = [start for start, _ in pieces], [end for _, end in pieces]
    before = [0]
    for start, end in pieces:
        before.append(before[-1] + end - start)

    def until(time):
        n = bisect.bisect_right(starts, time)
        return before[n] - max(0, ends[n - 1] - time) if n else 0

    return max(until(start + width) - until(start) for start in [*starts, *(end - width for end in ends)])


@pytest.mark.parametrize("pieces, most", [
    ([(0, 5)], 5), ([(0, 5), (10, 15)], 5), ([(0, 5), (9, 14)], 6), ([(0, 2), (4, 6), (8, 11)], 6), ([(3, 30)], 10),
    ([(0, 1), (5, 9), (12, 20)], 8),
])
def test_the_judge_finds_the_worst_window(pieces, most):
    assert most_in_a_window(pieces, 10) == most
    assert most == max(sum(any(start <= tick < end for start, end in pieces) for tick in range(first, first + 10))
                       for first in range(-10, 40))


def notes_of(machine, number):
    """Of VM vm=number; all of them are written."""
    memory = machine.memory(RAM, RAM_SIZE)
    magic, at = struct.pack("<QQ", MAGIC, MAGIC ^ (1 << 64) - 1), 0
    while (at := memory.index(magic, at)) and struct.unpack_from("<Q", memory, at + 16)[0] != number:
        at += len(magic)
    count = struct.unpack_from("<Q", memory, at + 24)[0]
    words = struct.unpack_from(f"<{2 * count}Q", memory, at + PIECES)
    return list(zip(words[::2], words[1::2]))


def judge(pieces, budget, period, least=0.75):
    """No window of a period has more than the budget and one section; and it had its part, or that much of it."""
    ticks = [round(us * TICKS_PER_US) for us in (budget + SECTION_US, period)]
    most = most_in_a_window(pieces, ticks[1])
    had = sum(end - start for start, end in pieces) / (pieces[-1][1] - pieces[0][0])
    print(f"{len(pieces)} pieces, {most / TICKS_PER_US:.1f} us of {budget} in {period} us at most, {had:.3f} of the processor")
    assert most <= ticks[0], f"{most / TICKS_PER_US} us in {period} us: more than {budget} and a section"
    assert had > least * budget / period, f"{had} of the processor"


BUDGETS = {"a": (600, 2000, 12), "b": (2500, 10000, 8)}


def run_of(boot, does, more="priority = <10>; budget-us = <300>; period-us = <1500>;", words="", us=70000):
    """Two that note when they ran, one more and one less urgent than the third."""
    vms = [vm(name, NEIGHBOUR, bootargs=f"case=notes vm={number} us={us} gap={GAP} {words}", more=turn(priority, budget, period))
           for number, (name, (budget, period, priority)) in enumerate(BUDGETS.items())]
    machine = boot(system(*vms, third(does, more), root=SHARED), *MACHINE)
    for name in BUDGETS:
        machine.expect(rf"^\[{name}\] notes: \d+ pieces$", since=0)
    return machine


@pytest.mark.parametrize("does", THIRD)
def test_in_any_window_no_more_than_the_budget_and_a_section(boot, does):
    machine = run_of(boot, does)
    for number, (budget, period, _) in enumerate(BUDGETS.values()):
        judge(notes_of(machine, number), budget, period)


@pytest.mark.parametrize("does", ["self"])
@pytest.mark.parametrize("runs, sleeps", [(60, 60), (400, 100), (200, 1500)])
def test_nor_does_one_that_sleeps_at_random(boot, does, runs, sleeps):
    """So that its budget is in many pieces, most of them short."""
    machine = run_of(boot, does, words=f"runs={runs} sleeps={sleeps}")
    for number, (budget, period, _) in enumerate(BUDGETS.values()):
        judge(notes_of(machine, number), budget, period, least=0.2)


def test_a_wrong_budget_is_noticed(boot):
    """The same with four fifths of what each one has in truth."""
    machine = run_of(boot, "spin")
    for number, (budget, period, _) in enumerate(BUDGETS.values()):
        with pytest.raises(AssertionError, match="more than"):
            judge(notes_of(machine, number), budget * 4 // 5, period)


def bounds(text, place):
    """What sbx check --analyse says: of each vCPU, the work that it has done, and the time for it, in us."""
    (place / "analysed.dts").write_text(text)
    done = patience.run([BUILD / "sbx", "check", "--analyse", place / "analysed.dts"], cwd=ROOT, check=True,
                        capture_output=True, text=True)
    return {name: (int(work), int(time)) for name, work, time in
            re.findall(r"^(\w+)\.0: has run (\d+) us at most (\d+) us after it wakes$", done.stdout, re.MULTILINE)}


PAID_US = 20 + SECTION_US  # of its own budget, in a job: there, back, the entries between, and a section of EL2 as it ran
JOBS = {"often": (20, 200, 700, 90), "quick": (15, 400, 2000, 30), "slow": (10, 1500, 9000, 7)}  # priority, budget, period, jobs


def system_of_jobs(does, found, *others):
    """Three that have jobs, all with budgets; and what is less urgent than they, without."""
    vms = []
    for name, (priority, budget, period, count) in JOBS.items():
        work, time = found.get(name, (budget, period))
        every = period + time + 37  # its whole budget is there; and it drifts against the others
        vms.append(vm(name, NEIGHBOUR, bootargs=f"case=jobs count={count} every={every} work={work - PAID_US} gap={GAP}",
                      more=turn(priority, budget, period, hard=False)))
    return system(*others, *vms, third(does, "priority = <5>;"), root=SHARED)


def waits_worst(machine):
    return {row["vm"]: row["wait_worst_us"] for row in json.loads(machine.monitor("sched --json"))["sched"]}


@pytest.mark.parametrize("does", THIRD)
def test_no_job_takes_longer_than_the_bound(boot, tmp_path, does):
    found = bounds(system_of_jobs(does, {}), tmp_path)
    assert set(found) == set(JOBS)
    machine = boot(system_of_jobs(does, found), *MACHINE)
    longest = {name: int(machine.expect(rf"^\[{name}\] jobs: \d+ done, the longest in (\d+) ticks", since=0)[1]) / TICKS_PER_US
               for name in JOBS}
    waited = waits_worst(machine)
    print(f"at most {found}; in truth {longest}, and waited {waited}")
    for name, (work, time) in found.items():
        assert work - PAID_US <= longest[name] <= time and waited[name] <= time, (name, found)


def test_nor_is_the_real_time_program_later(boot, tmp_path):
    """By its own report of 1000 releases, beside all the others."""
    urgent = rt("reports=1 json", more=turn(25, 150, 700, hard=False))
    text = system_of_jobs("self", {}, urgent)
    work, time = bounds(text, tmp_path)["rt"]
    machine = boot(text, *MACHINE)
    report = json.loads(machine.expect(r'^\[rt\] (\{"guest": "rt", .*\})$', since=0)[1])
    late, waited = report["late_ticks_max"] / TICKS_PER_US, waits_worst(machine)["rt"]
    print(f"{work} us in {time} us at most; {late} us late, waited {waited} us")
    assert report["missed"] == 0 and late <= time - work and waited <= time - work, report
