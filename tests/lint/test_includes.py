# SPDX-License-Identifier: Apache-2.0
import pytest


@pytest.fixture
def house(tree):
    """One header in every room, and nothing wrong."""
    for room in ("base", "memory", "vgic", "irq", "channel", "device", "vm", "console", "flow/box", "flow/deliver", "flow/exits", "machine",
                 "machine/api", "machine/arm64", "machine/gic", "machine/uart", "machine/fake"):
        tree(f"hypervisor/{room}/thing.h", "")
    tree("hypervisor/memory/table.h", "#include <stdint.h>\n")
    tree("hypervisor/machine/api/cpu.h",
         "struct cpu { int x; };\nvoid cpu_wait(void);\nstatic inline int cpu_next(int x) { return x + 1; }\n")
    tree("include/signalbox/abi.h", "")
    tree("guests/lib/thing.h", "#include <stdio.h>\n")
    tree("tools/thing.h", "")
    tree("tests/unit/thing.h", "")
    assert tree.check("includes") == (0, "")
    return tree


@pytest.mark.parametrize("file, include", [
    ("hypervisor/vm/x.c", '"console/thing.h"'),
    ("hypervisor/base/x.c", '"flow/box/thing.h"'),
    ("hypervisor/base/x.c", '"memory/thing.h"'),
    ("hypervisor/base/x.c", '"signalbox/abi.h"'),
    ("hypervisor/base/x.h", '"machine/api/thing.h"'),
    ("hypervisor/memory/x.c", '"vgic/thing.h"'),
    ("hypervisor/irq/x.h", '"channel/thing.h"'),
    ("hypervisor/vgic/x.c", '"machine/arm64/thing.h"'),
    ("hypervisor/vgic/x.c", '"machine/fake/thing.h"'),
    ("hypervisor/console/x.c", '"flow/box/thing.h"'),
    ("hypervisor/flow/box/x.c", '"machine/arm64/thing.h"'),
    ("hypervisor/flow/box/x.c", '"machine/thing.h"'),
    ("hypervisor/flow/box/x.c", '"flow/deliver/thing.h"'),
    ("hypervisor/flow/deliver/x.h", '"flow/exits/thing.h"'),
    ("hypervisor/flow/x.c", '"base/thing.h"'),
    ("hypervisor/flow/attic/x.c", '"base/thing.h"'),
    ("hypervisor/machine/arm64/x.S", '"vm/thing.h"'),
    ("hypervisor/machine/arm64/x.c", '"memory/thing.h"'),
    ("hypervisor/machine/gic/x.c", '"machine/uart/thing.h"'),
    ("hypervisor/machine/fake/x.c", '"machine/arm64/thing.h"'),
    ("hypervisor/machine/api/x.h", '"machine/arm64/thing.h"'),
    ("include/signalbox/x.h", '"base/thing.h"'),
    ("guests/x.c", '"base/thing.h"'),
    ("tools/x.c", '"flow/box/thing.h"'),
    ("tools/x.c", '"machine/fake/thing.h"'),
    ("tests/unit/x.c", '"machine/arm64/thing.h"'),
    ("hypervisor/vm/x.c", "<stdio.h>"),
    ("hypervisor/memory/x.c", "<libfdt.h>"),
    ("hypervisor/vm/x.c", "<base/thing.h>"),
    ("hypervisor/vm/x.c", '"thing.h"'),
    ("hypervisor/vm/x.c", '"vm/missing.h"'),
    ("hypervisor/attic/x.c", '"base/thing.h"'),
])
def test_breach_fails(house, file, include):
    house(file, f"\n  #  include {include}\n")
    code, words = house.check("includes")
    assert code == 1
    assert words.startswith(f"{file}:2: ")


@pytest.mark.parametrize("file, include", [
    ("hypervisor/vm/x.c", '"device/thing.h"'),
    ("hypervisor/vm/x.c", '"machine/api/cpu.h"'),
    ("hypervisor/vm/x.c", "<libfdt.h>"),
    ("hypervisor/flow/box/x.c", '"console/thing.h"'),
    ("hypervisor/flow/box/x.c", '"machine/api/thing.h"'),
    ("hypervisor/flow/exits/x.c", '"flow/exits/thing.h"'),
    ("hypervisor/flow/exits/x.c", '"flow/box/thing.h"'),
    ("hypervisor/machine/gic/x.c", '"machine/arm64/thing.h"'),
    ("hypervisor/machine/uart/x.c", '"machine/thing.h"'),
    ("hypervisor/machine/arm64/x.c", '"memory/table.h"'),
    ("guests/rt/x.c", '"lib/thing.h"'),
    ("guests/rt/x.c", '"signalbox/abi.h"'),
    ("tools/x.c", '"vm/thing.h"'),
    ("tests/unit/x.c", '"machine/fake/thing.h"'),
])
def test_what_is_allowed_passes(house, file, include):
    house(file, f"#include {include}\n")
    assert house.check("includes") == (0, "")


def test_pure_room_may_not_call_the_machine(house):
    house("hypervisor/irq/x.c", "int x(struct cpu *c) { c->cpu_wait(); cpu_wait(); return cpu_next(c->x); }\n")
    code, words = house.check("includes")
    assert (code, words) == (1, "hypervisor/irq/x.c:1: irq may not call the machine: cpu_wait()\n")


def test_comment_is_no_call(house):
    house("hypervisor/irq/x.c", "/* cpu_wait() is for flow. */\n// cpu_wait()\n")
    assert house.check("includes") == (0, "")
