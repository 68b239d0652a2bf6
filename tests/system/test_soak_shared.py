# SPDX-License-Identifier: Apache-2.0
"""
Three VMs on one or two shared processors, and 144 lines that are raised from outside (QEMU's qtest) in batches of 1 to 64,
while VMs are stopped, started and reset, interrupts moved, and delivery, budgets and priorities changed at random. Each VM
counts what it receives (guests/probe/soak_lines.h). What was sent is received, once, by its owner; only a VM that is stopped
or reset may lose what was on its way then.

SOAK_SHARED_STEPS=5000 SOAK_SHARED_SEEDS=1,2,3 make it long.
"""

import collections
import json
import os
import random
import re
import struct

import pytest

from lines import boot_with_lines
from systems import OFF, changed_tree, probe, system

NAMES = "abc"
MAY_BE_DIRECT = "ab"  # the third one may have a hard budget
OWN = {"a": range(96, 144), "b": range(144, 192), "c": range(192, 232)}
MOVED = range(232, 240)
LINES = range(96, 240)
BATCH_MAX = 64
LONG = "SOAK_SHARED_STEPS" in os.environ
STEPS = int(os.environ.get("SOAK_SHARED_STEPS", "40"))
SEEDS = [int(seed) for seed in os.environ.get("SOAK_SHARED_SEEDS", "1").split(",")]
RAM, RAM_SIZE = 0x40000000, 256 << 20

# struct soak_lines
MAGIC, PLACE_BYTES, LIVES, RECEIVED = 0x11e5c0de5e7a11ed, 0x1000, 24, 32


def nodes_of(intids):
    """Devices of 8 lines each, which rise at their edges, and their paths."""
    bases = {0x0c000000 + 0x1000 * intid: range(intid, intid + 8) for intid in intids[::8]}
    nodes = [f'spare@{base:x} {{ compatible = "syscon"; reg = <0 {base:#x} 0 0x1000>; '
             f'interrupts = <{" ".join(f"0 {intid - 32} 1" for intid in owned)}>; }};' for base, owned in bases.items()]
    return " ".join(nodes), ", ".join(f'"/spare@{base:x}"' for base in bases)


