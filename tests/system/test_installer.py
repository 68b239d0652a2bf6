# SPDX-License-Identifier: Apache-2.0
"""Debian's installer, unmodified, to its first menus: a kernel with a whole system in its ramdisk."""

from machine import ASSETS
from systems import system, vm

INSTALLER = ASSETS / "installer"


def test_to_its_first_menus(boot):
    """Its text front end has no screen to paint. Half the memory must hold what is in the ramdisk."""
    ramdisk = f'ramdisk = /incbin/("{INSTALLER / "initrd.gz"}");'
    machine = boot(system(vm("installer", INSTALLER / "linux", cpus="1", memory="0x20000000", more=ramdisk,
                             bootargs="console=ttyAMA0 quiet DEBIAN_FRONTEND=text TERM=dumb"),
                          root='console = "installer";'))
    machine.expect(r"^Select a language$")
    machine.expect(r"^ +2: English")
    machine.expect(r"^Prompt: .*> ")
    machine.type("2\n")
    machine.expect(r"^Select your location$")
