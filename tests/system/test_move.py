# SPDX-License-Identifier: Apache-2.0
"""
Interrupts and devices that go from one VM to another while both run. The source is outside: QEMU's qtest drives a
line of the GIC, once for each receipt, so what is sent must be what is received.
"""

import json
import os
import re

import pytest

from lines import boot_with_lines
from systems import OFF, OFTEN, probe, spare_devices, system

GPIO = 39  # its device never raises it here
DEVICE = 'devices = "/pl061@9030000";'
RECEIVES = 'receives = "/pl061@9030000";'
DIRECT = 'permissions = "direct";'
CONTROL = 'permissions = "irq-control";'
MACHINE = ["-smp", "4", "-m", "512"]
PULSES = int(os.environ.get("MOVE_PULSES", "400"))


def boot_with(boot, tmp_path, *vms, machine=MACHINE):
    return boot_with_lines(boot, tmp_path, system(*vms), *machine)


def receiver(name, cpus, more, intid=GPIO):
    return probe("receipts", name=name, cpus=cpus, intid=intid, edge=True, more=more)


def row(machine, intid=GPIO):
    return json.loads(machine.monitor(f"irq {intid} --json"))["irq"][0]


def dump(machine, lines):
    """The owner table and the distributor, but for the state of the console's own UART."""
    table = [row for row in json.loads(machine.monitor("irq --json"))["irq"] if row["owner"] != "signalbox"]
    words = lines.distributor()
    for offset in range(0x204, 0x400, 0x80):  # pending and active, INTIDs 32 to 63
        words[offset] &= ~(1 << 33 - 32)
    return table, words


def receipt(machine):
    """Which VM has it, and its how manieth it is."""
    found = machine.expect(r"^\[(a|b)\] received (\d+)$")
    return found[1], int(found[2])


def send_over_moves(boot, tmp_path, intid, devices, machine, **words):
    """What is sent is received, once, while a VM moves it between two others."""
    mover = probe("mover", name="c", cpus="3", intid=intid, more=CONTROL, **words)
    machine, lines = boot_with(boot, tmp_path, receiver("a", "1", devices + DIRECT + OFTEN, intid),
                               receiver("b", "2", devices.replace("devices", "receives") + DIRECT + OFTEN, intid), mover,
                               machine=machine)
    for name in "ab":
        machine.expect(rf"^\[{name}\]   receives interrupt {intid}$", since=0)
    received = {"a": 0, "b": 0}
    # An emulator gives the mover its turns as it likes: on, until both have had some.
    while sum(received.values()) < PULSES or min(received.values()) == 0:
        lines.pulse(intid)
        received[machine.expect_line({name: f"received {count + 1}" for name, count in received.items()})] += 1
        assert sum(received.values()) < 100 * PULSES
    machine.monitor("stop c")
    machine.expect(OFF.format("c"), since=0)
    last = row(machine, intid)
    assert last["moves"] > 0 and last["dropped"] == 0
    assert "probe: mover" not in machine.said.split("probe: mover\n", 1)[1]  # it never had another answer
    lines.pulse(intid)
    assert receipt(machine) == (last["owner"], received[last["owner"]] + 1)
    return machine


@pytest.mark.parametrize("words", [{}, {"modes": True}])  # or it also changes how interrupts reach the two
def test_sent_is_received_over_moves_at_random_moments(boot, tmp_path, words):
    send_over_moves(boot, tmp_path, GPIO, DEVICE, MACHINE, **words)


@pytest.mark.parametrize("words", [{}, {"modes": True}])
def test_a_device_with_eight_interrupts(boot, tmp_path, words):
    """It goes in pieces, and has no owner between them; the interrupt that comes is the last of them."""
    intids = list(range(40, 48))
    devices, *arguments = spare_devices(tmp_path, intids, *MACHINE)
    machine = send_over_moves(boot, tmp_path, intids[-1], devices, arguments, device=True, **words)
    rows = [row(machine, intid) for intid in intids]
    assert len({(found["owner"], found["moves"]) for found in rows}) == 1


