#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants mistakes in the virtual GIC and in time sharing, one at a time; each must be caught by a unit test or by exploration.

mutate.py [--explore] [--states N] [--world NAME] [--jobs N] [--tenth | NUMBER ...]   those of mistakes.py: all, or some

One that is let through is named, and then the exit code is 1. --tenth is another tenth with each commit.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.dont_write_bytecode = True
import mistakes  # noqa: E402
import patience  # noqa: E402

HYPERVISOR = ROOT / "hypervisor"
CC = ["gcc", "-std=gnu11", "-O1"]
INCLUDE = ["-Itests/model/override", "-Ihypervisor", "-Iinclude", "-Itests/model", "-Itests/unit"]
BUILT = (ROOT / "tests/model/meson.build").read_text()
FLOW = re.findall(r"hypervisor/(flow/\w+/\w+\.c)'", BUILT)  # what the model runs of it
MODEL = ("access dump explore foreign guard hardware hardware_direct hardware_many lives modes moves oracle oracle_queue "
         "pack pack_vm processor reference seeds setup shares stubs world worlds").split()
PURE = "sched", "vgic"  # the pure rooms that mistakes are planted in
ROOMS = "channel", "console", "machine/fake"  # what unit tests need and the model does not
UNIT_LIMIT = ["prlimit", "--cpu=10"]  # seconds; a mistake may lead round and round
SHARES = 512, 64, 8, 1  # of the states: few show most mistakes, and soon


def lists_of_tests():
    """The files of flow/ that each unit test is about, by its name."""
    lists = {}
    listed = (ROOT / "tests/unit/meson.build").read_text()
    for name, value in re.findall(r"^\t?'?(\w+)'?(?:: | = )((?:.|\n\t+(?=flow))*)", listed, re.M):
        lists.setdefault(name, []).extend("flow/" + path for path in re.findall(r"flow / '([^']+)'", value))
        lists[name] += [path for word in re.findall(r"\w+_sources", value) for path in lists.get(word, [])]
    return {name: files for name, files in lists.items() if (ROOT / f"tests/unit/test_{name}.c").exists()}


UNIT = lists_of_tests()


def compile_to(out, source, first=()):
    """And a list beside it of what it includes."""
    return subprocess.run([*CC, *first, *INCLUDE, "-MMD", "-c", str(source), "-o", str(out)], cwd=ROOT, check=True)


def common_objects(work):
    """What no mistake is planted in, compiled once."""
    sources = [f"tests/model/{n}.c" for n in MODEL]
    sources += ["hypervisor/irq/owner.c",
                *(str(path) for room in ("memory", "device", "vm") for path in sorted((HYPERVISOR / room).glob("*.c")))]
    sources += [f"hypervisor/base/{n}.c" for n in "error format lock log report ring sha256".split()]
    objects = []
    for source in sources:
        objects.append(work / (source.replace("/", "_") + ".o"))
        compile_to(objects[-1], source)
    return objects


def sources_in(tree):
    return [path for room in PURE for path in sorted((tree / room).glob("*.c"))] + [tree / name for name in FLOW]


def compile_tree(tree):
    """The rooms under `tree`, as far as a test needs them."""
    for source in {*sources_in(tree), *(tree / path for files in UNIT.values() for path in files)}:
        compile_to(source.with_suffix(".o"), source, [f"-I{tree}"])


