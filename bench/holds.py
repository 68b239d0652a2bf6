# SPDX-License-Identifier: Apache-2.0
"""
hold_worst: for how long can one VM keep another from its instructions by what it asks of Signalbox? A move holds all
vCPUs of a VM. The longest hold is a chain: a vCPU has come and waits; another one is in the longest exit that its guest
can cause, and comes behind that; then the mover does its work and lets go. Each link is counted from a trace of single
instructions, and they are added up. Where a processor waits for another one, the turns of its loop are no work: each
instruction of such a loop counts once.
"""

import bisect
import re
import socket
import subprocess
import tempfile
import time
from collections import namedtuple
from pathlib import Path

import lab

NEIGHBOUR = lab.BUILD / "guests/neighbour.elf"
IMAGE = (0x800000000000, 0x200000)
TRACED = re.compile(r"^Trace (\d+): \S+ \[\w+/(\w+)/", re.M)
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+[0-9a-f]{8}\s+(\S+)(?:.*?\s([0-9a-f]{8,16}) <)?", re.M)
HOLDS_MIN = 5  # in a trace: else it says too little
TRACES_MAX = 4  # a busy host may give the mover no turn in one of them
TRACE_BYTES = 120 << 20
DEVICE_SPI = 8  # its interrupts are those of which the guest `exits` makes none active

Excursion = namedtuple("Excursion", "cpu addresses")


class Code:
    """Which function an address is in, and which loops wait for another processor: those with a `yield`."""

    def __init__(self):
        symbols = sorted((place[0], name) for name, place in lab.symbols(lab.HYPERVISOR).items())
        self.starts, self.names = zip(*symbols)
        self.at = dict((name, start) for start, name in symbols)
        self.vectors = self.at["vectors"]
        listing = subprocess.run(["aarch64-linux-gnu-objdump", "-d", lab.HYPERVISOR], capture_output=True, text=True,
                                 check=True).stdout
        found = [(int(address, 16), name, int(target, 16) if target else None)
                 for address, name, target in INSTRUCTION.findall(listing)]
        back = [(target, address) for address, _, target in found if target is not None and target <= address]
        self.loops = [min((loop for loop in back if loop[0] <= at <= loop[1]), key=lambda loop: loop[1] - loop[0])
                      for at, name, _ in found if name == "yield"
                      and any(first <= at <= last for first, last in back)]

    def function(self, address):
        return self.names[bisect.bisect_right(self.starts, address) - 1]

    def is_entry(self, address):
        """Of an exception from a guest (DDI 0487, VBAR_EL2)."""
        return 0x400 <= address - self.vectors < 0x600 and address % 0x80 == 0

    def work(self, addresses):
        waits = [address for address in addresses if any(first <= address <= last for first, last in self.loops)]
        return len(addresses) - len(waits) + len(set(waits))


def excursions(code, log):
    """What each processor did at EL2 between a guest's instruction and the next."""
    current, found = {}, []
    for cpu, address in TRACED.findall(log):
        address = int(address, 16)
        if code.is_entry(address):
            found.append(Excursion(int(cpu), current.setdefault(cpu, [])))
            current[cpu] = found[-1].addresses
            if current[cpu]:
                current[cpu] = []
                found[-1] = Excursion(int(cpu), current[cpu])
        if cpu in current:
            current[cpu].append(address)
    last = {excursion.cpu: place for place, excursion in enumerate(found)}
    return [excursion for place, excursion in enumerate(found) if place not in last.values()]  # those that have ended


def windows(code, addresses):
    """From the first vCPU that is told to wait to the last that is let go: of each hold of an excursion."""
    found, open_ = [], False
    for place, address in enumerate(addresses):
        name = code.function(address)
        if name == "pause_begin" and not open_:
            found.append([place, 0])
            open_ = True
        elif name == "pause_end" and found:
            found[-1][1] = place + 1
            open_ = False
    return [addresses[first:end] for first, end in found if end]


def stretches(code, addresses):
    """
    Of an exit: cut where the vCPU answers its holder, before it has list registers for its guest again. A VM's own
    vCPUs hold each other, so several such places can be in one exit.
    """
    answers = [place for place in range(1, len(addresses)) if code.function(addresses[place]) == "sync_go_live"
               and code.function(addresses[place - 1]) != "sync_go_live"]
    return [addresses[begin:end] for begin, end in zip([0, *answers], [*answers, len(addresses)])]


def wait_for(is_so, qemu):
    until = lab.patience.Patience(qemu.pid)
    while not is_so():
        if qemu.poll() is not None or until.is_over():
            raise lab.LabError("the system whose holds are measured makes no progress")
        time.sleep(0.05)


