# SPDX-License-Identifier: Apache-2.0
"""What the monitor counts: do the sums agree, and with what the guest did?"""

import json

import pytest

from machine import BUILD
from systems import OFF, rt, spare_devices, system, vm

WARM_UP = 16  # samples that the measuring guest takes to warm up, each time
SGI = "SGI sent (ICC_SGI1R_EL1)"
NO_EXITS = "interrupts: ", "notified", "told ", "maintenance ", "hypervisor ", "attended", "list registers "
BURST = range(160, 224)  # the INTIDs of its bursts
SIZE = "-smp", "4", "-m", "1024"  # of the machine that has devices behind them


def measure(metric, samples, name, cpus="0", more=""):
    return vm(name, BUILD / "guests/measure.elf", cpus, bootargs=f"only={metric} samples={samples}", more=more)


def counted(machine, name):
    """What happened on the vCPUs of a VM that is off, by cause, and what became of its interrupts: the sums agree."""
    *texts, table = machine.monitor(f"vm {name} --json", f"irq {name} --json", f"vm {name}")
    of_vm, of_irqs = map(json.loads, texts)
    causes = {row["cause"]: row["vcpus"] for row in of_vm["causes"]}
    agree(of_vm["vm"][0], causes, of_irqs["irq"])
    for cause, vcpus in exits(causes).items():
        assert f"\n{cause:30} {sum(vcpus):11} " + " ".join(f"{count:11}" for count in vcpus) in table, table
    return causes, {(row["intid"], row["vcpu"]): row for row in of_irqs["irq"]}


def exits(causes):
    return {cause: vcpus for cause, vcpus in causes.items() if not cause.startswith(NO_EXITS)}


def agree(listed, causes, irqs):
    assert listed["exits"] == sum(map(sum, exits(causes).values())) > 0
    assert listed["interrupts"] == sum(irq["taken"] for irq in irqs)
    for irq in irqs:
        assert irq["owner"] == listed["name"] and irq["dropped"] == 0
        assert irq["taken"] == irq["listed"] + irq["queued"] and irq["spilled"] <= irq["queued"]
    for fate in "listed", "queued", "spilled":
        of_vcpus = causes.get(f"interrupts: {fate}", [0] * 16)
        for vcpu, count in enumerate(of_vcpus):
            assert count == sum(irq[fate] for irq in irqs if irq["vcpu"] == vcpu)


@pytest.mark.parametrize("metric, cause", [("hvc_null", "HVC"), ("sgi_self_entry", SGI)])
def test_each_exit_is_counted_once(boot, metric, cause):
    """Two guests that differ in how often they do one thing, and in what they print; one that takes its timer's
    interrupts."""
    machine = boot(system(measure(metric, 100, "few"), measure(metric, 350, "many", "1"),
                          measure("timer_entry", 100, "timer", "2"), root="stay;"))
    for name in "few", "many", "timer":
        machine.expect(OFF.format(name), since=0)
    (few, _), (many, _), (_, timer) = (counted(machine, name) for name in ("few", "many", "timer"))
    more = {of: vcpus[0] - few.get(of, [0])[0] for of, vcpus in exits(many).items() if of != "data abort"}
    assert {of: count for of, count in more.items() if count} == {cause: 250}
    assert timer[27, 0]["taken"] == WARM_UP + 100


def test_interrupts_between_vcpus(boot):
    """Each SGI is sent once and, if nothing else was raised, notified once."""
    machine = boot(system(measure("sgi_cross_entry", 100, "few", "0 1"),
                          measure("sgi_cross_entry", 350, "many", "2 3"), root="stay;"))
    for name in "few", "many":
        machine.expect(OFF.format(name), since=0)
    (few, _), (many, _) = (counted(machine, name) for name in ("few", "many"))
    for cause in SGI, "notified":
        assert [many[cause][v] - few[cause][v] for v in (0, 1)] == [250, 250]


def test_a_burst_that_does_not_fit_is_counted(boot, tmp_path):
    """64 at once, and less list registers: each is taken once a burst, and some found no list register free."""
    devices, *machine = spare_devices(tmp_path, BURST, *SIZE)
    machine = boot(system(measure("burst64", 50, "burst", more=devices), root="stay;"), *machine)
    machine.expect(OFF.format("burst"), since=0)
    causes, irqs = counted(machine, "burst")
    burst = [irqs[intid, 0] for intid in BURST]
    assert [irq["taken"] for irq in burst] == [WARM_UP + 50] * 64
    assert sum(irq["listed"] for irq in burst) > 0 and sum(irq["spilled"] for irq in burst) > 0
    assert causes["list registers did not suffice"][0] > 0 and causes["maintenance interrupts"][0] > 0


def test_nothing_comes_that_nobody_owns(boot):
    """While guests run: each interrupt has an owner, and the real-time guest's timer has released it that many times."""
    machine = boot(system(rt("json"), rt(name="other", cpus="1")))
    machine.expect(r'^\[rt\] .*"report": 2,')
    irqs, pcpus = (json.loads(text) for text in machine.monitor("irq --json", "cpu --json"))
    assert all(irq["owner"] and irq["dropped"] == 0 for irq in irqs["irq"])
    assert all(pcpu["unowned"] == 0 and pcpu["long_batches"] == 0 for pcpu in pcpus["cpu"])
    assert sum(irq["taken"] for irq in irqs["irq"] if irq["owner"] == "rt") >= 2000
