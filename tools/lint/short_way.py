#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The short way of an interrupt calls nobody and uses only the registers that the vectors have saved.

Usage: short_way.py ELF [OBJDUMP]. Prints what breaks this, and exits with 1 if something does.
"""
import re
import subprocess
import sys

FUNCTIONS = ("irq_short_group0", "irq_short_group1")
SAVED = {0, 1, 2, 3, 8, 9, 16, 17, 30}
LONGEST = 40  # instructions


def disassemble(elf, objdump, function):
    text = subprocess.run(
        [objdump, "-d", "--no-show-raw-insn", f"--disassemble={function}", elf],
        check=True, capture_output=True, text=True).stdout
    return re.findall(r"^\s+[0-9a-f]+:\s+(.*)$", text, re.M)


def problems(function, lines):
    if not lines:
        yield f"{function}: not found"
    if len(lines) > LONGEST:
        yield f"{function}: {len(lines)} instructions, more than {LONGEST}"
    for line in lines:
        code = line.split("//")[0].split("<")[0]
        mnemonic, _, operands = code.partition("\t")
        if mnemonic in ("bl", "blr"):
            yield f"{function}: a call: {line}"
        if re.match(r"b(\.\w+)?$", mnemonic) and f"<{function}" not in line:
            yield f"{function}: leaves: {line}"
        used = {int(n) for n in re.findall(r"\b[xw](\d+)\b", operands)}
        if used - SAVED:
            yield f"{function}: a register that is not saved: {line}"
        if re.search(r"\b[vqdsbh]\d+\b", operands):
            yield f"{function}: FP or SIMD: {line}"


def main(elf, objdump="aarch64-linux-gnu-objdump"):
    found = [p for f in FUNCTIONS for p in problems(f, disassemble(elf, objdump, f))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
