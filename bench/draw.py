# SPDX-License-Identifier: Apache-2.0
"""The figures as tables."""

import re

COLUMNS = [  # heading, system, config
    ("native", "native", "EL1"), ("Signalbox", "signalbox", "virtual"), ("direct", "signalbox", "direct"), ("Bao", "bao", "738e3dc"),
    ("Jailhouse", "jailhouse", "e57d1ef"), ("Xen null", "xen", "4.22 sched=null"),
    ("Xen 4.17", "xen", "4.17 Debian credit2"), ("KVM", "kvm", "6.1 VHE, kvmtool"),
]
SHARED_COLUMNS = [COLUMNS[1], COLUMNS[6], ("Xen credit", "xen", "4.17 Debian credit")]
SHARED = ("vm_switch", "el2_section", "wake_", "batch")  # metrics of several VMs on one processor begin so
MODE = "virtual"  # that ratios, growth, and bars that are numbers are of
DIRECT = "direct"  # whose bars are the bare machine's figures
KNOWN_SYSTEMS = {system for _, system, _ in COLUMNS}
NOTE = ("Instructions, median of 1000 (with max where it differs), counted by QEMU: path length, not time. No cache,\n"
        "pipeline, barrier or trap costs anything here.")
EXITS = "_exits_"
# Ends of a configuration's name while a system grows, and what then is more.
GROWTH = {
    "vCPUs, one runs": "vCPUs of the VM, of which one runs", "VMs": "VMs on the machine",
    "owned interrupts": "interrupts that the VM owns", "MiB": "MiB of the VM's memory",
}
PLAIN_SIZE = {"MiB": 16}
GREEN, YELLOW, RED, PLAIN = "\033[32m", "\033[33m", "\033[31m", "\033[0m"


def columns(found):
    """COLUMNS, and one more for each system that was added."""
    extra = sorted({(row["system"], row["config"].split(", ")[0]) for row in found
                    if row["system"] not in KNOWN_SYSTEMS})
    return COLUMNS + [(system, system, config) for system, config in extra]


def pick(found, metric, system, config):
    """The row of a metric: with one vCPU, or with two where it takes two."""
    rows = {row["config"]: row for row in found if row["metric"] == metric and row["system"] == system}
    return rows.get(config) or rows.get(f"{config}, 2 vCPUs")


def figure(row):
    if row is None:
        return "-"
    return str(row["median"]) + (f" ({row['max']})" if row["max"] != row["median"] else "")


def metrics(found, shared=False):
    """Those of several VMs on one processor, or the others."""
    return list(dict.fromkeys(row["metric"] for row in found if row["system"] == "signalbox" and row["unit"] != "exits"
                              and row["metric"].startswith(SHARED) == shared))


def verdict(row, bar):
    """(words, colour) of a figure against its bars."""
    if bar is None or row is None:
        return "", PLAIN
    if row["max"] <= bar["goal"]:
        return f"first bar {bar['first_bar']} met, goal {bar['goal']} met", GREEN
    if row["max"] <= bar["first_bar"]:
        return f"first bar {bar['first_bar']} met, goal {bar['goal']} not", YELLOW
    return f"first bar {bar['first_bar']} NOT met", RED


def verdict_count(found, bars):
    rows = [(pick(found, metric, "signalbox", MODE), bar) for metric, bar in bars[MODE].items()]
    first = sum(row is not None and row["max"] <= bar["first_bar"] for row, bar in rows)
    goal = sum(row is not None and row["max"] <= bar["goal"] for row, bar in rows)
    return f"Of {len(rows)} rows with bars, {first} meet the first one and {goal} the goal."


def ratio(found, metric):
    """How many times shorter than the shortest of the others."""
    own = pick(found, metric, "signalbox", MODE)
    others = [row["median"] for row in (pick(found, metric, system, config) for _, system, config in columns(found)
                                        if system not in ("native", "signalbox")) if row]
    return f"{min(others) / own['median']:.1f}x" if own and others and own["median"] else ""


def unequal(found, bars):
    """Figures of direct delivery that must be the bare machine's, and are not; with words about each."""
    words = {}
    for metric in bars.get(DIRECT, ()):
        ours, bare = pick(found, metric, "signalbox", DIRECT), pick(found, metric, "native", "EL1")
        if ours is None or bare is None or (ours["median"], ours["max"]) != (bare["median"], bare["max"]):
            words[metric] = f"{DIRECT}: {metric} is {figure(ours)}, NOT equal to native: {figure(bare)}"
    return words


