#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every explicit barrier is listed in tools/lint/barriers.txt with its reason: emulation does not notice one that is
missing, so none comes or goes unseen. Usage: barriers.py [ROOT [ELF...]]

The list has lines FILE FUNCTION BARRIER [xCOUNT] -- REASON. In C a barrier is an assembler string, a use of
barrier_dsb() or barrier_isb(), or a fence; in assembly the function is the label or macro above. FILE `built` speaks
of the instructions of a function in each ELF, where it has these barriers and no other.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import source

LIST = "tools/lint/barriers.txt"
BUILT = "built"
INSTRUCTION = re.compile(r"\b(dsb|dmb|isb)\b(?:\s+(\w+))?")
ASSEMBLY_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
LABEL = re.compile(r"^(?:([A-Za-z_]\w*):|\s*\.macro\s+(\w+))")
OBJDUMP = "aarch64-linux-gnu-objdump"


def named(match):
    return " ".join(part for part in match.groups() if part and not (match[1] == "isb" and part == "sy"))


def in_assembly(text):
    """(function, barrier) of each; comments keep their line breaks."""
    owner = "?"
    for line in ASSEMBLY_COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text).splitlines():
        label = LABEL.match(line)
        owner = label[1] or label[2] if label else owner
        yield from ((owner, named(found)) for found in INSTRUCTION.finditer(line))


def barriers_at(tokens, index):
    text = tokens[index].text
    if text == "barrier_isb":
        yield "isb"
    elif text == "barrier_dsb":
        yield f"dsb {tokens[index + 2].text}"
    elif text == "__atomic_thread_fence":
        yield "fence"
    elif text.startswith('"') and "asm" in "".join(token.text for token in tokens[max(index - 3, 0):index]):
        yield from (named(found) for found in INSTRUCTION.finditer(re.sub(r"\\.", " ", text)))


def in_c(text):
    heads = [(function.line, function.name) for function in source.functions(text) if function.is_definition]
    tokens = source.tokens(text)
    for index, token in enumerate(tokens):
        owner = max((head for head in heads if head[0] <= token.line), default=(0, "?"))[1]
        yield from ((owner, barrier) for barrier in barriers_at(tokens, index))


def in_source(root):
    found = Counter()
    for path in source.files(root, "*.[chS]"):
        if path.parts[0] in ("hypervisor", "include"):
            text = (root / path).read_text()
            for owner, barrier in in_assembly(text) if path.suffix == ".S" else in_c(text):
                found[str(path), owner, barrier] += 1
    return found


def in_elf(elf, function):
    text = subprocess.run([OBJDUMP, "-d", "--no-show-raw-insn", f"--disassemble={function}", elf],
                          check=True, capture_output=True, text=True).stdout
    code = re.findall(r"^\s+[0-9a-f]+:\s+([^/\n]*)", text, re.M)
    if not code:
        return {(BUILT, function, "no such function"): 1}
    return Counter((BUILT, function, named(found)) for line in code for found in INSTRUCTION.finditer(line))


def read_list(root):
    """({(file, function, barrier): count}, complaints)."""
    known, complaints = {}, []
    for number, line in enumerate((root / LIST).read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        what = re.fullmatch(r"(\S+) (\S+) ((?:dsb|dmb) \w+|isb|fence)(?: x(\d+))? -- \S.*", line)
        if what:
            known[what.group(1, 2, 3)] = int(what[4] or 1)
        else:
            complaints.append(f"{LIST}:{number}: not FILE FUNCTION BARRIER [xCOUNT] -- REASON: {line}")
    return known, complaints


def differences(known, found, where=""):
    for key in sorted(known.keys() | found.keys()):
        file, function, barrier = key
        now, listed = found.get(key, 0), known.get(key, 0)
        if now != listed:
            yield f"{where or file}: {function}: {barrier}: {now} found, {LIST} has {listed}"


def main(root, elves):
    known, complaints = read_list(root)
    built = {key: count for key, count in known.items() if key[0] == BUILT}
    complaints += differences({key: count for key, count in known.items() if key not in built}, in_source(root))
    for elf in elves:
        found = {key: count for function in {key[1] for key in built} for key, count in in_elf(elf, function).items()}
        complaints += differences(built, found, elf)
    print("\n".join(complaints), end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve(), sys.argv[2:]))
