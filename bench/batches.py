# SPDX-License-Identifier: Apache-2.0
"""
Interrupts that come together for VMs which are away: the lines are raised while the emulator stands still, so that all
are there at the next instruction. guests/measure/batch.c counts what that takes.
"""

import json
import socket
import tempfile
import time
from pathlib import Path

import lab

SAMPLES, WARM_UP = 100, 16  # the second is the guest's
LINES = (64, 64, 24)        # of each VM: two that are away, and the one that runs
FIRST_SPI = (64, 128, 192)
OVER = 0xffff_ffff
RTC_MATCH = 0x0901_0004     # where the measuring guest writes the number of its sample
ALL_THE_WHILE = "priority = <20>; slice-us = <10000000>;"  # its turn does not end while it waits for the host
# As in guests/measure/batch.c: interrupts together, and for how many VMs in turn: the third is the one that runs.
PHASES = ((1, 2), (4, 2), (16, 2), (64, 2), (1, 1), (4, 1), (5, 1), (64, 1), (4, 3), (16, 3), (64, 3))


class Outside:
    """The emulator from outside: it stands still and goes on (QMP); lines and words (qtest)."""

    def __init__(self, place, qemu):
        self.qmp, self.qtest = (self.connect(Path(place) / name, qemu) for name in ("qmp", "qtest"))
        self.qmp.readline()  # its greeting
        self.command("qmp_capabilities")
        children = self.command("qom-list", path="/machine/unattached")
        name = next(child["name"] for child in children if child["type"] == "child<arm-gicv3>")
        self.gic = f"/machine/unattached/{name}"

    @staticmethod
    def options(place):
        """Of QEMU's command line."""
        return ["-accel", "tcg", "-qmp", f"unix:{place}/qmp,server=on,wait=off",
                "-qtest", f"unix:{place}/qtest,server=on,wait=off", "-qtest-log", "/dev/null"]

    @staticmethod
    def connect(path, qemu):
        connection = socket.socket(socket.AF_UNIX)
        while connection.connect_ex(str(path)):  # until QEMU has started
            if qemu.poll() is not None:
                raise lab.LabError("QEMU did not start")
            time.sleep(0.01)
        connection.settimeout(lab.patience.NET_SECONDS)
        return connection.makefile("rw")

    def command(self, name, **arguments):
        self.qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while "return" not in (answer := json.loads(self.qmp.readline())):
            if "error" in answer:
                raise lab.LabError(f"QEMU refuses {name}: {answer['error']['desc']}")
        return answer["return"]

    def ask(self, *commands):
        self.qtest.write("".join(f"{words}\n" for words in commands))
        self.qtest.flush()
        return [self.qtest.readline().split()[1:] for _ in commands]

    def read(self, address):
        return int(self.ask(f"readl {address:#x}")[0][0], 0)

    def pulse(self, spis):
        """All at one moment of the machine."""
        self.command("stop")
        self.ask(*(f"set_irq_in {self.gic} unnamed-gpio-in {spi} {level}" for spi in spis for level in (1, 0)))
        self.command("cont")


def spis(count, vms):
    """The lines of one sample, which the VMs have in turn."""
    return [FIRST_SPI[n % vms] + n // vms for n in range(count)]


def raise_all(outside, qemu, samples):
    until = lab.patience.Patience(qemu.pid)
    number = 0
    for count, vms in PHASES:
        for _ in range(WARM_UP + samples):
            number += 1
            while (waits_for := outside.read(RTC_MATCH)) != number:
                if waits_for == OVER:
                    return  # the guest says why
                if qemu.poll() is not None or until.is_over():
                    raise lab.LabError(f"the measuring guest does not wait for its sample {number}")
            outside.pulse(spis(count, vms))


def system(place, samples):
    """QEMU's command line: a VM that runs, and two that are away with their lines."""
    table = "shared-memory { table { }; };"
    nodes, paths = zip(*map(lab.spare_devices, LINES, FIRST_SPI))
    vms = [lab.vm_source("measure", [0], f"shares batches only=none samples={samples}",
                         f"{lab.RTC[:-1]}, {paths[2]}; {ALL_THE_WHILE} {table}")]
    for number in range(2):
        vms.append(lab.vm_source(f"away{number}", [0], f"partner=receives number={number}",
                                 f"devices = {paths[number]}; priority = <10>; {table}"))
    blob = lab.compile_system(vms, place, "shared-memory { table { size = <0x10000>; }; };")
    return [*lab.signalbox_command(blob, 1), "-dtb", str(lab.host_tree(place, 1, ''.join(nodes)))]


def measure_once(command, place, samples):
    with lab.Running([*command, "-serial", "stdio", *Outside.options(place)]) as qemu:
        raise_all(Outside(place, qemu.process), qemu.process, samples)
        return [json.loads(figure) for figure in lab.FIGURE.findall(qemu.read_until(lab.DONE))]


def rows(samples=SAMPLES):
    with tempfile.TemporaryDirectory() as place:
        command = system(place, samples)
        return lab.rows("signalbox", "virtual", lab.agreed(lambda: measure_once(command, place, samples)))