def equality(found, bars):
    """The bars of direct delivery, as lines."""
    bad = unequal(found, bars)
    good = [metric for metric in bars.get(DIRECT, ()) if metric not in bad]
    return [*([f"{DIRECT}: equal to native: {', '.join(good)}."] if good else []), *bad.values()]


def table(found, bars, colours):
    heads = columns(found)
    lines = [NOTE, "", f"{'metric':<26}" + "".join(f"{head:>17}" for head, _, _ in heads) + "  best other / ours"]
    for metric in metrics(found):
        picked = [pick(found, metric, system, config) for _, system, config in heads]
        words, colour = verdict(picked[1], bars[MODE].get(metric))
        text = f"{metric:<26}" + "".join(f"{figure(row):>17}" for row in picked) + f"{ratio(found, metric):>8}  "
        lines.append(text + (f"{colour}{words}{PLAIN}" if colours and words else words))
    return "\n".join(line.rstrip() for line in [*lines, verdict_count(found, bars), *equality(found, bars)])


def shared(found, bars, colours):
    """Several VMs on one processor."""
    lines = ["", f"{'Several VMs on a processor':<26}" + "".join(f"{head:>17}" for head, _, _ in SHARED_COLUMNS)]
    for metric in metrics(found, True):
        picked = [pick(found, metric, system, config) for _, system, config in SHARED_COLUMNS]
        words, colour = verdict(picked[0], bars[MODE].get(metric))
        text = f"{metric:<26}" + "".join(f"{figure(row):>17}" for row in picked) + "  "
        lines.append(text + (f"{colour}{words}{PLAIN}" if colours and words else words))
    return "\n".join(line.rstrip() for line in lines)


def causes(found, metric, system, config):
    """What one sample of a metric exits for, "1 sysreg + 1 fiq"; "none" where it was counted and there is none."""
    rows = [row for row in found if row["metric"].startswith(metric + EXITS) and row["system"] == system
            and row["config"] in (config, f"{config}, 2 vCPUs")]
    return " + ".join(f"{row['median']} {row['metric'].partition(EXITS)[2]}" for row in rows) or "none"


def exits(found, counted):
    """Exits by cause, of the (system, config) that were counted."""
    heads = [head for head in COLUMNS if head[1:] in counted]
    names = list(dict.fromkeys(row["metric"].partition(EXITS)[0] for row in found if row["unit"] == "exits"))
    lines = ["", "Exits to EL2 of one sample, by cause (docs/measuring.md), counted from QEMU's log of exceptions.",
             f"{'':<26}" + "".join(f"{head:<44}" for head, _, _ in heads)]
    for name in names:
        lines.append(f"{name:<26}" + "".join(f"{causes(found, name, system, config):<44}"
                                             for _, system, config in heads))
    return "\n".join(line.rstrip() for line in lines)


def series(found, ending):
    """{metric: {size: row}} of Signalbox's figures as `ending` grows, the plain configuration being its first."""
    pattern = re.compile(rf"{MODE}, (\d+) {re.escape(ending)}")
    grown = {}
    for row in found:
        size = pattern.fullmatch(row["config"])
        if row["system"] == "signalbox" and size:
            grown.setdefault(row["metric"], {})[int(size[1])] = row
    return {metric: {PLAIN_SIZE.get(ending, 1): pick(found, metric, "signalbox", MODE),
                     **dict(sorted(sizes.items()))} for metric, sizes in grown.items()}


def growth_verdict(rows):
    first, last = rows[0], rows[-1]
    if all((row["median"], row["max"]) == (first["median"], first["max"]) for row in rows):
        return "flat"
    return f"x{last['median'] / first['median']:.2f}"


def growth(found):
    """How figures change while the system grows."""
    lines = []
    for ending, what in GROWTH.items():
        for place, (metric, sizes) in enumerate(series(found, ending).items()):
            if place == 0:
                lines += ["", f"{what:<36}" + "".join(f"{size:>22}" for size in sizes)]
            cells = "".join(f"{figure(row):>22}" for row in sizes.values())
            lines.append(f"  {metric:<34}{cells}  {growth_verdict(list(sizes.values()))}")
    return "\n".join(lines)
