# SPDX-License-Identifier: Apache-2.0
"""
One interrupt that goes round among three VMs, at moments that no one can tell, thousands of times and under load. A
fourth VM moves it; QEMU's qtest drives its line. Everybody writes into one log in shared memory (guests/probe/soak.h),
in which all events are in one order: so for each receipt the possible owner at that moment is known.

SOAK_MOVES=20000 SOAK_SEEDS=1,2,3 make it long.
"""

import collections
import itertools
import json
import os
import random
import struct

import pytest

from lines import boot_with_lines
from machine import NEWER_QEMU
from systems import OFTEN, probe, system

GPIO = 39  # its device never raises it here
DEVICE = "/pl061@9030000"
NAMES = "abc"
LONG = "SOAK_MOVES" in os.environ
MOVES = int(os.environ.get("SOAK_MOVES", "150"))
SEEDS = [int(seed) for seed in os.environ.get("SOAK_SEEDS", "1").split(",")]
MACHINE = ["-smp", "5", "-m", "256"]
COUNTED = ["-icount", "shift=4,align=off,sleep=off"]
RAM, RAM_SIZE = 0x40000000, 256 << 20
LOG_SIZE = 0x1000000
PAUSE = {False: 20000, True: 60000}  # ticks between moves, at most: in about that time the test sends one
PULSES_MAX = 8  # of a burst
MONITOR_MOVES = 12
CHANGES_MIN = 5  # to direct, and to virtual
LOOK_EVERY = 16  # pulses: has the mover finished?

# struct soak
MAGIC = 0x5ea1ed0fb0a75041
NEXT, RECEIVED, LOWERED, FINISHED, LOG = 24, 32, 40, 48, 64
ASKED, ANSWERED, RECEIPT = range(3)


def event(kind, vm, result=0):
    return 0x80000000 | kind << 16 | vm << 8 | result


def judge(words, owner):
    """(moves, receipts of each VM) of a log; an AssertionError where a VM received what it did not own."""
    before, owners, to, moves, receipts = owner, {owner}, owner, 0, [0] * len(NAMES)
    for place, word in enumerate(words):
        kind, vm, result = word >> 16 & 0xff, word >> 8 & 0xff, word & 0xff
        assert word >> 31, f"place {place} of the log was never written"
        if kind == ASKED:
            before, to, owners = owner, vm, {owner, vm}
        elif kind == ANSWERED:
            assert result or owners != {to} or to == before, f"{place}: a move that was refused has been done"
            owner = to if result else before
            moves += owner != before
            owners = {owner}
        else:
            assert vm in owners, f"{place}: {NAMES[vm]} receives what belongs to {[NAMES[o] for o in owners]}"
            receipts[vm] += 1
            if len(owners) == 2 and vm == to:
                owners = {to}  # the move is done: nothing comes to the old owner from here on
    return moves, receipts


@pytest.mark.parametrize("words, fault", [
    ([event(RECEIPT, 1)], "b receives"),
    ([event(ASKED, 1), event(RECEIPT, 2)], "c receives"),
    ([event(ASKED, 1), event(ANSWERED, 1, 1), event(RECEIPT, 0)], "a receives"),
    ([event(ASKED, 1), event(ANSWERED, 1, 0), event(RECEIPT, 1)], "b receives"),
    ([event(ASKED, 1), event(RECEIPT, 1), event(RECEIPT, 0)], "a receives"),
    ([event(ASKED, 1), event(RECEIPT, 1), event(ANSWERED, 1, 0)], "refused"),
    ([event(ASKED, 1), 0], "never written"),
])
def test_the_judge_sees(words, fault):
    with pytest.raises(AssertionError, match=fault):
        judge(words, 0)


def test_the_judge_counts():
    words = [event(RECEIPT, 0), event(ASKED, 1), event(RECEIPT, 0), event(RECEIPT, 1), event(ANSWERED, 1, 1),
             event(ASKED, 2), event(RECEIPT, 1), event(ANSWERED, 2, 0), event(ASKED, 1), event(RECEIPT, 1),
             event(ANSWERED, 1, 1), event(RECEIPT, 1)]
    assert judge(words, 0) == (1, [2, 4, 0])


