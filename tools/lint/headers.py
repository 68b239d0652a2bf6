#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone, and twice in a row, with GCC and with Clang. Usage: headers.py [ROOT]"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import source

WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]


def complaint(root, path, compiler):
    """The compiler's complaint about the header; "" when there is none."""
    if compiler == "gcc":
        command = ["gcc" if source.is_for_host(path) else "aarch64-linux-gnu-gcc"]
        command += [flag for flag in source.target_flags(path) if not flag.startswith("--target")]
    else:
        command = ["clang", *source.target_flags(path)]
    command += [*WARNINGS, *source.include_flags(path), "-I.", "-x", "c", "-"]
    twice = f'#include "{path}"\n' * 2
    done = subprocess.run(command, cwd=root, input=twice, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else f"{path}: {compiler} does not compile it alone:\n{done.stderr}"


def main(root):
    jobs = [(root, path, compiler) for path in source.files(root, "*.h") for compiler in ("gcc", "clang")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(filter(None, pool.map(lambda job: complaint(*job), jobs)))
    print("\n".join(complaints), end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
