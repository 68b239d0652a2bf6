# SPDX-License-Identifier: Apache-2.0
"""Signalbox's figures against bench/baseline.json, and the check itself on figures that grew."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"


@pytest.fixture
def bench(monkeypatch):
    """bench/run as a module."""
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    loader = importlib.machinery.SourceFileLoader("bench_run", str(BENCH / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module.lab, "compiler", lambda: "a compiler")
    return module


def row(median, most, system="signalbox"):
    return {"system": system, "config": "virtual", "metric": "timer_entry", "unit": "instructions", "count": 1000,
            "min": median, "median": median, "p99": median, "max": most}


def test_no_figure_grew():
    done = subprocess.run([BENCH / "run", "--check"], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("now, told", [
    (row(42, 42), []),
    (row(41, 42), []),
    (row(43, 43), ["virtual: timer_entry: median grew from 42 to 43 instructions (+1)",
                   "virtual: timer_entry: max grew from 42 to 43 instructions (+1)"]),
    (row(42, 50), ["virtual: timer_entry: max grew from 42 to 50 instructions (+8)"]),
    (row(99, 99, "native"), []),
])
def test_growth_is_named(bench, monkeypatch, now, told):
    known = {"a compiler": {"virtual: timer_entry": {"median": 42, "max": 42}}}
    monkeypatch.setattr(bench, "read", lambda name: known)
    assert bench.compare([now]) == told


def test_an_unknown_compiler_is_told(bench, monkeypatch, capsys):
    monkeypatch.setattr(bench, "read", lambda name: {})
    assert bench.compare([row(42, 42)]) == []
    assert "knows no figures of a compiler" in capsys.readouterr().out


def test_a_wrong_instrument_measures_nothing(bench):
    with pytest.raises(bench.lab.LabError, match="not calibrated"):
        bench.check_calibration([row(2, 2, "native")])
