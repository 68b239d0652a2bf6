# SPDX-License-Identifier: Apache-2.0
"""
Is the real-time guest in time? Measured in instructions, so that the host's speed is no part of the answer.

With `-icount shift=4` each instruction of any processor takes 16 ns, one tick of the counter: lateness in ticks is a
path length. QEMU runs several processors in turn, each until the next timer is due. What follows from that:
- With one processor a run repeats to the instruction, and the lateness is exact. (The program spins between releases: a
  busy host now and then makes QEMU end a WFI some instructions late, on the bare machine too.)
- With several, lateness holds the others' turns as well. That part is the emulator's, and the control measures it: the
  same program, on the bare machine, beside as many busy processors. A metronome on a processor of its own keeps a
  timer armed, without which a turn takes milliseconds. It takes the newer QEMU: 7.2 lets one processor starve others.
- What prints ends turns, and makes them uneven: beside a VM that floods its console, releases were seen 19 us late, none
  missed. So a window of measurement is the first report, with no printing in it, and is repeated.
"""

import json
import re

from machine import BUILD, NEWER_QEMU, ROOT
from systems import OFF, linux, rt, system

EXACT = ["-icount", "shift=4,align=off,sleep=off", "-rtc", "base=2024-01-01,clock=vm", "-machine", "dtb-randomness=off"]
# From the timer's deadline to the guest's vector, at most; what a measured build must keep, too.
PATH = json.loads((ROOT / "bench/bars.json").read_text())["virtual"]["timer_entry"]["first_bar"]
BUSY = 2  # processors, natively and in Linux


def reports(machine, count):
    """The first `count` reports of the program, as it gives them for programs."""
    found = []
    for number in range(1, count + 1):
        found.append(json.loads(machine.expect(rf'^(?:\[rt\] )?(\{{"guest": "rt", "report": {number}, .*\}})$')[1]))
        assert found[-1]["releases"] == 1000 and found[-1]["state"] == "ok" and found[-1]["strangers"] == 0
    return found


def only_report(machine, begins):
    """That of a program which has ended. Its line is long: its pieces are apart if the monitor was closed meanwhile."""
    machine.expect(r"^\[rt\] .*\}\}$", since=begins)  # and not that of the last time
    said = "".join(re.findall(r"^\[rt\] (.*)$", machine.said[begins:machine.cursor], re.MULTILINE))
    machine.expect(OFF.format("rt"), since=begins)
    report = json.loads(re.search(r'\{"guest": "rt", "report": 1, .*\}\}', said)[0])
    assert report["releases"] == 1000 and report["state"] == "ok" and report["strangers"] == 0
    return report


def alone(boot):
    machine = boot(system(rt("reports=4 json idle=spin")), "-smp", "1", *EXACT)
    found = reports(machine, 4)
    machine.expect_off()
    return found


def test_alone_on_one_processor_it_is_exact(boot):
    """None is missed. Each comes after the same path; those that meet console work on the same processor come after it,
    at the same instruction in every run."""
    found = alone(boot)
    assert [report["missed"] for report in found] == [0, 0, 0, 0]
    path = found[0]["late_ticks_min"]
    assert found[0]["late_ticks_max"] == path <= PATH  # all thousand
    assert {report["late_ticks_min"] for report in found} == {path}
    assert max(report["late_ticks_max"] for report in found) < 62500  # a period
    assert alone(boot) == found


def test_beside_linux_under_load_it_is_as_on_the_bare_machine(boot, native):
    """Console work is on processor 0, Linux is busy on 1 and 2, the program runs on 3 and its metronome on 4. It is
    started three times while Linux is busy; each time 200 releases are not counted, and 1000 are."""
    arguments = "metronome json warmup=200"
    control = native(BUILD / "guests/rt.elf", f"{arguments} busy={BUSY} reports=3", "-smp", "5", *EXACT, qemu=NEWER_QEMU)
    bare = reports(control, 3)
    allowed = max(report["late_ticks_max"] for report in bare) + PATH

    machine = boot(system(linux("test=load seconds=600", cpus="1 2"), rt(f"{arguments} reports=1", cpus="3 4",
                                                                        more="no-autostart;"),
                          root="housekeeping-cpu = <0>;"), "-smp", "5", *EXACT, qemu=NEWER_QEMU)
    machine.expect(r"^\[linux\] test: load$")
    for theirs in bare:
        begins = machine.cursor
        machine.monitor("start rt")
        ours = only_report(machine, begins)
        assert ours["missed"] <= theirs["missed"]
        assert ours["late_ticks_max"] <= allowed, (ours, bare)
        assert ours["late_ticks_min"] <= bare[0]["late_ticks_min"] + PATH
    assert "test: load: " not in machine.said, "Linux was not busy until the end"
