# SPDX-License-Identifier: Apache-2.0
"""What `make bench` prints and draws, from figures that are made up, and how exits are counted from QEMU's log."""

from xml.etree import ElementTree

import pytest

BARS = {"virtual": {"timer_entry": {"first_bar": 80, "goal": 45}}}
PATHS = range(0x1000, 0x2000)


def exception(name, cpu, source, target, syndrome, address, more=""):
    return (f"Taking exception 5 [{name}] on CPU {cpu}\n...from EL{source} to EL{target}\n"
            f"...with ESR 0x{syndrome:x}/0x2000000\n{more}...with ELR 0x{address:x}\n...to EL{target} PC 0x8\n")


@pytest.mark.parametrize("median, most, words", [
    (45, 45, "first bar 80 met, goal 45 met"),
    (45, 46, "first bar 80 met, goal 45 not"),
    (80, 80, "first bar 80 met, goal 45 not"),
    (80, 81, "first bar 80 NOT met"),
])
def test_each_row_says_which_bars_it_meets(bench, row, median, most, words):
    text = bench.draw.table([row(median, most)], BARS, False)
    assert next(line for line in text.splitlines() if line.startswith("timer_entry")).endswith(words)


def test_bars_are_counted(bench, row):
    assert "Of 1 rows with bars, 1 meet the first one and 0 the goal." in bench.draw.table([row(80)], BARS, False)


@pytest.mark.parametrize("median, most, told", [
    (1, 1, []),
    (1, 2, ["direct: timer_entry is 1 (2), NOT equal to native: 1"]),
    (2, 2, ["direct: timer_entry is 2, NOT equal to native: 1"]),
])
def test_direct_delivery_is_held_against_the_bare_machine(bench, row, median, most, told):
    found = [row(1, system="native", config="EL1"), row(median, most, config="direct"), row(40)]
    bars = {**BARS, "direct": ["timer_entry"]}
    assert list(bench.draw.unequal(found, bars).values()) == told
    text = bench.draw.table(found, bars, False)
    assert text.endswith(told[0] if told else "direct: equal to native: timer_entry.")


def test_a_missing_figure_is_not_equal(bench, row):
    assert "timer_entry" in bench.draw.unequal([row(1, system="native", config="EL1")], {"direct": ["timer_entry"]})


def test_a_grown_system_does_not_stand_in_the_table(bench, row):
    found = [row(99, config="virtual, 4 VMs"), row(99, config="virtual, 4 vCPUs, one runs"), row(7)]
    assert bench.draw.pick(found, "timer_entry", "signalbox", "virtual")["median"] == 7


def test_a_figure_of_two_vcpus_does(bench, row):
    found = [row(5, config="virtual, 2 vCPUs", metric="sgi_cross_entry")]
    assert bench.draw.pick(found, "sgi_cross_entry", "signalbox", "virtual")["median"] == 5


def test_growth_is_flat_or_told(bench, row):
    found = [row(10), row(10, config="virtual, 4 VMs"), row(10, config="virtual, 2 VMs"),
             row(10, 11, config="virtual, 4 owned interrupts"), row(20, config="virtual, 64 owned interrupts")]
    lines = [line.split() for line in bench.draw.growth(found).splitlines() if "timer_entry" in line]
    assert lines == [["timer_entry", "10", "10", "10", "flat"],
                     ["timer_entry", "10", "10", "(11)", "20", "x2.00"]]


def test_pictures_are_well_formed(bench, row):
    found = [row(10), row(10, config="virtual, 4 VMs")]
    for picture in (bench.picture.figures(found, BARS), bench.picture.growth(found)):
        assert b"timer_entry" in ElementTree.tostring(ElementTree.fromstring(picture))


def test_exits_are_those_between_the_samples(bench):
    log = (exception("Data Abort", 0, 1, 2, 0x24, 0x500)                                  # before
           + exception("FIQ", 0, 1, 2, 0x24, 0x1004)
           + "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x1004\n"
           + exception("Virtual IRQ", 0, 1, 1, 0x24, 0x1004)
           + exception("Undefined Instruction", 0, 1, 2, 0x18, 0x500)                     # between two samples
           + exception("IRQ", 1, 2, 2, 0x1, 0x9999)
           + exception("Data Abort", 0, 1, 2, 0x24, 0x1008, "...with FAR 0x9010010\n")
           + exception("FIQ", 1, 1, 2, 0x24, 0x1004))                                     # behind
    assert bench.exits.count(log, PATHS) == {"fiq": 1, "sysreg": 1, "irq_inside": 1, "abort": 1}


def test_no_exit_in_the_paths_is_no_exit(bench):
    assert bench.exits.count(exception("FIQ", 0, 1, 2, 0x24, 0x500), PATHS) == {}


def test_a_sample_is_the_difference_of_two_runs(bench):
    counter = bench.exits.collections.Counter
    assert bench.exits.per_sample(counter(fiq=210, irq=3, abort=5), counter(fiq=1010, irq=4, abort=405)) == {
        "abort": 0.5, "fiq": 1}


def test_causes_are_told_by_system(bench, row):
    found = [row(1, metric="timer_entry_exits_fiq", unit="exits"), row(2, metric="timer_entry_exits_abort", unit="exits")]
    lines = bench.draw.exits(found, [("native", "EL1"), ("signalbox", "virtual")]).splitlines()
    assert lines[-1].split("  ")[0] == "timer_entry"
    assert "none" in lines[-1] and lines[-1].endswith("1 fiq + 2 abort")
    assert "timer_entry_exits_fiq" not in bench.draw.table(found, BARS, False)


def test_xen_lines_are_joined(bench):
    said = '(XEN) DOM1: {"metric": "a", "max": 1\r\n(XEN) DOM1: 2}\r\n'
    assert bench.lab.FIGURE.findall(bench.lab.VM_PREFIX.sub("", said)) == ['{"metric": "a", "max": 12}']


def test_what_was_measured_here_is_not_read_from_the_file(bench, row):
    mine = [row(1, system="xen", config=bench.xen.CONFIG)]
    configs = {(row["system"], row["config"]) for row in bench.read_peers([], mine)}
    assert ("xen", "4.22 sched=null") in configs
    assert ("xen", bench.xen.CONFIG) not in configs
    assert ("xen", bench.xen.CONFIG) in {(row["system"], row["config"]) for row in bench.read_peers([], [])}


def test_without_xen_nothing_stops(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(bench.xen, "XEN", tmp_path / "xen")
    monkeypatch.setattr(bench.xen.lab, "ROOT", tmp_path)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/setup").write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    (tmp_path / "scripts/setup").chmod(0o755)
    assert not bench.xen.fetch()
