# SPDX-License-Identifier: Apache-2.0
"""A machine under test: `sbx run`, its console as text, keys to type, and QEMU's monitor (QMP)."""

import codecs
import fcntl
import json
import os
import re
import select
import signal
import socket
import subprocess
import termios
import threading
import time
from pathlib import Path

from patience import LOOK_SECONDS, NET_SECONDS, Patience

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SIGNALBOX_BUILD", ROOT / "build"))
ASSETS = ROOT / "build/assets"
NEWER_QEMU = ASSETS / "qemu/qemu-system-aarch64"

ESCAPE = "\x1d"  # Ctrl-]
BEGUN_SEQUENCE = re.compile(rb"\x1b(\[[0-9;?]*)?\Z")
LOG_LINE = re.compile(r"^\[signalbox\] .*\n", re.MULTILINE)
CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x1b[78]")


class Machine:
    """
    Runs a description (a file, or its text) until the test ends. Extra arguments are QEMU's. `image` is a hypervisor
    beside signalbox, in the same directory.
    """

    def __init__(self, place, description, *arguments, qemu=None, stays=True, image="signalbox"):
        place.mkdir(exist_ok=True)
        self.place = place
        if not isinstance(description, Path):
            (place / "system.dts").write_text(description)
            description = place / "system.dts"
        self.qemu, self.image = qemu, BUILD / image
        # A busy host may stop a guest in the middle of a line.
        command = ["setpriv", "--pdeathsig", "KILL", BUILD / "sbx", "run", description, "--", "-append",
                   "console.whole-lines=1"]
        self._start(command, arguments, stays)

    def _start(self, command, arguments, stays):
        self.errors = self.place / "errors"  # what QEMU says of itself would come in the middle of a line
        self.said = ""  # all that was on the console, without colours
        self.cursor = 0  # expect() has seen all before it
        self.ended = False
        self._news = threading.Condition()
        # A socket's path is short; pytest's places may not be.
        self.qmp_path = f"/tmp/signalbox-{os.getpid()}-{id(self):x}.qmp"
        # It begins when something waits for the event of its end, since events are not repeated; or, with -S, when a test says.
        begins = "-S" not in arguments
        arguments = ["-S", "-qmp", f"unix:{self.qmp_path},server=on,wait=off", *(["-no-shutdown"] if stays else []),
                     *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SBX")}
        if self.qemu:
            environment["SBX_QEMU"] = str(self.qemu)
        if self.image:
            environment["SBX_IMAGE"] = str(self.image)
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen([str(word) for word in [*command, *arguments]], cwd=ROOT, env=environment,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._qmp = None
        self._events = []
        try:
            self._qmp_open()
            if begins:
                self.qmp("cont")
        except BaseException:
            self.kill()
            raise

    def _read(self):
        raw = b""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while not self.ended:
            select.select([self.process.stdout], [], [])
            with self._news:  # so what has left the pipe is in `said`
                raw = self._take(raw, decoder)
                self._news.notify_all()

    def _take(self, raw, decoder):
        piece = os.read(self.process.stdout.fileno(), 65536)
        raw += piece
        begun = BEGUN_SEQUENCE.search(raw) if piece else None  # it waits for the rest
        cut = begun.start() if begun else len(raw)
        self.said += CONTROL_SEQUENCE.sub("", decoder.decode(raw[:cut]))
        self.ended = not piece
        return raw[cut:]

    def _has_unread(self):
        return fcntl.ioctl(self.process.stdout, termios.FIONREAD, bytes(4)) != bytes(4)

    # -- the console

    def expect(self, pattern, since=None):
        """Waits for the regular expression after what was seen last; returns the match. `$` is the end of a line."""
        start = self.cursor if since is None else since
        expression = self._compile(pattern)
        found = self._wait_for(lambda: expression.search(self.said, start), f"/{pattern}/")
        self.cursor = found.end()
        return found

    def expect_after(self, action, pattern):
        """The same, and does something again and again until then."""
        expression = self._compile(pattern)
        self.cursor = self._wait_for(lambda: expression.search(self.said, self.cursor) or action(), f"/{pattern}/").end()

    @staticmethod
    def _compile(pattern):
        return re.compile(pattern.replace("$", r"(?=\n)"), re.MULTILINE)  # not the end of what came so far

    def expect_line(self, wanted):
        """
        Waits until the last that one of several VMs has printed is its line, {name: text}; answers which. A line that
        pauses in its middle is shown in pieces.
        """
        def shown():
            lines = re.compile(r"^\[(.+?)\] (.*)\n", re.MULTILINE).findall(self.said, self.cursor)
            return next((name for name, text in wanted.items()
                         if "".join(piece for of, piece in lines if of == name).endswith(text)), None)

        name = self._wait_for(shown, f"any of {wanted}")
        self.cursor = len(self.said)
        return name

    def _wait_for(self, found, what):
        """Waits until found(), which looks at the output, returns something, and returns that."""
        patience, off = self.patience(), False
        with self._news:
            while not (answer := found()):
                if self.ended or off or patience.is_over():
                    why = "the machine ended" if self.ended or off else "nothing more came"
                    raise AssertionError(f"{why} before {what}; the console:\n{self.excerpt()}")
                if not self._news.wait(LOOK_SECONDS):
                    off = self._is_off_and_silent()
            return answer

    def _is_off_and_silent(self):
        """Whether QEMU's machine has switched itself off, and nothing was on its way from before that."""
        said = len(self.said)
        self._news.release()  # the reader may be what QEMU waits for
        try:
            off = self.qmp("query-status")["status"] == "shutdown"
        finally:
            self._news.acquire()
        return off and not self._news.wait(LOOK_SECONDS) and len(self.said) == said

    def patience(self):
        return Patience(self.process.pid)

    def printed_by(self, name):
        """
        All that a VM has printed in the view of all VMs, as one line. (One that was in the making when the monitor was
        opened is shown in pieces.)
        """
        return "".join(re.findall(rf"^\[{name}\] (.*)$", self.said, re.MULTILINE))

    def excerpt(self):
        """The beginning and the end of the output, and what QEMU said of itself."""
        said = self.said if len(self.said) < 8000 else f"{self.said[:4000]}\n ... \n{self.said[-4000:]}"
        return said + self.errors.read_text(errors="replace")[-4000:]

    def type(self, keys):
        self.process.stdin.write(keys.encode())
        self.process.stdin.flush()

    def escape(self, key):
        """Ctrl-] and a key."""
        self.type(ESCAPE + key)

    def monitor(self, *commands):
        """Opens the monitor, gives commands, leaves it; answers what each printed, without the log's lines."""
        answers = []
        self.escape("m")
        self.expect(r"-- monitor: help lists the commands, Ctrl-C leaves --\n> ")
        for command in commands:
            self.type(command + "\r")
            self.expect(rf"{re.escape(command)}\n")
            start = self.cursor
            self.expect(r"^> ")
            answer = self.said[start:self.cursor - 2]
            # Lines of the log may come between the lines of the answer.
            answers.append(answer if command.startswith("log") else LOG_LINE.sub("", answer))
        self.type("\x03")
        self.expect(r"^-- .*keys go to")
        return answers[0] if len(answers) == 1 else answers

    # -- QEMU

    def _qmp_read(self):
        try:
            line = self._qmp.readline()
        except TimeoutError:
            raise AssertionError("QEMU said nothing more; the console:\n" + self.excerpt()) from None
        if not line:
            raise AssertionError("QEMU ended; the console:\n" + self.excerpt())
        message = json.loads(line)
        if "event" in message:
            self._events.append(message)
        return message

    def _qmp_open(self):
        patience = self.patience()
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(NET_SECONDS)
        while True:
            try:
                connection.connect(self.qmp_path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                if self.process.poll() is not None or patience.is_over():
                    raise AssertionError("QEMU does not run; it said:\n" + self.excerpt()) from None
                time.sleep(0.02)
        self._qmp = connection.makefile("rw")
        self._qmp_read()
        self.qmp("qmp_capabilities")

    def qmp(self, name, **arguments):
        self._qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while True:
            message = self._qmp_read()
            if "return" in message:
                return message["return"]
            assert "error" not in message, message

    def memory(self, address, size):
        """Physical memory."""
        file = self.place / "memory"
        self.qmp("pmemsave", val=address, size=size, filename=str(file))
        contents = file.read_bytes()
        file.unlink()
        return contents

    def expect_off(self):
        """Waits until the machine has switched itself off; QEMU stays, for memory() to be asked."""
        while not any(event["event"] == "SHUTDOWN" for event in self._events):
            self._qmp_read()
        assert [event["data"]["reason"] for event in self._events if event["event"] == "SHUTDOWN"] == ["guest-shutdown"]
        self.qmp("query-status")  # what was printed before has left QEMU
        with self._news:
            while self._has_unread():
                self._news.wait(LOOK_SECONDS)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        if self._qmp:
            self._qmp.close()
        Path(self.qmp_path).unlink(missing_ok=True)


class Native(Machine):
    """The same for a program that runs without Signalbox, as the control of a measurement."""

    def __init__(self, place, image, bootargs, *arguments, qemu=None, ramdisk=None):
        place.mkdir(exist_ok=True)
        self.place = place
        self.qemu, self.image = qemu, None
        command = ["setpriv", "--pdeathsig", "KILL", qemu or "qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu",
                   "cortex-a72", "-m", "512", "-nodefaults", "-display", "none", "-serial", "stdio", "-kernel", image,
                   "-append", bootargs, *(["-initrd", ramdisk] if ramdisk else [])]
        self._start(command, arguments, True)


class Bare(Machine):
    """Any machine of QEMU, with the arguments that are given; `serial` says which UART is the console."""

    def __init__(self, place, *arguments, qemu=None, serial=0):
        place.mkdir(exist_ok=True)
        self.place = place
        self.qemu, self.image = None, None
        command = ["setpriv", "--pdeathsig", "KILL", qemu or "qemu-system-aarch64", "-display", "none", "-audiodev",
                   "none,id=quiet", *["-serial", "null"] * serial, "-serial", "stdio"]
        self._start(command, arguments, True)
