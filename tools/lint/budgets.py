#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The budgets of STYLE.md over all C, headers and assembly. Usage: budgets.py [ROOT]

Exceptions are in tools/lint/exceptions.txt, one a line: BUDGET FILE [FUNCTION] -- REASON. One that is no
longer needed is an error, so that the list never grows old.
"""

import sys
from pathlib import Path

import source

LIMITS = {"file-lines": 400, "function-lines": 40, "nesting": 3, "parameters": 5}
EXCEPTIONS = "tools/lint/exceptions.txt"


def figures(root, path):
    """(budget, function or "", line, figure) of everything that a file spends."""
    text = (root / path).read_text()
    yield "file-lines", "", 1, text.count("\n")
    if path.suffix == ".S":
        return
    for function in source.functions(text):
        yield "parameters", function.name, function.line, function.parameter_count
        if function.is_definition:
            yield "function-lines", function.name, function.line, function.body_lines
            yield "nesting", function.name, function.line, function.nesting


def read_exceptions(root):
    """({(budget, file, function)}, complaints)."""
    exceptions, complaints = set(), []
    file = root / EXCEPTIONS
    for number, line in enumerate(file.read_text().splitlines() if file.exists() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, reason = line.partition(" -- ")
        words = what.split()
        if len(words) not in (2, 3) or words[0] not in LIMITS or not reason.strip():
            complaints.append(f"{EXCEPTIONS}:{number}: not BUDGET FILE [FUNCTION] -- REASON: {line}")
        else:
            exceptions.add((words[0], words[1], words[2] if len(words) == 3 else ""))
    return exceptions, complaints


def main(root):
    exceptions, complaints = read_exceptions(root)
    unused = set(exceptions)
    for path in source.files(root, "*.[chS]"):
        for budget, function, line, figure in figures(root, path):
            if figure <= LIMITS[budget]:
                continue
            unused.discard((budget, str(path), function))
            if (budget, str(path), function) not in exceptions:
                complaints.append(f"{path}:{line}: {function and function + '(): '}{budget} {figure},"
                                  f" at most {LIMITS[budget]}")
    complaints += [f"{EXCEPTIONS}: no longer needed: {' '.join(entry)}" for entry in sorted(unused)]
    print("\n".join(complaints), end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
