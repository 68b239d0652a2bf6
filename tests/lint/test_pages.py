# SPDX-License-Identifier: Apache-2.0
import pytest

WIDE = "x" * 77


@pytest.mark.parametrize("page, text, words", [
    ("docs/a.md", f"| a |\n|---|\n| {WIDE} |\n", "docs/a.md:3: a row of 81 columns, at most 80\n"),
    ("README.md", f"one\n{WIDE} two\n", "README.md:2: a line of 81 columns, at most 80\n"),
    ("README.md", f"| {WIDE} |\n", "README.md:1: a row of 81 columns, at most 80\n"),
], ids=["table", "readme", "readme's table"])
def test_wide_page_fails(tree, page, text, words):
    tree(page, text)
    assert tree.check("pages") == (1, words)


@pytest.mark.parametrize("page, text", [
    ("docs/a.md", f"| {WIDE[1:]} |\n"),
    ("docs/a.md", f"{WIDE} two\n    | {WIDE} |\n"),
    ("docs/a.md", f"```\n| {WIDE} |\n```\n"),
    ("README.md", f"{WIDE}two\n![{WIDE}](a.svg)\n"),
], ids=["table", "text and code", "fenced code", "picture"])
def test_page_that_fits_passes(tree, page, text):
    tree(page, text)
    assert tree.check("pages") == (0, "")
