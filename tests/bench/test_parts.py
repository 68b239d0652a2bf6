# SPDX-License-Identifier: Apache-2.0
"""The parts of `make bench` that `bench/run --check` leaves out: each still measures something."""


def test_memory_is_measured(bench):
    figures = {row["metric"]: row["median"] for row in bench.measure.memory()}
    assert figures["memory_per_vm"] > figures["memory_per_vcpu"] > 0
    assert figures["hypervisor_memory"] > figures["hypervisor_image"] > 1 << 20


def test_boot_and_reset_are_measured(bench):
    figures = {row["metric"]: row["median"] for row in bench.measure.start_and_reset(32)}
    assert figures["vm_reset"] > 32 << 20 >> 6  # a cache line takes an instruction at least
    assert figures["boot_to_guest"] > 0


def test_growth_is_measured(bench):
    rows = bench.measure.more_vms(2) + bench.measure.more_owned(4)
    assert {row["metric"] for row in rows} == set(bench.measure.GROWN)


def test_what_interrupts_cost_in_exits(bench):
    """By QEMU's log: one each with virtual delivery; none with direct delivery, but for WFI and what the guest asks for."""
    rows = bench.exits.measure(bench.lab.SIGNALBOX)
    exits = {(row["config"], row["metric"]): row["max"] for row in rows if row["min"] == row["max"]}
    for metric in ("timer_entry", "timer_wfi_entry", "spi_entry"):
        assert exits.pop(("virtual", f"{metric}_exits_fiq")) == 1
    assert exits.pop(("direct", "timer_wfi_entry_exits_wfx")) == 1
    left = [metric for config, metric in exits if config == "direct"]
    assert not [metric for metric in left if metric.startswith(("timer", "spi")) or metric.endswith("fiq")]
