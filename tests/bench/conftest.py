# SPDX-License-Identifier: Apache-2.0
"""bench/run as a module, and one row of results.json."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    """bench/run; the modules that it uses are its attributes."""
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    loader = importlib.machinery.SourceFileLoader("bench_run", str(BENCH / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module.lab, "compiler", lambda: "a compiler")
    return module


@pytest.fixture
def row():
    def make(median, most=None, system="signalbox", config="virtual", metric="timer_entry", unit="instructions"):
        return {"system": system, "config": config, "metric": metric, "unit": unit, "count": 1000,
                "min": median, "median": median, "p99": median, "max": median if most is None else most}
    return make