class Soak:
    """A machine with three receivers and a mover, and what the test sends."""

    def __init__(self, boot, tmp_path, seed, deliveries, icount=False, level=False, moves=MOVES):
        kept = "shared-memory { log { }; };"
        vms = [self.receiver(index, seed, level, delivery, kept) for index, delivery in enumerate(deliveries)]
        vms.append(probe("soak-mover", name="m", cpus=str(len(NAMES) + 1), intid=GPIO, vms=len(NAMES), vm=len(NAMES),
                         seed=seed, moves=moves, pause=PAUSE[icount], more=f'permissions = "irq-control"; {kept}'))
        self.machine, self.lines = boot_with_lines(
            boot, tmp_path, system(*vms, root=f"shared-memory {{ log {{ size = <{LOG_SIZE:#x}>; }}; }};"), *MACHINE,
            *(COUNTED if icount else []), qemu=NEWER_QEMU)
        self.level, self.sent, self.random = level, 0, random.Random(seed)
        for name in NAMES:
            self.machine.expect(rf"^\[{name}\]   receives interrupt {GPIO}$", since=0)
        self.machine.expect(r"^\[m\]   waits to be let go$", since=0)
        self.log = RAM + self.machine.memory(RAM, RAM_SIZE).index(struct.pack("<QQ", MAGIC, MAGIC ^ (1 << 64) - 1))
        self.lines.write(self.log + FINISHED, 0)

    @staticmethod
    def receiver(index, seed, level, delivery, kept):
        owns = "receives" if index else "devices"
        # Interrupts that it does not own would keep a VM virtual.
        words = {"level": level, "spis": delivery == "virtual"}
        return probe("soak-receiver", name=NAMES[index], cpus=str(index + 1), intid=GPIO, vm=index, seed=seed,
                     **{word: True for word, given in words.items() if given},
                     more=f'{owns} = "{DEVICE}"; delivery = "{delivery}"; {OFTEN} {kept}')

    def row(self):
        return json.loads(self.machine.monitor(f"irq {GPIO} --json"))["irq"][0]

    def word(self, at):
        return self.lines.read(self.log + at)

    def wait(self, done, what):
        patience = self.machine.patience()
        while not done():
            assert not patience.is_over(), f"{what}: sent {self.sent}, received {self.word(RECEIVED)}, {self.row()}"

    def send(self):
        """One that is received before the next."""
        self.sent += 1
        self.lines.set(GPIO, 1)
        if not self.level:
            self.lines.set(GPIO, 0)
        self.wait(lambda: self.word(RECEIVED) >= self.sent, "one is lost")
        if self.level:
            self.lines.set(GPIO, 0)
            self.lines.write(self.log + LOWERED, self.sent)

    def until_moved(self, step):
        patience, moves = self.machine.patience(), 0
        while not self.word(FINISHED):
            if patience.is_over():
                before, moves = moves, self.row()["moves"]
                assert moves > before, f"the mover does not get on: {self.row()}"
                patience = self.machine.patience()
            for _ in range(LOOK_EVERY):
                step()

    def modes(self):
        return [vm["mode"] for vm in json.loads(self.machine.monitor("vm --json"))["vm"]][:len(NAMES)]

    def change_delivery(self):
        """Of one VM; returns its delivery now, or None when a handler was running."""
        index, wanted = self.random.randrange(len(NAMES)), self.random.choice(("direct", "virtual"))
        said = self.machine.monitor(f"irq mode {NAMES[index]} {wanted}")
        if "ask again" in said:
            return None
        assert f"{NAMES[index]} has {wanted} delivery now" in said
        assert self.modes()[index] == wanted
        return wanted

    def burst(self):
        """As many as merge: at least the last one comes."""
        before = self.word(RECEIVED)
        for _ in range(self.random.randint(1, PULSES_MAX)):
            self.sent += 1
            self.lines.pulse(GPIO)
        self.wait(lambda: self.word(RECEIVED) > before, "a burst is lost")

    def settle(self):
        """When nothing is on its way; how many edges have merged with others."""
        self.machine.expect(r"^\[m\] probe: soak-mover: ok$", since=0)
        self.wait(lambda: self.row()["state"] is None, "it does not end")
        merged, self.sent = self.sent - self.word(RECEIVED), self.word(RECEIVED)
        assert merged >= 0
        for _ in range(LOOK_EVERY):
            self.send()
        return merged

    def words(self):
        count = self.word(NEXT)
        return struct.unpack(f"<{count}I", self.machine.memory(self.log + LOG, 4 * count))

    def judge(self, merged):
        """The log, and what Signalbox has counted."""
        moves, receipts = judge(self.words(), 0)
        row = self.row()
        print(f"{moves} moves, {sum(receipts)} received ({receipts}), {merged} merged, {row}")
        assert sum(receipts) == self.sent == self.word(RECEIVED)
        assert row["moves"] == moves
        assert min(receipts) > 0
        assert row["dropped"] == 0 and row["taken"] == row["listed"] + row["queued"]
        return row


