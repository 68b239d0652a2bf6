#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records which vCPU of a shared processor ran when, and draws that as an SVG picture:

    timeline.py record SYSTEM.dts SECONDS KEYS >trace.json
    timeline.py draw TITLE <trace.json >picture.svg

`record` runs the system in QEMU for so many seconds, with time counted in instructions. When the half of them is over, it
types KEYS into the first VM. QEMU logs the registers each time that Signalbox has read the counter to choose a vCPU: what
has run until then is known by its stack. The last of these times are the trace; its lanes are those of the stacks, in the
order in which they are first used, and are named by hand. sharing.json is

    timeline.py record systems/sharing.dts 50 'yes >/dev/null & yes >/dev/null &'
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TICK_US = 0.016  # QEMU's counter has 62.5 MHz
RECORDED_US = 12_000
COUNTED = "-icount", "shift=4,align=off,sleep=off"
ESCAPE = "\x1d"

LEFT, WIDTH, LANE, TOP = 96, 720, 44, 44
COLOURS = "#c678dd", "#61afef", "#98c379", "#e5c07b", "#56b6c2"


def place_of_choice():
    """(the instruction after the counter was read, the number of the register that has it)."""
    code = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--disassemble=share_next", ROOT / "build/signalbox.elf"],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    found = re.search(r"mrs\tx(\d+), cntpct_el0\n\s*([0-9a-f]+):", code)
    return found[2], int(found[1])


def record(system, seconds, keys):
    place, register = place_of_choice()
    with tempfile.NamedTemporaryFile() as log:
        machine = subprocess.Popen([ROOT / "build/sbx", "run", system, "--", *COUNTED, "-d", "nochain,cpu", "-dfilter",
                                    f"0x{place}+4", "-D", log.name], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for words in (ESCAPE + "0\r", keys + "\r"), (ESCAPE + "q", "y"):
            time.sleep(float(seconds) / 2)
            for word in words:
                machine.stdin.write(word.encode())
                machine.stdin.flush()
                time.sleep(0.5)
        machine.wait()
        registers = re.findall(rf"X{register:02}=(\w+).*?SP=(\w+)", log.read().decode(), re.DOTALL)
    return trace([(int(counter, 16), stack) for counter, stack in registers])


def trace(choices):
    """The last ones; several of one vCPU in a row are one piece."""
    end = choices[-1][0]
    kept = [choice for choice in choices if (end - choice[0]) * TICK_US <= RECORDED_US]
    lanes, pieces = [], []
    for (since, _), (until, stack) in zip(kept, kept[1:]):
        begin, end_us = (round((counter - kept[0][0]) * TICK_US, 2) for counter in (since, until))
        lanes += [stack] * (stack not in lanes)
        if pieces and pieces[-1]["lane"] == lanes.index(stack):
            pieces[-1]["until_us"] = end_us
        else:
            pieces.append({"from_us": begin, "until_us": end_us, "lane": lanes.index(stack)})
    return {"names": lanes, "pieces": pieces}


def draw(trace, title):
    names, pieces = trace["names"], trace["pieces"]
    span, height = max(piece["until_us"] for piece in pieces), TOP + LANE * len(names) + 40

    def at(time_us):
        return LEFT + WIDTH * time_us / span

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 24} {height}" '
           f'width="{LEFT + WIDTH + 24}" height="{height}" role="img">', f"<title>{escape(title)}</title>",
           '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>',
           '<g font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12" fill="#21252b">',
           f'<text x="{LEFT}" y="22">{escape(title)}</text>']
    for time_us in range(0, int(span) + 1, 1000):
        out += [f'<line x1="{at(time_us):.1f}" x2="{at(time_us):.1f}" y1="{TOP - 8}" y2="{height - 34}" stroke="#d7dae0"/>',
                f'<text x="{at(time_us):.1f}" y="{height - 16}" text-anchor="middle">{time_us // 1000} ms</text>']
    for lane, name in enumerate(names):
        top = TOP + LANE * lane
        out.append(f'<text x="16" y="{top + 18}">{escape(name)}</text>')
        out += [f'<rect x="{at(piece["from_us"]):.2f}" y="{top}" '
                f'width="{max(at(piece["until_us"]) - at(piece["from_us"]), 0.4):.2f}" height="{LANE - 18}" '
                f'fill="{COLOURS[lane]}"/>' for piece in pieces if piece["lane"] == lane]
    return "\n".join(out) + "\n</g>\n</svg>\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["record"] and len(sys.argv) == 5:
        print(json.dumps(record(*sys.argv[2:])).replace("{", "\n{"))
    elif sys.argv[1:2] == ["draw"] and len(sys.argv) == 3:
        sys.stdout.write(draw(json.load(sys.stdin), sys.argv[2]))
    else:
        sys.exit(__doc__)
