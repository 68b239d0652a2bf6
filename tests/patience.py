# SPDX-License-Identifier: Apache-2.0
"""
For how long a test waits for what may never come. A busy host makes everything slow, so no verdict is taken from its
clock. The processor time of the programs that are waited for counts, which a neighbour cannot use up. A program that
sleeps uses none: for such programs alone there is a limit of real time.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

PROCESSOR_SECONDS = 240  # what two minutes of two processors are
NET_SECONDS = 1200
LOOK_SECONDS = 1
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
LIMITED = [shutil.which("prlimit"), f"--cpu={PROCESSOR_SECONDS}"]  # before a command: it, and all that it starts, each by itself


def run(command, **options):
    """subprocess.run() of what may hang."""
    return subprocess.run([*LIMITED, *command], timeout=NET_SECONDS, **options)


def processor_seconds(pid):
    """What a process has used, with all that it has started."""
    parents, seconds = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(place.name)] = int(words[1])  # proc(5): ppid; utime to cstime
        seconds[int(place.name)] = sum(map(int, words[11:15])) / TICKS_A_SECOND
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(seconds.get(member, 0) for member in family)


class Patience:
    """With a process that goes on, from now on."""

    def __init__(self, pid):
        self.pid = pid
        self.begin, self.used = time.monotonic(), processor_seconds(pid)
        self.looked = self.begin

    def is_over(self):
        now = time.monotonic()
        if now - self.looked < LOOK_SECONDS:
            return False
        self.looked = now
        return now - self.begin > NET_SECONDS or processor_seconds(self.pid) - self.used > PROCESSOR_SECONDS
