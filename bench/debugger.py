# SPDX-License-Identifier: Apache-2.0
"""QEMU's debugger port: as much of GDB's protocol as stepping and reading memory take."""

import re
import socket
import time

import lab


def arguments(path, stopped=False):
    """What QEMU's command line needs for a Debugger(path, ...)."""
    return ["-chardev", f"socket,path={path},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb",
            *(["-S"] if stopped else [])]


class Debugger:
    """Stops the machine when it connects."""

    def __init__(self, path, qemu):
        self.socket = socket.socket(socket.AF_UNIX)
        while self.socket.connect_ex(str(path)):  # until QEMU has started
            if qemu.poll() is not None:
                raise lab.LabError("QEMU did not start")
            time.sleep(0.01)
        self.received = b""
        self.ask("Qqemu.sstep=1")  # interrupts and timers go on while stepping

    def ask(self, text):
        check = sum(text.encode()) % 256
        self.socket.sendall(f"${text}#{check:02x}".encode())
        answer = self.answer()
        while answer.startswith("T") and text not in ("c", "s"):  # that it stopped when we came
            answer = self.answer()
        return answer

    def answer(self):
        while True:
            found = re.search(rb"\$([^#]*)#..", self.received)
            if found:
                self.received = self.received[found.end():]
                self.socket.sendall(b"+")
                return found[1].decode()
            more = self.socket.recv(65536)
            if not more:
                raise lab.LabError("QEMU ended while a debugger was connected")
            self.received += more

    def pc(self):
        registers = bytes.fromhex(self.ask("g"))  # x0 to x30, sp, pc
        return int.from_bytes(registers[32 * 8:33 * 8], "little")

    def run_to(self, address):
        self.ask(f"Z1,{address:x},4")
        self.ask("c")
        self.ask(f"z1,{address:x},4")

    def step(self):
        self.ask("s")
        return self.pc()

    def read_physical(self, address, size):
        self.ask("Qqemu.PhyMemMode:1")
        return bytes.fromhex(self.ask(f"m{address:x},{size:x}"))
