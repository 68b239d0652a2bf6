# SPDX-License-Identifier: Apache-2.0
"""
Is the real-time guest in time? Measured in instructions, so that the host's speed is no part of the answer.

With `-icount shift=4` each instruction of any processor takes 16 ns, one tick of the counter: lateness in ticks is a
path length, and a run repeats to the instruction. With several processors QEMU runs them in turn, each until the
next timer is due; when no timer is armed for a moment, a spinning processor runs on for milliseconds, and that is
the emulator's doing. So there are several processors only with the newer QEMU (7.2 lets one starve the others), a
metronome that keeps a timer armed, and a control: the same program in the same arrangement on the bare machine.

What the control shows too: while a report is being printed, even the bare machine misses releases beside busy
processors, tens of milliseconds long. The first report has no printing in it, and is the one that can be exact.
"""

import json
import re

from machine import BUILD, NEWER_QEMU
from systems import linux, rt, system

EXACT = ["-icount", "shift=4,align=off,sleep=off", "-rtc", "base=2024-01-01,clock=vm", "-machine", "dtb-randomness=off"]
PATH = 80  # instructions from the timer's deadline to the guest's vector, at most, as docs publish it
BUSY = 2  # processors, natively and in Linux


def reports(machine, count):
    """The first `count` reports of the program, as it gives them for programs."""
    found = []
    for number in range(1, count + 1):
        found.append(json.loads(machine.expect(rf'(?:^|\] )(\{{"guest": "rt", "report": {number}, .*\}})$')[1]))
        assert found[-1]["releases"] == 1000 and found[-1]["state"] == "ok" and found[-1]["strangers"] == 0
    return found


def alone(boot):
    machine = boot(system(rt("reports=4 json")), "-smp", "1", *EXACT)
    found = reports(machine, 4)
    machine.expect_off()
    return found


def test_alone_on_one_processor_it_is_exact(boot):
    """None is missed. Each comes after the same path; those that meet console work on the same processor come after it,
    at the same instruction in every run."""
    found = alone(boot)
    assert [report["missed"] for report in found] == [0, 0, 0, 0]
    path = found[0]["late_ticks_min"]
    assert found[0]["late_ticks_max"] == path <= PATH
    assert {report["late_ticks_min"] for report in found} == {path}
    assert max(report["late_ticks_max"] for report in found) < 62500  # a period
    assert alone(boot) == found


def test_beside_linux_under_load_it_is_as_on_the_bare_machine(boot, native):
    """Console work is on processor 0, Linux is busy on 1 and 2, the program runs on 3 and its metronome on 4."""
    arguments = f"metronome json warmup=200 reports=3"
    control = native(BUILD / "guests/rt.elf", f"{arguments} busy={BUSY}", "-smp", "5", *EXACT, qemu=NEWER_QEMU)
    bare = reports(control, 3)
    assert bare[0]["missed"] == 0 and bare[0]["late_ticks_max"] <= 10

    machine = boot(system(rt(arguments.replace("warmup=200", "warmup=20000"), cpus="3 4"),
                          linux("test=load seconds=600", cpus="1 2"), root="housekeeping-cpu = <0>;"),
                   "-smp", "5", *EXACT, qemu=NEWER_QEMU)
    machine.expect(r"^\[linux\] test: load$")
    found = reports(machine, 3)
    assert not re.search("test: load: ", machine.said), "Linux was not busy until the end"
    for ours, theirs in zip(found, bare):
        assert ours["missed"] <= theirs["missed"]
        assert ours["late_ticks_max"] <= theirs["late_ticks_max"] + PATH
    assert found[0]["late_ticks_max"] == found[0]["late_ticks_min"]
