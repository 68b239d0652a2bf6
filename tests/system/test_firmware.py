# SPDX-License-Identifier: Apache-2.0
"""Firmware in a VM's flash, unmodified, as `qemu -bios` starts it: Debian's U-Boot."""

from pathlib import Path

from systems import OFF, vm
from test_uboot import PROMPT, UBOOT

FIRMWARE = f'machine = "virt"; firmware = /incbin/("{UBOOT}");'
PAGE = 0x1000


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
