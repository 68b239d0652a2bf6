#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Explores one model of this directory in all of its worlds, and plants each of its mistakes: run.py BUILD NAME [WHAT]

A world is a set of macros for the model. A mistake is a macro PLANTED_..., read from the model's source: each is planted
alone, and must be found in one of the worlds. WHAT names one world or mistake, and shows the steps to what is found.

In every world assertions hold and all waits end ("invalid end state" otherwise). In those that begin with "cycles",
nothing goes on for ever either ("non-progress cycle"), given that each process has its turns.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True
import patience  # noqa: E402


# The cheap ones first: most mistakes are found there.
WORLDS = {
    "closed": {
        "three, half open": "-DPCPUS=3 -DRAISES=1 -DCLOSES=2 -DWAITS=0 -DEXITS=0 -DLAST=1",
        "waits": "-DPCPUS=2 -DRAISES=1 -DCLOSES=1 -DWAITS=1 -DEXITS=0 -DLAST=0",
        "two": "-DPCPUS=2 -DRAISES=2 -DCLOSES=2 -DWAITS=0 -DEXITS=1 -DLAST=0",
        "three": "-DPCPUS=3 -DRAISES=1 -DCLOSES=1 -DWAITS=0 -DEXITS=1 -DLAST=0",
        "ends": "cycles -DPCPUS=2 -DRAISES=1 -DCLOSES=1 -DWAITS=1 -DEXITS=0 -DLAST=0",
    },
    "hold": {
        "ends": "cycles -DPCPUS=2 -DASKS=me==0 -DIDLES=0",
        "one holds two": "-DPCPUS=3 -DASKS=me==0 -DIDLES=0",
        "three, one does not answer": "-DPCPUS=3 -DASKS=me!=2 -DIDLES=0 -DDIRECT=2 -DSTRONG",
        "two": "-DPCPUS=2 -DASKS=1 -DIDLES=1",
        "three, two hold": "-DPCPUS=3 -DASKS=me!=2 -DIDLES=me==2 -DSTRONG",
    },
    "kick": {
        "three, raise": "-DPCPUS=3 -DRAISES=1 -DASKS=0 -DWORKS=0 -DRESTS=0 -DEXITS=1 -DWAITS=0 -DOFFS=0",
        "three, work": "-DPCPUS=3 -DRAISES=0 -DASKS=0 -DWORKS=1 -DRESTS=1 -DEXITS=0 -DWAITS=1 -DOFFS=1",
        "two": "-DPCPUS=2 -DRAISES=1 -DASKS=1 -DWORKS=1 -DRESTS=1 -DEXITS=1 -DWAITS=1 -DOFFS=1",
        "ends": "cycles -DPCPUS=2 -DRAISES=1 -DASKS=1 -DWORKS=0 -DRESTS=0 -DEXITS=1 -DWAITS=1 -DOFFS=0",
    },
    "mark": {
        "one move": "-DPCPUS=2 -DTAKERS=1 -DCOMES=2 -DMOVES=1",
        "a level": "-DPCPUS=2 -DTAKERS=1 -DCOMES=2 -DMOVES=2 -DLEVEL=1",
        "to a direct one": "-DPCPUS=2 -DTAKERS=1 -DCOMES=2 -DMOVES=2 -DDIRECT=1",
        "two takers": "-DPCPUS=3 -DTAKERS=2 -DCOMES=3 -DMOVES=2",
        "there and back": "-DPCPUS=2 -DTAKERS=1 -DCOMES=3 -DMOVES=2",
        "ends": "cycles -DPCPUS=2 -DTAKERS=1 -DCOMES=1 -DMOVES=1",
    },
    "seize": {
        "one": "-DVCPUS=1 -DASKS=1 -DSTOPS=1 -DOFFS=1 -DBLOCKS=1",
        "two, on and off": "-DVCPUS=2 -DASKS=1 -DSTOPS=0 -DOFFS=1 -DBLOCKS=vcpu -DSTRONG",
        "two, stop": "-DVCPUS=2 -DASKS=1 -DSTOPS=1 -DOFFS=0 -DBLOCKS=vcpu -DSTRONG",
        "ends": "cycles -DVCPUS=1 -DASKS=1 -DSTOPS=1 -DOFFS=1 -DBLOCKS=1 -DSTRONG -DPATIENT",
    },
    "share": {
        "two, hold": "-DPCPUS=2 -DRAISES=0 -DHOLDS=1 -DEXITS=1 -DWAITS=1 -DTURNS=1",
        "two, raise": "-DPCPUS=2 -DRAISES=1 -DHOLDS=0 -DEXITS=0 -DWAITS=2 -DTURNS=1",
        "two": "-DPCPUS=2 -DRAISES=1 -DHOLDS=1 -DEXITS=0 -DWAITS=1 -DTURNS=1",
        "three": "-DPCPUS=3 -DRAISES=1 -DHOLDS=me==2 -DEXITS=0 -DWAITS=1 -DTURNS=0 -DSTRONG",
    },
    "stop": {
        "ends": "cycles -DPCPUS=2 -DROUTE=0 -DSTOPS=1 -DMOVES=0 -DCHANGES=0 -DCOMES=1",
        "two": "-DPCPUS=2 -DROUTE=0 -DSTOPS=1 -DMOVES=2 -DCHANGES=1 -DCOMES=1",
        "three, two stops": "-DPCPUS=3 -DROUTE=1 -DSTOPS=2 -DMOVES=0 -DCHANGES=0 -DCOMES=0",
        "three, interrupt": "-DPCPUS=3 -DROUTE=1 -DSTOPS=1 -DMOVES=0 -DCHANGES=0 -DCOMES=2",
        "three, move": "-DPCPUS=3 -DROUTE=1 -DSTOPS=1 -DMOVES=1 -DCHANGES=0 -DCOMES=1",
        "three, muted": "-DPCPUS=3 -DROUTE=1 -DMUTER=1 -DSTOPS=1 -DMOVES=0 -DCHANGES=0 -DCOMES=0",
        "three, change": "-DPCPUS=3 -DROUTE=1 -DSTOPS=1 -DMOVES=0 -DCHANGES=1 -DCOMES=0",
    },
}


