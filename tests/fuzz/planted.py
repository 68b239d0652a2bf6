#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants mistakes, one at a time, and lets a fuzzer look for each.

planted.py [--runs N] [NUMBER ...]               those of tests/model/mistakes.py in front of `guest`; without a number, all
                                                 (ten minutes)
planted.py [--runs N] --refused DIR              those below in front of `request`, which was built in DIR
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
import mistakes  # noqa: E402
import mutate  # noqa: E402 how it compiles
import run  # noqa: E402

mutate.CC = ["clang", "-std=gnu11", "-O1", "-fsanitize=fuzzer-no-link"]
mutate.MODEL = [name for name in mutate.MODEL if name != "explore"]


CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# What a refused request leaves changed, as in mistakes.py.
REFUSED = [
    ("carry_held", "\t\treturn MOVE_ACTIVE;",  # an enable bit
     "\t\treturn gic_disable(0, intid) == OK ? MOVE_ACTIVE : MOVE_FAILED;"),
    ("carry_held", "\t\treturn MOVE_ACTIVE;", "\t\treturn gic_route(intid, to->vcpu[0]->pcpu), MOVE_ACTIVE;"),  # a route
    ("judge", "\treturn from ? refusal(from, request) : MOVE_UNKNOWN;",  # a model
     "\trequest->to->vgic.spi[0].latched |= !from;\n\treturn from ? refusal(from, request) : MOVE_UNKNOWN;"),
    ("deliver_held", "\tif (result == OBSTACLE_NONE) {\n\t\twish(vm, change);", "\twish(vm, change);\n\tif (result == OBSTACLE_NONE) {"),
]


def what_it_finds(program, target, runs):
    """What the fuzzer says, or None."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "found").mkdir()
        run.first_inputs(target, scratch)
        done = subprocess.run(
            [program, *run.SAME_EACH_TIME, f"-runs={runs}", f"-max_len={run.TARGETS[target][1]}", "-seed_inputs=@order",
             "found"], cwd=scratch, capture_output=True, text=True, errors="replace", check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith("# ")] or ["# it crashes"]
    return said[0][2:] if done.returncode else None


def told(function, old, said):
    print(f"{'ok' if said else 'not ok'} - planted in {function}(): {old.strip()[:60]!r}: {said or 'MISSED'}", flush=True)
    return said is not None


def copied(work):
    tree = work / "tree"
    for room in mistakes.ROOMS:
        shutil.copytree(mutate.HYPERVISOR / room, tree / room)
    return tree


def all_refused_found(work, options):
    """The changed file comes before the archives that `request` was built from."""
    built, tree = options.refused / "tests/fuzz", copied(work)
    print(f"1..{len(REFUSED)}", flush=True)
    found = 0
    for function, old, new in REFUSED:
        path, text = mistakes.Definitions(tree).plant(function, old, new)
        subprocess.run(
            ["clang", "-std=gnu11", "-O1", "-DLOCKS_CHECKED=1", "-fsanitize=fuzzer", *CHECKED,
             f"-I{mutate.ROOT / 'hypervisor'}", f"-I{mutate.ROOT / 'include'}", path,
             built / "fuzz-request.p/tests/fuzz/request.o", "-Wl,--whole-archive", built / "libfuzz-board.a",
             "-Wl,--no-whole-archive", built / "libfuzz-code.a", "-lfdt", "-o", work / "fuzz"], check=True)
        path.write_text(text)
        found += told(function, old, what_it_finds(work / "fuzz", "request", options.runs))
    return found == len(REFUSED)


def all_guest_found(work, options):
    numbers = options.numbers or range(1, len(mistakes.MISTAKES) + 1)
    print(f"1..{len(numbers)}", flush=True)
    tree = copied(work)
    mutate.compile_tree(tree)
    objects = mutate.common_objects(work) + [work / "guest.o"]
    mutate.compile_to(objects[-1], HERE / "guest.c", [f"-I{HERE}"])
    found = 0
    for number in numbers:
        function, old, _ = mistakes.MISTAKES[number - 1]
        planted = shutil.copytree(tree, work / str(number))
        mutate.plant(planted, mistakes.MISTAKES[number - 1])
        changed = [source.with_suffix(".o") for source in mutate.sources_in(planted)]
        subprocess.run(["clang", "-fsanitize=fuzzer", *objects, *changed, "-lfdt", "-o", work / "fuzz"], check=True)
        found += told(function, old, what_it_finds(work / "fuzz", "guest", options.runs))
    return found == len(numbers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50000)
    parser.add_argument("--refused", type=Path, metavar="DIR")
    parser.add_argument("numbers", type=int, nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        good = (all_refused_found if options.refused else all_guest_found)(Path(name), options)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
