# SPDX-License-Identifier: Apache-2.0
"""The inputs of the machine's GIC, and words of its memory, by QEMU's qtest while everything runs."""

import socket

from patience import NET_SECONDS

DISTRIBUTOR = 0x0800_0000


class Lines:
    def __init__(self, machine, path):
        children = machine.qmp("qom-list", path="/machine/unattached")
        name = next(child["name"] for child in children if child["type"] == "child<arm-gicv3>")
        self.gic = f"/machine/unattached/{name}"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(NET_SECONDS)
        self.socket.connect(str(path))
        self.answers = self.socket.makefile()

    def ask(self, words):
        self.socket.sendall(f"{words}\n".encode())
        status, *answer = self.answers.readline().split()
        assert status == "OK"
        return answer

    def set(self, intid, level):
        self.ask(f"set_irq_in {self.gic} unnamed-gpio-in {intid - 32} {level}")

    def pulse(self, intid):
        self.set(intid, 1)
        self.set(intid, 0)

    def distributor(self):
        """All that it has of groups, enables, pending and active state, priorities, triggers and routes."""
        words = [*range(0x84, 0x400, 4), *range(0x420, 0x500, 4), *range(0xc08, 0xc40, 4), *range(0x6100, 0x6800, 4)]
        return {offset: int(self.ask(f"readl {DISTRIBUTOR + offset:#x}")[0], 0) for offset in words}

    def read(self, address):
        return int(self.ask(f"readq {address:#x}")[0], 0)

    def write(self, address, value):
        self.ask(f"writeq {address:#x} {value:#x}")


def boot_with_lines(boot, tmp_path, description, *arguments, **options):
    """boot() of a description, and the lines of its machine."""
    path = tmp_path / "qtest"
    machine = boot(description, *arguments, "-accel", "tcg", "-qtest", f"unix:{path},server=on,wait=off", "-qtest-log",
                   "/dev/null", **options)
    return machine, Lines(machine, path)
