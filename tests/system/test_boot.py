# SPDX-License-Identifier: Apache-2.0
"""
Machines that Signalbox cannot start on, and others than QEMU's virt: a person reads why, or what comes, and the machine
goes off if its firmware can.
"""

import re
import subprocess

import pytest

from machine import ASSETS, BUILD, NEWER_QEMU, Bare
from systems import OFF, probe, rt, system

IMAGE = BUILD / "signalbox"
VIRT = ("-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a72", "-m", "512", "-nodefaults")
AT_ITS_START = "0x40200000"
CANNOT = r"^\[signalbox\] .* error: Signalbox cannot start: "
NO_PSCI = r'^\[signalbox\] .* error: /psci: method is missing; at EL2 it must be "smc": '
HALTS = r"^\[signalbox\] .* error: the machine stays on, and nothing runs on it$"
NO_GICV3 = r'compatible: "{}": a GICv3 \("arm,gic-v3"\) is needed; with QEMU use -M virt,gic-version=3$'
NOTHING_HANDED_OVER = CANNOT + r"no system description was handed over; give it as the initial ramdisk"


@pytest.fixture
def bare(tmp_path):
    """bare(QEMU's arguments...) starts any machine; the console is on its first UART unless they say otherwise."""
    machines = []

    def start(*arguments, **options):
        machines.append(Bare(tmp_path / f"bare{len(machines)}", *arguments, **options))
        return machines[-1]

    yield start
    try:
        for machine in machines:
            assert "PANIC" not in machine.said
    finally:
        for machine in machines:
            machine.kill()


@pytest.fixture
def described(tmp_path):
    """described(system) compiles a description; the file."""
    def build(text):
        (tmp_path / "system.dts").write_text(text)
        subprocess.run([BUILD / "sbx", "build", tmp_path / "system.dts", "-o", tmp_path / "system.dtb", "--machine",
                        host_tree(tmp_path, "-smp", "4")], check=True)
        return tmp_path / "system.dtb"
    return build


def host_tree(place, *arguments, changes="", qemu="qemu-system-aarch64"):
    """The tree of QEMU's virt machine, with changes."""
    plain, blob = place / "plain.dtb", place / "host.dtb"
    machine, *rest = VIRT[1:]
    subprocess.run([qemu, "-M", f"{machine},dumpdtb={plain}", *rest, "-display", "none", *arguments], check=True,
                   capture_output=True)
    source = subprocess.run(["dtc", "-q", "-O", "dts", plain], check=True, capture_output=True, text=True).stdout
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob, "-"], input=f"{source}\n{changes}", check=True, text=True)
    return blob


def board_tree(name):
    """A board's tree, from Debian's kernel package."""
    return next((ASSETS / "linux/arm64/usr/lib").glob(f"linux-image-*/{name}.dtb"))


def entered(file, *, at=AT_ITS_START):
    """Without a boot loader: the image somewhere, the processor at its start, nothing in x0."""
    return ("-device", f"loader,file={file},addr={at},force-raw=on", "-device", f"loader,addr={at},cpu-num=0")


@pytest.mark.parametrize("machine, words", [
    ("virt,virtualization=on,gic-version=2",
     r"error: host device tree: /intc@8000000: " + NO_GICV3.format("arm,cortex-a15-gic")),
    ("virt,gic-version=3", "the boot loader entered Signalbox at EL1, or the processor has no EL2"),
    ("virt,gic-version=2", "the boot loader entered Signalbox at EL1, or the processor has no EL2"),
    ("virt,gic-version=3,secure=on", "the boot loader entered Signalbox at EL1, or the processor has no EL2"),
])
def test_a_machine_that_lacks_something_says_so_and_goes_off(bare, machine, words):
    machine = bare("-M", machine, "-cpu", "cortex-a72", "-nodefaults", "-kernel", IMAGE)
    machine.expect(r"^\[signalbox\] .* Signalbox .* on linux,dummy-virt$")
    machine.expect(words)
    machine.expect(CANNOT, since=0)
    machine.expect_off()


