# SPDX-License-Identifier: Apache-2.0
"""What is measured, and on what: every function returns rows as results.json has them."""

import tempfile

import footprint
import lab

CROSS = ("only=sgi_cross_entry", "only=sgi_cross_wfi_entry")  # the other vCPU spins, or waits in WFI
VIRTUAL, DIRECT = "virtual", "direct"
# What is watched while a system grows, and the sizes; those of 1 are the plain figures.
GROWN = ("timer_entry", "spi_entry", "sgi_self_entry", "hvc_null", "gicd_typer_read", "soft_spi_entry")
COUNTS = (2, 4, 8)
OWNED_COUNTS = (4, 16, 64)
MEMORY_SIZES_MIB = (32, 64)
KEPT = "shared-memory { kept { }; };"
KEPT_SIZE = "shared-memory { kept { size = <0x10000>; }; };"
RESETS = 8
RTC_INTID = 34
CLOSED = ("close_open_pair", "open_pending_entry")


def measure(system, cpus, arguments):
    with tempfile.TemporaryDirectory() as place:
        figures = lab.run(system.command(place, cpus, arguments))
    return lab.rows(system.name, system.config + (f", {cpus} vCPUs" if cpus > 1 else ""), figures)


def plain(systems):
    """One vCPU, and the SGIs between two."""
    return [row for system in systems
            for row in (measure(system, 1, ""), *(measure(system, 2, words) for words in CROSS)) for row in row]


def in_vms(config, vms, cpus, extra="", addition=""):
    """Figures of a description's first VM. `addition`: to the machine's device tree."""
    with tempfile.TemporaryDirectory() as place:
        command = lab.signalbox_command(lab.compile_system(vms, place, extra), cpus)
        if addition:
            command += ["-dtb", str(lab.host_tree(place, cpus, addition))]
        return lab.rows("signalbox", config, lab.run(command))


def grown(found):
    return [row for row in found if row["metric"] in GROWN]


def more_vcpus(count):
    vm = lab.vm_source("measure", range(count), "alone", lab.RTC)
    return grown(in_vms(f"{VIRTUAL}, {count} vCPUs, one runs", [vm], count))


def more_vms(count):
    others = [lab.vm_source(f"idle{other}", [other], "idle") for other in range(1, count)]
    vm = lab.vm_source("measure", [0], "", lab.RTC)
    return grown(in_vms(f"{VIRTUAL}, {count} VMs", [vm, *others], count))


def more_owned(count):
    """The clock's interrupt, and others that stay silent."""
    addition, paths = lab.spare_devices(count - 1)
    vm = lab.vm_source("measure", [0], "", f"{lab.RTC[:-1]}, {paths};")
    return grown(in_vms(f"{VIRTUAL}, {count} owned interrupts", [vm], 1, addition=addition))


def growth():
    """How cost grows with what a system has."""
    found = [row for count in COUNTS for row in more_vcpus(count) + more_vms(count)]
    return found + [row for count in OWNED_COUNTS for row in more_owned(count)]


def start_and_reset(mib):
    """Boot and reset of a VM with so much memory."""
    config = VIRTUAL if mib == lab.VM_MIB else f"{VIRTUAL}, {mib} MiB"
    vm = lab.vm_source("measure", [0], f"only=vm_reset samples={RESETS}", lab.RTC + KEPT, mib)
    found = in_vms(config, [vm], 1, KEPT_SIZE)
    if mib != lab.VM_MIB:
        vm = lab.vm_source("measure", [0], "only=boot_to_guest samples=1", lab.RTC, mib)
        found += in_vms(config, [vm], 1)
    return found


def lifetimes():
    return [row for mib in (lab.VM_MIB, *MEMORY_SIZES_MIB) for row in start_and_reset(mib)]


def moves_of(delivery):
    device = "/pl031@9010000"
    more = f'delivery = "{delivery}"; disturbance-percent = <100>;'
    vms = [lab.vm_source("measure", [1], f"only=irq_move intid={RTC_INTID}", 'permissions = "irq-control";'),
           lab.vm_source("a", [2], f"idle intid={RTC_INTID}", f'devices = "{device}"; {more}'),
           lab.vm_source("b", [3], f"idle intid={RTC_INTID}", f'receives = "{device}"; {more}')]
    return in_vms(delivery, vms, 4)


def moves():
    """An interrupt that goes to and fro between two VMs which sleep, moved by a third."""
    return moves_of(VIRTUAL) + moves_of(DIRECT)


def closed():
    """Interrupts closed and opened without a call, with nothing pending and with one."""
    return [row for row in in_vms(VIRTUAL, [lab.vm_source("measure", [0], "closed", "closed-flag;")], 1)
            if row["metric"] in CLOSED]


def memory():
    return footprint.measure(VIRTUAL)
