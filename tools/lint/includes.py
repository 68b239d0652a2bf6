#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks which room may include which. Usage: includes.py [ROOT]

ARCHITECTURE.md gives the reasons. Beside the includes, what lives left of the wall must not call the machine
either: of machine/api it may use types and inline arithmetic, never a function.
"""

import re
import sys
from pathlib import Path

import source

PURE = ["base", "memory", "vgic", "irq", "channel", "sched", "device", "vm", "console"]  # each may include those before it
# The floors of flow/: each may include those below, which come before it here. circles.py checks the same of calls.
FLOORS = [f"flow/{name}" for name in ("box", "hold", "deliver", "own", "life", "housekeeping", "run", "exits", "boot")]
FREESTANDING = {"limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}

# What else a room may include; an entry that ends in .h is that header alone.
BEYOND = {room: ["machine/api", "signalbox"] for room in PURE[1:]}
BEYOND.update({
    "machine/api": ["base"],
    "machine": ["base"],  # what arm64, gic and uart share
    "machine/arm64": ["base", "machine", "machine/api", "memory/table.h"],
    "machine/gic": ["base", "machine", "machine/api", "machine/arm64", "memory/table.h"],
    "machine/uart": ["base", "machine", "machine/api", "machine/arm64", "memory/table.h"],
    "machine/fake": ["base", "machine/api", "memory/table.h"],
    "signalbox": [],
    "guests": ["signalbox"],
    "tools": PURE + ["machine/api", "signalbox"],
    # machine/gic and machine/uart on registers of a test's own; what traps, which is arithmetic.
    "tests": PURE + FLOORS + ["machine/api", "machine/fake", "machine/gic", "machine/uart", "machine/arm64/arm64.h",
                     "machine/arm64/sysregs.h", "machine/arm64/traps.h", "machine/mmio.h", "signalbox"],
})
for position, name in enumerate(PURE):
    BEYOND[name] = BEYOND.get(name, []) + PURE[:position]
for position, name in enumerate(FLOORS):
    BEYOND[name] = PURE + ["machine/api", "signalbox"] + FLOORS[:position]

# Host programs and guests have a C library; images and device trees are read in vm alone.
SYSTEM_FREE = {"guests", "tools", "tests", "machine/fake"}
SYSTEM_MORE = {"vm": {"elf.h", "libfdt.h"}}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    """The room of a file, from its path below the root."""
    parts = path.parts
    if parts[0] == "hypervisor":
        return "/".join(parts[1:-1][:2]) if parts[1] in ("machine", "flow") else parts[1]
    return "signalbox" if parts[0] == "include" else parts[0]


def resolve(root, path, name):
    """The file below the root that `name` means in `path`; None when there is none."""
    for start in (root / path.parent, root / "hypervisor", root / "include", root / path.parts[0]):
        found = (start / name).resolve()
        if found.is_file() and found.is_relative_to(root):
            return found.relative_to(root)
    return None


def may_include(room, target):
    """Whether a file of `room` may include the file `target` of ours."""
    other = room_of(target)
    return other == room or other in BEYOND[room] or str(target.relative_to(target.parts[0])) in BEYOND[room]


def check_system(room, name):
    if room in SYSTEM_FREE or name in FREESTANDING | SYSTEM_MORE.get(room, set()):
        return None
    return f"{room} may not include <{name}>"


def check_include(root, path, kind, name):
    room = room_of(path)
    if room not in BEYOND:
        return f"no room is called {room}"
    if kind == "<":
        return check_system(room, name)
    target = resolve(root, path, name)
    if target is None:
        return f'"{name}" is not there'
    if path.parts[0] == "hypervisor" and not (root / target.parts[0] / name).is_file():
        return f'"{name}" must be written with its room'
    if not may_include(room, target):
        return f'{room} may not include "{name}"'
    return None


def api_functions(root):
    """What machine/api declares without defining it: the functions only flow may call."""
    names = set()
    for header in (root / "hypervisor/machine/api").glob("*.h"):
        for function in source.functions(header.read_text()):
            if not function.is_definition:
                names.add(function.name)
    return names


def calls(text):
    """The names in front of parentheses, members of structs aside."""
    found = source.tokens(text)
    for before, token, behind in zip(found[:1] + found, found, found[1:]):
        if behind.text == "(" and before.text not in (".", ">"):
            yield token


def check_file(root, path, machine_functions):
    text = (root / path).read_text()
    for match in INCLUDE.finditer(text):
        breach = check_include(root, path, *match.groups())
        if breach:
            yield text.count("\n", 0, match.start(2)) + 1, breach
    if room_of(path) in PURE + ["tools"]:
        for token in calls(text):
            if token.text in machine_functions:
                yield token.line, f"{room_of(path)} may not call the machine: {token.text}()"


def main(root):
    machine_functions = api_functions(root)
    bad = False
    for path in source.files(root, "*.[chS]"):
        for line, breach in check_file(root, path, machine_functions):
            print(f"{path}:{line}: {breach}")
            bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
