# SPDX-License-Identifier: Apache-2.0
"""The devices of machine = "virt": in each delivery, beside the machine's own, over a VM's life, in Linux."""

import re
import subprocess

import pytest

from machine import NEWER_QEMU
from systems import ASSETS, BUILD, OFF, PROBE, changed_tree, delivery, linux, probe, system, vm

VIRT = 'machine = "virt";'
CLOCK = "/pl031@9010000"
DIRECT = VIRT + delivery("direct")


def expect_cases(machine, cases, name="probe"):
    """These have ended well, and the VM with them."""
    machine.expect(OFF.format(name), since=0)
    verdicts = re.findall(rf"^\[{name}\] probe: ([\w-]+): (.*)$", machine.said, re.MULTILINE)
    assert verdicts == [(case, "ok") for case in cases], machine.excerpt()


@pytest.mark.parametrize("cpus", [1, 2])
def test_interrupts_come_directly(boot, cpus):
    """By physical interrupts of other numbers, since the machine's own devices have these."""
    cases = ["virt-clock", "virt-alarm-of-another", "virt-gpio"][:: 3 - cpus]
    machine = boot(system(probe(",".join(cases), cpus=" ".join(map(str, range(1, cpus + 1))), more=DIRECT)),
                   "-smp", str(cpus + 1))
    expect_cases(machine, cases)
    assert machine.said.count("[probe] its interrupts come directly now") == 1
    assert "through Signalbox" not in machine.said


@pytest.mark.parametrize("case", ["virt-alarm-of-another", "virt-clock-over-a-reset"])
def test_natively(native, case):
    machine = native(PROBE, f"case={case}", "-smp", "2")
    machine.expect(rf"^probe: {case}: ok$")


def test_an_alarm_comes_to_another_processor(boot):
    machine = boot(system(probe("virt-alarm-of-another", cpus="0 1", more=VIRT)), "-smp", "2")
    expect_cases(machine, ["virt-alarm-of-another"])


@pytest.mark.parametrize("more", [VIRT, DIRECT])
def test_a_reset_keeps_the_time(boot, more):
    machine = boot(system(probe("virt-clock-over-a-reset", cpus="1", more=more)), "-smp", "2")
    expect_cases(machine, ["virt-clock-over-a-reset"])
    assert machine.said.count("[probe] resets") == 1


def test_the_clock_of_the_machine_takes_its_place(boot):
    """The VM that owns it has that one; the other VM has its own, which began with the time of that one."""
    machine = boot(system(probe("rtc", "owner", "0", f'{VIRT} devices = "{CLOCK}";'),
                          probe("virt-clock", "other", "1", VIRT, **{"not-before": 1700000000})),
                   "-rtc", "base=2024-01-01", qemu=NEWER_QEMU)
    expect_cases(machine, ["rtc"], "owner")
    expect_cases(machine, ["virt-clock"], "other")


def test_without_a_clock_time_begins_at_0(boot, tmp_path):
    changed = changed_tree(tmp_path, f'/ {{ {CLOCK[1:]} {{ status = "disabled"; }}; }};', "-smp", "2", "-m", "256")
    machine = boot(system(probe("virt-clock", more=VIRT, **{"not-before": 0})), *changed)
    machine.expect(r"^\[signalbox\] .* this machine has no clock \(PL031\): those of VMs begin at 0, which is 1 January "
                   r"1970$", since=0)
    expect_cases(machine, ["virt-clock"])
    assert re.search(r"ok: its time is \d{1,4}$", machine.said, re.MULTILINE)


def test_the_clock_in_linux(boot):
    """Its driver finds it in the device tree that Signalbox makes."""
    machine = boot(system(linux("test=rtc", cpus="0", more=VIRT)))
    machine.expect(r"^\[linux\] test: rtc: ok$", since=0)
    machine.expect(OFF.format("linux"), since=0)


def test_linux_with_the_tree_of_qemus_machine(boot, tmp_path):
    """The whole tree that QEMU makes for itself: Linux finds the bus, the clock, the pins, and no device."""
    dumped, tree = tmp_path / "dumped.dtb", tmp_path / "tree.dtb"
    subprocess.run(["qemu-system-aarch64", "-M", f"virt,gic-version=3,its=off,dumpdtb={dumped}", "-cpu", "cortex-a72",
                    "-nodefaults", "-display", "none"], check=True, capture_output=True)
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, dumped], check=True)  # it has a megabyte of nothing
    machine = boot(system(vm("linux", ASSETS / "linux/cloud-arm64/Image", memory="0x10000000",
                             bootargs="console=ttyAMA0 loglevel=7 test=rtc",
                             more=f'{VIRT} device-tree = /incbin/("{tree}"); '
                                  f'ramdisk = /incbin/("{BUILD / "guests/demo.cpio.gz"}");')))
    machine.expect(r"^\[linux\] test: rtc: ok$", since=0)
    machine.expect(OFF.format("linux"), since=0)
    for found in (r"pl061_gpio 9030000.pl061: PL061 GPIO chip registered", r"pci 0000:00:00.0: \[1b36:0008\]",
                  r"rtc-pl031 9010000.pl031: registered as rtc0"):
        assert re.search(found, machine.said), machine.excerpt()
    assert len(re.findall(r"pci 0000:00:..\..: \[", machine.said)) == 1
    assert "warning" not in machine.said
