# SPDX-License-Identifier: Apache-2.0
"""Signalbox's figures against bench/baseline.json, and the check itself on figures that grew."""

from pathlib import Path

import pytest

import patience

RUN = Path(__file__).resolve().parents[2] / "bench/run"


def test_no_figure_grew():
    done = patience.run([RUN, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("now, told", [
    ({"median": 42}, []),
    ({"median": 41, "most": 42}, []),
    ({"median": 43}, ["virtual: timer_entry: median grew from 42 to 43 instructions (+1)",
                      "virtual: timer_entry: max grew from 42 to 43 instructions (+1)"]),
    ({"median": 42, "most": 50}, ["virtual: timer_entry: max grew from 42 to 50 instructions (+8)"]),
    ({"median": 99, "system": "native"}, []),
])
def test_growth_is_named(bench, monkeypatch, row, now, told):
    known = {"a compiler": {"virtual: timer_entry": {"median": 42, "max": 42}}}
    monkeypatch.setattr(bench, "read", lambda name: known)
    assert bench.compare([row(**now)]) == told


def test_a_missing_figure_is_named(bench, monkeypatch, row):
    known = {"a compiler": {"virtual: timer_entry": {"median": 42, "max": 42}, "direct: timer_entry": {"median": 7}}}
    monkeypatch.setattr(bench, "read", lambda name: known)
    assert bench.compare([row(42)]) == ["direct: timer_entry: was not measured"]


def test_the_slowest_moves_are_the_emulators(bench, monkeypatch, row):
    monkeypatch.setattr(bench, "read", lambda name: {"a compiler": {"virtual: irq_move": {"median": 50}}})
    assert bench.compare([row(50, 90, metric="irq_move")]) == []
    assert bench.compare([row(51, 90, metric="irq_move")]) == [
        "virtual: irq_move: median grew from 50 to 51 instructions (+1)"]


def test_an_unknown_compiler_is_told(bench, monkeypatch, capsys, row):
    monkeypatch.setattr(bench, "read", lambda name: {})
    assert bench.compare([row(42)]) == []
    assert "knows no figures of a compiler" in capsys.readouterr().out


def test_a_wrong_instrument_measures_nothing(bench, row):
    with pytest.raises(bench.lab.LabError, match="not calibrated"):
        bench.check_calibration([row(2, system="native", config="EL1")])


def test_two_runs_must_agree(bench):
    said = iter([[1], [2], [1]])
    assert bench.lab.agreed(lambda: next(said)) == [1]
    said = iter(range(100))
    with pytest.raises(bench.lab.LabError, match="different answers"):
        bench.lab.agreed(lambda: next(said))
