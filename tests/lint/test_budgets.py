# SPDX-License-Identifier: Apache-2.0
import pytest

FILE = "hypervisor/vm/x.c"
DEEP = "if (a) { while (b) for (;;) switch (c) { case 1: d(); } }"


def function(body, parameters="void", head="static int f"):
    return f"{head}({parameters})\n{{\n{body}}}\n"


@pytest.mark.parametrize("text, budget", [
    ("\n" * 401, "file-lines 401"),
    (function("\tx();\n" * 41), "f(): function-lines 41"),
    (function(DEEP), "f(): nesting 4"),
    (function("do if (a) do { if (b) x(); } while (c); while (d);"), "f(): nesting 4"),
    (function("if (a) FOR_EACH_BIT(b, c) { if (d) if (e) g(); }"), "f(): nesting 4"),
    (function("if (a) x(); else { if (b) if (c) if (d) y(); }"), "f(): nesting 4"),
    (function("", "int a, int b, int (*c)(int, int), int d, int e, int f"), "f(): parameters 6"),
    ("void f(int a, int b, int c, int d, int e, int f) __attribute__((noreturn));\n", "f(): parameters 6"),
    (function("\tx();\n" * 41, head="__attribute__((aligned(8))) int f"), "f(): function-lines 41"),
], ids=["long file", "long function", "four kinds of loop", "do within do", "macro loop", "else", "definition",
        "declaration", "attribute in front"])
def test_breach_fails(tree, text, budget):
    tree(FILE, text)
    code, words = tree.check("budgets")
    assert code == 1
    assert f"{budget}, at most" in words


@pytest.mark.parametrize("text", [
    "\n" * 400,
    function("\tx();\n" * 40),
    function("if (a) { while (b) for (;;) d(); }"),
    function("if (a) x(); else if (b) x(); else if (c) x(); else if (d) { if (e) if (f) x(); }"),
    function("struct x y = { { { { 1 } } } };\nreturn g((struct x){ { { { 1 } } } });"),
    function('say("if (a) { if (b) { if (c) { if (d) {"); /* { { { { */'),
    function("", "int a, int b, int (*c)(int, int), int d, int e"),
    "#define LOOP(a, b, c, d, e, f) \\\n\tif (a) { if (b) { if (c) { if (d) {\n",
    "struct x { int (*f)(int, int); };\nstatic const int table[] = {\n" + "\t1,\n" * 100 + "};\n",
], ids=["long file", "long function", "three kinds of loop", "else if", "initialisers", "strings and comments",
        "definition", "macro", "tables"])
def test_what_is_within_passes(tree, text):
    tree(FILE, text)
    assert tree.check("budgets") == (0, "")


def test_exception_excuses_its_function_alone(tree):
    tree(FILE, function(DEEP) + function(DEEP, head="int g"))
    tree("tools/lint/exceptions.txt", f"nesting {FILE} f -- four tables are walked at once\n")
    code, words = tree.check("budgets")
    assert code == 1
    assert "g(): nesting 4" in words and "f(): nesting" not in words


def test_exception_for_a_file(tree):
    tree(FILE, "\n" * 401)
    tree("tools/lint/exceptions.txt", f"# A comment.\n\nfile-lines {FILE} -- one table of the manual\n")
    assert tree.check("budgets") == (0, "")


@pytest.mark.parametrize("line, complaint", [
    (f"nesting {FILE} f -- was deep once", "no longer needed"),
    (f"nesting {FILE} f", "not BUDGET FILE"),
    (f"nesting {FILE} f -- ", "not BUDGET FILE"),
    (f"beauty {FILE} f -- it is", "not BUDGET FILE"),
], ids=["no longer needed", "no reason", "empty reason", "no such budget"])
def test_bad_exception_fails(tree, line, complaint):
    tree(FILE, function("x();"))
    tree("tools/lint/exceptions.txt", line + "\n")
    code, words = tree.check("budgets")
    assert code == 1
    assert complaint in words
