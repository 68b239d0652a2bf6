# SPDX-License-Identifier: Apache-2.0
"""The instrument: QEMU with a clock that counts instructions, and the measuring guest in it, natively or in a VM of
Signalbox. xen.py puts it into one of Xen."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import patience  # noqa: E402

BUILD = Path(os.environ.get("SBX_BUILD", ROOT / "build"))
ASSETS = ROOT / "build/assets"
GUEST = BUILD / "guests/measure.elf"
IMAGE = BUILD / "signalbox"
HYPERVISOR = BUILD / "signalbox.elf"
SEVERAL_CPUS_QEMU = ASSETS / "qemu/qemu-system-aarch64"
MEMORY_MIB = 512
VM_MIB = 16

# One tick of the 62.5 MHz counter is one instruction, and two runs are alike: docs/measuring.md tells why each.
INSTRUMENT = ["-cpu", "cortex-a72", "-icount", "shift=4,align=off,sleep=off",
              "-rtc", "base=2024-01-01T00:00:00,clock=vm",
              "-display", "none", "-nodefaults", "-no-reboot"]
RUNS_MAX = 6
DONE = "measure: done"
FIGURE = re.compile(r'\{"metric".*?\}')
# Xen puts this before each line of a VM, and breaks long lines.
VM_PREFIX = re.compile(r"[\r\n]*\(XEN\) DOM\d+: ")
# Registers that belong to no real device: one page of registers and up to eight SPIs each, where the machine has none.
SPARE_BASE = 0x0c000000
SPARE_SPI = 50
SPARE_INTERRUPTS = 8
PENDED_SPI, PENDED_COUNT = 128, 64  # that the measuring guest pends (guests/measure/burst.c)
RTC = 'devices = "/pl031@9010000";'

# A system that the measuring guest runs on. command(place, cpus, arguments): QEMU's command line for a guest with so
# many CPUs; files that it needs are made in the directory `place`.
System = namedtuple("System", "name config command")


class LabError(Exception):
    """The instrument does not work here; the text says why and what helps."""


def row(system, config, metric, unit, values):
    """A figure in the form of results.json."""
    values = sorted(values)
    return {"system": system, "config": config, "metric": metric, "unit": unit, "count": len(values),
            "min": values[0], "median": values[len(values) // 2], "p99": values[len(values) * 99 // 100],
            "max": values[-1]}


def rows(system, config, figures):
    return [{"system": system, "config": config, **figure} for figure in figures]


def machine(virtualization, cpus, options=""):
    """QEMU's command line up to the kernel."""
    # QEMU 7.2 does not get on with several CPUs and a counting clock.
    qemu = shutil.which("qemu-system-aarch64") if cpus == 1 else SEVERAL_CPUS_QEMU
    if not qemu or not Path(qemu).exists():
        raise LabError("QEMU is missing; `make setup` fetches it")
    mode = "on" if virtualization else "off"
    return [str(qemu), "-M", f"virt,virtualization={mode},gic-version=3,dtb-randomness=off{options}",
            "-smp", str(cpus), "-m", str(MEMORY_MIB), *INSTRUMENT]


def compile_tree(source, blob):
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob, "-"], input=source, text=True, check=True)
    return blob


def host_tree(place, cpus, addition):
    """The machine's device tree, with source text added to it."""
    plain, blob = Path(place) / "plain.dtb", Path(place) / "host.dtb"
    subprocess.run(machine(True, cpus, f",dumpdtb={plain}"), check=True, capture_output=True)
    source = subprocess.run(["dtc", "-q", "-O", "dts", plain], capture_output=True, text=True, check=True).stdout
    return compile_tree(source + addition, blob)


def vm_source(name, cpus, arguments, extra="", mib=VM_MIB):
    """One VM of a description, with the measuring guest."""
    return f"""{name} {{
\t\tcpus = <{" ".join(map(str, cpus))}>;
\t\tmemory-size = <{mib << 20:#x}>;
\t\timage = /incbin/("{GUEST}");
\t\tbootargs = "{arguments}";
\t\t{extra}
\t}};"""


def compile_system(vms, place, extra=""):
    """A description with these VMs as a blob in the directory `place`."""
    body = "\n\t".join(vms)
    source = f'/dts-v1/;\n/ {{\n\tcompatible = "signalbox,system";\n\t{extra}\n\tvms {{\n\t{body}\n\t}};\n}};\n'
    return compile_tree(source, Path(place) / "system.dtb")