class Soak:
    def __init__(self, boot, tmp_path, seed, cpus, arguments):
        self.random = random.Random(seed)
        self.one_state = "secure=on" not in arguments
        self.sharing = [name for name, cpu in zip(NAMES, cpus) if cpus.count(cpu) > 1]
        nodes, (moved_node, moved_path) = {name: nodes_of(OWN[name]) for name in NAMES}, nodes_of(MOVED)
        vms = []
        for number, name in enumerate(NAMES):
            owns = f"devices = {nodes[name][1]}, {moved_path};" if number == 0 else \
                f"devices = {nodes[name][1]}; receives = {moved_path};"
            direct = 'permissions = "direct-shared";' if name in MAY_BE_DIRECT else ""
            more = f"{owns} slice-us = <500>; {direct} shared-memory {{ table {{ }}; }};"
            vms.append(probe("soak-lines", name=name, cpus=cpus[number], vm=number, first=OWN[name][0], count=len(OWN[name]),
                             moved=MOVED[0], moved_count=len(MOVED), seed=seed, more=more))
        spare = f"/ {{ {' '.join(node for node, _ in nodes.values())} {moved_node} }};"
        size = changed_tree(tmp_path, spare, "-smp", "2", "-m", "256")
        self.machine, self.lines = boot_with_lines(
            boot, tmp_path, system(*vms, root="shared-memory { table { size = <0x4000>; }; };"), *size, *arguments)
        for name in NAMES:
            self.machine.expect(rf"^\[{name}\]   life 1 counts its lines$", since=0)
        self.place = RAM + self.machine.memory(RAM, RAM_SIZE).index(struct.pack("<QQ", MAGIC, MAGIC ^ (1 << 64) - 1))
        self.owner = {intid: name for name in NAMES for intid in OWN[name]} | dict.fromkeys(MOVED, "a")
        self.running, self.lives = set(NAMES), dict.fromkeys(NAMES, 1)
        self.sent = dict.fromkeys(LINES, 0)
        self.seen = self.received()
        self.done = collections.Counter()

    # -- what there is

    def place_of(self, name):
        return self.place + NAMES.index(name) * PLACE_BYTES

    def received(self):
        """Of each VM, how many of each line."""
        return {name: struct.unpack("<256I", bytes.fromhex(
            self.lines.ask(f"read {self.place_of(name) + RECEIVED:#x} 1024")[0][2:])) for name in NAMES}

    def total(self, received, intid):
        return sum(received[name][intid] for name in NAMES)

    def wait(self, done, what):
        patience = self.machine.patience()
        while not done():
            if patience.is_over():
                received = self.received()
                lost = {intid: (self.sent[intid], self.total(received, intid)) for intid in LINES
                        if self.sent[intid] != self.total(received, intid)}
                rows = self.machine.monitor(*(f"irq {intid} --json" for intid in list(lost)[:4]), "sched --json")
                raise AssertionError(f"{what}: sent and received {lost}, {self.owner}, {rows}")

    # -- what is done meanwhile; each returns the VMs that may lose what is on its way

    def begun(self, name):
        """It has set its lines up once more, and has received what was left of before."""
        self.lives[name] += 1
        self.wait(lambda: self.lines.read(self.place_of(name) + LIVES) == self.lives[name], f"{name} does not begin")
        self.running.add(name)

    def reset(self):
        name = self.random.choice(sorted(self.running))
        assert self.machine.monitor(f"reset {name}") == ""
        self.begun(name)
        return {name}

    def stop_or_start(self):
        if len(self.running) < len(NAMES):
            name, = set(NAMES) - self.running
            assert self.machine.monitor(f"start {name}") == ""
            self.begun(name)
        else:
            name = self.random.choice(NAMES)
            since = len(self.machine.said)
            assert self.machine.monitor(f"stop {name}") == ""
            self.machine.expect(OFF.format(name), since=since)
            self.running.remove(name)
        return {name}

    def move(self):
        for intid in self.random.sample(MOVED, 3):
            to = self.random.choice(sorted(self.running))
            answer = self.machine.monitor(f"irq move {intid} {to}")
            row, = json.loads(self.machine.monitor(f"irq {intid} --json"))["irq"]
            assert row["owner"] == to or "has it now" not in answer, (answer, row)
            self.done["moved"] += row["owner"] != self.owner[intid]
            self.owner[intid] = row["owner"]
        return set()

    def change_delivery(self):
        name, wanted = self.random.choice(sorted(self.running & set(MAY_BE_DIRECT))), self.random.choice(("direct", "virtual"))
        answer = self.machine.monitor(f"irq mode {name} {wanted}")
        self.done[wanted] += f"{name} has {wanted} delivery now" in answer
        return set()

    def change_share(self):
        name, period = self.random.choice(self.sharing), self.random.randrange(1000, 10000)
        budget = f"{self.random.randrange(150, period * 3 // 10)} {period} {'hard' * (name not in MAY_BE_DIRECT)}"
        answers = self.machine.monitor(f"sched budget {name} {self.random.choice((budget, 'none'))}",
                                       f"sched priority {name} {self.random.randrange(32)}")
        assert all(re.match(rf"{name} has ", answer) for answer in answers), answers
        return set()

    # -- one step

    def raise_lines(self):
        """A batch, at one moment of the machine or one by one."""
        able = [intid for intid in LINES if self.owner[intid] in self.running]
        batch = self.random.sample(able, self.random.choice((1, 4, 16, BATCH_MAX, self.random.randint(1, BATCH_MAX))))
        at_once = self.random.randrange(2)
        if at_once:
            self.machine.qmp("stop")
        for intid in batch:
            self.sent[intid] += 1
            self.lines.pulse(intid)
        if at_once:
            self.machine.qmp("cont")
        return batch

    def judge(self, batch, owners, ended):
        """Each has come once, to one that owned it; of a VM that has ended it may be lost."""
        received = self.received()
        for intid in LINES:
            came = {name for name in NAMES if received[name][intid] != self.seen[name][intid]}
            may = {owners[intid], self.owner[intid]} if intid in batch else set()
            assert came <= may, f"{intid} came to {came}, and belongs to {may}"
            if self.total(received, intid) != self.sent[intid]:
                assert intid in batch and may & ended and self.total(received, intid) == self.sent[intid] - 1, \
                    (intid, self.sent[intid], self.total(received, intid), may, ended)
                self.done["lost"] += 1
                self.sent[intid] -= 1
        self.seen = received

    def step(self):
        actions = [self.change_share, self.move, self.reset, self.stop_or_start, *[self.change_delivery] * 2 * self.one_state]
        action = self.random.choice([*actions, set, set])  # set(): nothing but the batch
        owners, batch = dict(self.owner), self.raise_lines()
        ended = action()
        sure = [intid for intid in batch if not {owners[intid], self.owner[intid]} & ended]

        def all_came():
            received = self.received()
            return all(self.total(received, intid) >= self.sent[intid] for intid in sure)

        self.wait(all_came, f"some of {len(batch)} do not come with {action.__name__}")
        self.judge(batch, owners, ended)
        self.done[action.__name__] += 1
        self.done["lines"] += len(batch)


MACHINES = {
    "one processor": ("111", ()),
    "two processors": ("011", ()),
    "counted time": ("111", ("-icount", "shift=4,align=off,sleep=off")),
    "two states": ("101", ("-machine", "secure=on")),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", MACHINES if LONG else ["one processor", "two states"])
def test_sent_is_received(boot, tmp_path, seed, kind):
    soak = Soak(boot, tmp_path, seed, *MACHINES[kind])
    for _ in range(STEPS):
        soak.step()
    if len(soak.running) < len(NAMES):
        soak.stop_or_start()
    for _ in range(3):  # after all that, with nothing meanwhile
        batch = soak.raise_lines()
        soak.wait(lambda: all(soak.total(soak.received(), intid) >= soak.sent[intid] for intid in batch), "the last ones")
        soak.judge(batch, soak.owner, set())
    print(kind, dict(soak.done))
    rows = json.loads(soak.machine.monitor("irq --json"))["irq"]
    assert not [row for row in rows if row["intid"] in LINES and row["state"] is not None]
