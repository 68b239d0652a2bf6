# SPDX-License-Identifier: Apache-2.0
"""Descriptions of small systems, as text."""

from machine import ASSETS, BUILD

PROBE = BUILD / "guests/probe.elf"
RT = BUILD / "guests/rt.elf"

OFF = r"^\[signalbox\] .* \[{}\] is off; its memory is scrubbed$"  # of which VM?
SHARED = "shared-memory { table { }; };"  # of a VM, with a table in the root's


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


def linux(bootargs="", name="linux", cpus="1 2", flavour="cloud-arm64", memory="0x10000000", more=""):
    ramdisk = BUILD / "guests" / {"cloud-arm64": "demo.cpio.gz", "arm64": "demo-arm64.cpio.gz"}[flavour]
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