def test_cadence_on_zynqmp(bare):
    machine = bare("-M", "xlnx-zcu102,virtualization=on", "-kernel", IMAGE, "-dtb",
                   board_tree("xilinx/zynqmp-zcu102-rev1.0"))
    machine.expect(r"Signalbox .* on ZynqMP ZCU102 Rev1.0$")
    machine.expect(r"/axi/interrupt-controller@f9010000: " + NO_GICV3.format("arm,gic-400"))
    machine.expect_off()


@pytest.mark.parametrize("console, serial", [("serial0", 0), ("serial1", 1)])
def test_pl011_and_8250_on_bcm2711_without_psci(bare, tmp_path, console, serial):
    """Its tree has stdout-path = "serial1", an 8250 of sorts; its CPUs are started without PSCI."""
    source = subprocess.run(["dtc", "-q", "-O", "dts", board_tree("broadcom/bcm2711-rpi-4-b")], check=True,
                            capture_output=True, text=True).stdout
    changes = f'/ {{ chosen {{ stdout-path = "{console}:115200n8"; }}; }};'
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tmp_path / "board.dtb", "-"], input=source + changes, check=True,
                   text=True)
    machine = bare("-M", "raspi4b", "-kernel", IMAGE, "-dtb", tmp_path / "board.dtb", qemu=NEWER_QEMU, serial=serial)
    machine.expect(r"error: host device tree: no node is compatible with \"arm,psci-1.0\"")
    machine.expect(r"Signalbox .* on Raspberry Pi 4 Model B$")
    machine.expect(r"/soc/interrupt-controller@40041000: " + NO_GICV3.format("arm,gic-400"))
    machine.expect(CANNOT)
    machine.expect(NO_PSCI)
    machine.expect(HALTS)


def test_imx_boots_and_listens(bare, described):
    machine = bare("-M", "imx8mp-evk", "-m", "1G", "-smp", "4", "-kernel", IMAGE, "-dtb",
                   board_tree("freescale/imx8mp-evk"), "-initrd", described(system(rt(cpus="1"))), qemu=NEWER_QEMU,
                   serial=1)
    machine.expect(r"Signalbox .* on NXP i.MX8MPlus EVK board$")
    machine.expect(r"processors: 4 of 4 online$")
    machine.expect(r"^\[rt\] rt: period")
    assert re.search(r"^ 0 rt +running +1 ", machine.monitor("vm"), re.MULTILINE)
    machine.escape("q")
    machine.expect("-- stop all VMs and quit\\? y or n --")
    machine.type("y")
    machine.expect_off()


def test_where_no_tree_is_given_memory_may_begin_with_one(bare):
    machine = bare(*VIRT, *entered(IMAGE))
    machine.expect(r"error: at 0x0 there is no device tree of at most 4 MiB$")
    machine.expect(r"warning: the boot loader gives no device tree in x0; the one at 0x40000000 is used$")
    machine.expect(NOTHING_HANDED_OVER)
    machine.expect_off()


@pytest.mark.parametrize("words, name", [
    ((*VIRT, *entered(IMAGE, at="0x80200000"), "-m", "2G"), "QEMU virt"),
    (("-M", "xlnx-zcu102,virtualization=on", "-kernel", IMAGE), "Zynq UltraScale\\+"),
])
def test_without_a_tree_some_machines_are_recognised(bare, words, name):
    machine = bare(*words)
    machine.expect(rf"Signalbox .* on what looks like {name}$")
    machine.expect(CANNOT + "the boot loader gives no device tree in x0; with QEMU, -dtb may name one$")
    machine.expect_off()


def test_without_a_tree_and_without_psci(bare):
    machine = bare("-M", "raspi4b", "-kernel", IMAGE, qemu=NEWER_QEMU)
    machine.expect(r"Signalbox .* on what looks like BCM2711$")
    machine.expect(CANNOT + "the boot loader gives no device tree in x0")
    machine.expect(NO_PSCI)
    machine.expect(HALTS)


def test_where_nothing_is_known_the_machine_goes_off(bare):
    """Nothing can be printed, since the UART is not known: this processor does not tell which machine it is in."""
    machine = bare(*VIRT, *entered(IMAGE, at="0x80200000"), "-m", "2G", "-cpu", "neoverse-n1")
    machine.expect_off()
    assert machine.said == ""


