# SPDX-License-Identifier: Apache-2.0
"""A barrier that comes or goes without its reason is named."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "tools/lint/barriers.py"
LIST = "tools/lint/barriers.txt"
C = """void f(void)
{
	barrier_dsb(ish); /* not a dsb sy */
	barrier_isb();
}
void g(void)
{
	__asm__ volatile("dmb ishst\\n\\tisb" : : : "memory");
	log("isb");
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
"""
S = """h:	nop // isb
1:	dsb	sy
	.macro m /* dsb
	sy */
	isb
	.endm
"""
KNOWN = """# FILE FUNCTION BARRIER -- REASON
hypervisor/a.c f dsb ish -- a
hypervisor/a.c f isb -- b
hypervisor/a.c g dmb ishst -- c
hypervisor/a.c g isb -- d
hypervisor/a.c g fence -- e
hypervisor/a.S h dsb sy -- f
hypervisor/a.S m isb -- g
"""


@pytest.fixture
def barriers(tree):
    tree("hypervisor/a.c", C)
    tree("hypervisor/a.S", S)
    tree(LIST, KNOWN)
    return tree


def test_a_list_that_has_all_passes(barriers):
    assert barriers.check("barriers") == (0, "")


@pytest.mark.parametrize("file, text, words", [
    (LIST, KNOWN.replace("hypervisor/a.c f isb -- b\n", ""), "hypervisor/a.c: f: isb: 1 found, tools/lint/barriers.txt has 0"),
    (LIST, KNOWN + "hypervisor/a.c f dsb sy -- x\n", "hypervisor/a.c: f: dsb sy: 0 found, tools/lint/barriers.txt has 1"),
    (LIST, KNOWN.replace("a.S m isb", "a.S m isb x2"), "hypervisor/a.S: m: isb: 1 found, tools/lint/barriers.txt has 2"),
    (LIST, KNOWN + "hypervisor/a.c f isb\n", "not FILE FUNCTION BARRIER"),
    ("hypervisor/a.c", C.replace("dsb(ish)", "dsb(sy)"), "hypervisor/a.c: f: dsb ish: 0 found"),
    ("hypervisor/a.S", S + "\tdmb ish\n", "hypervisor/a.S: m: dmb ish: 1 found"),
], ids=["new", "gone", "count", "no reason", "other domain", "assembly"])
def test_a_difference_is_named(barriers, file, text, words):
    barriers(file, text)
    code, said = barriers.check("barriers")
    assert code == 1
    assert words in said


@pytest.mark.parametrize("body, words", [
    ("dsb sy\nret\n", ""),
    ("ret\n", "f: dsb sy: 0 found"),
    ("dsb sy\nisb\nret\n", "f: isb: 1 found"),
    (None, "f: no such function: 1 found"),
])
def test_what_the_compiler_made_is_compared(barriers, tmp_path, body, words):
    barriers(LIST, KNOWN + "built f dsb sy -- one\n")
    elf = tmp_path / "a.o"
    text = f".global f\n.type f, %function\nf:\n{body}.size f, . - f\n" if body else ""
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", "-x", "assembler", "-", "-o", elf], input=text, text=True, check=True)
    done = subprocess.run([sys.executable, CHECK, tmp_path, elf], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1 if words else 0, "")
    assert words in done.stdout
