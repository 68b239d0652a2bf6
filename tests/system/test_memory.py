# SPDX-License-Identifier: Apache-2.0
"""Memory of a VM that is off holds nothing of it; and 2 MiB of it can be enough."""

import re

import pytest

from systems import OFF, linux, probe, rt, system


def memory_of(machine, name):
    """Where it is, by the log, and its size."""
    found = machine.expect(rf"^\[signalbox\] .* \[{name}\] (\d+) MiB of RAM at guest address 0x[0-9a-f]+, physical "
                           "0x([0-9a-f]+)$", since=0)
    return int(found[2], 16), int(found[1]) << 20


def is_zero(data):
    return data.count(0) == len(data)


def test_it_is_zero_after_stop(boot):
    machine = boot(system(probe("spin"), rt(cpus="1", bootargs="case=neighbour")))
    machine.expect("probe: spinning")
    place, size = memory_of(machine, "probe")
    words = b"probe: spinning with interrupts masked"
    assert words in machine.memory(place, size), "the guest's program is not where the log says"
    machine.monitor("stop probe")
    machine.expect(OFF.format("probe"), since=0)
    assert is_zero(machine.memory(place, size))
    # And no other VM's memory was zeroed instead.
    machine.expect(r"^\[rt\] rt: report \d+: 1000 releases, .* state: ok$")
    assert b"case=neighbour" in machine.memory(*memory_of(machine, "rt"))


def test_it_is_zero_after_linux_has_powered_off(boot):
    machine = boot(system(linux("test=timer", cpus="0 1")))
    machine.expect(r"^\[linux\] test: timer$")
    place, size = memory_of(machine, "linux")
    assert b"Linux version 6.1" in machine.memory(place, size)
    machine.expect(OFF.format("linux"), since=0)
    machine.expect_off()
    assert is_zero(machine.memory(place, size))


def test_a_vm_that_starts_again_has_its_image_and_nothing_else(boot):
    machine = boot(system(probe("echo"), root="stay;"))
    machine.expect("probe: type, q ends")
    machine.escape("0")
    machine.type("x")
    machine.expect("probe: key 0x78")
    place, size = memory_of(machine, "probe")
    machine.escape("a")
    machine.monitor("stop probe")
    machine.expect(OFF.format("probe"), since=0)
    assert is_zero(machine.memory(place, size))
    machine.monitor("start probe")
    machine.expect("probe: type, q ends", since=machine.said.rindex("is off; its memory"))
    machine.escape("0")
    machine.type("q")
    machine.expect("probe: echo: ok")
    machine.expect(OFF.format("probe"))
    assert re.search(r"^ 0 probe +off .* 2 virtual *$", machine.monitor("vm"), re.MULTILINE)


@pytest.mark.parametrize("more", ["", "tree-at-start;", "tree-address = <0x403ff000>;", "ramdisk = [00];"])
def test_two_mib_hold_a_program_and_its_tree(boot, more):
    """The tree is found where x0 says, and has the command line."""
    if more == "tree-at-start;":  # the program is at the address for which it is linked, 0x40200000
        more += "memory-address = <0x40000000>; memory-size = <0x400000>;"
    else:
        more += "memory-address = <0x40200000>; memory-size = <0x200000>;"
    machine = boot(system(rt("reports=1", more=more)).replace("memory-size = <0x1000000>;", ""))
    machine.expect(r"^\[rt\] rt: report 1: 1000 releases, .* state: ok$")
    machine.expect(OFF.format("rt"))