def test_entered_at_el3(bare):
    machine = bare("-M", "virt,virtualization=on,gic-version=3,secure=on", *VIRT[2:], *entered(IMAGE))
    machine.expect(CANNOT + r"Signalbox was entered at EL3; firmware with PSCI \(such as TF-A\) must stay there")
    machine.expect(HALTS)


def test_entered_at_el3_without_el2(bare):
    machine = bare("-M", "virt,gic-version=3,secure=on", *VIRT[2:], *entered(IMAGE))
    machine.expect(CANNOT + "the boot loader entered Signalbox at EL1, or the processor has no EL2")


def test_the_image_may_stand_at_any_page(bare, described):
    machine = bare(*VIRT, "-smp", "2", *entered(IMAGE, at="0x40203000"))
    machine.expect(NOTHING_HANDED_OVER)
    machine.expect_off()


def test_memory_may_begin_at_address_0(bare, described):
    machine = bare("-M", "xlnx-versal-virt", "-m", "2G", "-kernel", IMAGE, "-initrd",
                   described(system(rt("reports=1", cpus="1"))), qemu=NEWER_QEMU)
    machine.expect(r"Signalbox .* on Xilinx Versal Virtual development board$")
    machine.expect(r"^\[rt\] rt: report 1: 1000 releases, .* state: ok$")
    machine.expect_off()


def test_qemu_takes_back_a_tree_that_it_wrote(bare, tmp_path):
    """It says of its tree that it has a MiB, and of the same tree, read from a file, that it has more than two."""
    host_tree(tmp_path)
    machine = bare(*VIRT, "-kernel", IMAGE, "-dtb", tmp_path / "plain.dtb")
    machine.expect(NOTHING_HANDED_OVER)
    machine.expect_off()


@pytest.mark.parametrize("reg, words", [
    ("0 0xb800000 0 0x10000 0 0x80a0000 0 0xf60000", "0xb800000, where its distributor should be"),
    ("0 0x8000000 0 0x10000 0 0xb800000 0 0xf60000", "0xb800000, where a redistributor should be"),
])
def test_nothing_is_where_the_interrupt_controller_should_be(bare, tmp_path, reg, words):
    tree = host_tree(tmp_path, changes=f"/ {{ intc@8000000 {{ reg = <{reg}>; }}; }};")
    machine = bare(*VIRT, "-kernel", IMAGE, "-dtb", tree)
    machine.expect(rf"error: GIC: nothing can be read at {words}$")
    machine.expect(CANNOT + "the machine's interrupt controller does not answer")
    machine.expect_off()


def test_where_the_tree_names_no_console_another_uart_has_the_words(bare, tmp_path):
    tree = host_tree(tmp_path, changes='/ { chosen { stdout-path = "/nowhere"; }; };')
    machine = bare(*VIRT, "-kernel", IMAGE, "-dtb", tree)
    machine.expect(r"error: host device tree: /chosen: stdout-path: names no node$")
    machine.expect(NOTHING_HANDED_OVER)
    machine.expect_off()


def test_keys_that_are_typed_before_it_runs_are_not_lost(bare, described):
    machine = bare(*VIRT, "-smp", "4", "-kernel", IMAGE, "-initrd", described(system(rt(cpus="1"))), "-S")
    machine.type("\x1d0")
    machine.qmp("cont")
    machine.expect(r"^-- rt: keys go to this VM")


@pytest.mark.parametrize("at", ["b800000", "41000000"], ids=["nothing", "memory"])
def test_where_no_uart_is_another_one_has_the_words(bare, tmp_path, at):
    uart = f'serial@{at} {{ compatible = "arm,pl011"; reg = <0 0x{at} 0 0x1000>; }};'
    tree = host_tree(tmp_path, changes=f'/ {{ {uart} chosen {{ stdout-path = "/serial@{at}"; }}; }};')
    machine = bare(*VIRT, "-kernel", IMAGE, "-dtb", tree)
    machine.expect(rf"error: host device tree: /serial@{at}: reg: there is no UART at 0x{at}$")
    machine.expect(NOTHING_HANDED_OVER)
    machine.expect_off()


