/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a system description, on a machine and without one. Input: the file. */
#include <stdlib.h>

#include "input.h"
#include "trees.h"

const char *const trees_nodes[] = {"vms", "shared-memory", "linux", "rt", "table", "all", NULL};
const char *const trees_properties[] = {"compatible",
										"console",
										"housekeeping-cpu",
										"stay",
										"size",
										"cpus",
										"memory-size",
										"image",
										"ramdisk",
										"memory-address",
										"permissions",
										"bootargs",
										"address",
										"memory-identity",
										"doorbell",
										"load-address",
										"entry-address",
										"firmware",
										"tree-address",
										"tree-at-start",
										"device-tree",
										"devices",
										"read-only",
										"no-autostart",
										"disturbance-percent",
										"machine",
										"priority",
										"slice-us",
										"budget-us",
										"period-us",
										"budget-hard",
										"closed-flag",
										NULL};
const char *const trees_texts[] = {"signalbox,system",
								   "all",
								   "linux",
								   "none",
								   "emulated",
								   "physical",
								   "dma",
								   "/pl031@9010000",
								   "/pl061@9030000",
								   "/gpio-keys",
								   "/virtio_mmio@a001000",
								   "/intc@8000000",
								   "/pl011@9000000",
								   "/timer",
								   "rtc",
								   "virt",
								   NULL};

static const struct host *machine(void)
{
	static struct host host;
	struct trees_said said;

	if (host.tree)
		return &host;
	trees_said_init(&said, NULL);
	if (host_read(trees_copy(dt_blob_start, (size_t)(dt_blob_end - dt_blob_start)), 0, &host, &said.report) !=
		OK)
		trees_fail("the machine is not understood");
	return &host;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *description = trees_copy(data, size);

	trees_check_system(description, size, machine());
	trees_check_system(description, size, NULL);
	free(description);
	return 0;
}
