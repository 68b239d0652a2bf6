# SPDX-License-Identifier: Apache-2.0
"""Devices of the machine, given to VMs: their registers, their interrupts, their DMA."""

import hashlib
import re

import pytest

from machine import ROOT
from systems import OFF, linux, probe, rt, system, vm

MIB = 1 << 20
TRUSTED = 'memory-identity; permissions = "dma";'


def shipped(name, bootargs):
    """A description of systems/, with another command line for Linux."""
    return f"""/dts-v1/;
/include/ "{ROOT}/systems/{name}.dts"
/ {{
	console = "all";
	vms {{ linux {{ bootargs = "console=ttyAMA0 quiet {bootargs}"; }}; }};
}};
"""


def transports(page):
    """The eight of QEMU's virtio transports that share a page of registers."""
    return "devices = " + ", ".join(f'"/virtio_mmio@{page + 0x200 * index:x}"' for index in range(8)) + ";"


def disk(place, transport):
    """A disk of 4 MiB at a transport: its file, and QEMU's arguments."""
    file = place / "disk"
    file.write_bytes(bytes(range(256)) * (4 * MIB // 256))
    return file, ["-drive", f"file={file},if=none,format=raw,id=disk", "-device",
                  f"virtio-blk-device,drive=disk,bus=virtio-mmio-bus.{transport}"]


def expect_ok(machine, name, test):
    verdict = machine.expect(rf"^\[{name}\] test: {test}: (\w+)$", since=0)[1]
    assert verdict == "ok", machine.excerpt()


def expect_disk_was_written(machine, file, name):
    first = machine.expect(rf"^\[{name}\]   first 64 KiB: ([0-9a-f]+)$", since=0)[1]
    assert first == hashlib.sha256(bytes(range(256)) * 256).hexdigest()
    contents = file.read_bytes()
    assert contents[:MIB] == bytes(range(256)) * (MIB // 256) == contents[3 * MIB:]
    assert len(set(contents[offset:offset + 256] for offset in range(MIB, 3 * MIB, 256))) == 2 * MIB // 256


def words(*code):
    return b"".join(word.to_bytes(4, "little") for word in code)


def test_firmware_executes_from_its_flash(boot, tmp_path):
    """As EDK2 does, with its first instruction."""
    jump = words(0xd2a08001, 0xd61f0020)  # movz x1, #0x400, lsl #16; br x1
    flash = tmp_path / "flash"
    with open(flash, "wb") as file:
        file.write(words(0xd2a12001, 0x528008c2, 0xb9000022, 0x52800142, 0xb9000022,  # "F", newline to the console
                         0x52800100, 0x72b08000, 0xd4000002))  # SYSTEM_OFF
        file.truncate(64 * MIB)
    firmware = vm("firmware", None, memory="0x200000", more=f'devices = "/flash@0"; image = [{jump.hex()}];')
    machine = boot(system(firmware), "-drive", f"file={flash},if=pflash,index=1,format=raw")
    machine.expect(r"^\[firmware\] F$")
    machine.expect(OFF.format("firmware"), since=0)
    assert "warning" not in machine.said


def test_registers_are_not_executed_from(boot):
    jump = words(0xd2a12021, 0xd61f0020)  # movz x1, #0x901, lsl #16; br x1
    machine = boot(system(vm("lost", None, memory="0x200000", more=f'devices = "/pl031@9010000"; image = [{jump.hex()}];'),
                          rt("reports=1", cpus="1")))
    machine.expect(r"^\[signalbox\] .* warning: \[lost\] executes code in registers of a device, or in shared "
                   r"memory or erased flash, which it must not; it gets an external abort")


def test_the_clock_in_a_small_guest(boot):
    machine = boot(system(probe("rtc", more='devices = "/pl031@9010000";'), rt("reports=3", cpus="1")))
    machine.expect(r"^\[signalbox\] .* \[probe\] device /pl031@9010000$")
    machine.expect(r"^\[signalbox\] .* \[probe\]   interrupt 34, level$")
    for number in 1, 2, 3:
        machine.expect(rf"^\[probe\]   ok: alarm {number}, time \d+$", since=0)
    machine.expect(r"^\[probe\] probe: rtc: ok$")
    machine.expect_off()
    assert "FAILED" not in machine.said


@pytest.mark.parametrize("flavour", ["cloud-arm64", "arm64"])
def test_the_clock_and_the_power_key_in_linux(boot, flavour):
    """Debian's cloud kernel watches the pin, the full one has a driver for keys."""
    text = shipped("passthrough", "test=rtc,powerkey") if flavour == "cloud-arm64" else system(
        linux("test=rtc,powerkey", cpus="0", flavour=flavour,
              more='devices = "/pl031@9010000", "/pl061@9030000", "/gpio-keys";'))
    machine = boot(text)
    machine.expect(r"^\[linux\]   waiting for the power key$")
    # Linux says so a moment before it listens.
    machine.expect_after(lambda: machine.qmp("system_powerdown"), r"^\[linux\] test: powerkey: \w+$")
    expect_ok(machine, "linux", "rtc")
    expect_ok(machine, "linux", "powerkey")
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()


def test_block_network_and_random_numbers(boot, tmp_path):
    """On transports of two pages, with DMA to guest memory that is where Linux thinks it is."""
    file, arguments = disk(tmp_path, 31)
    machine = boot(shipped("virtio", "test=block,net,rng,load seconds=2"), *arguments,
                   "-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net,bus=virtio-mmio-bus.23",
                   "-device", "virtio-rng-device,bus=virtio-mmio-bus.30")
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()
    for test in "block", "net", "rng", "load":
        expect_ok(machine, "linux", test)
    expect_disk_was_written(machine, file, "linux")
    for kind in "interrupts", r"packets transmitted, 20 packets received", "1024 random bytes":
        assert re.search(rf"^\[linux\]   .*{kind}", machine.said, re.MULTILINE), machine.excerpt()


def test_two_linuxes_with_a_page_of_devices_each(boot, tmp_path):
    file, arguments = disk(tmp_path, 31)
    machine = boot(system(linux("test=block,load seconds=2", name="one", cpus="0", more=transports(0xa003000) + TRUSTED),
                          linux("test=rng,net,load seconds=2", name="other", cpus="1", flavour="arm64",
                                more=transports(0xa002000) + TRUSTED)),
                   *arguments, "-device", "virtio-rng-device,bus=virtio-mmio-bus.16",
                   "-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net,bus=virtio-mmio-bus.20")
    machine.expect(OFF.format("one"), since=0)
    machine.expect(OFF.format("other"), since=0)
    machine.expect_off()
    for name, tests in ("one", ["block", "load"]), ("other", ["rng", "net", "load"]):
        for test in tests:
            expect_ok(machine, name, test)
    expect_disk_was_written(machine, file, "one")


def test_a_device_is_quiet_when_its_vm_is_reset(boot, tmp_path):
    """Linux is reset in the middle of its work with a disk, and does the work again."""
    file, arguments = disk(tmp_path, 31)
    machine = boot(system(linux("test=load,block seconds=2", cpus="0", more=transports(0xa003000) + TRUSTED)), *arguments)
    machine.expect(r"^\[linux\] test: load$")
    machine.monitor("reset linux")
    machine.expect(r"^\[signalbox\] .* \[linux\] resets$", since=0)
    machine.expect(r"^\[linux\] test: load$")
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()
    expect_ok(machine, "linux", "block")
    expect_disk_was_written(machine, file, "linux")


def test_linux_owns_the_uart(boot):
    """Signalbox is silent then; what Linux prints comes as it is, and keys go to it alone."""
    machine = boot(system(linux("", cpus="0 1", more='console = "physical";'), rt("reports=3", cpus="2")))
    machine.expect(r"^\[signalbox\] .* the console UART belongs to a VM from now on; Signalbox is silent$")
    silent = machine.cursor
    machine.expect(r"^Linux 6\.1\.")
    machine.expect(r"linux:/# ")
    machine.type("echo $((6 * 7)); grep uart-pl011 /proc/interrupts\n")
    machine.expect(r"^42$")
    taken = machine.expect(r"^ *\d+: +(\d+) +(\d+) +GICv3 +33 Level +uart-pl011$")
    assert int(taken[1]) + int(taken[2]) > 0
    machine.type("exit\n")
    machine.expect("reboot: Power down")
    machine.expect_off()
    assert "signalbox" not in machine.said[silent:] and "rt:" not in machine.said[silent:]
