# SPDX-License-Identifier: Apache-2.0
"""Descriptions of small systems, as text."""

import json
import subprocess

from machine import ASSETS, BUILD, ROOT

PROBE = BUILD / "guests/probe.elf"
RT = BUILD / "guests/rt.elf"
MASKS = BUILD / "guests/masks.elf"
CLOSED = BUILD / "guests/closed.elf"
RTOS = BUILD / "guests/rtos.elf"
NEIGHBOUR = BUILD / "guests/neighbour.elf"

RAMDISKS = {"cloud-arm64": "demo.cpio.gz", "arm64": "demo-arm64.cpio.gz", "rt-arm64": "demo-rt.cpio.gz"}
UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"  # Debian's package u-boot-qemu

OFF = r"^\[signalbox\] .* \[{}\] is off; its memory is zeroed$"  # of which VM?
DIRECTLY = r"^\[signalbox\] .* \[{}\] its interrupts come directly now$"
NOT_DIRECTLY = r"^\[signalbox\] .* \[{}\] its interrupts come through Signalbox now: {}$"
COUNTED = "-icount", "shift=4,align=off,sleep=off"  # of QEMU: time is what instructions make of it
OFTEN = "disturbance-percent = <100>;"  # of a VM: others may have it held as often as they ask
SHARED = "shared-memory { table { }; };"  # of a VM, with a table in the root's


SECTION_WORST = 22000  # ticks: of EL2, for which it does not look who is ready; bench/sections.py measures


def section_worst():
    """The baseline's, where it has one."""
    return max(rows.get("virtual: el2_section_worst", {"max": SECTION_WORST})["max"] for rows in baselines())


def wake_worst():
    """From the deadline of a more urgent vCPU to its vector, while another one's guest runs: of any compiler's build."""
    return max(rows["virtual: wake_busy_entry"]["max"] for rows in baselines())


def baselines():
    return json.loads((ROOT / "bench/baseline.json").read_text()).values()


def delivery(mode):
    """For `more` of a VM."""
    return f'delivery = "{mode}";'


def vm(name, image, cpus="0", memory="0x1000000", bootargs="", more=""):
    """A node for a VM; `more` holds further properties and nodes."""
    return f"""
		{name} {{
			cpus = <{cpus}>;
			memory-size = <{memory}>;
			{f'image = /incbin/("{image}");' if image else ""}
			bootargs = "{bootargs}";
			{more}
		}};"""


def probe(cases, name="probe", cpus="0", more="", **words):
    arguments = " ".join([f"case={cases}", *(f"{key}={value}" if value is not True else key
                                             for key, value in words.items())])
    return vm(name, PROBE, cpus, bootargs=arguments, more=more)


def rt(bootargs="", name="rt", cpus="0", more=""):
    return vm(name, RT, cpus, bootargs=bootargs, more=more)


def masks(bootargs="", name="masks", cpus="0", more=""):
    return vm(name, MASKS, cpus, bootargs=bootargs, more=more)


def rtos(manner, bootargs="", name="rtos", cpus="1", more=""):
    return vm(name, RTOS, cpus, bootargs=f"manner={manner} {bootargs}", more=more)


def linux(bootargs="", name="linux", cpus="1 2", flavour="cloud-arm64", memory="0x10000000", more=""):
    ramdisk = BUILD / "guests" / RAMDISKS[flavour]
    more += f'\n\t\t\tramdisk = /incbin/("{ramdisk}");'
    return vm(name, ASSETS / "linux" / flavour / "Image", cpus, memory, f"console=ttyAMA0 quiet {bootargs}", more)


def system(*vms, root=""):
    return f"""/dts-v1/;
/ {{
	compatible = "signalbox,system";
	{root}
	vms {{{"".join(vms)}
	}};
}};
"""


def changed_tree(place, source, *size):
    """The arguments of a machine of that size whose device tree has more source at its end."""
    plain, blob = place / "plain.dtb", place / "host.dtb"
    subprocess.run(["qemu-system-aarch64", "-M", f"virt,virtualization=on,gic-version=3,dumpdtb={plain}", "-cpu",
                    "cortex-a72", *size, "-nodefaults", "-display", "none"], check=True, capture_output=True)
    original = subprocess.run(["dtc", "-q", "-O", "dts", plain], check=True, capture_output=True, text=True).stdout
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob, "-"], input=f"{original}\n{source}", check=True, text=True)
    return *size, "-dtb", blob


def spare_devices(place, intids, *size, first=0x0c000000):
    """
    Devices that QEMU's machine does not have, to own its unused interrupts (a multiple of 8): a VM's property, then the
    arguments of a machine of that size.
    """
    bases = {first + 0x1000 * n: intids[n * 8:n * 8 + 8] for n in range(len(intids) // 8)}
    nodes = [f'spare@{base:x} {{ compatible = "syscon"; reg = <0 {base:#x} 0 0x1000>; '
             f'interrupts = <{" ".join(f"0 {intid - 32} 1" for intid in owned)}>; }};'
             for base, owned in bases.items()]
    paths = ", ".join(f'"/spare@{base:x}"' for base in bases)
    return f"devices = {paths};", *changed_tree(place, f"/ {{ {' '.join(nodes)} }};", *size)
