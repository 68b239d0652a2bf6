# SPDX-License-Identifier: Apache-2.0
"""System registers: the guest goes through all encodings. What guests do not have is undefined; what they have is reset."""

import re

import pytest

from machine import BUILD, NEWER_QEMU
from systems import COUNTED, delivery, system, vm

PROCESSORS = [(qemu, cpu) for qemu in (None, NEWER_QEMU) for cpu in ("cortex-a72", "max")]


def registers(boot, case, qemu, *arguments, cpus="1", mode="virtual"):
    share = 'shared-memory { table { size = <0x4000>; }; };'
    guest = vm("guest", BUILD / "guests/registers.elf", cpus, bootargs=f"case={case}",
               more=delivery(mode) + "shared-memory { table { }; };")
    machine = boot(system(guest, root=share), *arguments, qemu=qemu)
    machine.expect_off()
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


def test_what_guests_do_not_have_is_undefined(boot):
    for cpu in "cortex-a72", "max":
        machine = registers(boot, "walk", NEWER_QEMU, "-cpu", cpu, *(["-machine", "mte=on"] if cpu == "max" else []))
        assert "stranger" not in machine.said


def test_where_the_processor_cannot_trap_it_nothing_else_is_there(boot):
    """QEMU 7.2 has SME without the traps that come with it, and IMPLEMENTATION DEFINED registers that never trap."""
    for cpu, untrapped in ("cortex-a72", set()), ("max", {"S3_0_C1_C2_4", "S3_3_C13_C0_5"}):
        machine = registers(boot, "walk", None, "-cpu", cpu)
        strangers = set(re.findall(r"stranger (S3_\d_C\d+_C\d+_\d)", machine.said))
        assert {name for name in strangers if not re.match(r"S3_\d_C1[15]_", name)} == untrapped


@pytest.mark.parametrize("qemu, cpu", PROCESSORS)
def test_the_os_lock_is_a_guests_own(boot, qemu, cpu):
    registers(boot, "lock", qemu, "-cpu", cpu)


@pytest.mark.parametrize("qemu, cpu", PROCESSORS)
def test_cleaning_by_set_and_way_is_a_handful_of_exits(boot, qemu, cpu):
    machine = registers(boot, "caches", qemu, "-cpu", cpu)
    levels, cleaned = map(int, re.search(r"registers: (\d+) levels, (\d+) sets and ways cleaned", machine.said).groups())
    assert 0 < cleaned <= levels


@pytest.mark.parametrize("mode", ["virtual", "direct"])
@pytest.mark.parametrize("qemu, cpu", PROCESSORS)
def test_each_vm_keeps_its_own_beside_another_one(boot, qemu, cpu, mode):
    """Two VMs in turn on one processor, each with values of its own in all that it can write."""
    more = delivery(mode) + "slice-us = <500>;" + ('permissions = "direct-shared";' if mode == "direct" else "")
    machine = boot(system(*(vm(name, BUILD / "guests/registers.elf", bootargs=f"case=keep vm={number}", more=more)
                            for number, name in enumerate("ab"))), "-smp", "1", *COUNTED, "-cpu", cpu, qemu=qemu)
    machine.expect_off()
    assert "FAILED" not in machine.said
    for name in "ab":
        kept, changed, rounds = map(int, re.search(rf"^\[{name}\] registers: (\d+) kept, (\d+) of them changed, (\d+) rounds$",
                                                   machine.said, re.MULTILINE).groups())
        assert kept >= 130 and changed >= 45 and rounds == 8
