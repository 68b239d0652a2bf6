# SPDX-License-Identifier: Apache-2.0
"""
Debian's real-time kernel (PREEMPT_RT), unmodified, with cyclictest: a thread that wakes at each deadline and notes how
late it is (guests/linux/tests).

Time is counted in instructions, as in test_realtime.py, so lateness is the length of a path: from the timer to a thread
that was asleep, almost all of it in the kernel. The control is the same kernel on the bare machine. CYCLICTEST_LOOPS=100000
makes it long.
"""

import os
import re
import statistics

import pytest

from machine import ASSETS, BUILD, NEWER_QEMU, Native
from systems import COUNTED, linux, rt, system

RAMDISK = BUILD / "guests/demo-rt.cpio.gz"
IMAGE = ASSETS / "linux/rt-arm64/Image"
EXACT = [*COUNTED, "-rtc", "base=2024-01-01,clock=vm"]  # and with seeds: without, each wake takes three times as long
LOOPS, INTERVAL_US = int(os.environ.get("CYCLICTEST_LOOPS", "2000")), 1000
ARGUMENTS = f"test=cyclictest loops={LOOPS} interval_us={INTERVAL_US}"
BUSY, TURN_US = 4, 50  # processors that have work, beside a load; between two beats of the metronome


def median_us(machine, loops=LOOPS):
    """
    How late the thread is that wakes, when all its cycles are done. None was overrun: it always waits before the next
    deadline. (A sleep that ends while the kernel does something else is much later; how many do is up to how the
    deadlines lie to the kernel's tick.)
    """
    begins = machine.cursor
    machine.expect(rf"# Total: 0*{loops}$")
    machine.expect(r"# Histogram Overflows: 0+$")
    machine.expect(r"test: cyclictest: ok$")
    rows = re.findall(r"^(?:\[linux\] )?  late (\d+) us: (\d+)$", machine.said[begins:machine.cursor], re.MULTILINE)
    late = [int(late) for late, times in rows for _ in range(int(times))]
    assert len(late) == loops
    return statistics.median(late)


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    machine = Native(tmp_path_factory.mktemp("control"), IMAGE, f"console=ttyAMA0 quiet {ARGUMENTS}", "-smp", "1", *EXACT,
                     qemu=NEWER_QEMU, ramdisk=RAMDISK)
    try:
        return median_us(machine)
    finally:
        machine.kill()


@pytest.mark.parametrize("delivery", ["virtual", "auto", "direct"])
def test_it_wakes_as_on_the_bare_machine(boot, control, delivery):
    """Some exits later: 2 us are 125 instructions."""
    machine = boot(system(linux(ARGUMENTS, cpus="1", flavour="rt-arm64", memory="0x8000000",
                                more=f'delivery = "{delivery}";')), *EXACT, qemu=NEWER_QEMU)
    assert median_us(machine) <= control + 2
    assert ("[linux] its interrupts come directly now" in machine.said) == (delivery != "virtual")
    assert "interrupts come through Signalbox" not in machine.said


def test_beside_a_loaded_linux_with_each_delivery(boot, control):
    """
    QEMU runs processors in turn, and the metronome keeps turns short (test_realtime.py): so what takes some time alone,
    rounded up to turns, takes as many times that as processors have work, and no more.
    """
    machine = boot(system(linux("test=load seconds=600", name="load", cpus="1", memory="0x8000000"),
                          linux(cpus="2", flavour="rt-arm64", memory="0x8000000", more='permissions = "direct";'),
                          rt("metronome json", cpus="3 4", more="no-autostart;"), root='console = "linux";'),
                   *EXACT, qemu=NEWER_QEMU)
    machine.expect(r"linux:/# ")
    machine.type(". /lib/tests\n")
    machine.monitor("start rt")  # only now, since it makes the machine slow
    loops, interval_us = LOOPS // 4, INTERVAL_US * 4
    for delivery in ["virtual", "auto", "direct"]:
        machine.monitor(f"irq mode linux {delivery}")
        machine.type(f"loops={loops} interval_us={interval_us} run_tests cyclictest\n")
        assert median_us(machine, loops) <= BUSY * (control + TURN_US)
        assert re.search(rf"^ *1 linux +running .* {delivery} *$", machine.monitor("vm"), re.MULTILINE)
