# SPDX-License-Identifier: Apache-2.0
"""The figures as pictures."""

from math import log2, log10

import draw

COLOURS = {"native": "#999", "Signalbox": "#06c", "Bao": "#e80", "Jailhouse": "#280", "Xen null": "#a06",
           "Xen 4.17": "#d8b", "KVM": "#c33"}
LINES = ["#06c", "#e80", "#280", "#a06", "#c33", "#555"]
PANEL_WIDTH, PANEL_HEIGHT, LABEL_HEIGHT = 390, 320, 11


def svg(width, height, parts):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                      'font-family="sans-serif" font-size="11">',
                      '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>"]) + "\n"


def figures(found, bars):
    """Bars of the metrics that have a goal, on a logarithmic scale."""
    names = [metric for metric in draw.metrics(found) if bars[draw.MODE].get(metric, {"goal": 0})["goal"] > 2]
    heads = [head for head in draw.COLUMNS if head[0] in COLOURS]
    group = 14 * len(heads) + 16
    out = ['<text x="10" y="20" font-size="13">Instructions, median of 1000, on a logarithmic scale. Path length, '
           'not time.</text>']
    for place, metric in enumerate(names):
        y = 40 + place * group
        out.append(f'<text x="10" y="{y + group / 2}">{metric}</text>')
        for head, system, config in heads:
            row = draw.pick(found, metric, system, config)
            if row:
                width = 10 + 145 * log10(max(row["median"], 1))
                out.append(f'<rect x="180" y="{y}" width="{width:.0f}" height="12" fill="{COLOURS[head]}"/>'
                           f'<text x="{185 + width:.0f}" y="{y + 10}">{head} {row["median"]}</text>')
            y += 14
    return svg(900, group * len(names) + 60, out)


def height_of(count):
    """10 to 1000 instructions, on a logarithmic scale, as a panel's y."""
    return PANEL_HEIGHT - 40 - (log10(max(count, 10)) - 1) * (PANEL_HEIGHT - 110) / 2


def apart(heights):
    """{key: y} of labels, lowest first, each pushed up until it does not touch the one below."""
    placed, below = {}, PANEL_HEIGHT
    for key, height in sorted(heights.items(), key=lambda item: -item[1]):
        below = min(height, below - LABEL_HEIGHT)
        placed[key] = below
    return placed


def panel(left, what, lines):
    """One way to grow: a line for each metric over the sizes."""
    sizes = list(next(iter(lines.values())))
    across = {size: left + 50 + log2(size) / log2(sizes[-1]) * 190 for size in sizes}
    labels = apart({metric: height_of(list(rows.values())[-1]["median"]) for metric, rows in lines.items()})
    out = [f'<text x="{left + 45}" y="45" font-size="12">{what}</text>']
    out += [f'<text x="{x:.0f}" y="{PANEL_HEIGHT - 15}" text-anchor="middle">{size}</text>'
            for size, x in across.items()]
    out += [f'<line x1="{left + 40}" x2="{left + 245}" y1="{height_of(count):.0f}" y2="{height_of(count):.0f}" '
            f'stroke="#ddd"/><text x="{left + 35}" y="{height_of(count) + 4:.0f}" text-anchor="end">{count}</text>'
            for count in (10, 100, 1000)]
    for (metric, rows), colour in zip(lines.items(), LINES):
        points = " ".join(f"{across[size]:.0f},{height_of(row['median']):.1f}" for size, row in rows.items())
        last = list(rows.values())[-1]["median"]
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
                   f'<text x="{left + 250}" y="{labels[metric] + 4:.0f}" fill="{colour}" font-size="10">'
                   f'{metric} {last}</text>')
    return out


def growth(found):
    """A panel for each way to grow that costs instructions on the measured paths."""
    ways = [(what, draw.series(found, ending)) for ending, what in draw.GROWTH.items() if ending != "MiB"]
    out = ['<text x="10" y="20" font-size="13">Instructions, median of 1000, as the system grows. Both scales are '
           'logarithmic.</text>']
    for place, (what, lines) in enumerate(ways):
        out += panel(place * PANEL_WIDTH, what, lines) if lines else []
    return svg(len(ways) * PANEL_WIDTH, PANEL_HEIGHT, out)
