# SPDX-License-Identifier: Apache-2.0
"""Seeds for random numbers in guests' device trees: none is seen twice, and none without randomness."""

import re
import subprocess

import pytest

from systems import OFF, probe, system

OFF_IN_QEMU = ["-machine", "dtb-randomness=off"]
NONE_SAID = "no seeds for guests' random numbers: this machine has no RNDR, and no rng-seed in /chosen"


def chosen(machine, name, place, since=0):
    """kaslr-seed and rng-seed of the tree that the VM got at its start after `since`."""
    ram = int(machine.expect(rf"\[{name}\] \d+ MiB of RAM at guest address 0x40000000, physical 0x([0-9a-f]+)$", since=0)[1], 16)
    tree = int(machine.expect(rf"\[{name}\] starts: .* device tree 0x([0-9a-f]+)$", since=since)[1], 16)
    file = place / "guest.dtb"
    file.write_bytes(machine.memory(ram + tree - 0x40000000, 0x21000))
    return [subprocess.run(["fdtget", "-t", "bx", "-d", "", file, "/chosen", seed], check=True, capture_output=True,
                           text=True).stdout.split() for seed in ("kaslr-seed", "rng-seed")]


def echo(name, cpus, more=""):
    return probe("echo", name=name, cpus=cpus, more=more)


def test_each_life_of_each_vm_has_others(boot, tmp_path):
    machine = boot(system(echo("a", "0"), echo("b", "1"), root="stay;"), "-smp", "2")
    seen = [chosen(machine, "a", tmp_path), chosen(machine, "b", tmp_path)]
    for _ in range(2):
        before = len(machine.said)
        machine.monitor("stop a")
        machine.expect(OFF.format("a"), since=before)
        machine.monitor("start a")
        seen.append(chosen(machine, "a", tmp_path, before))
    assert [len(seed) for seed in sum(seen, [])] == [8, 32] * 4
    pieces = [tuple(seed[at:at + 8]) for seed in sum(seen, []) for at in range(0, len(seed), 8)]
    assert len(set(pieces)) == len(pieces), "a seed was seen twice"


@pytest.mark.parametrize("more, sizes", [("", [0, 0]), ('seeds = "weak";', [8, 32])])
def test_without_randomness(boot, tmp_path, more, sizes):
    machine = boot(system(echo("a", "0", more)), *OFF_IN_QEMU)
    machine.expect(re.escape(NONE_SAID), since=0)
    assert [len(seed) for seed in chosen(machine, "a", tmp_path)] == sizes


def test_who_wants_none_has_none(boot, tmp_path):
    machine = boot(system(echo("a", "0", 'seeds = "none";')))
    assert chosen(machine, "a", tmp_path) == [[], []]
    assert NONE_SAID not in machine.said


def test_the_processors_own(boot, tmp_path):
    machine = boot(system(echo("a", "0")), *OFF_IN_QEMU, "-cpu", "max")
    assert [len(seed) for seed in chosen(machine, "a", tmp_path)] == [8, 32]
