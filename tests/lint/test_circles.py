# SPDX-License-Identifier: Apache-2.0
"""A circle in flow/ is found however it is closed, and told; what only looks like one is not."""

import pytest

LEFT = "hypervisor/flow/own/left.c"
RIGHT = "hypervisor/flow/own/right.c"


def circle(tree):
    code, words = tree.check("circles")
    assert (code == 1) == ("these call each other in a circle: flow/own/left flow/own/right\n" in words)
    return code == 1


@pytest.mark.parametrize("others", [
    {LEFT: "void left(void) { right(); }", RIGHT: "void right(void) { left(); }"},
    # Through another room, through a header, through a name that is handed on.
    {LEFT: "void left(void) { through(); }", RIGHT: "void right(void) { left(); }",
     "hypervisor/vm/x.c": "void through(void) { right(); }"},
    {LEFT: "void left(void) { right(); }", "hypervisor/flow/own/left.h": "static inline int small(void) { return 1; }",
     RIGHT: "void right(void) { small(); }"},
    {LEFT: "void left(void) { later(right); }", RIGHT: "void right(void) { left(); }"},
    # Through pointers: a member, a parameter.
    {LEFT: "static void left(int x) { right(x); }\nvoid set(struct s *s) { s->act = left; }",
     RIGHT: "struct s { void (*act)(int y); };\nvoid right(int x) { s.act(x); }"},
    {LEFT: "static bool left(const struct vm *vm) { return vm; }\nvoid set(void) { right(left); }",
     RIGHT: "void right(bool (*is_so)(const struct vm *)) { is_so(0); }"},
])
def test_a_circle_fails(tree, others):
    for file, text in others.items():
        tree(file, text + "\n")
    assert circle(tree)


@pytest.mark.parametrize("others", [
    {LEFT: "void left(void) { right(); }", RIGHT: "void right(void) { wrong(); }"},
    # Other things of that name; a comment; a pointer to functions of another type; a static of the same name.
    {LEFT: "void left(void) { right(); }", RIGHT: "void right(void) { int left = 1; s.left = left; s->left(); }"},
    {LEFT: "void left(void) { right(); }", RIGHT: "/* left() */\nvoid right(void) { log(\"left()\"); }"},
    {LEFT: "static void left(int x) { right(x); }\nvoid set(struct s *s) { s->act = left; }",
     RIGHT: "struct s { bool (*act)(int y); };\nvoid right(int x) { s.act(x); }"},
    {LEFT: "static void same(void) { }\nvoid left(void) { right(); }", RIGHT: "static void same(void) { }\nvoid right(void) { same(); }"},
    # Other rooms are not what is asked about.
    {"hypervisor/vm/left.c": "void left(void) { right(); }", "hypervisor/vm/right.c": "void right(void) { left(); }"},
])
def test_what_is_none_passes(tree, others):
    for file, text in others.items():
        tree(file, text + "\n")
    assert tree.check("circles") == (0, "")


def test_it_is_told_how_it_is_closed(tree):
    tree(LEFT, "void left(void)\n{\n\tright();\n}\n")
    tree(RIGHT, "static void inner(void) { left(); }\nvoid right(void) { inner(); }\n")
    assert tree.check("circles")[1].splitlines()[1:] == ["  flow/own/left: left() comes to flow/own/right: right()",
                                                         "  flow/own/right: inner() comes to flow/own/left: left()"]