VIRTUAL = ["virtual"] * 3
DELIVERIES = {"virtual": VIRTUAL, "direct": ["direct"] * 3, "mixed": ["direct", "virtual", "direct"]}
CLOCKS = {"threads": False, "icount": True}
TRIGGERS = {"edge": False, "level": True}
# All of it if a long one was asked for.
CHOSEN = (itertools.product(DELIVERIES, CLOCKS, TRIGGERS) if LONG else
          [("virtual", "threads", "edge"), ("mixed", "threads", "level"), ("mixed", "icount", "edge")])
EVERY_SEED = pytest.mark.parametrize("seed", SEEDS)


@EVERY_SEED
@pytest.mark.parametrize("delivery, clock, trigger", CHOSEN)
def test_sent_is_received(boot, tmp_path, seed, delivery, clock, trigger):
    moves = MOVES // 4 if trigger == "level" else MOVES  # most are refused while a handler waits
    soak = Soak(boot, tmp_path, seed, DELIVERIES[delivery], CLOCKS[clock], TRIGGERS[trigger], moves)
    soak.until_moved(soak.send)
    assert soak.settle() == 0
    row = soak.judge(0)
    assert row["moves"] == moves
    assert soak.modes() == DELIVERIES[delivery]
    if delivery == "virtual":
        assert row["taken"] >= soak.sent


@EVERY_SEED
@pytest.mark.parametrize("clock", CLOCKS if LONG else ["threads"])
def test_delivery_changes_meanwhile(boot, tmp_path, seed, clock):
    soak = Soak(boot, tmp_path, seed, DELIVERIES["direct"], CLOCKS[clock])
    changed = collections.Counter()

    def change_and_send():
        if soak.random.randrange(LOOK_EVERY) == 0:
            changed[soak.change_delivery()] += 1
        soak.send()

    soak.until_moved(change_and_send)
    while min(changed["direct"], changed["virtual"]) < CHANGES_MIN:
        changed[soak.change_delivery()] += 1
        soak.send()
    assert soak.settle() == 0
    print(changed)
    assert soak.judge(0)["moves"] == MOVES


@EVERY_SEED
@pytest.mark.parametrize("delivery", DELIVERIES if LONG else ["mixed"])
def test_edges_that_merge(boot, tmp_path, seed, delivery):
    soak = Soak(boot, tmp_path, seed, DELIVERIES[delivery])
    soak.until_moved(soak.burst)
    soak.judge(soak.settle())


def test_moved_by_the_monitor(boot, tmp_path):
    soak = Soak(boot, tmp_path, 1, VIRTUAL, moves=0)
    soak.settle()
    owner = 0
    for _ in range(MONITOR_MOVES):
        owner = (owner + soak.random.choice((1, 2))) % len(NAMES)
        assert f"{NAMES[owner]} has it now" in soak.machine.monitor(f"irq move {GPIO} {NAMES[owner]}")
        soak.send()
        assert soak.words()[-1] == event(RECEIPT, owner)
    assert soak.row()["moves"] == MONITOR_MOVES
