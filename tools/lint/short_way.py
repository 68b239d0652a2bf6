#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The short ways call no function, and use only the registers that the vectors have saved. Where one is so long that it
needs more, it may save x19 to x29 as any C function does, but not if it is the way of each interrupt.

Usage: short_way.py ELF [OBJDUMP]. Prints what breaks this, and exits with 1 if something does.
"""
import re
import subprocess
import sys

SAVED = {0, 1, 2, 3, 8, 9, 16, 17, 30}
MORE = SAVED | set(range(19, 30))
# The registers that each may use, and how long it may be, in instructions.
FUNCTIONS = {
    "irq_short_group0": (SAVED, 40),
    "irq_short_group1": (SAVED, 40),
    "irq_short_closed_group0": (SAVED, 44),
    "irq_short_closed_group1": (SAVED, 44),
    "irq_short_news_group0": (MORE, 160),
    "irq_short_news_group1": (MORE, 160),
    "exit_short_call": (SAVED, 60),
    "exit_short_register": (MORE, 240),
    "exit_short_closed_register": (MORE, 260),
    "exit_short_load": (MORE, 160),
    "exit_short_store": (MORE, 320),
}


def disassemble(elf, objdump, function):
    text = subprocess.run(
        [objdump, "-d", "--no-show-raw-insn", f"--disassemble={function}", elf],
        check=True, capture_output=True, text=True).stdout
    return re.findall(r"^\s+[0-9a-f]+:\s+(.*)$", text, re.M)


def problems(function, lines):
    allowed, longest = FUNCTIONS[function]
    if not lines:
        yield f"{function}: not found"
    if len(lines) > longest:
        yield f"{function}: {len(lines)} instructions, more than {longest}"
    for line in lines:
        code = line.split("//")[0].split("<")[0]
        mnemonic, _, operands = code.partition("\t")
        if mnemonic in ("bl", "blr"):
            yield f"{function}: a call: {line}"
        if re.match(r"b(\.\w+)?$", mnemonic) and f"<{function}" not in line:
            yield f"{function}: leaves: {line}"
        used = {int(n) for n in re.findall(r"\b[xw](\d+)\b", operands)}
        if used - allowed:
            yield f"{function}: a register that is not saved: {line}"
        if re.search(r"\b[vqdsbh]\d+\b", operands):
            yield f"{function}: FP or SIMD: {line}"


def main(elf, objdump="aarch64-linux-gnu-objdump"):
    found = [p for f in FUNCTIONS for p in problems(f, disassemble(elf, objdump, f))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
