# SPDX-License-Identifier: Apache-2.0
"""Debian's Xen with one VM, the measuring guest, that Xen itself starts at boot (dom0less): no other VM is there."""

import struct
import subprocess
from pathlib import Path

import lab
import measure

XEN = lab.ASSETS / "xen"
CONFIG = "4.17 Debian credit2"
FETCH_TIMEOUT_S = 180
KERNEL_AT = 0x50000000  # where QEMU puts the modules: after Xen and the host tree, where nothing else is
TREE_AT = 0x52000000
PARTNER_AT = 0x54000000
SHARED_SAMPLES = 200
VM_RAM = 0x40000000
IMAGE_HEADER_BYTES = 64
GIC_PHANDLE = 0xfde8  # what Xen calls the GIC in a VM's tree

HOST_ADDITION = """
/ {{
	pl031@9010000 {{ xen,passthrough; }};
	chosen {{
		#address-cells = <2>;
		#size-cells = <2>;
		xen,xen-bootargs = "console=dtuart dtuart=/pl011@9000000 {options}";
		{partner}
		measure {{
			compatible = "xen,domain";
			#address-cells = <2>;
			#size-cells = <2>;
			cpus = <{cpus}>;
			memory = <0 {memory_kib:#x}>;
			vpl011;
			module@{kernel_at:x} {{
				compatible = "multiboot,kernel", "multiboot,module";
				reg = <0 {kernel_at:#x} 0 {kernel_size:#x}>;
				bootargs = "{arguments}";
			}};
			module@{tree_at:x} {{
				compatible = "multiboot,device-tree", "multiboot,module";
				reg = <0 {tree_at:#x} 0 {tree_size:#x}>;
			}};
		}};
	}};
}};
"""

# Another VM on the same processor.
PARTNER = """
		partner {{
			compatible = "xen,domain";
			#address-cells = <2>;
			#size-cells = <2>;
			cpus = <1>;
			memory = <0 {memory_kib:#x}>;
			vpl011;
			module@{kernel_at:x} {{
				compatible = "multiboot,kernel", "multiboot,module";
				reg = <0 {kernel_at:#x} 0 {kernel_size:#x}>;
				bootargs = "{arguments}";
			}};
		}};
"""

# The real-time clock, whose interrupt is measured, given to the VM.
PASSED_THROUGH = f"""/dts-v1/;
/ {{
	#address-cells = <2>;
	#size-cells = <2>;
	gic: gic {{ }};
	passthrough {{
		compatible = "simple-bus";
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		pl031@9010000 {{
			compatible = "arm,pl031";
			reg = <0 0x9010000 0 0x1000>;
			interrupts = <0 2 4>;
			interrupt-parent = <{GIC_PHANDLE:#x}>;
			xen,reg = <0 0x9010000 0 0x1000 0 0x9010000>;
			xen,path = "/pl031@9010000";
			xen,force-assign-without-iommu;
		}};
	}};
}};
"""


def fetch():
    """Is Xen there? Fetched when it is not; what stops that is of no concern here."""
    if not XEN.exists():
        subprocess.run(["timeout", str(FETCH_TIMEOUT_S), lab.ROOT / "scripts/setup", "xen"], check=False,
                       stderr=subprocess.DEVNULL)
    return XEN.exists()


def guest_image(place):
    """The guest as an arm64 Linux Image, the only form that Xen loads: a header that branches to the entry."""
    image = Path(place) / "measure.Image"
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", lab.GUEST, image], check=True)
    at = lab.symbols(lab.GUEST)  # _start is its first byte
    header_at = at["_start"][0] - IMAGE_HEADER_BYTES
    code = image.read_bytes()
    branch = 0x14000000 | (at["path_entry"][0] - header_at) // 4
    size = at["image_end"][0] - header_at
    header = struct.pack("<II3Q24x4s4x", branch, 0, header_at - VM_RAM, size, 0, b"ARM\x64")
    image.write_bytes(header + code)
    return image


def loaded(file, at):
    return ["-device", f"loader,file={file},addr={at:#x},force-raw=on"]


def command(place, cpus, arguments, partner=None, options=""):
    """`partner`: the arguments of a second VM, on the same processor."""
    kernel = guest_image(place)
    another = PARTNER.format(memory_kib=lab.VM_MIB << 10, arguments=partner, kernel_at=PARTNER_AT,
                             kernel_size=kernel.stat().st_size) if partner else ""
    passed = lab.compile_tree(PASSED_THROUGH, Path(place) / "passed.dtb")
    tree = lab.host_tree(place, cpus, HOST_ADDITION.format(
        cpus=cpus, memory_kib=lab.VM_MIB << 10, arguments=arguments, kernel_at=KERNEL_AT,
        kernel_size=kernel.stat().st_size, tree_at=TREE_AT, tree_size=passed.stat().st_size, partner=another,
        options=options))
    return [*lab.machine(True, cpus), "-kernel", str(XEN), "-dtb", str(tree),
            *loaded(kernel, KERNEL_AT), *loaded(passed, TREE_AT), *(loaded(kernel, PARTNER_AT) if partner else [])]


SYSTEM = lab.System("xen", CONFIG, command)

# The schedulers that measure what several VMs on a processor cost; with credit2 all else is measured, too.
SCHEDULERS = {CONFIG: "", "4.17 Debian credit": "sched=credit"}


def shared(partners):
    """Rows of {metric: what the partner does}, with each scheduler as it comes: both VMs have the same weight."""
    systems = [(lab.System("xen", config, lambda place, cpus, words, partner=partner, options=options:
                           command(place, cpus, words, partner, options)), metric)
               for config, options in SCHEDULERS.items() for metric, partner in partners.items()]
    return [row for system, metric in systems
            for row in measure.measure(system, 1, f"shares only={metric} samples={SHARED_SAMPLES}")]
