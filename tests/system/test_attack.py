# SPDX-License-Identifier: Apache-2.0
"""
Two VMs that do anything, from all their vCPUs at once (guests/attack), while commands are given at random; beside them two
that notice when something of their own is lost, doubled or changed: SGIs, timers, doorbells, an interrupt of a device that
is raised from outside, words in memory. Time is not checked: an emulator gives its processors turns as it likes.

ATTACK_SECONDS=3600 (of each configuration) and ATTACK_SEEDS=1,2,3 make it long. A failure says how to repeat it: the same
seed does the same things, though an emulator with several threads does not do them at the same moments.
"""

import collections
import json
import os
import random
import re
import struct
import time

import pytest

from lines import boot_with_lines
from machine import BUILD, NEWER_QEMU
from systems import system, vm

ATTACK = BUILD / "guests/attack.elf"
SECONDS = int(os.environ.get("ATTACK_SECONDS", "0"))
SEEDS = [int(seed) for seed in os.environ.get("ATTACK_SEEDS", "1").split(",")]
ROUNDS = 25  # unless the environment asks for longer
RTC, GPIO = 34, 39
DEVICES = {RTC: "/pl031@9010000", GPIO: "/pl061@9030000"}
OTHER = {RTC: GPIO, GPIO: RTC}  # of what moves: the victim's, which nothing but the test raises
RAM, RAM_SIZE = 0x40000000, 256 << 20
MACHINE = ["-smp", "8", "-m", str(RAM_SIZE >> 20)]
SHARES = "shared-memory { pair { size = <0x1000>; }; tally { size = <0x1000>; }; };"
ATTACKERS = "ab"
STEPS_WANTED = 1000  # of each attacker, at least, until the end

# struct tally, struct pair
TALLY, PAIR = 0x7a11e0fa77ac4e25, 0x9a1f0fb1c71a5000
LIVES, STEPS, ALARMS, VMS, CPUS = 16, 48, 304, 4, 8
RECEIVED, VICTIM_ROUNDS, WAITS, FAILURES = 16, 24, 56, 88
WHAT = ["nothing", "an SGI of the other CPU", "an SGI of its own", "its timer", "the doorbell", "the doorbell's answer",
        "an interrupt that it does not have"]
VICTIMS = {"left, CPU 0": 0, "left, CPU 1": 1, "right": 2}

# How interrupts reach left, right and the attackers at first; which device of the machine moves between the attackers, where
# the other one is emulated; QEMU's arguments; which QEMU and which hypervisor. The attackers of "pauses" do only what leaves
# their delivery direct: they block their interfaces, ask for moves and changes of delivery, and set alarms.
CONFIGURATIONS = {
    "pauses": (["direct", "virtual", "direct", "direct"], GPIO, [], {"image": "signalbox-checked"}),
    "mixed": (["virtual", "direct", "direct", "virtual"], GPIO, [], {}),
    "direct": (["direct", "virtual", "direct", "direct"], GPIO, [], {"qemu": NEWER_QEMU, "image": "signalbox-checked"}),
    "two-states": (["virtual"] * 4, RTC, ["-machine", "secure=on"], {"image": "signalbox-checked"}),
}


def describe(seed, deliveries, moves, words):
    left, right, a, b = [f'delivery = "{how}"; permissions = "direct"' for how in deliveries]
    doorbells = "shared-memory { pair { doorbell = <64>; }; tally { doorbell = <80>; }; };"
    attacker = 'machine = "virt"; shared-memory { tally { doorbell = <72>; }; };'
    stays = OTHER[moves]

    def one(name, cpus, arguments, more):
        return vm(name, ATTACK, cpus, "0x400000", f"{arguments} {words} seed={seed}", more)

    return system(one("left", "1 2", f"victim=left intid={stays}", f'{left}; devices = "{DEVICES[stays]}"; {doorbells}'),
                  one("right", "3", "victim=right", f"{right}; {doorbells}"),
                  one("a", "4 5", "vm=2", f'{a}, "irq-control"; devices = "{DEVICES[moves]}"; {attacker}'),
                  one("b", "6 7", "vm=3", f'{b}, "irq-control"; receives = "{DEVICES[moves]}"; {attacker}'),
                  root=f"housekeeping-cpu = <0>; {SHARES}")


