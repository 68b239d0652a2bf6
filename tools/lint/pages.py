#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A page can be read in a terminal of 80 columns. Usage: pages.py [ROOT]

A table's row cannot be wrapped, so it has at most 80 columns; what does not fit is a list. README.md, which people
read first, has at most 80 columns in every line. A picture is one line, however long.
"""

import subprocess
import sys
from pathlib import Path

COLUMNS = 80


def pages(root):
    """The pages of ROOT: those that git knows where ROOT is a repository, so that nothing fetched is checked."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "*.md"], capture_output=True, text=True)
    known = [root / name for name in listed.stdout.splitlines()]
    return sorted(path for path in known or root.rglob("*.md") if path.exists())


def complaints(root, path):
    name = path.relative_to(root)
    is_code = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        is_code ^= line.startswith("```")
        is_row = line.startswith("|") and not is_code
        is_first_page = str(name) == "README.md" and not line.startswith("![")
        if len(line) > COLUMNS and (is_row or is_first_page):
            yield f"{name}:{number}: {'a row' if is_row else 'a line'} of {len(line)} columns, at most {COLUMNS}"


def main(root):
    found = [words for path in pages(root) for words in complaints(root, path)]
    print("\n".join(found), end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