def native_command(_place, cpus, arguments):
    return [*machine(False, cpus), "-kernel", str(GUEST), "-append", arguments]


def signalbox_command(blob, cpus):
    # A figure is a line: it is not shown in pieces.
    return [*machine(True, cpus), "-kernel", str(IMAGE), "-initrd", str(blob), "-append", "console.whole-lines=1"]


def spare_devices(interrupt_count, first_spi=SPARE_SPI):
    """(source for the machine's tree, their paths): devices that stay silent, with this many interrupts together."""
    nodes, paths = [], []
    for first in range(0, interrupt_count, SPARE_INTERRUPTS):
        base = SPARE_BASE + (first_spi + first) * 0x1000
        spis = range(first_spi + first, first_spi + min(first + SPARE_INTERRUPTS, interrupt_count))
        nodes.append(f'spare@{base:x} {{ compatible = "syscon"; reg = <0 {base:#x} 0 0x1000>; '
                     f'interrupts = <{" ".join(f"0 {spi} 4" for spi in spis)}>; }};')
        paths.append(f'"/spare@{base:x}"')
    return "/ { " + "\n".join(nodes) + " };", ", ".join(paths)


def virtual_command(place, cpus, arguments):
    device = RTC if cpus == 1 else ""
    return signalbox_command(compile_system([vm_source("measure", range(cpus), arguments, device)], place), cpus)


def direct_command(place, cpus, arguments):
    """Signalbox's own processor is one more, and what the guest pends belongs to it: else it would stay virtual."""
    addition, spare = spare_devices(PENDED_COUNT, PENDED_SPI)
    devices = f"{RTC[:-1]}, {spare};" if cpus == 1 else ""
    vm = vm_source("measure", range(cpus), arguments, devices + 'delivery = "direct";')
    blob = compile_system([vm], place, f"housekeeping-cpu = <{cpus}>;")
    return [*signalbox_command(blob, cpus + 1), "-dtb", str(host_tree(place, cpus + 1, addition))]


NATIVE = System("native", "EL1", native_command)
# Signalbox with each delivery.
SIGNALBOX = [System("signalbox", "virtual", virtual_command), System("signalbox", "direct", direct_command)]


def start(command, **streams):
    """A process that ends with this one, however this one ends."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdin=subprocess.DEVNULL, **streams)


class Running:
    """QEMU, from here to the end of a `with`, and what it says. Other VMs may go on when the measuring guest is done."""

    def __init__(self, command):
        self.said = []
        limits = ["timeout", "-k", "1", str(patience.NET_SECONDS), *patience.LIMITED]
        self.process = start([*limits, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace")

    def read_until(self, words):
        for line in self.process.stdout:
            self.said.append(line)
            if words in line:
                return "".join(self.said)
        last = "".join("    " + line for line in self.said[-8:])
        raise LabError(f"the measuring guest did not finish within {patience.PROCESSOR_SECONDS} s of processor time:\n{last}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait()


def run_once(command):
    """The figures that a run prints: a list of dictionaries, as the guest wrote them."""
    with Running([*command, "-serial", "stdio"]) as qemu:
        said = VM_PREFIX.sub("", qemu.read_until(DONE))
    return [json.loads(figure) for figure in FIGURE.findall(said)]


def agreed(observe):
    """What two runs say alike. All do, but one in some hundred: then QEMU's threads met in an unlucky moment."""
    seen = [observe()]
    while len(seen) < RUNS_MAX:
        seen.append(observe())
        if seen[-1] in seen[:-1]:
            return seen[-1]
    raise LabError(f"{RUNS_MAX} runs of the same gave {RUNS_MAX} different answers; perhaps the machine is overloaded")


def run(command):
    """As run_once(), twice."""
    return agreed(lambda: run_once(command))


def symbols(image):
    """{name: (address, size)} of an ELF's functions and variables."""
    out = subprocess.run(["aarch64-linux-gnu-nm", "-S", image], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^([0-9a-f]+)(?: ([0-9a-f]+))? \w (\S+)$", out, re.M)
    return {name: (int(at, 16), int(size or "0", 16)) for at, size, name in found}


def compiler():
    """What the baseline is keyed by: the version of the compiler that this build is of."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    used = next(entry["command"].split()[0] for entry in commands if entry["file"].endswith("/flow/boot/boot.c"))
    said = subprocess.run([used, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]
