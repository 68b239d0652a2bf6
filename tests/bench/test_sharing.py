# SPDX-License-Identifier: Apache-2.0
"""Several VMs on one processor: bench/sharing.py, batches.py, sections.py."""

import pytest

def test_a_batch_is_one_exit(bench, tmp_path):
    """
    While the emulator stands still, 1 to 64 lines are raised: for one VM that is away, for two, or for these and the one
    that runs. By QEMU's log, EL2 takes all of them in one exit. The guests see that each came to its own VM, once, in the
    order of priorities.
    """
    batches, log, samples = bench.sharing.batches, tmp_path / "log", 4
    at = bench.lab.symbols(bench.lab.GUEST)
    loop = range(at["path_watch"][0], at["path_receive"][0])
    command = [*batches.system(tmp_path, samples), "-d", "int", "-D", str(log)]
    figures = {figure["metric"]: figure for figure in batches.measure_once(command, tmp_path, samples)}
    taken = [name for name, _, _, target, _, address in bench.exits.EXCEPTION.findall(log.read_text(errors="replace"))
             if target == "2" and int(address, 16) in loop]
    assert taken == ["FIQ"] * (batches.WARM_UP + samples) * len(batches.PHASES)
    for batch in ("batch1", "batch4", "batch16", "batch64", "batch4_self", "batch16_self", "batch64_self"):
        assert figures[f"{batch}_interruptions"]["max"] == 1
        assert figures[f"{batch}_disorder"]["max"] == 0


@pytest.mark.parametrize("count, vms, lines", [(1, 2, [64]), (4, 3, [64, 128, 192, 65]), (3, 1, [64, 65, 66])])
def test_lines_are_of_all_vms_in_turn(bench, count, vms, lines):
    assert bench.sharing.batches.spis(count, vms) == lines


def test_the_longest_section_is_measured(bench):
    assert bench.sections.rows()[0]["max"] > 1000, "too little was traced"


def test_sections_end_where_el2_looks(bench):
    code = bench.holds.Code()
    look, other, entry = code.at[bench.sections.LOOK], code.at["run_idle"], code.vectors + 0x480
    assert bench.sections.sections(code, [other, entry, entry + 4, other, look, look + 4, other, entry, look, other]) == [
        [entry, entry + 4, other], [look, look + 4, other], [entry]]


def test_shared_rows_have_a_table_of_their_own(bench, row):
    found = [row(40), row(800, metric="wake_busy_entry"),
             row(5732, metric="wake_busy_entry", system="xen", config=bench.xen.CONFIG)]
    bars = {"virtual": {"wake_busy_entry": {"first_bar": 900, "goal": 450}}}
    assert "wake_busy_entry" not in bench.draw.table(found, bars, False)
    line = bench.draw.shared(found, bars, False).splitlines()[-1]
    assert line.split() == ["wake_busy_entry", "800", "5732", "-", *"first bar 900 met, goal 450 not".split()]


def test_the_slowest_across_processors_are_the_emulators(bench, row):
    assert bench.kept_parts(row(1, metric="wake_remote_entry")) == ("median",)
    assert bench.kept_parts(row(1, metric="wake_busy_entry")) == ("median", "max")


@pytest.mark.parametrize("partner, options", [(None, ""), ("partner=spins", "sched=credit")])
def test_xen_starts_the_partner_that_is_asked_for(bench, tmp_path, partner, options):
    command = bench.xen.command(tmp_path, 1, "shares", partner, options)
    tree = (tmp_path / "host.dtb").read_bytes()
    assert b"shares\0" in tree
    assert (b"partner=spins\0" in tree) == (f"addr={bench.xen.PARTNER_AT:#x}" in str(command)) == bool(partner)
    assert (b" sched=credit\0" in tree) == bool(options)


def test_both_schedulers_of_xen_are_columns(bench):
    assert {config for _, system, config in bench.draw.SHARED_COLUMNS if system == "xen"} == set(bench.xen.SCHEDULERS)
