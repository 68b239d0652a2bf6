#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants mistakes in the virtual GIC, one at a time; each must be caught by a unit test or by exploration.

mutate.py [--explore] [--states N] [--world NAME] [--tenth | NUMBER ...]   those of mistakes.py: all, or some

One that is let through is named, and then the exit code is 1. --tenth is another tenth with each commit.
"""
import argparse
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
MODEL = ("access dump explore foreign guard hardware hardware_direct lives modes moves oracle pack reference seeds setup stubs "
         "world worlds").split()
DEEPER = 50  # times as many states for what the first exploration lets through
UNIT = ["vgic_lists", "vgic_changes", "vgic_active", "vgic_registers", "vgic_move", "vgic_direct",
        "vgic_forward", "vgic_raise"]
UNIT_OF_FLOW = {"irq_taken": ["deliver/irq.c"],  # on the fake machine, with what it is about
                "carry_marked": ["deliver/effects.c", "deliver/link.c", "deliver/notify.c", "deliver/sample.c",
                                 "hold/mark.c", "own/carry.c", "own/move.c"]}


def compile_to(out, source, first=()):
    return subprocess.run([*CC, *first, *INCLUDE, "-c", str(source), "-o", str(out)], cwd=ROOT, check=True)


def common_objects(work):
    """What no mistake is planted in, compiled once."""
    sources = [f"tests/model/{n}.c" for n in MODEL]
    sources += ["hypervisor/irq/owner.c", "hypervisor/device/pl011.c", "hypervisor/device/ptimer.c",
                *map(str, sorted((HYPERVISOR / "memory").glob("*.c"))), *map(str, sorted((HYPERVISOR / "vm").glob("*.c")))]
    sources += [f"hypervisor/base/{n}.c" for n in "error format lock log report ring".split()]
    objects = []
    for source in sources:
        objects.append(work / (source.replace("/", "_") + ".o"))
        compile_to(objects[-1], source)
    return objects


def sources_in(tree):
    return sorted((tree / "vgic").glob("*.c")) + [tree / name for name in FLOW]


def compile_tree(tree, changed=None):
    """vgic/ and flow/ under `tree`: all of it, or what a change of one file reaches."""
    for source in sources_in(tree):
        if changed is None or changed.suffix == ".h" or changed == source:
            compile_to(source.with_suffix(".o"), source, [f"-I{tree}"])


def caught_by_unit_test(work, tree):
    """The name of the unit test that fails, or None."""
    vgic = [path.with_suffix(".o") for path in sources_in(tree) if path.parent.name == "vgic"]
    about = {test: [*vgic, work / "panic.o"] for test in UNIT}
    beside = [path for room in ("fake", "irq", "base", "memory", "vm") for path in sorted(work.glob(f"*{room}_*.o"))]
    about |= {test: [*vgic, *((tree / "flow" / of).with_suffix(".o") for of in flow), *beside]
              for test, flow in UNIT_OF_FLOW.items()}
    for test, objects in about.items():
        program = work / test
        subprocess.run([*CC, f"-I{tree}", *INCLUDE, f"tests/unit/test_{test}.c", *map(str, objects), "-lcmocka", "-lfdt", "-o", str(program)],
                       cwd=ROOT, check=True)
        if patience.run([program], capture_output=True).returncode:
            return f"test_{test}.c"
    return None


def caught_by(work, tree, model, options, deeper=True):
    """The name of what fails with vgic/ and flow/ as they are under `tree`, or None."""
    if not options.explore and (found := caught_by_unit_test(work, tree)):
        return found
    objects = [source.with_suffix(".o") for source in sources_in(tree)]
    program = work / "explore"
    limited = ["prlimit", f"--cpu={patience.PROCESSOR_SECONDS * DEEPER}"]  # a mistake may lead round and round
    subprocess.run([*CC, *map(str, model + objects), "-lfdt", "-o", str(program)], cwd=ROOT, check=True)
    for states in (options.states, options.states * DEEPER)[:2 if deeper else 1]:
        run = subprocess.run([*limited, program, "--first", "--states", str(states), "--world", options.world], capture_output=True,
                             text=True)
        if run.returncode:
            return "exploration: " + next((line[2:] for line in run.stdout.splitlines() if line.startswith("# ")), "crash")
    return None


def plant(tree, mistake):
    path, text = mistakes.Definitions(tree / "vgic", tree / "flow").plant(*mistake)
    compile_tree(tree, path)

    def undo():
        path.write_text(text)
        compile_tree(tree, path)
    return undo


def tenth():
    """Every tenth number, from one on that depends on the commit."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return range(1 + int(commit.strip()[:8] or "0", 16) % 10, len(mistakes.MISTAKES) + 1, 10)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--states", type=int, default=20000)
    parser.add_argument("--explore", action="store_true", help="without the unit tests")
    parser.add_argument("--world", default="", help="exploration of those whose names begin so alone")
    parser.add_argument("--tenth", action="store_true", help="a tenth of them, another one with each commit")
    parser.add_argument("numbers", type=int, nargs="*")
    options = parser.parse_args()
    numbers = options.numbers or (tenth() if options.tenth else range(1, len(mistakes.MISTAKES) + 1))
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        tree = work / "tree"
        for room in "vgic", "flow":
            shutil.copytree(HYPERVISOR / room, tree / room)
        compile_tree(tree)
        (work / "panic.c").write_text("#include <stdlib.h>\nvoid panic(const char *f, ...);\n"
                                      "void panic(const char *f, ...) { (void)f; abort(); }\n")
        compile_to(work / "panic.o", work / "panic.c")
        model = common_objects(work)
        for source in sorted((HYPERVISOR / "machine/fake").glob("*.c")):
            compile_to(work / f"fake_{source.stem}.o", source)
        if not options.numbers and (found := caught_by(work, tree, model, options, deeper=False)):
            sys.exit(f"mutate.py: the tests fail before anything is planted: {found}")
        print(f"1..{len(numbers)}", flush=True)
        for number in numbers:
            function, old, _ = mistakes.MISTAKES[number - 1]
            undo = plant(tree, mistakes.MISTAKES[number - 1])
            found = caught_by(work, tree, model, options)
            undo()
            missed += found is None
            print(f"{'ok' if found else 'not ok'} - {number}, in {function}(): {old.strip()[:60]!r}: {found or 'MISSED'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
