# SPDX-License-Identifier: Apache-2.0
"""
What a guest does wrong: the words a person sees, and that a neighbour does not notice.

The neighbour is the real-time program: each of its reports comes, with all its releases and all its state.
"""

import re

import pytest

from systems import COUNTED, OFF, PROBE, SHARED, linux, probe, rt, system, vm

NO_ADDRESS = r"warning: \[probe\] accesses an address that its description does not give it; it gets an external abort$"
PLACE = r"warning: \[probe\]   vCPU 0 on pCPU 0, node /vms/probe, PC 0x[0-9a-f]+, PSTATE 0x[0-9a-f]+, exit class "


def start(boot, node, root=""):
    """The guest on pCPU 0, and the neighbour."""
    machine = boot(system(node, rt(cpus="1"), root=root))
    machine.expect(r"^\[rt\] rt: period", since=0)
    return machine


def neighbour_goes_on(machine):
    """Two more reports of the neighbour; none is missing since it started, and none has lost state."""
    before = len(re.findall(r"^\[rt\] rt: report", machine.said, re.MULTILINE))
    machine.expect(rf"^\[rt\] rt: report {before + 2}: .*$", since=0)
    reports = re.findall(r"rt: report (\d+): 1000 releases, [^:]* 1000 interrupts, state: ok", machine.printed_by("rt"))
    assert [int(number) for number in reports] == list(range(1, len(reports) + 1)) and len(reports) >= before + 2


@pytest.mark.parametrize("case, words", [
    ("read-unmapped", [NO_ADDRESS, PLACE + r"0x24 \(data abort\), ESR 0x[0-9a-f]+$",
                       r"warning: \[probe\]   translation fault, read, virtual address 0xd000000, "
                       "guest physical address 0xd000000$"]),
    ("write-unmapped", [NO_ADDRESS, r"warning: \[probe\]   translation fault, write, virtual address 0x7ff00000, "
                        "guest physical address 0x7ff00000$"]),
    ("fetch-unmapped", [r"warning: \[probe\] executes at an address that its description does not give it; it gets an "
                        r"external abort$", PLACE + r"0x20 \(instruction abort\)"]),
    ("hidden-registers", [r"warning: \[probe\] reads system register S3_3_C9_C12_0 \(performance monitors\), which "
                          "guests do not have; it gets an undefined instruction exception$"]),
    ("mmio-undecodable", []),
    ("mmio-impossible", [r"warning: \[probe\] accesses an emulated device with an instruction that is no load or store of "
                         r"general registers within a page, or is not in its own memory; it gets an external abort$",
                         PLACE, "guest physical address 0x8000428$"]),
    ("walk-unmapped", [r"warning: \[probe\] walks translation tables where its description gives it no memory to write; it "
                       r"gets an external abort$", PLACE,
                       "read by a translation table walk, virtual address 0x1900000000, guest physical address 0xb800000$"]),
    ("byte-order", []), ("el0-counter", []),
    ("undefined", []), ("nested", []), ("hvc", []), ("smc", []),
])
def test_an_answer_as_hardware_gives_it(boot, case, words):
    """The guest runs on, and checks that this is so."""
    machine = start(boot, probe(case))
    for line in words:
        machine.expect(rf"^\[signalbox\] .* {line}", since=0)
    machine.expect(rf"^\[probe\] probe: {case}: ok$", since=0)
    machine.expect(OFF.format("probe"), since=0)
    neighbour_goes_on(machine)


def test_system_off_by_smc_ends_that_vm_alone(boot):
    machine = start(boot, probe("smc-off"))
    machine.expect(r"^\[probe\]   SMC SYSTEM_OFF now$", since=0)
    machine.expect(OFF.format("probe"), since=0)
    assert "smc SYSTEM_OFF returned" not in machine.said
    neighbour_goes_on(machine)


