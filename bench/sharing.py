# SPDX-License-Identifier: Apache-2.0
"""Several VMs on one processor: the measured one, which is the most urgent, and others that are partners of it."""

import tempfile

import batches
import lab

CONFIG = "virtual"
URGENT, LESS = "priority = <20>;", "priority = <10>;"
TABLE = "shared-memory { table { }; };"
TABLE_SIZE = "shared-memory { table { size = <0x10000>; }; };"
# What a sleeping VM's partner does, by metric.
SLEEPS = {"wake_idle_entry": "idle", "wake_busy_entry": "partner=spins", "wake_short_sleep_entry": "partner=spins"}
WAKES = {**SLEEPS, "wake_idle_other_entry": "partner=wakes", "vm_switch": "partner=returns"}  # the two by one clock


def wake_vms(metric, partner):
    return [lab.vm_source("measure", [0], f"shares only={metric}", URGENT + TABLE),
            lab.vm_source("partner", [0], partner, LESS + TABLE)]


def remote_vms():
    """The second vCPU sleeps on the partner's processor."""
    return [lab.vm_source("measure", [0, 1], "only=wake_remote_entry", URGENT),
            lab.vm_source("partner", [1], "partner=yields", LESS)]


def figures(vms, cpus):
    with tempfile.TemporaryDirectory() as place:
        blob = lab.compile_system(vms, place, TABLE_SIZE)
        return lab.rows("signalbox", CONFIG, lab.run(lab.signalbox_command(blob, cpus)))


def wakes():
    found = [row for metric, partner in WAKES.items() for row in figures(wake_vms(metric, partner), 1)]
    return found + figures(remote_vms(), 2)


def rows():
    return wakes() + batches.rows()