def test_from_the_monitor(boot, tmp_path):
    other = probe("receipts", name="c", cpus="2", intid=60)
    machine, lines = boot_with(boot, tmp_path, receiver("a", "0", DEVICE), receiver("b", "1", RECEIVES), other)
    for name in "ab":
        machine.expect(rf"^\[{name}\]   receives interrupt {GPIO}$", since=0)
    before = row(machine)
    assert before["owner"] == "a"
    refused = {f"irq move {GPIO} c": "cannot have it: its description lists the device neither in devices nor in receives",
               f"irq move {GPIO} a": "has it already",
               "irq move 41 b": "cannot have it: no VM owns a shared interrupt of this number",
               "irq move 27 b": "cannot have it: no VM owns a shared interrupt of this number"}
    everything = dump(machine, lines)
    for command, words in refused.items():
        assert words in machine.monitor(command)
        assert dump(machine, lines) == everything
    assert "b has it now" in machine.monitor(f"irq move {GPIO} b")
    assert row(machine)["owner"] == "b"
    assert re.search(rf"^interrupt {GPIO} has moved 1 time, last \d+\.\d{{6}} s after boot$", machine.monitor(f"irq {GPIO}"), re.M)
    assert "has moved" not in machine.monitor("irq 33")
    assert dump(machine, lines)[1] != everything[1]  # a dump that could not differ would say nothing
    lines.pulse(GPIO)
    assert receipt(machine) == ("b", 1)
    machine.monitor("stop a", f"irq move {GPIO} a")
    assert row(machine)["owner"] == "b"  # a does not run
    machine.expect(OFF.format("a"), since=0)
    begins = machine.cursor
    machine.monitor("start a")
    machine.expect(rf"^\[a\]   receives interrupt {GPIO}$", since=begins)
    assert "a has it now" in machine.monitor(f"irq move {GPIO} a")
    lines.pulse(GPIO)
    assert receipt(machine) == ("a", 1)


def test_an_edge_that_waits_moves_too(boot, tmp_path):
    """EL2 has taken it, it is in a list register, and the owner does not acknowledge it."""
    owner = probe("receipts", name="a", cpus="0", intid=GPIO, edge=True, masked=True, more=DEVICE)
    machine, lines = boot_with(boot, tmp_path, owner, receiver("b", "1", RECEIVES))
    for name in "ab":
        machine.expect(rf"^\[{name}\]   receives interrupt {GPIO}$", since=0)
    lines.pulse(GPIO)
    assert "b has it now" in machine.monitor(f"irq move {GPIO} b")
    assert receipt(machine) == ("b", 1)
    assert row(machine)["taken"] == 2  # once for each owner


@pytest.mark.parametrize("ending", ["undefined", "active-at-the-end"])  # or within its handler, as it were
def test_what_a_vm_that_is_off_had(boot, tmp_path, ending):
    owner = probe(ending, name="a", cpus="0", intid=GPIO, more=DEVICE)
    machine, lines = boot_with(boot, tmp_path, owner, receiver("b", "1", RECEIVES))
    machine.expect(rf"^\[b\]   receives interrupt {GPIO}$", since=0)
    machine.expect(OFF.format("a"), since=0)
    assert "b has it now" in machine.monitor(f"irq move {GPIO} b")
    lines.pulse(GPIO)
    assert receipt(machine) == ("b", 1)


def test_the_owner_gives_it_away(boot):
    machine = boot(system(probe("giver", name="a", cpus="0", intid=GPIO, more=DEVICE), receiver("b", "1", RECEIVES),
                          probe("receipts", name="c", cpus="2", intid=60)), *MACHINE)
    machine.expect(r"^\[a\] probe: giver: ok$")


def test_a_device_with_its_registers(boot):
    clock = "/pl031@9010000"
    machine = boot(system(probe("rtc-at-key", name="a", cpus="0", more=f'devices = "{clock}";'),
                          probe("rtc-at-key", name="b", cpus="1", more=f'receives = "{clock}";')), *MACHINE)
    for name in "ab":
        machine.expect(rf"^\[{name}\]   waits for a key$", since=0)
    assert "b has it now" in machine.monitor("irq move 34 b device")
    machine.escape("1")
    machine.type("x")
    machine.expect(r"ok: has the clock$")
    machine.escape("a")
    machine.escape("0")
    machine.type("x")
    machine.escape("a")
    machine.expect(r"\[a\].* accesses an address that its description does not give it")
    assert not re.search(r"^\[a\]   ok: has the clock$", machine.said, re.MULTILINE)


def test_registers_follow_an_interrupt_that_moved_alone(boot):
    clock = "/pl031@9010000"
    machine = boot(system(probe("rtc-at-key", name="a", cpus="0", more=f'devices = "{clock}";'),
                          probe("rtc-at-key", name="b", cpus="1", more=f'receives = "{clock}";')), *MACHINE)
    for name in "ab":
        machine.expect(rf"^\[{name}\]   waits for a key$", since=0)
    assert all("b has it now" in said for said in machine.monitor("irq move 34 b", "irq move 34 b device"))
    machine.escape("1")
    machine.type("x")
    machine.expect(r"ok: has the clock$")
