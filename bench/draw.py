# SPDX-License-Identifier: Apache-2.0
"""The figures as a table, and as a picture."""

from math import log10

COLUMNS = [  # heading, system, the config begins with
    ("native", "native", "EL1"), ("Signalbox", "signalbox", "virtual"), ("Bao", "bao", ""),
    ("Jailhouse", "jailhouse", ""), ("Xen null", "xen", "4.22 sched=null"), ("Xen 4.17", "xen", "4.17"),
    ("KVM", "kvm", "6.1 VHE"),
]
KNOWN_SYSTEMS = {system for _, system, _ in COLUMNS}
NOTE = ("Instructions, median of 1000 (with max where it differs), counted by QEMU: path length, not time. No cache,\n"
        "pipeline, barrier or trap costs anything here.")
GREEN, YELLOW, RED, PLAIN = "\033[32m", "\033[33m", "\033[31m", "\033[0m"
COLOURS = {"native": "#999", "Signalbox": "#06c", "Bao": "#e80", "Jailhouse": "#280", "Xen null": "#a06", "KVM": "#c33"}


def columns(found):
    """COLUMNS, and one more for each system that somebody added."""
    extra = sorted({(row["system"], row["config"]) for row in found if row["system"] not in KNOWN_SYSTEMS})
    return COLUMNS + [(system, system, config) for system, config in extra]


def pick(found, metric, system, config):
    """The row of a metric: the plainest configuration that has it."""
    suffixes = (config, f"{config}, 2 vCPUs")
    rows = [row for row in found if row["metric"] == metric and row["system"] == system
            and row["config"].startswith(config) and "runs" not in row["config"] and "VMs" not in row["config"]
            and "vwfi" not in row["config"]]
    rows.sort(key=lambda row: (row["config"] not in suffixes, len(row["config"])))
    return rows[0] if rows else None


def figure(row):
    if row is None:
        return "-"
    return str(row["median"]) + (f" ({row['max']})" if row["max"] != row["median"] else "")


def metrics(found):
    return list(dict.fromkeys(row["metric"] for row in found if row["system"] == "signalbox"))


def verdict(row, bar):
    """(words, colour) of a figure against its bars."""
    if bar is None or row is None:
        return "", PLAIN
    if row["max"] <= bar["goal"]:
        return f"goal {bar['goal']} met", GREEN
    if row["max"] <= bar["first_bar"]:
        return f"bar {bar['first_bar']} met, goal {bar['goal']}", YELLOW
    return f"above bar {bar['first_bar']}", RED


def ratio(found, metric):
    """How many times shorter than the shortest of the others."""
    own = pick(found, metric, "signalbox", "virtual")
    others = [row["median"] for row in (pick(found, metric, system, config)
                                        for _, system, config in columns(found)[2:]) if row]
    return f"{min(others) / own['median']:.1f}x" if own and others and own["median"] else ""


def table(found, bars, colours):
    heads = columns(found)
    lines = [NOTE, "", f"{'metric':<26}" + "".join(f"{head:>17}" for head, _, _ in heads) + "  best other / ours"]
    for metric in metrics(found):
        picked = [pick(found, metric, system, config) for _, system, config in heads]
        words, colour = verdict(picked[1], bars.get(metric))
        text = f"{metric:<26}" + "".join(f"{figure(row):>17}" for row in picked) + f"{ratio(found, metric):>8}  "
        lines.append(text + (f"{colour}{words}{PLAIN}" if colours and words else words))
    return "\n".join(line.rstrip() for line in lines)


def growth(found):
    """How the figures change while the system grows; one line a configuration."""
    configs = list(dict.fromkeys(row["config"] for row in found if row["system"] == "signalbox"
                                 and any(word in row["config"] for word in ("runs", "VMs"))))
    names = list(dict.fromkeys(row["metric"] for row in found if row["config"] in configs))
    cells = {(row["config"], row["metric"]): figure(row) for row in found if row["system"] == "signalbox"}
    lines = ["", f"{'as the system grows':<28}" + "".join(f"{name:>19}" for name in names)]
    for config in ["virtual", *configs]:
        lines.append(f"{config:<28}" + "".join(f"{cells.get((config, name), '-'):>19}" for name in names))
    return "\n".join(lines)


def svg(found, bars):
    """Bars of the metrics that have a goal, on a logarithmic scale."""
    names = [metric for metric in metrics(found) if metric in bars and bars[metric]["goal"] > 2]
    heads = [head for head in COLUMNS if head[0] in COLOURS]
    group = 14 * len(heads) + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{group * len(names) + 60}" '
           'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="#fff"/>',
           '<text x="10" y="20" font-size="13">Instructions, median of 1000, on a logarithmic scale. Path length, '
           'not time.</text>']
    for place, metric in enumerate(names):
        y = 40 + place * group
        out.append(f'<text x="10" y="{y + group / 2}">{metric}</text>')
        for head, system, config in heads:
            row = pick(found, metric, system, config)
            if row:
                width = scale(row["median"])
                out.append(f'<rect x="180" y="{y}" width="{width:.0f}" height="12" fill="{COLOURS[head]}"/>'
                           f'<text x="{185 + width:.0f}" y="{y + 10}">{head} {row["median"]}</text>')
            y += 14
    return "\n".join([*out, "</svg>"]) + "\n"


def scale(count):
    """1 to 10 000 instructions as 10 to 590 points."""
    return 10 + 145 * log10(max(count, 1))
