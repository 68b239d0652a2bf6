#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy with the checks of .clang-tidy over our C. Usage: tidy.py [ROOT]

Tests stay out: doing what one should not is their work.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import source

# The analyser's search is bounded: that keeps the whole run at seconds.
FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Xclang", "-analyzer-config", "-Xclang", "max-nodes=30000"]


def complaint(root, path):
    command = ["clang-tidy", "--quiet", path, "--", *FLAGS, *source.include_flags(path), *source.target_flags(path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
    return done.stdout if done.returncode else ""


def main(root):
    paths = [path for path in source.files(root, "*.c") if path.parts[0] != "tests"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(filter(None, pool.map(lambda path: complaint(root, path), paths)))
    print("\n".join(complaints), end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
