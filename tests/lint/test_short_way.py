# SPDX-License-Identifier: Apache-2.0
"""The check of the short way fails where it must."""
import pathlib
import subprocess
import sys

import pytest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools/lint/short_way.py"
sys.path.insert(0, str(CHECK.parent))
import short_way  # noqa: E402

FINE = "mrs x1, s3_0_c12_c8_0\nadd x0, x1, #1\nret\n"


def run(tmp_path, group0):
    source = tmp_path / "short.S"
    source.write_text(
        "".join(f".global {name}\n.type {name}, %function\n{name}:\n{body}.size {name}, . - {name}\n"
                for name, body in ({name: FINE for name in short_way.FUNCTIONS} | {"irq_short_group0": group0}).items()))
    elf = tmp_path / "short.o"
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", source, "-o", elf], check=True)
    return subprocess.run([sys.executable, CHECK, elf], capture_output=True, text=True)


def test_what_is_fine_passes(tmp_path):
    result = run(tmp_path, FINE)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("body, words", [
    ("bl irq_short_group1\nret\n", "a call"),
    ("blr x1\nret\n", "a call"),
    ("b irq_short_group1\n", "leaves"),
    ("mov x6, #1\nret\n", "a register that is not saved"),
    ("mov w19, #1\nret\n", "a register that is not saved"),
    ("fmov d1, x0\nret\n", "FP or SIMD"),
    ("nop\n" * 41, "more than 40"),
])
def test_a_breach_fails(tmp_path, body, words):
    result = run(tmp_path, body)
    assert result.returncode == 1 and words in result.stdout


def test_a_missing_function_fails(tmp_path):
    elf = tmp_path / "empty.o"
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", "-x", "assembler", "/dev/null", "-o", elf], check=True)
    result = subprocess.run([sys.executable, CHECK, elf], capture_output=True, text=True)
    assert result.returncode == 1 and "not found" in result.stdout