class Attack:
    def __init__(self, boot, tmp_path, seed, configuration):
        deliveries, self.moves, arguments, options = CONFIGURATIONS[configuration]
        self.random, self.stays = random.Random(seed), OTHER[self.moves]
        self.machine, self.lines = boot_with_lines(boot, tmp_path, describe(seed, deliveries, self.moves, configuration),
                                                   *MACHINE, *arguments, **options)
        self.machine.expect(r"^\[signalbox\] .* \[b\] starts: .*$", since=0)
        self.sent, self.done = 0, collections.Counter()
        self.tally, self.pair = [self.find(magic) for magic in (TALLY, PAIR)]

    def find(self, magic):
        words = struct.pack("<QQ", magic, magic ^ (1 << 64) - 1)
        patience = self.machine.patience()
        while not patience.is_over():
            at = self.machine.memory(RAM, RAM_SIZE).find(words)
            if at >= 0:
                return RAM + at
        raise AssertionError("the guests do not begin")

    def word(self, at):
        return self.lines.read(self.pair + at)

    def rounds(self):
        return [self.word(VICTIM_ROUNDS + 8 * n) for n in VICTIMS.values()]

    def steps(self):
        return [sum(self.lines.read(self.tally + STEPS + 8 * (CPUS * number + cpu)) for cpu in range(CPUS))
                for number in range(2, 2 + len(ATTACKERS))]

    def alarms(self):
        return [self.lines.read(self.tally + ALARMS + 8 * number) for number in range(2, 2 + len(ATTACKERS))]

    def check(self):
        failures, what, got, wanted = [self.word(FAILURES + 8 * n) for n in range(4)]
        assert not failures, f"a victim expects {WHAT[what]} for the {wanted}th time, and has got {got}; {failures} failures"
        received = self.word(RECEIVED)
        assert received <= self.sent, f"the device's interrupt was raised {self.sent} times, and came {received} times"
        assert "PANIC" not in self.machine.said

    def wait(self, done, what):
        patience = self.machine.patience()
        while not done():
            self.check()
            if not patience.is_over():
                continue
            waits = {name: WHAT[self.word(WAITS + 8 * n)] for name, n in VICTIMS.items()}
            raise AssertionError(f"{what}; it is waited for: {waits}; rounds {self.rounds()}, sent {self.sent}, received "
                                 f"{self.word(RECEIVED)}, {self.machine.monitor('vm')}{self.machine.monitor('cpu')}")

    def processors(self):
        """Where each is: PC, and PSTATE with its exception level; or the last words of QEMU."""
        if self.machine.ended:
            return self.machine.said[-500:]
        said = self.machine.qmp("human-monitor-command", **{"command-line": "info registers -a"})
        return re.findall(r"PC=([0-9a-f]+)(?:.|\n)*?PSTATE=(\S+ .*?)\s*(?:FPU|\n)", said)

    def victims_go_on(self):
        before = self.rounds()
        self.wait(lambda: all(now > then for now, then in zip(self.rounds(), before)), "a victim does not go on")

    def send(self):
        self.wait(lambda: self.word(RECEIVED) == self.sent, "the device's interrupt is lost")
        self.sent += 1
        self.lines.pulse(self.stays)

    def command(self):
        """Anything, but that it leaves the victims on."""
        name, vcpu = self.random.choice(ATTACKERS), self.random.randrange(3)
        words = [self.random.choice(["", f" {vcpu}"]), self.random.choice(["", " device"]), self.random.choice(["", " force"])]
        mode = self.random.choice(["virtual", "direct", "auto"])
        return self.random.choice([
            f"start {name}", f"start {name}", f"stop {name}", f"reset {name}", f"irq move {self.moves} {name}{''.join(words)}",
            f"irq move {self.moves} {name}{''.join(words)}", f"irq move {self.stays} left {vcpu}", f"irq mode {name} {mode}",
            f"irq mode {name} {mode}", f"irq mode {self.random.choice(['left', 'right'])} {mode}", "irq --json", "vm --json",
            "cpu --json", f"vm {name}", f"irq {name}", "log 5"])

    def round(self):
        for _ in range(self.random.randrange(4)):
            command = self.command()
            self.done[" ".join(command.split()[:2] if command.startswith("irq m") else command.split()[:1])] += 1
            self.machine.monitor(command)
        if self.random.randrange(3) == 0:
            self.machine.monitor(*[f"start {name}" for name in ATTACKERS])
        for _ in range(self.random.randrange(8)):
            self.send()
            if self.random.randrange(2):
                self.lines.pulse(self.moves)
        self.victims_go_on()

    def end(self):
        """The machine obeys still, and what was sent was received."""
        self.wait(lambda: self.word(RECEIVED) == self.sent, "the device's interrupt is lost")
        self.machine.monitor(*[f"start {name}" for name in ATTACKERS])
        self.machine.monitor(*[f"stop {name}" for name in ATTACKERS])
        self.wait(lambda: [row["state"] for row in json.loads(self.machine.monitor("vm --json"))["vm"]] ==
                  ["running"] * 2 + ["off"] * 2, "the attackers do not stop")
        self.victims_go_on()
        row = json.loads(self.machine.monitor(f"irq {self.stays} --json"))["irq"][0]
        assert row["owner"] == "left" and row["dropped"] == 0 and row["taken"] == row["listed"] + row["queued"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_nothing_reaches_the_victims(boot, tmp_path, configuration, seed):
    attack, until, rounds = Attack(boot, tmp_path, seed, configuration), time.monotonic() + SECONDS, 0
    try:
        while (rounds < ROUNDS or min(attack.steps()) < STEPS_WANTED or not any(attack.alarms()) or
               time.monotonic() < until):
            attack.round()
            rounds += 1
        attack.end()
    except (AssertionError, OSError) as error:
        raise AssertionError(f"{error}\n{attack.processors()}\nto repeat it: ATTACK_SECONDS={SECONDS} ATTACK_SEEDS={seed} "
                             f"/usr/bin/python3 -m pytest tests/system/test_attack.py -k {configuration}") from error
    lives = [attack.lines.read(attack.tally + LIVES + 8 * number) for number in (2, 3)]
    print(f"{rounds} rounds, victims' {attack.rounds()}, attackers' steps {attack.steps()} and {attack.alarms()} alarms in "
          f"{lives} lives, device's interrupt {attack.sent}, commands {dict(attack.done)}")
