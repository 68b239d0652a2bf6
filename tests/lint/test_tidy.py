# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

CHECKS = Path(__file__).resolve().parents[2] / ".clang-tidy"


@pytest.mark.parametrize("file", ["hypervisor/vm/x.c", "tools/x.c"])
@pytest.mark.parametrize("body, complaint", [
    ("return a + (int)sizeof(sizeof(a));", "bugprone-sizeof-expression"),
    ("int *x = 0; if (a > 7) x = &a; return *x;", "clang-analyzer-core.NullDereference"),
    ("return a / 2;", ""),
], ids=["size of a size", "null pointer", "nothing"])
def test_breach_fails(tree, file, body, complaint):
    tree(".clang-tidy", CHECKS.read_text())
    tree(file, f"int f(int a);\nint f(int a)\n{{\n{body}\n}}\n")
    code, words = tree.check("tidy")
    assert complaint in words
    assert code == bool(complaint) == bool(words)