class Tests:
    """Everything compiled once, from the sources as they are."""

    def __init__(self, work):
        self.work, self.tree = work, work / "tree"
        for room in mistakes.ROOMS:
            shutil.copytree(HYPERVISOR / room, self.tree / room)
        compile_tree(self.tree)
        self.model = common_objects(work)
        rooms = [path for path in self.model if not path.name.startswith("tests_")]
        for source in (path for room in ROOMS for path in (HYPERVISOR / room).glob("*.c")):
            rooms.append(work / f"room_{source.stem}.o")
            compile_to(rooms[-1], source)
        subprocess.run(["ar", "rc", work / "rooms.a", *rooms], check=True)  # an archive: a test has its own of much

    def about(self, path):
        """The unit tests of a pure room, or of that file of flow/."""
        room = path.parts[0]
        return [test for test, files in UNIT.items() if (test.startswith(room + "_") if room in PURE else str(path) in files)]

    def fails(self, tree, test, header=False):
        """Whether a unit test fails with what is under `tree`; a changed header changes the test, too."""
        compiled = (tree if header else self.work) / f"test_{test}.o"
        if header or not compiled.exists():
            compile_to(compiled, f"tests/unit/test_{test}.c", [f"-I{tree}"])
        sources = [tree / name for name in UNIT[test]] + [path for room in PURE for path in (tree / room).glob("*.c")]
        objects = [compiled, *(source.with_suffix(".o") for source in sources), self.work / "rooms.a"]
        subprocess.run([*CC, *objects, "-lfdt", "-lcmocka", "-o", tree / test], check=True)
        return patience.run([*UNIT_LIMIT, tree / test], capture_output=True).returncode != 0

    def catch(self, tree, paths, options, shares=SHARES):
        """The name of the unit test that fails, or what exploration says, or None."""
        header = any(path.suffix == ".h" for path in paths) and tree != self.tree
        about = {} if options.explore else dict.fromkeys(test for path in paths for test in self.about(path))
        failed = next((f"test_{test}.c" for test in about if self.fails(tree, test, header)), None)
        return failed or self.explore(tree, options, shares)

    def explore(self, tree, options, shares):
        """What exploration says, or None."""
        objects = [source.with_suffix(".o") for source in sources_in(tree)]
        subprocess.run([*CC, *self.model, *objects, "-lfdt", "-o", tree / "explore"], check=True)
        for states in (options.states // share for share in shares):
            run = patience.run([tree / "explore", "--first", "--states", str(states), "--world", options.world],
                               capture_output=True, text=True)
            if run.returncode:
                said = [line[2:] for line in run.stdout.splitlines() if line.startswith("# ")]
                return f"exploration of {states}: {said[0] if said else 'crash'}"
        return None


def plant(tree, mistake):
    """Compiles what it reaches. Answers the changed file."""
    path, _ = mistakes.Definitions(*(tree / room for room in mistakes.ROOMS)).plant(*mistake)
    for includes in tree.rglob("*.d"):
        if str(path.relative_to(tree)) in includes.read_text():
            compile_to(includes.with_suffix(".o"), includes.with_suffix(".c"), [f"-I{tree}"])
    return path.relative_to(tree)


def places_of(numbers, tree):
    """The files that these mistakes are planted in."""
    definitions = mistakes.Definitions(*(tree / room for room in mistakes.ROOMS))
    return {definitions.place(*mistakes.MISTAKES[number - 1][:2])[0].relative_to(tree) for number in numbers}


def look_for(number, tests, options):
    """Whether it is caught."""
    function, old, _ = mistakes.MISTAKES[number - 1]
    tree = shutil.copytree(tests.tree, tests.work / str(number))
    try:
        found = tests.catch(tree, [plant(tree, mistakes.MISTAKES[number - 1])], options)
        verdict = f"ok - {number}" if found else f"not ok - {number}"
    except subprocess.CalledProcessError:
        found, verdict = "it does not compile", f"not ok - {number}"
    shutil.rmtree(tree)
    print(f"{verdict}, in {function}(): {old.strip()[:60]!r}: {found or 'MISSED'}", flush=True)
    return verdict.startswith("ok")


def tenth():
    """Every tenth number, from one on that depends on the commit; without git, always the same."""
    git = shutil.which("git") or "false"
    commit = subprocess.run([git, "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    numbers = range(1 + int(commit.strip()[:8] or "0", 16) % 10, len(mistakes.MISTAKES) + 1, 10)
    print(f"# once more: tests/model/mutate.py {' '.join(map(str, numbers))}")
    return numbers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--states", type=int, default=20480, help="the most of each world")
    parser.add_argument("--explore", action="store_true", help="without the unit tests")
    parser.add_argument("--world", default="", help="exploration of those whose names begin so alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    parser.add_argument("--tenth", action="store_true", help="a tenth of them, another one with each commit")
    parser.add_argument("numbers", type=int, nargs="*")
    options = parser.parse_args()
    numbers = options.numbers or (tenth() if options.tenth else range(1, len(mistakes.MISTAKES) + 1))
    print(f"1..{len(numbers)}", flush=True)
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(options.jobs) as jobs:
        tests = Tests(pathlib.Path(name))
        if failed := tests.catch(tests.tree, places_of(numbers, tests.tree), options, SHARES[:-1]):
            sys.exit(f"mutate.py: the tests fail before anything is planted: {failed}")
        good = list(jobs.map(lambda number: look_for(number, tests, options), numbers))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
