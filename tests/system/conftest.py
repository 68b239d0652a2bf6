# SPDX-License-Identifier: Apache-2.0
"""Machines for tests, each looked over when its test is done: is the hypervisor's own memory as it was loaded?"""

import functools
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from machine import Machine, Native

LOADED_AT = 0x40200000  # where QEMU puts an arm64 Image on its virt machine


@functools.cache
def unchanging(path):
    """A hypervisor's code and constants, from its Image: all below its data."""
    symbols = subprocess.run(["aarch64-linux-gnu-nm", f"{path}.elf"], check=True, capture_output=True, text=True).stdout
    address = {words[-1]: int(words[0], 16) for words in map(str.split, symbols.splitlines())}
    image = path.read_bytes()[:address["rodata_end"] - address["image_start"]]
    assert len(image) > 0x10000 and image[0x38:0x3c] == b"ARM\x64"
    return image


@pytest.fixture
def boot(tmp_path):
    """boot(description, QEMU's arguments...) starts a machine."""
    machines = []

    def start(*arguments, **options):
        machines.append(Machine(tmp_path / str(len(machines)), *arguments, **options))
        return machines[-1]

    yield start
    try:
        for machine in machines:
            assert "PANIC" not in machine.said
            loaded = unchanging(machine.image)
            assert machine.memory(LOADED_AT, len(loaded)) == loaded, "the hypervisor's code has changed"
    finally:
        for machine in machines:
            machine.kill()


@pytest.fixture
def native(tmp_path):
    """native(image, bootargs, QEMU's arguments...) runs a guest on the bare machine."""
    machines = []

    def start(*arguments, **options):
        machines.append(Native(tmp_path / f"native{len(machines)}", *arguments, **options))
        return machines[-1]

    yield start
    for machine in machines:
        machine.kill()
