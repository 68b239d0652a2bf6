# SPDX-License-Identifier: Apache-2.0
"""The probe: a guest that tries what hardware does, and says for each case whether it is so."""

import re

import pytest

from machine import NEWER_QEMU
from systems import probe, system


def verdicts(machine, name="probe"):
    """The verdict of each case that has ended."""
    return dict(re.findall(rf"^\[{name}\] probe: ([\w-]+): (.*)$", machine.said, re.MULTILINE))


def all_cases(boot, cpus, *arguments, **options):
    machine = boot(system(probe("all", cpus=" ".join(map(str, range(cpus))))), *arguments, **options)
    machine.expect(r"^\[signalbox\] .* \[probe\] is off; its memory is scrubbed$")
    machine.expect_off()
    found = verdicts(machine)
    failed = [line for line in machine.said.splitlines() if "FAILED" in line]
    assert not failed, "\n".join(failed)
    assert len(found) > 30 and set(found.values()) == {"ok"}
    return machine


@pytest.mark.parametrize("cpus", range(1, 9))
def test_all_cases(boot, cpus):
    machine = all_cases(boot, cpus)
    machine.expect(rf"processors: {cpus} of {cpus} online", since=0)
