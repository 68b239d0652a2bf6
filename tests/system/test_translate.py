# SPDX-License-Identifier: Apache-2.0
"""Direct delivery of interrupts whose number is not the physical one's: the console has 33, as QEMU's machine has it."""

import re

import pytest

from systems import OFF, PROBE, delivery, probe, rt, spare_devices, system

# The console's interrupt, pended by software as any other is, and its line.
CASES = ["pending", "disabled-active", "eoi-mode-1", "states", "uart-level", "all-enabled"]


def check_direct(machine, *names):
    for name in names:
        assert machine.said.count(f"[{name}] its interrupts come directly now") == 1
    assert "through Signalbox" not in machine.said


def test_two_consoles_with_one_number(boot):
    """Both VMs have it as interrupt 33, and both are typed to."""
    names = ["a", "b"]
    machine = boot(system(*(probe("echo", name=name, cpus=str(cpu), more=delivery("direct"))
                            for cpu, name in enumerate(names, 1))))
    for name in names:
        machine.expect(rf"^\[{name}\] probe: type, q ends$", since=0)
    for index, name in enumerate(names):
        machine.escape(str(index))
        machine.expect(rf"-- .*{name}")
        for key in "xyz":
            machine.type(key)
            machine.expect(rf"probe: key 0x{ord(key):02x}$")
        machine.type("q")
    machine.expect_off()
    check_direct(machine, *names)


@pytest.mark.parametrize("mode", ["virtual", "direct"])
@pytest.mark.parametrize("cpus", [1, 2])
def test_cases_of_the_probe(boot, cpus, mode):
    cases = CASES + ["reroute", "sgi-cross"] * (cpus > 1)
    machine = boot(system(probe(",".join(cases), cpus=" ".join(map(str, range(1, cpus + 1))), spi=33,
                                more=delivery(mode))), "-smp", str(cpus + 1))
    machine.expect_off()
    assert "FAILED" not in machine.said
    for case in cases:
        assert f"[probe] probe: {case}: ok\n" in machine.said
    if mode == "direct":
        check_direct(machine, "probe")


@pytest.mark.parametrize("case", ["all-enabled", "common-binary-point"])
def test_natively(native, case):
    machine = native(PROBE, f"case={case}", "-smp", "2")
    machine.expect(rf"^probe: {case}: ok$")


# Where delivery can be direct, and where it cannot: on the housekeeping processor, and with two security states.
@pytest.mark.parametrize("cpu, arguments, announced", [
    (1, (), ["14", "15"]), (0, (), []), (1, ("-machine", "secure=on"), [])])
def test_what_has_no_spare_interrupt_is_announced(boot, tmp_path, cpu, arguments, announced):
    """A machine on which all shared interrupts but one, that of SPI 0, belong to devices."""
    taken = [*range(40, 48), *range(80, 256)]
    _, *machine = spare_devices(tmp_path, taken, "-smp", "2", "-m", "512")
    run = boot(system(rt("reports=1", cpus=str(cpu), more=delivery("direct"))), *machine, *arguments)
    run.expect(OFF.format("rt"))
    assert ("[rt] its interrupts come directly now" in run.said) == bool(announced)
    lacking = re.findall(r"/vms/rt: no physical interrupt is spare for interrupt (\d+) of vCPU 0: "
                         "when it is raised, delivery becomes virtual", run.said)
    assert lacking == announced
