#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants mistakes of tests/model/mutate.py, one at a time, and lets the fuzzer of guests look for each.

planted.py [--runs N] [NUMBER ...]               of that list; without a number, all (ten minutes)
"""
import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "model"))
sys.dont_write_bytecode = True
import mutate  # noqa: E402 its list, and how it compiles

mutate.CC = ["clang", "-std=gnu11", "-O1", "-fsanitize=fuzzer-no-link"]
mutate.MODEL = [name for name in mutate.MODEL if name != "explore"]


def finds(work, tree, objects, runs):
    """What the fuzzer says, or None."""
    program = work / "fuzz"
    objects = objects + [source.with_suffix(".o") for source in mutate.sources_in(tree)]
    subprocess.run(["clang", "-fsanitize=fuzzer", *map(str, objects), "-lfdt", "-o", str(program)], check=True)
    found = work / "found"
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir()
    done = subprocess.run([program, f"-runs={runs}", "-seed=1", "-max_len=800", f"-artifact_prefix={found}/", found,
                           HERE / "corpus/guest"], capture_output=True, text=True, errors="replace", check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith("# ")] or ["# it crashes"]
    return said[0][2:] if done.returncode else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50000)
    parser.add_argument("numbers", type=int, nargs="*")
    options = parser.parse_args()
    numbers = options.numbers or range(1, len(mutate.BUGS) + 1)
    print(f"1..{len(numbers)}", flush=True)
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        tree = work / "tree"
        for room in "vgic", "flow":
            shutil.copytree(mutate.HYPERVISOR / room, tree / room)
        mutate.compile_tree(tree)
        objects = mutate.common_objects(work) + [work / "guest.o"]
        mutate.compile_to(objects[-1], HERE / "guest.c", [f"-I{HERE}"])
        for number in numbers:
            bug = mutate.BUGS[number - 1]
            undo = mutate.plant(tree, bug)
            said = finds(work, tree, objects, options.runs)
            undo()
            missed += said is None
            print(f"{'ok' if said else 'not ok'} - planted in {bug[0]}: {bug[1].strip()[:60]!r}: {said or 'MISSED'}",
                  flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
