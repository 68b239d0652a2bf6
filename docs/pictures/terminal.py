#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws captured terminal output as an SVG picture: terminal.py TITLE <capture.ansi >picture.svg

A capture is what `tmux capture-pane -e -p` prints. Colours and bold are drawn, other sequences are left out. A line
that consists of one vertical ellipsis stands for lines that were cut. demo.ansi was captured in 132 columns, from
`build/sbx run systems/demo.dts -- -icount shift=4,sleep=off`.
"""

import re
import sys
from html import escape

CELL_WIDTH, LINE_HEIGHT, MARGIN, BAR = 7.23, 16, 16, 28  # a 12 px monospace font
COLOURS = {30: "#5c6370", 31: "#e06c75", 32: "#98c379", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd", 36: "#56b6c2"}
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])")


def spans(line):
    """(text, colour or None, is bold) of each piece of a line."""
    colour, bold, position = None, False, 0
    for found in SEQUENCE.finditer(line):
        if found.start() > position:
            yield line[position:found.start()], colour, bold
        position = found.end()
        if found[2] != "m":
            continue
        for code in [int(word or 0) for word in found[1].split(";")]:
            bold = bold if code not in (0, 1, 22) else code == 1
            colour = COLOURS.get(code, None if code in (0, 39) else colour)
    if position < len(line):
        yield line[position:], colour, bold


def draw_line(line, y):
    """One line of text, or nothing for an empty one."""
    pieces = []
    for text, colour, bold in spans(line):
        style = (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if bold else "")
        pieces.append(f"<tspan{style}>{escape(text)}</tspan>" if style else escape(text))
    return f'<text x="{MARGIN}" y="{y}">{"".join(pieces)}</text>' if pieces else ""


def draw(lines, title):
    """The whole picture."""
    columns = max(len(SEQUENCE.sub("", line)) for line in lines)
    width, height = round(columns * CELL_WIDTH + 2 * MARGIN), BAR + len(lines) * LINE_HEIGHT + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#21252b"/>',
        '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="12" fill="#d7dae0" '
        'xml:space="preserve">',
        f'<text x="{MARGIN}" y="18" fill="#7f848e">{escape(title)}</text>',
    ]
    for number, line in enumerate(lines):
        out.append(draw_line(line, BAR + (number + 1) * LINE_HEIGHT - 4))
    return "\n".join(line for line in out if line) + "\n</g>\n</svg>\n"


if __name__ == "__main__":
    sys.stdout.write(draw([line.rstrip() for line in sys.stdin], sys.argv[1]))
