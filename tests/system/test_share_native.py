# SPDX-License-Identifier: Apache-2.0
"""
Two processors that VMs share, and the bare machine. Lateness there holds the other processors' turns, which are the
emulator's part (test_realtime.py tells how); so the same program on the bare machine is the control. It takes the newer
QEMU, and a metronome on a processor of its own, here and there.
"""

import json

import pytest

from machine import BUILD, NEWER_QEMU
from systems import COUNTED, NEIGHBOUR, OFF, linux, rt, section_worst, system, vm, wake_worst

EXACT = [*COUNTED, "-rtc", "base=2024-01-01,clock=vm", "-machine", "dtb-randomness=off"]
PROCESSORS = 3
THREE = "-smp", str(PROCESSORS), *EXACT
PROGRAM = "json warmup=200 reports=3"
# The metronome beats while Linux starts, too: without it, who waits for another processor waits for milliseconds.
BEAT = rt("period_us=50 warmup=1000000000", name="beat", cpus="2")
OTHERS = "priority = <10>;"


def reports(machine):
    """What three thousand releases were like: (missed, worst lateness)."""
    found = [json.loads(machine.expect(rf'^(?:\[rt\] )?(\{{"guest": "rt", "report": {number}, .*\}})$')[1])
             for number in (1, 2, 3)]
    for report in found:
        assert report["releases"] == 1000 and report["state"] == "ok" and report["strangers"] == 0
    return sum(report["missed"] for report in found), max(report["late_ticks_max"] for report in found)


@pytest.mark.parametrize("does", ["spin", "ones"])
def test_two_processors_are_as_on_the_bare_machine(boot, native, does):
    """
    Linux under load and a third VM have both processors; the program has the first of them, before both. The clock counts
    the instructions of all processors, so what EL2 does there takes as many times as long.
    """
    control = reports(native(BUILD / "guests/rt.elf", f"{PROGRAM} metronome busy=1 idle=spin", *THREE, qemu=NEWER_QEMU))
    machine = boot(system(linux("test=load seconds=600", cpus="0 1", more=OTHERS),
                          vm("third", NEIGHBOUR, "0 1", bootargs=f"case={does} begin=1", more=OTHERS + "no-autostart;"),
                          rt(PROGRAM, more="priority = <20>; no-autostart;"), BEAT), *THREE, qemu=NEWER_QEMU)
    machine.expect(r"^\[linux\] test: load$")
    machine.monitor("start third", "start rt")
    ours = reports(machine)
    machine.expect(OFF.format("rt"))
    print(f"missed, worst lateness: {ours}, on the bare machine {control}")
    assert "test: load: " not in machine.said, "Linux was not busy until the end"
    assert ours[0] <= control[0]
    assert ours[1] <= control[1] + PROCESSORS * (section_worst() + wake_worst())
