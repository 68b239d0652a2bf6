# SPDX-License-Identifier: Apache-2.0
import pytest

GUARDED = "#ifndef X_H\n#define X_H\n%s\n#endif\n"


@pytest.mark.parametrize("text, complaint", [
    (GUARDED % "uint32_t f(void);", "uint32_t"),
    ("struct x {\n\tint a;\n};\n", "redefinition"),
], ids=["needs another", "no guard"])
def test_breach_fails(tree, text, complaint):
    tree("hypervisor/vm/x.h", text)
    code, words = tree.check("headers")
    assert code == 1
    assert complaint in words
    for compiler in ("gcc", "clang"):
        assert f"hypervisor/vm/x.h: {compiler} does not compile it alone" in words


@pytest.mark.parametrize("place", ["hypervisor/vm", "include/signalbox", "guests", "tools"])
def test_header_that_stands_alone_passes(tree, place):
    tree(f"{place}/x.h", GUARDED % "#include <stdint.h>\nuint32_t f(void);")
    assert tree.check("headers") == (0, "")
