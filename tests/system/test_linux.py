# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels, unmodified, with a busybox."""

import re

import pytest

from systems import OFF, linux, rt, system

PROMPT = r"linux:/# "


def timer_interrupts(machine):
    """Types the command and adds up the timer's row."""
    machine.type("cat /proc/interrupts\n")
    row = machine.expect(r"GICv3 +27 Level +arch_timer$").start()
    line = machine.said[machine.said.rindex("\n", 0, row) + 1:row]
    machine.expect(PROMPT)
    return sum(map(int, line.split()[1:]))


@pytest.mark.parametrize("flavour", ["cloud-arm64", "arm64"])
@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_to_a_shell(boot, flavour, cpus):
    machine = boot(system(linux(cpus=" ".join(map(str, range(cpus))), flavour=flavour), root='console = "linux";'))
    machine.expect(rf"Linux 6\.1\..*{'cloud-' if 'cloud' in flavour else ''}arm64, CPUs: {cpus}, memory: \d+ MiB$")
    machine.expect(PROMPT)
    before = timer_interrupts(machine)
    assert timer_interrupts(machine) > before > 0
    machine.type("exit\n")
    machine.expect("reboot: Power down")
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()


def test_on_a_machine_like_qemus_virt(boot):
    machine = boot(system(linux(cpus="0 1", more='machine = "virt";'), root='console = "linux";'), "-rtc",
                   "base=2024-02-29T12:00:00")
    machine.expect(r"Linux 6\.1\..*, CPUs: 2, memory: \d+ MiB$")
    machine.expect(PROMPT)
    machine.type("cat /sys/class/rtc/rtc0/date\n")
    machine.expect(r"^2024-02-29$")
    machine.expect(PROMPT)
    machine.type("exit\n")
    machine.expect(OFF.format("linux"))
    machine.expect_off()


def test_poweroff_at_the_shell(boot):
    machine = boot(system(linux(cpus="0"), root='console = "linux";'))
    machine.expect(PROMPT)
    machine.type("poweroff\n")
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()


@pytest.mark.parametrize("flavour", ["cloud-arm64", "arm64"])
def test_load_on_all_cpus_and_hotplug(boot, flavour):
    tests = ["timer", "load", "hotplug", "badaddress", "load"]
    machine = boot(system(linux(f"test={','.join(tests)} seconds=4", cpus="0 1 2 3", flavour=flavour)))
    for name in tests:
        machine.expect(rf"^\[linux\] test: {name}$")
        verdict = machine.expect(rf"^\[linux\] test: {name}: (\w+)$")[1]
        assert verdict == "ok", machine.said[-4000:]
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()
    for cpu in range(4):
        assert len(re.findall(rf"^\[linux\]   CPU {cpu}: \d+ rounds, same results each time$", machine.said,
                              re.MULTILINE)) == 2
    machine.expect(r"warning: \[linux\] accesses an address that its description does not give it", since=0)


def test_a_reboot_starts_it_again(boot):
    machine = boot(system(linux("test=reset", cpus="0 1")))
    machine.expect(r"^\[linux\]   reset now$")
    machine.expect(r"^\[signalbox\] .* \[linux\] resets$")
    machine.expect(r"^\[linux\] Linux 6\.1\..*CPUs: 2")
    machine.expect(r"^\[linux\]   reset now$")


def test_a_panic_ends_only_linux(boot):
    """With panic=-1 Linux asks for a reset when it has panicked."""
    machine = boot(system(linux("test=panic panic=-1", cpus="1 2"), rt()))
    machine.expect(r"^\[linux\]   panic now$")
    machine.expect(r"^\[linux\] .*Kernel panic - not syncing: sysrq triggered crash$")
    machine.expect(r"^\[signalbox\] .* \[linux\] resets$")
    machine.expect(r"^\[rt\] rt: report \d+: 1000 releases, .* state: ok$")
    machine.expect(r"^\[linux\]   panic now$")
    reports = re.findall(r"^\[rt\] rt: report (\d+): ", machine.said, re.MULTILINE)
    assert [int(number) for number in reports] == list(range(1, len(reports) + 1))
