# SPDX-License-Identifier: Apache-2.0
"""sbx, as a person runs it, on descriptions in a directory of the test's own."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

import patience

ROOT = Path(__file__).resolve().parents[2]
SBX = Path(os.environ.get("SBX", ROOT / "build/sbx"))


class Desk:
    """A directory with files, and sbx run in it."""

    def __init__(self, place):
        self.place = place
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("SBX")}
        self.write("raw.bin", "a raw image, sixteen or more bytes")

    def write(self, name, text):
        (self.place / name).write_text(text)
        return name

    def describe(self, vm, name="system.dts", root="", label="box"):
        """A system with one VM; `vm` holds properties beside its memory and image."""
        return self.write(name, f"""/dts-v1/;
/ {{
	compatible = "signalbox,system";
	{root}
	vms {{ {label} {{ memory-size = <0x1000000>; image = /incbin/("raw.bin"); {vm} }}; }};
}};
""")

    def fake_qemu(self, script):
        """A shell script in QEMU's place."""
        program = self.place / "fake-qemu"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.environment["SBX_QEMU"] = str(program)

    def sbx(self, *arguments):
        """(exit code, standard output, standard error)"""
        done = patience.run([SBX, *arguments], cwd=self.place, env=self.environment, capture_output=True, text=True,
                            stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def qemu_virt(tmp_path_factory):
    """QEMU's machine with four processors, compiled."""
    out = tmp_path_factory.mktemp("machine") / "qemu-virt-4cpu.dtb"
    subprocess.run([shutil.which("dtc"), "-q", "-O", "dtb", "-o", out, ROOT / "tests/data/qemu-virt-4cpu.dts"],
                   check=True)
    return out
