#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No file of flow/ is called, through however many others, by what it calls. Usage: circles.py [ROOT]

Read from the code: who names a function, calls it, or hands it on to be called; and who calls through a pointer calls
each function of such a type whose address is taken anywhere; but an inline function's call is that of who handed it the
pointer. Ways through other rooms count, function by function. The vectors are left out: they are assembly, and the way
in.
"""

import sys
from collections import defaultdict
from pathlib import Path

import source

KEYWORDS = {"return", "else", "case", "goto", "sizeof", "do"}
NO_TYPE = {"static", "inline", "extern", "const", "_Noreturn", "MUST_USE", *source.ATTRIBUTES}
ROOM = "flow/"


def result(found):
    """The type that a function or a pointer returns, from the tokens before it."""
    texts = [token.text for token in found]
    start = max((index + 1 for index, text in enumerate(texts) if text in ("}", "{", ";", ",", "(", ")")), default=0)
    return " ".join(text for text in texts[start:] if text not in NO_TYPE)


def types(returned, parameters):
    """A function's type: what it returns, and the tokens between its parentheses without the names."""
    found, current, depth = [], [], 0
    for text in [token.text for token in parameters[1:-1]] + [","]:
        depth += (text in source.CLOSING) - (text in source.CLOSING.values())
        if text == "," and depth == 0:
            if len(current) > 1 and current[-1].isidentifier() and (current[-2] == "*" or current[-2].isidentifier()):
                current.pop()
            found.append(" ".join(current))
            current = []
        else:
            current.append(text)
    return returned, *found


class Function:
    def __init__(self, file, parsed):
        self.file, self.name = file, parsed.name
        self.types = types(result(parsed.head), parsed.parameters)
        self.is_static = "static" in (token.text for token in parsed.head)
        self.is_inline = "inline" in (token.text for token in parsed.head)
        self.tokens = [token.text for token in parsed.parameters + parsed.body]

    def declares(self, name):
        """Whether a parameter or a variable of it is called so."""
        return any(text == name and (before.isidentifier() and before not in KEYWORDS or before == "*" and behind in ";,)=[")
                   for before, text, behind in zip(self.tokens, self.tokens[1:], self.tokens[2:]))


def pointers(found):
    """The names of pointers to functions that the tokens declare, and their parameters: (*name)(...)."""
    for index in range(len(found) - 4):
        if "".join(token.text for token in found[index:index + 2]) == "(*" \
                and "".join(token.text for token in found[index + 3:index + 5]) == ")(":
            yield found[index + 2].text, types(result(found[:index]), found[index + 4:source.after(found, index + 4)])


class Code:
    """All functions of the hypervisor except those of machine/fake, and which functions each calls."""

    def __init__(self, root):
        self.own, self.shared, self.types_of_pointer = defaultdict(dict), {}, {}
        for path in sorted((root / "hypervisor").rglob("*.[ch]")):
            file = str(path.relative_to(root / "hypervisor").with_suffix(""))  # a header's are its file's
            if file.startswith("machine/fake/"):
                continue
            for name, parameters in pointers(source.tokens(path.read_text())):
                self.types_of_pointer.setdefault(name, {})[file] = parameters
            for function in [Function(file, parsed) for parsed in source.functions(path.read_text()) if parsed.is_definition]:
                self.own[file][function.name] = function
                if not function.is_static or path.suffix == ".h":
                    self.shared[function.name] = function
        self.called, self.taken, self.by_pointer = defaultdict(set), set(), []
        for file in list(self.own):
            for function in self.own[file].values():
                self.look_at(function)
        for caller, parameters in self.by_pointer:
            self.called[caller] |= {function for function in self.taken if function.types == parameters}

    def look_at(self, caller):
        for before, text, behind in zip(caller.tokens, caller.tokens[1:], caller.tokens[2:]):
            function = self.own[caller.file].get(text) or self.shared.get(text)
            if function and before not in (".", ">") and not caller.declares(text):
                self.called[caller].add(function)
                if behind != "(":
                    self.taken.add(function)
            elif behind == "(" and text in self.types_of_pointer and not caller.is_inline:
                declared = self.types_of_pointer[text]  # here, or as the member of a struct somewhere
                self.by_pointer += [(caller, declared[file]) for file in declared.keys() & {caller.file} or declared]

    def reached(self, caller, seen):
        """The functions of the room that `caller` comes to, through functions of other rooms."""
        for function in self.called[caller] - seen:
            seen.add(function)
            if function.file.startswith(ROOM):
                yield function
            else:
                yield from self.reached(function, seen)

    def edges(self):
        """From each file of the room to the others: {file: {file: [(function, function)]}}."""
        edges = {}
        for file, functions in self.own.items():
            if file.startswith(ROOM):
                edges[file] = defaultdict(list)
                for caller in functions.values():
                    for function in self.reached(caller, set()):
                        if function.file != file:
                            edges[file][function.file].append((caller.name, function.name))
        return edges


def circles(edges):
    """Files that reach each other: strongly connected components of more than one (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(file):
        index[file] = low[file] = len(index)
        stack.append(file)
        for other in sorted(edges[file]):
            if other not in index:
                visit(other)
            if other in stack:
                low[file] = min(low[file], low[other])
        if low[file] == index[file]:
            members = stack[stack.index(file):]
            del stack[stack.index(file):]
            if len(members) > 1:
                found.append(sorted(members))

    for file in sorted(edges):
        if file not in index:
            visit(file)
    return found


def main(root):
    edges = Code(root).edges()
    found = circles(edges)
    for members in found:
        print(f"these call each other in a circle: {' '.join(members)}")
        for file in members:
            for other in sorted(set(edges[file]) & set(members)):
                for caller, function in sorted(edges[file][other]):
                    print(f"  {file}: {caller}() comes to {other}: {function}()")
    return bool(found)


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
