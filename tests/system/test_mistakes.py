# SPDX-License-Identifier: Apache-2.0
"""
Mistakes in a description: `sbx check` and the boot say the same words; the VM does not start, the others do.

The unit tests have every mistake; these are one of each kind, on a real machine.
"""

import re

import pytest

import patience
from machine import BUILD, ROOT
from systems import OFF, PROBE, probe, system, vm

GOOD = probe("undefined", name="good", cpus="1")
TRUSTED = 'permissions = "dma"; memory-identity;'
TABLE = "shared-memory { table { size = <0x1000>; }; };"


def bad(more, image=PROBE, **properties):
    return vm("bad", image, **{"cpus": "0", **properties}, more=more)


MISTAKES = {
    "unknown property": (bad("memory-sise = <1>;"),
                         "/vms/bad: memory-sise: there is no such property; did you mean memory-size?"),
    "misaligned memory": (bad("memory-address = <0x40001000>;"),
                          "/vms/bad: memory-address: 0x40001000 is not a multiple of 2 MiB; 0x40200000 would be right"),
    "no such processor": (bad("", cpus="70"),
                          "/vms/bad: cpus: processor 70 does not exist"),
    "processor of a direct VM": (bad('permissions = "direct";', cpus="1"), "belongs to good already; take another: this VM may be direct"),
    "missing image": (bad("", image=None), '/vms/bad: image: is missing; name a kernel, as /incbin/("Image")'),
    "empty image": (bad("", image="/dev/null"), "/vms/bad: image: the file is empty"),
    "a device tree over the image": (bad("tree-address = <0x40200000>;"),
                                     "/vms/bad: tree-address: the device tree, 0x1000 bytes at 0x40200000, overlaps the image"),
    "firmware on a plain machine": (bad("firmware = [00 00 00 14];", image=None),
                                    '/vms/bad: firmware: goes to the flash that a VM has with machine = "virt"; add that'),
    "too little memory": (vm("bad", ROOT / "build/assets/linux/cloud-arm64/Image", memory="0x400000"), "/vms/bad: image: "),
    "unknown device": (bad('devices = "/pl031@901000";'),
                       '/vms/bad: devices: the machine has no "/pl031@901000"; did you mean "/pl031@9010000"?'),
    "the hypervisor's own device": (bad('devices = "/intc@8000000";'), "is the interrupt controller"),
    "DMA without permission": (bad('devices = "/virtio_mmio@a003e00"; memory-identity;'), "dma"),
    "permission without sense": (bad('permissions = "dma";'),
                                 '/vms/bad: permissions: "dma" makes sense only with memory-identity'),
    "unknown shared memory": (bad("shared-memory { tabel { }; };"), "tabel"),
    "memory beyond the machine": (bad("", memory="0x40000000"), "the machine has 1024 MiB"),
    "a page of registers with two owners": (
        probe("undefined", name="owner", cpus="2", more='devices = "/virtio_mmio@a003e00"; ' + TRUSTED)
        + bad('devices = "/virtio_mmio@a003c00"; ' + TRUSTED), "owner"),
}


# What is right by itself, and does not fit this machine.
TOO_MUCH = {
    "shared memory": ("shared-memory { table { size = <0x60000000>; }; };", bad("shared-memory { table { address = <0x1 0x0>; }; };"),
                      ["/shared-memory/table: size: 0x60000000: the largest free piece of RAM has ",
                       "/vms/bad/shared-memory/table: there is no RAM for it"]),
    "an address that is not free": (TABLE, bad("memory-identity; memory-address = <0x40000000>; image = [00 00 00 14];", image=None),
                                    ["/vms/bad: memory-address: 0x40000000: this machine has no free RAM of 0x1000000 bytes"]),
    "memory beside the shared one": ("shared-memory { table { size = <0x20000000>; }; };", bad("", memory="0x20000000"),
                                     ["/vms/bad: memory-size: 0x20000000: the largest free piece of RAM has "]),
}

MACHINE = ["-smp", "3", "-m", "1024"]


@pytest.fixture(scope="session")
def host_tree(tmp_path_factory):
    """What the machine says of itself, for `sbx check`."""
    path = tmp_path_factory.mktemp("machine") / "host.dtb"
    patience.run(["qemu-system-aarch64", "-M", f"virt,virtualization=on,gic-version=3,dumpdtb={path}", "-cpu", "cortex-a72",
                    *MACHINE, "-display", "none", "-nodefaults"], check=True, capture_output=True)
    return path


def words_of_check(text, place, host_tree):
    (place / "check.dts").write_text(text)
    done = patience.run([BUILD / "sbx", "check", place / "check.dts", "--machine", host_tree], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 1
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("/")]


def words_of_boot(machine):
    return re.findall(r"^\[signalbox\] .*? error: (/.*)$", machine.said, re.MULTILINE)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_same_words_and_the_others_start(boot, tmp_path, host_tree, mistake):
    node, words = MISTAKES[mistake]
    text = system(GOOD, node, root=TABLE)
    expected = words_of_check(text, tmp_path, host_tree)
    machine = boot(text, *MACHINE)
    machine.expect(r"^\[signalbox\] .* warning: \[bad\] will not start: its description has mistakes$")
    machine.expect(r"^\[good\] probe: undefined: ok$")
    machine.expect(OFF.format("good"), since=0)
    machine.expect_off()
    assert any(words in line for line in words_of_boot(machine)), words_of_boot(machine)
    assert words_of_boot(machine) == expected
    assert "[bad] starts" not in machine.said


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_does_not_fit_is_said_by_both(boot, tmp_path, host_tree, what):
    root, node, words = TOO_MUCH[what]
    text = system(node, GOOD, root=root)
    expected = words_of_check(text, tmp_path, host_tree)
    machine = boot(text, *MACHINE)
    machine.expect(r"^\[signalbox\] .* error: \[bad\] does not start: the machine cannot give it what its description asks for$")
    machine.expect(r"^\[good\] probe: undefined: ok$")
    machine.expect(OFF.format("good"), since=0)
    machine.expect_off()
    said = words_of_boot(machine)
    assert len(said) == len(words) and all(line.startswith(start) for line, start in zip(said, words)), said
    assert expected[:-1] == said and re.match(r"/: \d+ KiB of RAM are needed: ", expected[-1]), expected
