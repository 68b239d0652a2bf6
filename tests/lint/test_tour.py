# SPDX-License-Identifier: Apache-2.0
"""docs/tour.md leads to a change that compiles and passes its test: the page is followed here, block by block."""

import re
import shutil
import sys
from pathlib import Path

import patience

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lint"))
import source  # noqa: E402

PLACE = re.compile(r"(New file|[Ii]n) `([\w/]+\.\w+)`")


def blocks(page):
    """(what to do, file, lines) of each block that says where it belongs."""
    pieces = re.split(r"\n\n(?=\S)|\n\n(?=    )", page)
    merged = []
    for piece in pieces:
        if piece.startswith("    ") and merged and merged[-1].startswith("    "):
            merged[-1] += "\n\n" + piece  # an empty line within a block
        else:
            merged.append(piece)
    for text, block in zip(merged, merged[1:]):
        place = PLACE.search(text)
        if place and block.startswith("    ") and not text.startswith("    "):
            yield *place.groups(), [line[4:] for line in block.rstrip("\n").split("\n")]


def follow(page, root):
    """Makes the page's change below the root; the files that it is in."""
    changed = []
    for action, name, lines in blocks(page):
        path = root / name
        if action == "New file":
            assert not path.exists(), name
            path.write_text("\n".join(lines) + "\n")
        else:
            old = "".join(line[1:] + "\n" for line in lines if line[:1] != "+")
            new = "".join(line[1:] + "\n" for line in lines if line[:1] != "-")
            assert path.read_text().count(old) == 1, f"{name} has not once:\n{old}"
            path.write_text(path.read_text().replace(old, new))
        changed.append(Path(name))
    return changed


def test_the_change_of_the_tour(tmp_path):
    def run(*command):
        assert patience.run(command, cwd=tmp_path, capture_output=True, text=True).returncode == 0

    for name in "hypervisor", "guests", "include", "tests":
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "corpus"))
    changed = follow((ROOT / "docs/tour.md").read_text(), tmp_path)
    assert len(changed) > 15
    for path in sorted({path for path in changed if path.suffix == ".c"}):
        run("clang", "-fsyntax-only", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
            *source.include_flags(path), *source.target_flags(path), path)
    run("cc", "-std=gnu11", "-Ihypervisor", "-o", "test", "tests/unit/test_scratch.c",
        "hypervisor/device/scratch.c", "-lcmocka")
    run("./test")
