# SPDX-License-Identifier: Apache-2.0
"""Firmware in a VM's flash, unmodified, as `qemu -bios` starts it: Debian's U-Boot, and EDK2 to its UEFI shell."""

import re
from pathlib import Path

import pytest

from machine import ROOT
from systems import DIRECTLY, NOT_DIRECTLY, OFF, UBOOT, delivery, vm
from test_uboot import PROMPT

FIRMWARE = f'machine = "virt"; firmware = /incbin/("{UBOOT}");'
PAGE = 0x1000
LEAP_DAY = "-rtc", "base=2024-02-29T12:00:00"


def at_prompt(machine):
    machine.expect(r"^DRAM:  128 MiB$")
    machine.expect("Hit any key to stop autoboot")
    machine.type(" ")
    machine.expect(PROMPT)


def answer(machine, command):
    machine.type(command + "\r")
    machine.expect(rf"{command}\n")
    start = machine.cursor
    machine.expect(PROMPT)
    return machine.said[start:machine.cursor]


def word(offset):
    """Of the file."""
    return f"{int.from_bytes(Path(UBOOT).read_bytes()[offset:offset + 4], 'little'):08x}"


def test_uboot_is_in_flash(boot):
    run = boot(f"""/dts-v1/;
/ {{
	compatible = "signalbox,system";
	console = "boot";
	vms {{{vm("boot", None, memory="0x8000000", bootargs="hello", more=FIRMWARE)} }};
}};
""")
    run.expect(r"\[boot\] starts: 1 vCPU, entry 0x0, device tree 0x40000000$")
    for again in (True, False):
        at_prompt(run)
        # The tree is found at the start of memory.
        answer(run, "fdt addr 40000000")
        assert 'bootargs = "hello"' in answer(run, "fdt print /chosen")
        # The file is at 0, and what follows it is erased, as the second bank is.
        assert word(PAGE) in answer(run, "md 1000 1")
        assert "ffffffff" in answer(run, f"md {(Path(UBOOT).stat().st_size + 3) // 4 * 4:x} 1")
        assert "ffffffff" in answer(run, "md 4000000 1")
        # A guest that writes changes nothing.
        answer(run, "mw 1000 12345678")
        assert word(PAGE) in answer(run, "md 1000 1")
        run.type("reset\r" if again else "poweroff\r")
    run.expect(OFF.format("boot"))


def test_uboot_tells_the_date(boot):
    machine = boot(ROOT / "systems/uboot.dts", *LEAP_DAY)
    at_prompt(machine)
    assert "Date: 2024-02-29 (Thursday)    Time: 12:" in answer(machine, "date")
    machine.type("reset\r")
    machine.expect(r"^\[signalbox\] .* \[uboot\] resets$")
    at_prompt(machine)
    machine.type("poweroff\r")
    machine.expect(OFF.format("uboot"))
    machine.expect_off()


def shell(machine):
    machine.expect(r"Press ESC in \d seconds to skip startup.nsh")
    machine.type("\r")  # after these seconds it is an empty line
    machine.expect(r"Shell> ")


@pytest.mark.parametrize("mode", ["virtual", "direct"])
def test_edk2_to_its_shell(boot, mode):
    """A variable that it writes into the machine's flash is there after a reset. Its delivery stays as it begins."""
    edk2 = (ROOT / "systems/edk2.dts").read_text()
    machine = boot(edk2.replace("firmware =", f"{delivery(mode)} firmware ="), *LEAP_DAY)
    variable = "setvar kept -guid 5e1a1b0c-0000-4000-8000-000000000001 -nv"
    shell(machine)
    machine.type("date\r")
    machine.expect(r"^02/29/2024$")
    machine.expect(r"Shell> ")
    machine.type(f"{variable} -bs =0x2a\r")
    machine.expect(r"=0x2a\s+Shell> ")
    machine.type("reset\r")
    machine.expect(r"^\[signalbox\] .* \[efi\] resets$")
    shell(machine)
    machine.type(f"{variable}\r")
    machine.expect(r"kept - 0001 Bytes\s+2A")
    machine.expect(r"Shell> ")
    machine.type("reset -s\r")
    machine.expect(OFF.format("efi"))
    machine.expect_off()
    assert len(re.findall(DIRECTLY.format("efi"), machine.said, re.MULTILINE)) == (2 if mode == "direct" else 0)
    assert not re.search(NOT_DIRECTLY.format("efi", ".*"), machine.said, re.MULTILINE)
