# SPDX-License-Identifier: Apache-2.0
"""System registers: the guest goes through all encodings. What guests do not have is undefined; what they have is reset."""

import re

import pytest

from machine import BUILD, NEWER_QEMU
from systems import OFF, delivery, system, vm

PROCESSORS = [(qemu, cpu) for qemu in (None, NEWER_QEMU) for cpu in ("cortex-a72", "max")]


def registers(boot, case, qemu, *arguments, cpus="1", mode="virtual"):
    share = 'shared-memory { table { size = <0x4000>; }; };'
    guest = vm("guest", BUILD / "guests/registers.elf", cpus, bootargs=f"case={case}",
               more=delivery(mode) + "shared-memory { table { }; };")
    machine = boot(system(guest, root=share), *arguments, qemu=qemu)
    machine.expect(OFF.format("guest"), since=0)
    assert f"registers: {case}: ok" in machine.said and "FAILED" not in machine.said
    return machine


@pytest.mark.parametrize("mode", ["virtual", "direct"])
@pytest.mark.parametrize("qemu, cpu", PROCESSORS)
def test_a_reset_puts_back_all_that_a_guest_wrote(boot, qemu, cpu, mode):
    machine = registers(boot, "reset", qemu, "-cpu", cpu, mode=mode)
    assert int(re.search(r"registers: (\d+) written", machine.said)[1]) >= 35


@pytest.mark.parametrize("qemu, cpu", PROCESSORS)
def test_so_does_turning_a_cpu_off_and_on(boot, qemu, cpu):
    registers(boot, "cpu", qemu, "-cpu", cpu, cpus="0 1")