def trace(command, place, guests, size, sign=b"culprit: begins"):
    """This many bytes of single instructions of Signalbox, once so many guests have said that they begin."""
    log, serial, monitor = place / "log", place / "serial", place / "monitor"
    # QEMU 7.2 has no `one-insn-per-tb`.
    command = [lab.SEVERAL_CPUS_QEMU, *command[1:], "-d", "nochain", "-dfilter", f"{IMAGE[0]:#x}+{IMAGE[1]:#x}", "-D", log, "-serial", f"file:{serial}",
               "-monitor", f"unix:{monitor},server=on,wait=off"]
    qemu = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    try:
        talk = socket.socket(socket.AF_UNIX)
        wait_for(lambda: not talk.connect_ex(str(monitor)), qemu)
        wait_for(lambda: serial.exists() and serial.read_bytes().count(sign) >= guests, qemu)
        talk.sendall(b"one-insn-per-tb on\nlog exec,nochain\n")
        wait_for(lambda: log.stat().st_size >= size, qemu)
        talk.sendall(b"quit\n")
        qemu.wait(lab.patience.NET_SECONDS)
        return log.read_text(errors="replace")
    finally:
        qemu.kill()
        qemu.wait()


def system(vcpus, delivery, both, device):
    """A VM that is held, and with `both` the one that the interrupt, or a whole device, comes from and goes to."""
    def vm(name, cpus, arguments, more):
        return lab.vm_source(name, cpus, arguments, more).replace(str(lab.GUEST), str(NEIGHBOUR))

    more = f'disturbance-percent = <100>; delivery = "{delivery}";'
    devices = f"devices = {device};" if device else lab.RTC
    vms = [vm("victim", range(1, 1 + vcpus), "case=exits begin=1", f"{devices} {more}")]
    if both:
        receives = devices.replace("devices", "receives")
        vms.append(vm("other", range(1 + vcpus, 1 + 2 * vcpus), "case=exits begin=1", f"{receives} {more}"))
    case = ("case=ferry to=0 and=1" if both else "case=route to=0") + (" device=1" if device else "")
    mover = 1 + vcpus * len(vms)
    arguments = f"{case} begin=20 intid={DEVICE_SPI + 32 if device else 34}"
    return [*vms, vm("mover", [mover], arguments, 'permissions = "irq-control";')], mover


def measure(vcpus, delivery, both, interrupts=1):
    """`interrupts`: of the device that moves; alone, if there is one."""
    code = Code()
    addition, device = lab.spare_devices(interrupts, DEVICE_SPI) if interrupts > 1 else ("", "")
    vms, mover = system(vcpus, delivery, both, device)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        blob = lab.compile_system(vms, place, "housekeeping-cpu = <0>;")
        command = lab.signalbox_command(blob, mover + 1)
        if device:
            command += ["-dtb", str(lab.host_tree(place, mover + 1, addition))]
        for _ in range(TRACES_MAX):
            # A move of several holds waits for as many turns of the others.
            found = excursions(code, trace(command, place, len(vms), TRACE_BYTES * (2 if device else 1)))
            holds = [code.work(held) for each in found if each.cpu == mover for held in windows(code, each.addresses)]
            if len(holds) >= HOLDS_MIN:
                break
    own = [code.work(part) for each in found if 1 <= each.cpu < mover for part in stretches(code, each.addresses)]
    if len(holds) < HOLDS_MIN:
        raise lab.LabError(f"a trace shows {len(holds)} holds only")
    what = f"a device with {interrupts} interrupts" if device else f"{len(vms) - 1} VM{'s' if both else ''} held"
    config = f"{delivery}, {vcpus} vCPUs, {what}"
    return [lab.row("signalbox", config, metric, "instructions", [value])
            for metric, value in (("exit_worst", max(own)), ("hold_window", max(holds)),
                                  ("hold_worst", max(own) + max(holds)))]


# VMs with so many vCPUs, whether two are held, and the interrupts of what moves; delivery is virtual: with direct
# delivery no other VM is held while a vCPU is waited for.
SYSTEMS = ((1, False, 1), (1, True, 1), (8, False, 1), (8, True, 1), (8, True, 8))


def rows(systems=SYSTEMS):
    return [row for vcpus, both, interrupts in systems for row in measure(vcpus, "virtual", both, interrupts)]


def lines(found, bar):
    """What a person reads of it."""
    chosen = [row for row in found if row["metric"] in ("exit_worst", "hold_window", "hold_worst")]
    return "\n".join(["", f"How long one VM can keep another from its instructions (hold_worst; bar {bar}):",
                      *(f"    {row['config']:36} {row['metric']:12} {row['max']:6}"
                        + (" too long" if row["metric"] == "hold_worst" and row["max"] > bar else "")
                        for row in chosen)])
