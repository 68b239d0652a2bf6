# SPDX-License-Identifier: Apache-2.0
"""Memory that Signalbox uses: what the machine has, less what is left over and what VMs were given. What is left over
is read from the running hypervisor: `struct ram` (memory/pages.h), the first field of the variable `plan` of boot."""

import struct
import tempfile
from pathlib import Path

import debugger
import lab

PIECES_MAX = 64
RAM_BYTES = PIECES_MAX * 16 + 8
RAM_AT = 0x40000000
IMAGE_AT = RAM_AT + 0x200000  # where QEMU puts an Image
PAGE = 4096


def ram_address():
    at = lab.symbols(lab.HYPERVISOR)
    places = [place for name, (place, size) in at.items() if name.split(".")[0] == "plan" and size >= RAM_BYTES]
    if len(places) != 1:
        raise lab.LabError(f"{lab.HYPERVISOR}: {len(places)} variables are a `plan`; boot has changed, and "
                           "bench/footprint.py must follow")
    return places[0] - at["image_start"][0] + IMAGE_AT


def sum_of_pieces(ram):
    """Bytes in all pieces of a struct ram. That they ascend and lie in RAM is hardly so by chance."""
    *words, count = struct.unpack(f"<{2 * PIECES_MAX}QI4x", ram)
    pieces = list(zip(words[:2 * count:2], words[1:2 * count:2]))
    limits = [RAM_AT, *(limit for base, size in pieces for limit in (base, base + size)), RAM_AT + (lab.MEMORY_MIB << 20)]
    if not pieces or limits != sorted(limits):
        raise lab.LabError("`plan` does not begin with a struct ram; bench/footprint.py must follow")
    return sum(size for _, size in pieces)


def left_over(blob, cpus):
    """Bytes that are free when all VMs run."""
    with tempfile.TemporaryDirectory() as place:
        port = Path(place) / "gdb"
        command = [*lab.signalbox_command(blob, cpus), "-serial", "stdio", *debugger.arguments(port)]
        with lab.Running(command) as qemu:
            qemu.read_until(lab.DONE)
            return sum_of_pieces(debugger.Debugger(port, qemu.process).read_physical(ram_address(), RAM_BYTES))


def used(cpus_of_vms):
    """Bytes that Signalbox uses with VMs of this many vCPUs; the description itself does not count."""
    first, vms = 0, []
    for number, count in enumerate(cpus_of_vms):
        vms.append(lab.vm_source(f"vm{number}", range(first, first + count), "only=none"))
        first += count
    with tempfile.TemporaryDirectory() as place:
        blob = lab.compile_system(vms, place, "stay;")
        description = -(-blob.stat().st_size // PAGE) * PAGE
        return (lab.MEMORY_MIB << 20) - left_over(blob, first) - description - len(vms) * (lab.VM_MIB << 20)


def measure(config):
    image = lab.symbols(lab.HYPERVISOR)["image_bytes"][0]
    one, two_vcpus, two_vms = used([1]), used([2]), used([1, 1])
    found = {"hypervisor_image": image, "hypervisor_memory": one, "memory_per_vm": two_vms - one,
             "memory_per_vcpu": two_vcpus - one}
    return [lab.row("signalbox", config, metric, "bytes", [size]) for metric, size in found.items()]
