# SPDX-License-Identifier: Apache-2.0
"""Exits by cause, counted from outside: QEMU logs each exception that it takes. A figure is the difference of two
runs with different numbers of samples, so what surrounds the samples does not count."""

import collections
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor

import lab

FEW, MANY = 200, 1000  # samples of the two runs
EXCEPTION = re.compile(r"^Taking exception \d+ \[(.+)\] on CPU (\d+)\n"
                       r"\.\.\.from EL(\d) to EL(\d)\n"
                       r"\.\.\.with ESR 0x([0-9a-f]+)/.*\n"
                       r"(?:\.\.\.with FAR .*\n)?"
                       r"(?:\.\.\.with SPSR .*\n)?"
                       r"\.\.\.with ELR 0x([0-9a-f]+)$", re.M)
ASYNCHRONOUS = {"IRQ": "irq", "FIQ": "fiq", "SError": "serror"}
CLASSES = {  # of ESR_EL2.EC (DDI 0487)
    0x00: "undefined", 0x01: "wfx", 0x07: "fp", 0x16: "hvc", 0x17: "smc", 0x18: "sysreg", 0x20: "fetch",
    0x24: "abort",
}
METRICS = ("timer_entry", "timer_wfi_entry", "wfi_masked_wake", "spi_entry", "soft_spi_entry", "sgi_self_entry",
           "hvc_null", "gicd_typer_read", "gicr_typer_read", "gicd_isenabler1_read", "gicr_isenabler0_write",
           "pmr_write", "pmr_read", "rpr_read", "daif_pair_x10", "burst1", "burst4", "burst16", "burst64")
CROSS_METRICS = ("sgi_cross_entry", "sgi_cross_wfi_entry")  # these take two vCPUs


def cause(name, came_from, exception_class):
    """One word; what is taken at EL2 while the hypervisor itself runs is no exit, and called `..._inside`."""
    word = ASYNCHRONOUS.get(name) or CLASSES.get(exception_class, f"class{exception_class:#x}")
    return word + ("_inside" if came_from == 2 else "")


def count(log, paths):
    """{cause: how many} of what EL2 took on all CPUs, from the first to the last exception in the measured paths of the
    guest's first CPU."""
    taken = [(name, int(cpu), int(source), int(target), int(syndrome, 16), int(address, 16))
             for name, cpu, source, target, syndrome, address in EXCEPTION.findall(log)]
    measured = [place for place, (_, cpu, *_, address) in enumerate(taken) if cpu == 0 and address in paths]
    within = taken[measured[0]:measured[-1] + 1] if measured else []
    return collections.Counter(cause(name, source, syndrome) for name, _, source, target, syndrome, _ in within
                               if target == 2)


def count_once(command, paths):
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        lab.run_once([*command, "-d", "int", "-D", log.name])
        return count(log.read(), paths)


def count_run(system, cpus, metric, samples):
    at = lab.symbols(lab.GUEST)
    paths = range(at["path_start"][0], at["path_end"][0])
    with tempfile.TemporaryDirectory() as place:
        command = system.command(place, cpus, f"only={metric} samples={samples}")
        return lab.agreed(lambda: count_once(command, paths))


def per_sample(few, many):
    """{cause: exits of one sample}, as a whole number where it is one."""
    found = {}
    for word in sorted(many.keys() | few.keys()):
        number = round((many[word] - few[word]) / (MANY - FEW), 2)
        if number:
            found[word] = int(number) if number == int(number) else number
    return found


def row_name(metric):
    """A sample of an SGI between two vCPUs is there and back."""
    return metric.replace("_entry", "_round_trip") if metric in CROSS_METRICS else metric


def measure(systems):
    """Rows METRIC_exits_CAUSE of each system; what a metric has none of has no row."""
    wanted = [(system, cpus, metric) for system in systems
              for cpus, metrics in ((1, METRICS), (2, CROSS_METRICS)) for metric in metrics]
    with ThreadPoolExecutor(2) as pool:
        runs = [[pool.submit(count_run, *each, samples) for samples in (FEW, MANY)] for each in wanted]
        counts = [per_sample(few.result(), many.result()) for few, many in runs]
    return [{**lab.row(system.name, system.config + (f", {cpus} vCPUs" if cpus > 1 else ""),
                       f"{row_name(metric)}_exits_{word}", "exits", [number]), "count": MANY - FEW}
            for (system, cpus, metric), found in zip(wanted, counts) for word, number in found.items()]
