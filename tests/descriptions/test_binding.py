# SPDX-License-Identifier: Apache-2.0
"""Every system of the tree obeys systems/signalbox.yaml, and the binding notices what does not."""

import re
import subprocess
from pathlib import Path

import pytest

import patience

SYSTEMS = Path(__file__).resolve().parents[2] / "systems"
SOURCES = sorted(SYSTEMS.glob("*.dts"))


def words(command):
    """All that a command says, as neither dt-schema tool tells by its exit code."""
    done = patience.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def complaints(source, place):
    """What dt-validate says of a description. Images are left out: the binding does not look into them."""
    for file in [*SYSTEMS.glob("*.dts*"), source]:
        (place / file.name).write_text(re.sub(r"/incbin/\s*\([^)]*\)", "[00]", file.read_text()))
    binary = place / "system.dtb"
    patience.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", binary, source.name], cwd=place, check=True)
    return words(["/usr/bin/dt-validate", "-l", "signalbox", "-s", SYSTEMS, binary])


def test_binding_is_well_formed():
    assert words(["/usr/bin/dt-doc-validate", "-u", SYSTEMS, SYSTEMS / "signalbox.yaml"]) == ""


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_system_obeys(source, tmp_path):
    assert complaints(source, tmp_path) == ""


@pytest.mark.parametrize("property, complaint", [
    ('colour = "blue";', "colour"),
    ('cpus = "one";', "cpus"),
    ("cpus = <64>;", "cpus"),
    ('console = "loud";', "console"),
    ('delivery = "quick";', "delivery"),
    ('machine = "raspi4b";', "machine"),
    ('permissions = "direct", "smc";', "permissions"),
    ("firmware = [00];", "oneOf"),
    ("/delete-property/ image;", "firmware"),
    ("tree-at-start = <1>;", "tree-at-start"),
    ("budget-us = <1000>;", "period-us"),
    ("period-us = <1000>;", "budget-us"),
    ("budget-hard;", "budget-us"),
    ("closed-flag = <1>;", "closed-flag"),
    ("budget-hard = <1>; budget-us = <1000>; period-us = <1000>;", "budget-hard"),
], ids=["unknown property", "wrong type", "value too large", "unknown word", "unknown delivery", "unknown machine",
        "unknown permission", "image and firmware", "no image", "a flag with a value", "budget alone", "period alone", "no budget", "closed-flag with a number", "a flag with a number"])
def test_breach_is_noticed(property, complaint, tmp_path):
    source = tmp_path / "breach.dts"
    source.write_text((SYSTEMS / "demo.dts").read_text() + f"/ {{ vms {{ rt {{ {property} }}; }}; }};\n")
    assert complaint in complaints(source, tmp_path)


def test_turns_obey(tmp_path):
    source = tmp_path / "turns.dts"
    source.write_text((SYSTEMS / "demo.dts").read_text() + """/ { vms { rt {
        cpus = <1 1>; priority = <31>; slice-us = <100>; budget-us = <1000>; period-us = <10000>; budget-hard; }; }; };
""")
    assert complaints(source, tmp_path) == ""
