# SPDX-License-Identifier: Apache-2.0
"""
The differential guest plays the same random operations on a bare machine's GIC and in a VM. What it sees is the same,
operation by operation: a million of them over all seeds below, and as many more as DIFFERENTIAL_OPERATIONS asks of
each seed.
"""

import os
import re

import pytest

from machine import BUILD
from systems import system, vm

GUEST = BUILD / "guests/differential.elf"
OPERATIONS = int(os.environ.get("DIFFERENTIAL_OPERATIONS", "125000"))
EVERY = 1000  # operations between two lines of the log

# The processors take turns: the order of what they do is the guest's choice, not the host's.
IN_TURN = ["-accel", "tcg,thread=single"]


def words(**arguments):
    return " ".join(f"{name}={value}" for name, value in {"every": EVERY, **arguments}.items())


@pytest.fixture
def play(boot, native):
    """play(where, arguments of the guest...): what it said, line by line. `host`: boot arguments of Signalbox."""

    def start(where, host="", **arguments):
        cpus = arguments["cpus"]
        if where == "native":
            return native(GUEST, words(**arguments), "-smp", cpus, *IN_TURN)
        guest = vm("guest", GUEST, " ".join(map(str, range(cpus))), bootargs=words(**arguments),
                   more='devices = "/pl031@9010000";')
        append = ["-append", f"console.whole-lines=1 {host}"] if host else []
        return boot(system(guest, root='console = "guest";'), *IN_TURN, *append)

    def lines(where, **arguments):
        machine = start(where, **arguments)
        machine.expect(r"^differential: done [0-9a-f]{16}$")
        return machine.said.splitlines()

    return lines


def checkpoints(lines):
    """(number of operations or "done", hash of all that was seen so far) of each line of the log."""
    return [match.groups() for match in map(re.compile(r"differential: (\w+) ([0-9a-f]{16})$").match, lines) if match]


def texts(lines):
    return [line for line in lines if re.match(r"\d+ cpu\d ", line)]


def difference(play, one, other):
    """
    Plays both, arguments of play() each: None, or the number of the first operation that differs and the text around
    it.
    """
    logs = [checkpoints(play(**run)) for run in (one, other)]
    if logs[0] == logs[1]:
        assert logs[0][-1][0] == "done" and len(logs[0]) == one["count"] // EVERY + 1
        return None
    first = next(number for number, pair in enumerate(zip(*logs)) if pair[0] != pair[1]) * EVERY
    shown = [texts(play(**run, **{"from": first, "to": first + EVERY - 1})) for run in (one, other)]
    for number, pair in enumerate(zip(*shown)):
        if pair[0] != pair[1]:
            before = "\n".join(shown[0][max(0, number - 20):number])
            return first + number, f"{before}\n{one['where']}: {pair[0]}\n{other['where']}: {pair[1]}"
    return first, "the logs differ, but not when the text is shown"


@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("seed", range(1, 5))
def test_a_guest_sees_the_gic_of_a_machine(play, cpus, seed):
    same = {"cpus": cpus, "seed": seed, "count": OPERATIONS}
    found = difference(play, {"where": "native", **same}, {"where": "signalbox", **same})
    assert found is None, found[1]


def test_where_the_end_of_an_interrupt_cannot_be_trapped_alone(play):
    """ICC_PMR_EL1, ICC_RPR_EL1 and ICC_CTLR_EL1 are emulated then, as on processors without ICH_HCR_EL2.TDIR."""
    same = {"where": "signalbox", "cpus": 2, "seed": 5, "count": OPERATIONS // 10}
    found = difference(play, same, {"host": "gic.trap-dir-alone=0", **same})
    assert found is None, found[1]


@pytest.mark.parametrize("lie", [0, 3500, 9999])
def test_a_planted_difference_is_found_where_it_is(play, lie):
    same = {"cpus": 1, "seed": 1, "count": 10000}
    found = difference(play, {"where": "native", **same}, {"where": "signalbox", "lie": lie, **same})
    assert found and found[0] == lie


def test_other_seeds_are_other_operations(play):
    same = {"where": "native", "cpus": 1, "count": 2000}
    found = difference(play, {"seed": 1, **same}, {"seed": 2, **same})
    assert found and found[0] < 10


@pytest.mark.parametrize("cpus", [1, 2])
def test_the_operations_reach_what_they_are_for(play, cpus):
    """All operations, both vectors, many interrupts acknowledged, priorities nested three deep, both ends of EOI."""
    shown = texts(play("native", cpus=cpus, seed=1, count=10000, **{"from": 0, "to": 9999}))
    said = "\n".join(shown)
    assert len(shown) == 10000
    assert {line.split(maxsplit=2)[2].split(":")[0] for line in shown} == {
        "words", "group", "priority", "trigger", "route", "control", "line", "look", "reserved", "digest", "sgi",
        "acknowledge", "window", "end", "deactivate", "mask", "binary point", "mode", "open"}
    assert {"came=0", "came=1", "came=2"} <= set(re.findall(r"came=\d", said))
    taken = re.findall(r"iar[01]=([0-9a-f]+)", said)
    assert len([intid for intid in taken if intid != "3ff"]) > 300
    assert {0x00, 0x01, 0x07, 0x0f, 0x14, 0x1b, 0x1e, 0x21, 0x22, 100, 200, 255} <= {int(intid, 16) for intid in taken}
    depths = [bin(int(ap0, 16) | int(ap1, 16)).count("1") for ap0, ap1 in
              re.findall(r"ap0=([0-9a-f]+) ap1=([0-9a-f]+)", said)]
    assert max(depths) >= 3