def planted(name):
    """The mistakes that stand in the model, in the order of their first mention."""
    return list(dict.fromkeys(re.findall(r"\bPLANTED_[A-Z0-9_]+", (HERE / f"{name}.pml").read_text())))


class Exploration:
    """Of one model in one world, with a mistake or without."""

    def __init__(self, directory, name, world, mistake=None):
        self.directory, self.model = directory, HERE / f"{name}.pml"
        words = world.split()
        self.cycles = words[0] == "cycles"
        self.macros = words[self.cycles :] + ([f"-D{mistake}"] if mistake else [])
        self.effort = "-O0" if mistake else "-O1"  # a mistake is found soon, or the world is small

    def run(self, *command):
        done = patience.run(command, cwd=self.directory, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def must_run(self, *command):
        code, said = self.run(*command)
        if code:
            raise RuntimeError(f"{command[0]} ends with {code}:\n{said}")

    def explore(self):
        """None when all is well, else what was found. Anything unexpected is an exception."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.must_run("spin", "-a", *self.macros, self.model)
        kind = ["-DNP", "-DNFAIR=3"] if self.cycles else ["-DSAFETY"]
        self.must_run("gcc", "-w", self.effort, "-DCOLLAPSE", "-DMEMLIM=2000", *kind, "-o", "pan", "pan.c")
        code, said = self.run("./pan", "-m100000", "-w20", *(["-l", "-f"] if self.cycles else []))
        errors = re.search(r"errors: (\d+)", said)
        complaints = re.findall(r"^pan:\d+: (.*)", said, re.MULTILINE)
        incomplete = "max search depth" in said or "Search not completed" in said
        if not code and errors and errors[1] == "0" and not complaints and not incomplete:
            return None
        if complaints and (self.directory / f"{self.model.name}.trail").exists():
            return complaints[0]
        raise RuntimeError(f"pan ends with {code}:\n{said}")

    def replay(self):
        _, said = self.run("spin", "-t", "-p", "-g", "-l", "-k", f"{self.model.name}.trail", *self.macros, self.model)
        print(said)


def first_found(explorations, show):
    """What the first of them finds that finds anything, or None."""
    for exploration in explorations:
        found = exploration.explore()
        if found:
            if show:
                exploration.replay()
            return found
    return None


def tests_of(name, room):
    """Of each test its name, the explorations, and whether something is to be found."""
    for world, macros in WORLDS[name].items():
        yield world, [Exploration(room / re.sub(r"\W+", "-", world), name, macros)], False
    for mistake in planted(name):
        yield mistake, [Exploration(room / mistake, name, macros, mistake) for macros in WORLDS[name].values()], True


def main(build, name, what=None):
    if not shutil.which("spin"):
        print("Bail out! spin is missing; scripts/setup gets it")
        return 1
    room = Path(build).resolve() / "tests/handshakes" / name
    tests = [test for test in tests_of(name, room) if what in (None, test[0])]
    failed = not tests
    print(f"1..{len(tests)}", flush=True)
    for number, (test, explorations, expected) in enumerate(tests, 1):
        found = first_found(explorations, what is not None)
        print(f"# {found or 'nothing found'}")
        wrong = bool(found) != expected
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}: {test}", flush=True)
        failed |= wrong
    return int(failed)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main(*sys.argv[1:]))
