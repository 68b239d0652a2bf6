# SPDX-License-Identifier: Apache-2.0
"""The instrument: QEMU with a clock that counts instructions, and the measuring guest in it."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("SBX_BUILD", ROOT / "build"))
GUEST = BUILD / "guests/measure.elf"
IMAGE = BUILD / "signalbox"
SEVERAL_CPUS_QEMU = ROOT / "build/assets/qemu/qemu-system-aarch64"

# One tick of the 62.5 MHz counter is one instruction, and two runs are alike: docs/measuring.md tells why each.
INSTRUMENT = ["-cpu", "cortex-a72", "-icount", "shift=4,align=off,sleep=off",
              "-rtc", "base=2024-01-01T00:00:00,clock=vm",
              "-display", "none", "-nodefaults", "-no-reboot"]
DONE = "measure: done"
FIGURE = re.compile(r'\{"metric".*?\}')


class LabError(Exception):
    """The instrument does not work here; the text says why and what helps."""


def machine(virtualization, cpus, memory_mib=512):
    """QEMU's command line up to the kernel."""
    # QEMU 7.2 does not get on with several CPUs and a counting clock.
    qemu = shutil.which("qemu-system-aarch64") if cpus == 1 else SEVERAL_CPUS_QEMU
    if not qemu or not Path(qemu).exists():
        raise LabError("QEMU is missing; `make setup` fetches it")
    mode = "on" if virtualization else "off"
    return [str(qemu), "-M", f"virt,virtualization={mode},gic-version=3,dtb-randomness=off",
            "-smp", str(cpus), "-m", str(memory_mib), *INSTRUMENT]


def vm_source(name, cpus, arguments, extra="", image=GUEST):
    """One VM of a description, with the measuring guest."""
    return f"""{name} {{
\t\tcpus = <{" ".join(map(str, cpus))}>;
\t\tmemory-size = <0x1000000>;
\t\timage = /incbin/("{image}");
\t\tbootargs = "{arguments}";
\t\t{extra}
\t}};"""


def compile_system(vms, place):
    """A description with these VMs as a blob in the directory `place`."""
    body = "\n\t".join(vms)
    source = f'/dts-v1/;\n/ {{\n\tcompatible = "signalbox,system";\n\tvms {{\n\t{body}\n\t}};\n}};\n'
    blob = Path(place) / "system.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob, "-"], input=source, text=True, check=True)
    return blob


def native_command(cpus, arguments):
    return [*machine(False, cpus), "-kernel", str(GUEST), "-append", arguments]


def signalbox_command(blob, cpus, memory_mib=512):
    return [*machine(True, cpus, memory_mib), "-kernel", str(IMAGE), "-initrd", str(blob)]


def run(command, timeout_s=60):
    """The figures that a run prints: a list of dictionaries, as the guest wrote them. Other VMs may be left."""
    command = ["timeout", "-k", "1", str(timeout_s), *command, "-serial", "stdio"]
    said = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as qemu:
        try:
            for line in qemu.stdout:
                said.append(line)
                if DONE in line:
                    return [json.loads(figure) for figure in FIGURE.findall("".join(said))]
        finally:
            qemu.terminate()
    raise LabError(f"the measuring guest did not finish within {timeout_s} s:\n{tail(said)}")


def tail(lines):
    return "".join("    " + line for line in lines[-8:])


def measure_native(cpus=1, arguments=""):
    return run(native_command(cpus, arguments))


RTC = 'devices = "/pl031@9010000";'


def measure_signalbox(vms, cpus=1, memory_mib=512):
    with tempfile.TemporaryDirectory() as place:
        return run(signalbox_command(compile_system(vms, place), cpus, memory_mib))


def compiler():
    """What the baseline is keyed by."""
    said = subprocess.run(["aarch64-linux-gnu-gcc", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]
