# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: our files, how each is compiled, and just enough C to find the functions of a file.

Preprocessor lines are skipped, so macros are not measured; comments and strings are no tokens that matter.
"""

import re
from collections import namedtuple
from pathlib import Path

PLACES = ["hypervisor", "include", "guests", "tools", "tests"]

Token = namedtuple("Token", "text line")
# body_lines: lines between the braces. nesting: how many control statements enclose the innermost statement.
# head: the tokens before the name. parameters, body: those between the brackets, and these.
Function = namedtuple("Function", "name line parameter_count is_definition body_lines nesting head parameters body")

LEXER = re.compile(r"""
    (?P<skip>//[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])* | \s+)
  | (?P<token>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | \w+ | .)
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

CLOSING = {"(": ")", "{": "}", "[": "]"}
ATTRIBUTES = {"__attribute__", "_Alignas", "alignas"}


def files(root, pattern):
    """Our source files below the root, as sorted paths relative to it."""
    return sorted(path.relative_to(root) for place in PLACES for path in (root / place).rglob(pattern))


def is_for_host(path):
    """Whether a file is compiled for the machine that builds; the others are for arm64."""
    return str(path).startswith(("tools", "tests", "hypervisor/machine/fake"))


def include_flags(path):
    return ["-Ihypervisor", "-Iinclude", f"-I{path.parts[0]}"]


def target_flags(path):
    """For Clang; GCC has a compiler for each target."""
    if is_for_host(path):
        return ["-D_GNU_SOURCE"]
    libfdt = Path(__file__).resolve().parents[2] / "build/assets/sysroot/include"
    return ["--target=aarch64-linux-gnu", "-ffreestanding",
            "-isystem", "/usr/lib/picolibc/aarch64-linux-gnu/include", "-isystem", str(libfdt)]


def tokens(text):
    found = []
    line = 1
    for match in LEXER.finditer(text):
        if match.lastgroup == "token":
            found.append(Token(match.group(), line))
        line += match.group().count("\n")
    return found


def after(found, start):
    """The index after the bracket that closes the one at `start`."""
    wanted = []
    for index in range(start, len(found)):
        text = found[index].text
        if text in CLOSING:
            wanted.append(CLOSING[text])
        elif wanted and text == wanted[-1]:
            wanted.pop()
            if not wanted:
                return index + 1
    return len(found)


class Body:
    """Walks the statements of a function's body to find how deep they are nested."""

    def __init__(self, found):
        self.found = found
        self.deepest = 0

    def text(self, index):
        return self.found[index].text if index < len(self.found) else ""

    def block(self, index, depth):
        index += 1
        while self.text(index) not in ("}", ""):
            index = self.statement(index, depth)
        return index + 1

    def statement(self, index, depth):
        """The index after the statement that begins at `index`."""
        self.deepest = max(self.deepest, depth)
        text = self.text(index)
        if text == "{":
            return self.block(index, depth)
        if text in ("if", "for", "while", "switch") or self.is_macro_loop(index):
            return self.after_else(self.statement(after(self.found, index + 1), depth + 1), depth, text)
        if text == "do":
            return self.simple(self.statement(index + 1, depth + 1))
        return self.simple(index)

    def is_macro_loop(self, index):
        """NAME(...) { as in FOR_EACH_BIT: a loop, whatever it is called."""
        return (self.text(index).isidentifier() and self.text(index + 1) == "("
                and self.text(after(self.found, index + 1)) == "{")

    def after_else(self, index, depth, keyword):
        if keyword != "if" or self.text(index) != "else":
            return index
        if self.text(index + 1) == "if":
            return self.statement(index + 1, depth)  # a chain is as deep as its head
        return self.statement(index + 1, depth + 1)

    def simple(self, index):
        """An expression, a declaration or a label."""
        while self.text(index) not in (";", "}", ""):
            if self.text(index) in CLOSING:
                index = after(self.found, index)
            elif self.text(index) == ":" and self.text(index + 1) == "{":
                return index + 1  # a label before a block
            else:
                index += 1
        return index + (self.text(index) == ";")


def parameter_count(found):
    """Of the parameters between parentheses."""
    depth = 0
    count = 1
    for token in found[1:-1]:
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        count += token.text == "," and depth == 0
    return 0 if [token.text for token in found[1:-1]] in ([], ["void"]) else count


def signature(head):
    """(name, parameters) when the tokens declare or define a function, else None."""
    index = 0
    while index < len(head):
        if head[index].text in ATTRIBUTES:
            index = after(head, index + 1)
        elif head[index].text in ("=", "typedef", "_Static_assert", "asm", "__asm__"):
            return None
        elif head[index].text == "(":
            named = index and head[index - 1].text.isidentifier()
            if named and head[index + 1].text != "*":  # that is a pointer to a function, or to an array
                return head[index - 1], head[index:after(head, index)]
            return None
        else:
            index += 1
    return None


def declared(found, named):
    name, parameters = named
    return Function(name.text, name.line, parameter_count(parameters), False, 0, 0, found[:found.index(name)], parameters, [])


def functions(text):
    """Every function that a file declares or defines at its top level."""
    found = tokens(text)
    start = index = 0
    while index < len(found):
        if found[index].text == ";":
            named = signature(found[start:index])
            if named:
                yield declared(found[start:index], named)
            index += 1
            start = index
        elif found[index].text == "{":
            end = after(found, index)
            named = signature(found[start:index])
            if named:
                body = Body(found[index:end])
                body.block(0, 0)
                lines = max(found[end - 1].line - found[index].line - 1, 0)
                yield declared(found[start:index], named)._replace(
                    is_definition=True, body_lines=lines, nesting=body.deepest, body=found[index:end])
                start = end
            index = end
        else:
            index = after(found, index) if found[index].text in CLOSING else index + 1
