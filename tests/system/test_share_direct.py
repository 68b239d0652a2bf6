# SPDX-License-Identifier: Apache-2.0
"""A VM with direct delivery shares its processor: docs/which-delivery.md."""

import json
import re

import pytest

from systems import COUNTED, DIRECTLY, NEIGHBOUR, NOT_DIRECTLY, OFF, delivery, masks, probe, rt, spare_devices, system, vm
from test_direct import CASES, CLOCK, EXACT, OWN, stop_log, windows

TWO = "-smp", "2", *COUNTED
URGENT, OTHERS = "priority = <20>;", "priority = <10>;"
DIRECT = 'permissions = "direct-shared";' + delivery("direct")
LONG_HANDLER = "an interrupt handler kept its processor for more than 50 us while another VM waited for it"


def urgent(reports, more=""):
    """A release each millisecond."""
    return rt(f"reports={reports} warmup=200 json", cpus="1", more=URGENT + more)


def expect_in_time(machine, reports):
    for number in range(1, reports + 1):
        report = json.loads(machine.expect(rf'^\[rt\] (\{{"guest": "rt", "report": {number}, .*\}})$', since=0)[1])
        assert report["releases"] == 1000 and report["missed"] == 0, report
        assert report["state"] == "ok" and report["strangers"] == 0
    machine.expect(OFF.format("rt"), since=0)


def changes(machine, name):
    return [re.findall(line, machine.said, re.MULTILINE)
            for line in (DIRECTLY.format(name), NOT_DIRECTLY.format(name, "(.*)"))]


@pytest.mark.parametrize("does", ["spin", "exits", "print"])
def test_a_direct_one_is_in_time(boot, does):
    """It sleeps, or the other one runs: each release is a switch, there and back."""
    machine = boot(system(vm("other", NEIGHBOUR, cpus="1", bootargs=f"case={does}", more=OTHERS), urgent(3, DIRECT)), *TWO)
    expect_in_time(machine, 3)
    assert [len(found) for found in changes(machine, "rt")] == [1, 0]


def test_while_it_runs_its_interrupts_cause_no_exit(boot, tmp_path):
    """By QEMU's log of exceptions: all that comes to EL1, and nothing to EL2, though another one is ready."""
    log = tmp_path / "exceptions"
    counted = probe("count", cpus="1", timers=2000, clocks=500, more=CLOCK + URGENT + DIRECT)
    machine = boot(system(counted, vm("other", NEIGHBOUR, cpus="1", bootargs="case=spin", more=OTHERS)),
                   "-smp", "2", *EXACT, "-d", "int", "-D", log)
    machine.expect(r"^\[probe\] probe: count: ok$", since=0)
    stop_log(machine)
    found = windows(log, 1)
    assert {("IRQ", 1): 2000} in found and {("IRQ", 1): 500} in found


def test_it_is_interrupted_at_any_moment(boot, tmp_path):
    """
    A more urgent one comes each millisecond: in handlers, with interrupts pending and active, in both modes of EOI. What
    the guest tries has the results that it has alone.
    """
    devices, *size = spare_devices(tmp_path, OWN, "-smp", "2", "-m", "512", first=0x0d000000)
    machine = boot(system(probe(",".join(CASES), cpus="1", more=devices + OTHERS + DIRECT), urgent(2)), *size, *COUNTED)
    expect_in_time(machine, 2)
    machine.expect(OFF.format("probe"), since=0)
    assert "FAILED" not in machine.said
    assert dict(re.findall(r"^\[probe\] probe: ([\w-]+): (.*)$", machine.said, re.MULTILINE)) == dict.fromkeys(CASES, "ok")
    directly, virtually = changes(machine, "probe")
    assert len(directly) == 1 and set(virtually) <= {LONG_HANDLER}


def test_two_direct_ones(boot):
    """Each has Group 1 in its turn. One of them counts what it has sent itself, in handlers above handlers."""
    machine = boot(system(masks("reports=2", cpus="1", more=OTHERS + DIRECT), urgent(2, DIRECT)), *TWO)
    expect_in_time(machine, 2)
    machine.expect(r"^\[masks\] masks: report 2: 2000 ticks, 40000 sections, 2500 queued, 2500 fast, .* state: ok$", since=0)
    machine.expect(OFF.format("masks"), since=0)