def test_an_exception_without_vectors_is_said_once(boot):
    """Its cause, not the vector again and again. The vCPU hangs, as on a board, and costs no other vCPU."""
    machine = start(boot, probe("no-vectors"))
    machine.expect(r"^\[signalbox\] .* warning: \[probe\] takes an exception and has no vectors: nothing can be executed at "
                   r"VBAR_EL1, 0x0; vCPU 0 hangs until the VM is reset or stopped$", since=0)
    machine.expect(r"warning: \[probe\]   vCPU 0 on pCPU 0, node /vms/probe, ELR_EL1 0x402[0-9a-f]+, ESR_EL1 0x2000000, "
                   r"exception class 0x00 \(undefined instruction\)$")
    neighbour_goes_on(machine)
    assert machine.said.count("warning: [probe]") == 2
    machine.monitor("stop probe")
    machine.expect(OFF.format("probe"), since=0)


def test_resets_without_end(boot):
    machine = start(boot, probe("reset-forever"))
    machine.expect(r"^\[signalbox\] .* \[probe\] resets$", since=0)
    for _ in range(20):
        machine.expect(r"^\[probe\] probe: boot, memory clean, data pristine$")
    neighbour_goes_on(machine)
    machine.monitor("stop probe")
    machine.expect(OFF.format("probe"), since=0)
    neighbour_goes_on(machine)


def test_resets_without_end_leave_the_log_to_others(boot):
    """The log tells of the first ones, and how many lines it left out; no line of another VM is missing."""
    machine = boot(system(vm("probe", PROBE, memory="0x800000", bootargs="case=reset-forever"), rt(cpus="1")), *COUNTED)
    for what in "asks for a reset", "resets", "starts: 1 vCPU, .*", "asks for a reset":
        machine.expect(rf"^\[signalbox\] .* \[probe\] {what}$")
    machine.expect(r"^\[signalbox\] .* warning: \[probe\] further lines that it causes are left out for now$")
    for _ in range(3):
        machine.expect(r"^\[probe\] probe: boot, memory clean, data pristine$")
    _, log = machine.monitor("stop probe", "log 256")
    assert re.search(r"cpu0: Signalbox .* on ", log) and re.search(r"\[rt\] starts: 1 vCPU", log), log
    assert "not shown" not in machine.said
    machine.expect(r"^\[signalbox\] .* warning: \[probe\] \d+ lines that it caused were left out$", since=0)
    machine.expect(OFF.format("probe"), since=0)


def test_a_guest_that_hears_nothing_is_stopped(boot):
    machine = start(boot, probe("spin", name="deaf"))
    machine.expect(r"^\[deaf\] probe: spinning with interrupts masked$", since=0)
    machine.monitor("stop deaf")
    machine.expect(OFF.format("deaf"), since=0)
    neighbour_goes_on(machine)


def test_what_is_shared_for_reading_cannot_be_written(boot):
    machine = start(boot, probe("ping-pong", role="a", more=SHARED.replace("{ }", "{ doorbell = <64>; read-only; }")),
                    root="shared-memory { table { size = <0x1000>; }; };")
    machine.expect(r"^\[signalbox\] .* warning: \[probe\] writes where its description lets it read only; it gets an "
                   "external abort$", since=0)
    machine.expect(r"warning: \[probe\]   permission fault, write, virtual address 0xb000000$")
    machine.expect(OFF.format("probe"), since=0)
    neighbour_goes_on(machine)


def test_a_program_in_linux_reads_where_nothing_is(boot):
    """The program dies, its kernel and the neighbour do not. A program that does it again and again does not fill the log."""
    machine = boot(system(linux(cpus="0"), rt(cpus="1")))
    machine.escape("0")
    machine.expect("-- linux: keys go to this VM")
    machine.expect("linux:/# ")
    machine.type("for i in 1 2 3 4 5 6 7 8 9 10; do devmem 0x0d000000; done\n")
    machine.expect(r"^\[signalbox\] .* warning: \[linux\] further mistakes like this are counted, not reported$")
    machine.expect("linux:/# ")
    machine.type("echo $((6 * 7))\n")
    machine.expect(r"^42$")
    assert machine.said.count("warning: [linux] accesses an address that its description does not give it") == 8
    machine.escape("a")
    neighbour_goes_on(machine)
