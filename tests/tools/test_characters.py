# SPDX-License-Identifier: Apache-2.0
"""The characters that the console does not show as they are, against Unicode's own tables."""

import re
import unicodedata
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "hypervisor/console/utf8.c"

# Default_Ignorable_Code_Point, of which Python does not know, where the category is another one or none.
IGNORABLE = {0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180f, 0x2065, 0x3164, 0xffa0,
             *range(0xfe00, 0xfe10), *range(0xfff0, 0xfff9), *range(0xe0000, 0xe1000)}
NONCHARACTERS = {*range(0xfdd0, 0xfdf0), *(point for point in range(0x110000) if point & 0xfffe == 0xfffe)}


def is_hidden(point):
    return (unicodedata.category(chr(point)) in ("Cc", "Cf", "Cs", "Zl", "Zp") or point in IGNORABLE
            or point in NONCHARACTERS)


def test_the_table_has_what_nobody_can_see():
    table = SOURCE.read_text().split("hidden[] = {")[1].split("};")[0]
    ranges = [(int(first, 16), int(last, 16)) for first, last in re.findall(r"\{(0x\w+),\s*(0x\w+)\}", table)]
    assert ranges == sorted(ranges)
    found = {point for first, last in ranges for point in range(first, last + 1)}
    assert {point for point in range(0x80, 0x110000) if is_hidden(point)} <= found | NONCHARACTERS
    # A younger Unicode than Python's may have more of them.
    assert not [hex(point) for point in found if not is_hidden(point) and unicodedata.category(chr(point)) != "Cn"]
