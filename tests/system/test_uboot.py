# SPDX-License-Identifier: Apache-2.0
"""Started by U-Boot at EL2, as docs/boot-loaders.md says: the same words are typed at its prompt."""

import subprocess

import pytest

from machine import BUILD, Bare
from systems import OFF, UBOOT, rt, system

IMAGE = BUILD / "signalbox"
KERNEL, RAMDISK = "0x40400000", "0x44000000"
PROMPT = r"^=> "
VIRT = "virt,virtualization=on,gic-version=3"
SIZE = ("-cpu", "cortex-a72", "-smp", "4", "-m", "1G", "-nodefaults", "-display", "none")


@pytest.fixture
def built(tmp_path):
    """built(format, arguments...) builds a system that ends by itself; the file."""
    (tmp_path / "system.dts").write_text(system(rt("reports=1", cpus="1")))

    def build(form, *arguments):
        out = tmp_path / f"system.{form}"
        subprocess.run([BUILD / "sbx", "build", tmp_path / "system.dts", "-o", out, "--format", form, *arguments],
                       check=True)
        return out
    return build


@pytest.fixture
def uboot(tmp_path):
    """uboot({address: file}) starts U-Boot with files in memory, up to its prompt."""
    machines = []

    def start(files, machine=VIRT):
        loaders = [word for address, file in files.items()
                   for word in ("-device", f"loader,file={file},addr={address},force-raw=on")]
        machines.append(Bare(tmp_path / "machine", "-M", machine, *SIZE, "-bios", UBOOT, *loaders))
        machines[-1].expect("Hit any key to stop autoboot")
        machines[-1].type(" ")
        machines[-1].expect(PROMPT)
        return machines[-1]

    yield start
    for machine in machines:
        machine.kill()


def runs_the_system(machine):
    machine.expect(r"^Starting kernel \.\.\.$")
    machine.expect(r"^\[signalbox\] .* Signalbox .* on linux,dummy-virt$")
    machine.expect(r"processors: 4 of 4 online$")
    machine.expect(r"^\[rt\] rt: report 1: ")
    machine.expect(OFF.format("rt"), since=0)
    machine.expect_off()


def test_booti_with_a_wrapped_description(uboot, built):
    machine = uboot({KERNEL: IMAGE, RAMDISK: built("uimage")})
    machine.type(f"booti {KERNEL} {RAMDISK} ${{fdtcontroladdr}}\r")
    machine.expect(r"Image Name: +Signalbox system description$")
    machine.expect(r"Verifying Checksum \.\.\. OK$")
    runs_the_system(machine)


def test_bootm_of_a_fit(uboot, built):
    machine = uboot({RAMDISK: built("fit")})
    machine.type(f"iminfo {RAMDISK}\r")
    machine.expect(r"## Checking hash\(es\) for FIT Image at 44000000 \.\.\.$")
    machine.expect(r"Hash\(es\) for Image 1 \(ramdisk\): crc32\+")
    machine.expect(PROMPT)
    machine.type(f"bootm {RAMDISK}#signalbox {RAMDISK}#signalbox ${{fdtcontroladdr}}\r")
    runs_the_system(machine)


def test_bootm_of_a_fit_with_the_machines_tree(uboot, built, tmp_path):
    tree = tmp_path / "host.dtb"
    subprocess.run(["qemu-system-aarch64", "-M", f"{VIRT},dumpdtb={tree}", *SIZE], check=True, capture_output=True)
    machine = uboot({RAMDISK: built("fit", "--fdt", tree)})
    machine.type(f"bootm {RAMDISK}\r")
    runs_the_system(machine)


def test_a_boot_loader_at_el1(uboot, built):
    machine = uboot({KERNEL: IMAGE, RAMDISK: built("uimage")}, machine="virt,gic-version=3")
    machine.type(f"booti {KERNEL} {RAMDISK} ${{fdtcontroladdr}}\r")
    machine.expect(r"error: Signalbox cannot start: the boot loader entered Signalbox at EL1")
    machine.expect_off()


def test_a_damaged_fit_is_not_started(uboot, built, tmp_path):
    whole = bytearray(built("fit").read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "damaged.itb").write_bytes(whole)
    machine = uboot({RAMDISK: tmp_path / "damaged.itb"})
    machine.type(f"bootm {RAMDISK}#signalbox {RAMDISK}#signalbox ${{fdtcontroladdr}}\r")
    machine.expect(r"Bad hash value for 'hash-1' hash node")
    machine.expect(PROMPT)
