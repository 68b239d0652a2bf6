# SPDX-License-Identifier: Apache-2.0
"""Interrupts closed without a call, and the time that a shared processor's vCPUs lose. With `-icount` a tick of the counter
is an instruction."""

import json

import pytest

from systems import CLOSED, COUNTED, NEIGHBOUR, OFF, linux, masks, rt, system, vm

PAIRS = 1000000
LOOP = 2  # instructions around each pair


def closed(case, cpus, count, more="closed-flag;"):
    return vm("closed", CLOSED, cpus=cpus, bootargs=f"case={case} count={count}", more=more)


def sections(machine):
    """What came, how many calls it took, and what was avoided: list registers, kicks, preemptions."""
    line = machine.expect(r"^\[closed\] closed: \d+ sections, (\d+) came, (\d+) calls, avoided (\d+) (\d+) (\d+)$", since=0)
    machine.expect(OFF.format("closed"), since=0)
    assert "FAILED" not in machine.said
    return [int(number) for number in line.groups()]


def test_a_million_pairs_are_no_exit(boot):
    """An exit would take dozens of instructions more."""
    machine = boot(system(closed("pairs", "0", PAIRS)), "-smp", "1", *COUNTED)
    ticks = int(machine.expect(rf"^\[closed\] closed: {PAIRS} pairs, (\d+) ticks$", since=0)[1])
    assert ticks // PAIRS - LOOP <= 8 and ticks % PAIRS < 50, ticks


def test_no_flag_is_no_mistake(boot):
    machine = boot(system(closed("pairs", "0", PAIRS, more="")), "-smp", "1", *COUNTED)
    machine.expect(r"^\[closed\] closed: there is no closed flag here$")
    machine.expect(OFF.format("closed"), since=0)


@pytest.mark.parametrize("cpus", ["1 2", "0 0"], ids=["a processor each", "one processor"])
def test_what_is_closed_is_one_call(boot, cpus):
    """No processor is kicked for it, and no vCPU interrupted that runs in its place."""
    machine = boot(system(closed("pending", cpus, 300), root="stay;"), "-smp", "3", *COUNTED)
    came, calls, injections, kicks, preemptions = sections(machine)
    assert came == calls == 300
    assert (injections, kicks, preemptions) == ((0, 0, 300) if cpus == "0 0" else (0, 300, 0))
    shown = json.loads(machine.monitor("vm closed --json"))["causes"]
    assert [row["vcpus"] for row in shown if row["cause"].startswith("closed: ")] == [[300, 0]], shown


def test_a_kernel_that_masks_by_priority(boot):
    """Its sections hold, what is more urgent comes into them, and its tick waits in the model meanwhile."""
    machine = boot(system(masks("reports=2 ticks=500", more="closed-flag;"), root="stay;"), "-smp", "1", *COUNTED)
    for number in 1, 2:
        machine.expect(rf"^\[masks\] masks: report {number}: \d+ ticks, .* state: ok$", since=0)
    machine.expect(OFF.format("masks"), since=0)
    causes = {row["cause"]: row["vcpus"] for row in json.loads(machine.monitor("vm masks --json"))["causes"]}
    assert 0 < causes["closed: not listed"][0] <= causes["HVC"][0] + 2, causes


def report_of(machine, number):
    return json.loads(machine.expect(rf'^\[rt\] (\{{"guest": "rt", "report": {number}, .*\}})$', since=0)[1])


def test_critical_sections_of_the_real_time_program(boot):
    """One behind the other, half of a period each: no release comes into one, and what is withheld is one call."""
    arguments = "reports=2 warmup=10 json idle=sections section_us=500"
    machine = boot(system(rt(arguments, more="closed-flag;"), root="stay;"), "-smp", "1", *COUNTED)
    for number in 1, 2:
        report = report_of(machine, number)
        assert report["state"] == "ok" and report["missed"] == 0, report
        assert report["late_ticks_max"] * 2 > report["frequency_hz"] * 500 // 1_000_000, report
    machine.expect(OFF.format("rt"), since=0)
    causes = {row["cause"]: row["vcpus"] for row in json.loads(machine.monitor("vm rt --json"))["causes"]}
    print(causes)
    assert 1500 < causes["closed: not listed"][0] <= 2010, causes
    assert abs(causes["HVC"][0] - causes["closed: not listed"][0]) <= 3, causes


@pytest.mark.parametrize("more", ["", "closed-flag;"], ids=["no flag", "flag"])
def test_sections_that_keep_nothing_out_are_noticed(boot, more):
    machine = boot(system(rt("reports=1 json idle=torn", more=more)), "-smp", "1", *COUNTED)
    assert report_of(machine, 1)["state"] == "LOST"


def test_random_words_in_the_page_harm_nobody(boot):
    """All that is sent comes, and the real-time program on the same processor misses nothing."""
    machine = boot(system(closed("random", "1 2 3", 100, more="closed-flag; priority = <10>;"),
                          rt("reports=3 warmup=200 json", cpus="1", more="priority = <20>;")), "-smp", "4", *COUNTED)
    assert sections(machine)[0] == 100
    for number in range(1, 4):
        report = report_of(machine, number)
        assert report["releases"] == 1000 and report["missed"] == 0, report


def test_linux_shows_what_is_stolen(boot):
    """Beside one that never waits, it has half of the processor, and says so."""
    machine = boot(system(linux(cpus="0"), vm("other", NEIGHBOUR, bootargs="case=spin"), root='console = "linux";'),
                   "-smp", "1", *COUNTED)
    machine.expect(r"linux:/# ")
    machine.type("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; grep ^cpu0 /proc/stat\n")
    times = [int(word) for word in machine.expect(r"^cpu0 ([\d ]+)$")[1].split()]
    user, system_time, steal = times[0], times[2], times[7]
    assert steal > 20 and 0.5 < steal / (user + system_time) < 2, times
