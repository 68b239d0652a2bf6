# SPDX-License-Identifier: Apache-2.0
"""What sbx builds for boot loaders, as U-Boot's own tools read it."""

import os
import re
import struct
import subprocess
import zlib

import pytest

from conftest import SBX


@pytest.fixture
def built(desk):
    """built(format, arguments...) builds a small system; the file."""
    desk.describe("cpus = <1>;")

    def build(form, *arguments):
        out = f"system.{form}"
        assert desk.sbx("build", "system.dts", "-o", out, "--format", form, *arguments) == (0, "", "")
        return desk.place / out
    return build


def tool(*words):
    """What one of U-Boot's tools prints, in no time zone."""
    return subprocess.run(words, check=True, capture_output=True, text=True, env={**os.environ, "TZ": "UTC"}).stdout


def part(file, number, place):
    """One of the files in a FIT or legacy image."""
    tool("dumpimage", "-T", "flat_dt", "-p", str(number), "-o", place / "part", file)
    return (place / "part").read_bytes()


def test_a_description_alone_is_the_same_with_its_format_named(desk, built):
    named = built("dtb").read_bytes()
    assert desk.sbx("build", "system.dts", "-o", "plain.dtb") == (0, "", "")
    assert named == (desk.place / "plain.dtb").read_bytes()


def test_a_legacy_ramdisk(built):
    image, description = built("uimage"), built("dtb").read_bytes()
    said = tool("dumpimage", "-l", image)
    assert "Image Name:   Signalbox system description" in said
    assert "Image Type:   AArch64 Linux RAMDisk Image (uncompressed)" in said
    assert f"Data Size:    {len(description)} Bytes" in said
    contents = image.read_bytes()
    assert contents[64:] == description
    magic, crc, _, size, _, _, data_crc = struct.unpack(">7I", contents[:28])
    assert (magic, size, data_crc) == (0x27051956, len(description), zlib.crc32(description))
    assert crc == zlib.crc32(contents[:4] + b"\0\0\0\0" + contents[8:64])


def test_a_legacy_ramdisk_is_what_mkimage_makes(desk, built):
    image, description = built("uimage").read_bytes(), built("dtb")
    subprocess.run(["mkimage", "-A", "arm64", "-O", "linux", "-T", "ramdisk", "-C", "none", "-n",
                    "Signalbox system description", "-d", description, desk.place / "theirs"], check=True,
                   capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "0"})
    assert image == (desk.place / "theirs").read_bytes()


def test_a_fit(desk, built):
    image, description = built("fit"), built("dtb").read_bytes()
    said = tool("dumpimage", "-l", image)
    assert re.search(r"Image 0 \(kernel\)\n +Description: +the hypervisor Signalbox\n", said)
    assert "Type:         Kernel Image (no loading done)" in said and "Type:         RAMDisk Image" in said
    assert "Default Configuration: 'signalbox'" in said and "FDT:" not in said
    assert said.count("Hash algo:    crc32") == 2
    assert f"Hash value:   {zlib.crc32(description):08x}" in said
    assert part(image, 0, desk.place) == (SBX.parent / "signalbox").read_bytes()
    assert part(image, 1, desk.place) == description
    assert image.read_bytes().find(description) % 8 == 0


def test_a_fit_with_the_machines_tree(desk, built, qemu_virt):
    image = built("fit", "--fdt", str(qemu_virt))
    said = tool("dumpimage", "-l", image)
    assert "FDT:          fdt" in said and "Type:         Flat Device Tree" in said
    assert part(image, 2, desk.place) == qemu_virt.read_bytes()
    assert image.read_bytes().find(qemu_virt.read_bytes()) % 8 == 0


@pytest.mark.parametrize("more", range(8))
def test_a_hypervisor_of_any_length(desk, built, more):
    """SBX_IMAGE names another one. What follows it is aligned."""
    other = (SBX.parent / "signalbox").read_bytes() + b"x" * more
    (desk.place / "other").write_bytes(other)
    desk.environment["SBX_IMAGE"] = "other"
    image, description = built("fit"), built("dtb").read_bytes()
    assert part(image, 0, desk.place) == other
    assert image.read_bytes().find(description) % 8 == 0


@pytest.mark.parametrize("arguments, words", [
    (["--format", "zip"], 'build: there is no format "zip"; use dtb, uimage or fit'),
    (["--format", "uimage", "--fdt", "system.dts"], "build: --fdt needs --format fit"),
    (["--fdt", "system.dts"], "build: --fdt needs --format fit"),
    (["--format", "fit", "--fdt", "system.dts"], "system.dts: is not a compiled device tree"),
    (["--format", "fit", "--fdt", "absent.dtb"], "absent.dtb: No such file or directory"),
    (["--format"], "build: `--format` is unknown here"),
])
def test_mistakes(desk, arguments, words):
    desk.describe("cpus = <1>;")
    code, out, err = desk.sbx("build", "system.dts", "-o", "out", *arguments)
    assert (code, out) == (2, "") and f"sbx: {words}" in err
    assert not (desk.place / "out").exists()


def test_a_fit_without_a_hypervisor(desk):
    desk.describe("cpus = <1>;")
    desk.environment["SBX_IMAGE"] = "/absent/signalbox"
    code, _, err = desk.sbx("build", "system.dts", "-o", "out", "--format", "fit")
    assert code == 2 and "sbx: /absent/signalbox: No such file or directory" in err