def test_a_uart_without_an_interrupt_is_polled(bare, described, tmp_path):
    changes = "/ { pl011@9000000 { /delete-property/ interrupts; }; };"
    machine = bare(*VIRT, "-smp", "4", "-kernel", IMAGE, "-initrd", described(system(rt(cpus="1"))), "-dtb",
                   host_tree(tmp_path, "-smp", "4", changes=changes))
    machine.expect(r"interrupts: the first is no shared one \(SPI\) of the GIC; the console is polled$")
    machine.expect(r"^\[rt\] rt: period")
    assert re.search(r"^ 0 rt +running +1 ", machine.monitor("vm"), re.MULTILINE)


def test_a_processor_that_is_not_there(bare, described, tmp_path):
    """Of four in the tree, three are there. The missing one should do the console's work; another one does."""
    machine = bare(*VIRT, "-smp", "3", "-kernel", IMAGE, "-dtb", host_tree(tmp_path, "-smp", "4"), "-initrd",
                   described(system(probe("spi", cpus="0"), rt(cpus="1"), rt(name="lost", cpus="3"),
                                    root="housekeeping-cpu = <3>;")))
    machine.expect(r"error: pCPU 3 does not start: the firmware refuses PSCI CPU_ON$")
    machine.expect(r"processors: 3 of 4 online$")
    machine.expect(r"warning: pCPU 3, which should do the console's work, is not online; pCPU 2 does it$")
    machine.expect(OFF.format("probe"), since=0)
    machine.expect(r"^\[rt\] rt: report 1: ", since=0)
    answer = machine.monitor("cpu")
    assert re.search(r"^ +2 .*yes$", answer, re.MULTILINE)


@pytest.mark.parametrize("cut, words", [
    (3000, r"system description: not a device tree \(FDT_ERR_TRUNCATED\)"),
    (10, r"system description: not a device tree \(FDT_ERR_TRUNCATED\)"),
])
def test_a_description_that_was_cut_off(bare, described, tmp_path, cut, words):
    whole = described(system(rt(cpus="1")))
    (tmp_path / "cut.dtb").write_bytes(whole.read_bytes()[:cut])
    machine = bare(*VIRT, "-smp", "2", "-kernel", IMAGE, "-initrd", tmp_path / "cut.dtb")
    machine.expect(words)
    machine.expect(CANNOT + "the initial ramdisk is no system description$")
    machine.expect_off()


def test_what_is_no_description(bare):
    machine = bare(*VIRT, "-kernel", IMAGE, "-initrd", BUILD / "guests/demo.cpio.gz")
    machine.expect("error: system description: is a file compressed with gzip; hand over what sbx build makes$")
    machine.expect(CANNOT + "the initial ramdisk is no system description$")
    machine.expect_off()


@pytest.mark.parametrize("start, end", [("0x48000000", "0x48000000"), ("0x48000000", None), ("0x1000", "0x2000")])
def test_a_ramdisk_that_cannot_be(bare, tmp_path, start, end):
    last = f"linux,initrd-end = <{end}>;" if end else ""
    tree = host_tree(tmp_path, changes=f"/ {{ chosen {{ linux,initrd-start = <{start}>; {last} }}; }};")
    machine = bare(*VIRT, "-kernel", IMAGE, "-dtb", tree)
    machine.expect(r"error: host device tree: /chosen: linux,initrd-(start|end): ")
    machine.expect(NOTHING_HANDED_OVER)
    machine.expect_off()


@pytest.mark.parametrize("address, bits", [("0x50000000", 32), ("0x50000004", 32), ("0x50000001", 64)])
def test_a_description_that_a_boot_loader_put_anywhere(bare, described, tmp_path, address, bits):
    """At no multiple of 8, too, with addresses of 32 bits or 64."""
    description = described(system(rt("reports=1", cpus="1")))
    end = hex(int(address, 16) + description.stat().st_size)
    tree = host_tree(tmp_path, "-smp", "2", changes=f"/ {{ chosen {{ linux,initrd-start = /bits/ {bits} <{address}>; "
                                                    f"linux,initrd-end = /bits/ {bits} <{end}>; }}; }};")
    machine = bare(*VIRT, "-smp", "2", "-kernel", IMAGE, "-dtb", tree, "-device",
                   f"loader,file={description},addr={address},force-raw=on")
    machine.expect(r"^\[rt\] rt: report 1: ")
    machine.expect_off()
