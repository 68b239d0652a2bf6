#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs fuzzers: the kept corpus and then new inputs, and says how to repeat what fails.

run.py [--build DIR] [TARGET ...]                a bounded run, the same each time: as `make test` does
run.py --seconds 3600 TARGET                     a long one, never the same; what it finds is added to DIR/fuzz/TARGET
run.py --merge [TARGET ...]                      the corpus anew, from itself and what long runs found
"""
import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True
import patience  # noqa: E402

TARGETS = {
    # name: (new inputs in a bounded run, the longest in bytes)
    "call": (6000, 300),
    "console": (20000, 600),
    "description": (10000, 4000),
    "exit": (8000, 600),
    "guest": (10000, 800),
    "machine": (15000, 4000),
    "request": (10000, 300),
}
KEPT_NAME_LENGTH = 40  # libFuzzer names inputs by their hash; what a person named stays in the corpus
# What libFuzzer tries next follows from these and the inputs it has begun with, and from nothing else: operands of
# comparisons are addresses here and there, which are others in each run, and what it has written itself it would read
# again at times that a clock gives.
SAME_EACH_TIME = ["-seed=1", "-use_cmp=0", "-reload=0"]


def seeds(target, scratch):
    """Device trees that a corpus begins with, compiled in the order of their names: one may embed another."""
    compiled = scratch / "seeds"
    compiled.mkdir()
    for source in sorted((HERE / "seeds" / target).glob("*.dts")):
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-i", compiled, "-i", ROOT / "tests/data",
                        "-o", compiled / f"{source.stem}.dtb", source], check=True)
    return compiled


def first_inputs(target, scratch):
    """What a run begins with, in the order of their names; no directory has the same order everywhere."""
    first = scratch / "first"
    first.mkdir()
    for path in [*(HERE / "corpus" / target).iterdir(), *seeds(target, scratch).iterdir()]:
        shutil.copy(path, first)
    (scratch / "order").write_text(",".join(sorted(f"first/{path.name}" for path in first.iterdir())))
    return len(list(first.iterdir()))


def kept_of(found):
    """What a run has kept: another run that has kept the same has tried the same."""
    names = sorted(path.name for path in found.iterdir())
    return f"{len(names)} of them kept, {hashlib.sha256(' '.join(names).encode()).hexdigest()[:16]}"


def fuzz(options, target, scratch):
    """True when nothing fails."""
    runs, longest = TARGETS[target]
    kept = first_inputs(target, scratch)
    found = options.build / "fuzz" / target if options.seconds else scratch / "found"
    found.mkdir(parents=True, exist_ok=True)
    program = options.build / "tests/fuzz" / f"fuzz-{target}"
    bound = [f"-max_total_time={options.seconds}"] if options.seconds else [*SAME_EACH_TIME, f"-runs={kept + runs}"]
    # One input takes milliseconds: that it takes so long is no host's doing.
    limit = f"-timeout={patience.PROCESSOR_SECONDS}"
    done = subprocess.run(
        [program, *bound, "-seed_inputs=@order", f"-max_len={longest}", limit,
         f"-artifact_prefix={options.build / 'fuzz'}/{target}-", found],
        cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode == 0:
        new = f"new ones for {options.seconds} s" if options.seconds else f"{runs} new ones, {kept_of(found)}"
        print(f"ok - {target}: {kept} kept inputs, {new}", flush=True)
        return True
    print(f"not ok - {target}")
    lines = done.stdout.decode(errors="backslashreplace").splitlines()
    for line in [line for line in lines if "\tNEW " not in line and "\tREDUCE " not in line][-60:]:
        print(f"# {line.removeprefix('# ')}")
    written = [line.rsplit(" ", 1)[1] for line in lines if "Test unit written to " in line]
    if written:
        print(f"# to repeat it: {program} {written[-1]}")
    return False


def merge(options, target, scratch):
    """Edges alone decide what is kept: the corpus stays small, and new inputs start from all that is reached."""
    corpus, new = HERE / "corpus" / target, scratch / "new"
    new.mkdir()
    named = [path for path in corpus.iterdir() if len(path.name) != KEPT_NAME_LENGTH]
    more = [path for path in (corpus, options.build / "fuzz" / target, seeds(target, scratch)) if path.is_dir()]
    subprocess.run([options.build / "tests/fuzz" / f"fuzz-{target}", "-set_cover_merge=1", "-use_counters=0",
                    "-use_value_profile=0", f"-max_len={TARGETS[target][1]}", new, *more],
                   check=True, capture_output=True)
    for path in set(corpus.iterdir()) - set(named):
        path.unlink()
    for path in new.iterdir():
        shutil.copy(path, corpus)
    print(f"{target}: {len(list(corpus.iterdir()))} inputs, {sum(p.stat().st_size for p in corpus.iterdir())} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--merge", action="store_true")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    targets = options.targets or list(TARGETS)
    options.build = options.build.resolve()
    (options.build / "fuzz").mkdir(exist_ok=True)
    good = True
    if not options.merge:
        print(f"1..{len(targets)}")
    for target in targets:
        (HERE / "corpus" / target).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            if options.merge:
                merge(options, target, Path(scratch))
            else:
                good &= fuzz(options, target, Path(scratch))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
