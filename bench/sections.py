# SPDX-License-Identifier: Apache-2.0
"""
el2_section_worst: for how long does EL2 not look whether somebody more urgent is ready, whatever guests do? On one
processor, VMs have turns that do what takes Signalbox long. EL2 looks when it enters a guest, whose next interrupt
comes at once, and in each turn of the idle loop. The longest way from one look to the next is counted from a trace of
single instructions.
"""

import collections
import tempfile
from pathlib import Path

import holds
import lab

PROBE = lab.BUILD / "guests/probe.elf"
LOOK = "irq_take_idle"
TRACE_BYTES = 120 << 20
MEMORY_MIB = 8  # a whole reset is in the trace
SECTIONS_MIN = 300   # in a trace: else it says too little
TOLD = 12            # functions of the longest one


def sections(code, addresses):
    """The whole ones: from a guest's exception, or a look, to the next of either."""
    cuts = [place for place, address in enumerate(addresses) if address == code.at[LOOK] or code.is_entry(address)]
    return [addresses[begin:end] for begin, end in zip(cuts, cuts[1:])]


def vm(name, image, arguments, more="", vcpus=1):
    source = lab.vm_source(name, [0] * vcpus, arguments, "slice-us = <500>; " + more, MEMORY_MIB)
    return source.replace(str(lab.GUEST), str(image))


def registers():
    """Eight vCPUs of a VM write all of its GIC; an interrupt goes to another VM that does the same, and back."""
    shared = "disturbance-percent = <100>;"
    return [vm("registers", holds.NEIGHBOUR, "case=exits begin=1", lab.RTC + shared, 8),
            vm("other", holds.NEIGHBOUR, "case=exits begin=1", lab.RTC.replace("devices", "receives") + shared),
            vm("mover", holds.NEIGHBOUR, "case=ferry to=0 and=1 begin=1 intid=34", 'permissions = "irq-control";')]


def printers():
    return [vm(name, holds.NEIGHBOUR, "case=print begin=1") for name in ("a", "b")]


def resets():
    return [vm(name, PROBE, "case=reset-forever") for name in ("a", "b")]


# What VMs do, how often they say that they do it, and in which words.
SYSTEMS = ((registers, 3, b"culprit: begins"), (printers, 2, b"culprit: begins"), (resets, 2, b"memory clean"))


def functions(code, addresses):
    """Where the instructions are: (function, count), the most first."""
    return collections.Counter(map(code.function, addresses)).most_common(TOLD)


def sections_of(code, vms, count, sign):
    with tempfile.TemporaryDirectory() as name:
        command = lab.signalbox_command(lab.compile_system(vms, name), 1)
        log = holds.trace(command, Path(name), count, TRACE_BYTES, sign)
    found = sections(code, [int(address, 16) for _, address in holds.TRACED.findall(log)])
    if len(found) < SECTIONS_MIN:
        raise lab.LabError(f"a trace shows {len(found)} sections only")
    return found


def longest(systems=SYSTEMS):
    code = holds.Code()
    return code, max((max(sections_of(code, vms(), count, sign), key=code.work) for vms, count, sign in systems),
                     key=code.work)


def rows():
    code, worst = longest()
    return [lab.row("signalbox", "virtual", "el2_section_worst", "instructions", [code.work(worst)])]


if __name__ == "__main__":
    the_code, the_worst = longest()
    print(f"{the_code.work(the_worst)} instructions")
    for called, count in functions(the_code, the_worst):
        print(f"{count:8}  {called}")
