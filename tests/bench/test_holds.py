# SPDX-License-Identifier: Apache-2.0
"""For how long one VM can keep another from its instructions by what it asks of Signalbox: bench/holds.py."""

import json
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import holds  # noqa: E402


@pytest.mark.parametrize("vcpus, both, interrupts", [(1, True, 1), (8, True, 1), (8, True, 8)])
def test_a_hold_is_short(vcpus, both, interrupts):
    figures = {row["metric"]: row["max"] for row in holds.measure(vcpus, "virtual", both, interrupts)}
    assert figures["hold_worst"] == figures["exit_worst"] + figures["hold_window"]
    assert figures["exit_worst"] > 1000 and figures["hold_window"] > 300, "too little was traced"
    assert figures["hold_worst"] <= json.loads((BENCH / "bars.json").read_text())["hold_worst"]


def test_an_exit_is_cut_where_it_answers():
    code = holds.Code()
    start = dict(zip(code.names, code.starts))
    answer, other = start["sync_go_live"], start["pause_begin"]
    exit_ = [other, other + 4, answer, answer + 4, other, answer, other + 4]
    assert holds.stretches(code, exit_) == [[other, other + 4], [answer, answer + 4, other], [answer, other + 4]]


def test_waits_count_once():
    code = holds.Code()
    first, last = code.loops[0]
    loop = list(range(first, last + 4, 4))
    outside = [last + 4, last + 8]
    assert code.work(outside + loop * 100) == len(outside) + len(loop)
