/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of config_*.c: a good system of one VM on QEMU's machine, with virtio transports in two pages.
 * Each test changes it, as a person's file might be, and looks at the messages.
 */
#ifndef TESTS_CONFIG_WORLD_H
#define TESTS_CONFIG_WORLD_H

#include "description.h"

static const char good_system[] =
	"/dts-v1/;\n"
	"/ { compatible = \"signalbox,system\";\n"
	"vms { linux { cpus = <0>; memory-size = <0x8000000>; image = /incbin/(\"Image\"); }; }; };\n";

/* A second VM, for what concerns two; its other properties go between. */
#define SECOND(properties) \
	"/ { vms { rt { cpus = <1>; memory-size = <0x400000>; image = [00 00 00 14]; " properties " }; }; };\n"

#define THIRD(properties) \
	"/ { vms { last { memory-size = <0x400000>; image = [00 00 00 14]; " properties " }; }; };\n"

static const char machine_changes[] =
	"/ { virtio_mmio@a001000 { compatible = \"virtio,mmio\"; dma-coherent; interrupts = <0 24 1>;\n"
	"    reg = <0 0xa001000 0 0x200>; };\n"
	"fw-cfg@9020000 { compatible = \"qemu,fw-cfg-mmio\"; reg = <0 0x9020000 0 0x18>; };\n"
	"pcie@10000000 { ranges; reg = <0x40 0x10000000 0 0x10000000>; };\n"
	"pmu { compatible = \"arm,armv8-pmuv3\"; interrupts = <1 7 4>; };\n"
	"off@b000000 { reg = <0 0xb000000 0 0x1000>; status = \"disabled\"; };\n"
	"many@b100000 { compatible = \"arm,sp804\"; reg = <0 0xb100000 0 0x1000 0 0xb110000 0 0x1000 0 0xb120000 "
	"0 0x1000\n"
	"    0 0xb130000 0 0x1000 0 0xb140000 0 0x1000>; };\n"
	"busy@b200000 { compatible = \"arm,sp804\"; reg = <0 0xb200000 0 0x1000>;\n"
	"    interrupts = <0 90 4 0 91 4 0 92 4 0 93 4 0 94 4 0 95 4 0 96 4 0 97 4 0 98 4>; };\n"
	"wrong@b300000 { compatible = \"arm,sp804\"; reg = <0 0xb300000 0 0x1000>; interrupts = <0 1020 4>; };\n"
	"torn@b400000 { compatible = \"arm,sp804\"; reg = <0 0xb400000 0 0x1000>; interrupts = <0 20>; };\n"
	"twin@b500000 { compatible = \"arm,sp804\"; reg = <0 0xb500000 0 0x1000>; interrupts = <0 2 4>; };\n"
	"twin@b600000 { compatible = \"arm,sp804\"; reg = <0 0xb600000 0 0x1000>; interrupts = <0 1 4>; };\n"
	"far@b700000 { compatible = \"arm,sp804\"; reg = <0x200 0 0 0x1000>; };\n"
	"button@b800000 { compatible = \"arm,sp804\"; reg = <0 0xb800000 0 0x1000>; interrupts = <3 4>;\n"
	"    interrupt-parent = <0x8007>; };\n"
	"pl061@9030000 { #interrupt-cells = <2>; interrupt-controller; };\n"
	"twin@8000000 { compatible = \"arm,sp804\"; reg = <0 0xb900000 0 0x1000>; };\n"
	"i2c@ba00000 { reg = <0 0xba00000 0 0x1000>; #address-cells = <1>; #size-cells = <0>;\n"
	"    sensor@48 { reg = <0x48>; }; };\n"
	"left@bb00000 { compatible = \"arm,sp804\"; reg = <0 0xbb00000 0 0x800>; interrupts = <0 30 4>; };\n"
	"right@bb00800 { compatible = \"arm,sp804\"; reg = <0 0xbb00800 0 0x800>; interrupts = <0 31 4>; };\n"
	"wide@bc00000 { compatible = \"arm,sp804\"; interrupts = <0 32 4>;\n"
	"    reg = <0 0xbc00000 0 0x1000 0 0xbc01000 0 0x1800>; };\n"
	"narrow@bc02800 { compatible = \"arm,sp804\"; reg = <0 0xbc02800 0 0x800>; interrupts = <0 33 4>; };\n"
	"sram@bd00000 { compatible = \"vendor,sram\", \"mmio-sram\"; reg = <0 0xbd00000 0 0x10000>;\n"
	"    #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0xbd00000 0x10000>; };\n"
	"flash@0 { compatible = \"cfi-flash\"; reg = <0 0 0 0x2000 0 0x4000000 0 0x4000000>; };\n"
	"low@2000 { compatible = \"arm,sp804\"; reg = <0 0x2000 0 0x1000>; };\n"
	"flash@be00000 { compatible = \"cfi-flash\"; reg = <0 0xbe00000 0 0x10000>; };\n"
	"aliases { rtc = \"/pl031@9010000\"; }; };\n";

static struct host world_host;
static struct system_config world_system;
static struct said world_said;
static void *world_tree;

static inline int world_set_up(void **state)
{
	uint8_t image[4096] = {0};

	if (description_set_up(state))
		return -1;
	memcpy(image + 16, (const uint8_t[]){0, 0, 0x20}, 3); /* image_size: 2 MiB */
	memcpy(image + 56, "ARM\x64", 4);
	description_file("Image", image, sizeof image);
	said_init(&world_said);
	return host_read(description_machine("qemu-virt-4cpu.dts", machine_changes), 0, &world_host,
					 &world_said.report);
}

static inline int world_tear_down(void **state)
{
	free((void *)world_host.tree);
	free(world_tree);
	return description_tear_down(state);
}

/* Reads the good system with the changes, against a machine or (NULL) none. */
static inline enum err world_read_on(const struct host *host, const char *changes)
{
	char source[8192];
	size_t size;

	snprintf(source, sizeof source, "%s%s", good_system, changes);
	free(world_tree);
	world_tree = description_compile(source, &size);
	said_init(&world_said);
	return config_read(world_tree, size, host, &world_system, &world_said.report);
}

static inline enum err world_read(const char *changes)
{
	return world_read_on(&world_host, changes);
}

/* Reads every byte that would be copied to the memory of VMs that may start. */
static inline void world_load(void)
{
	for (unsigned i = 0; i < world_system.vm_count; i++) {
		const struct config_vm *vm = &world_system.vm[i];
		struct config_placement placement;
		struct config_segment segment;

		if (!vm->valid || config_place(vm, vm->memory_ipa, 0x10000, &placement, &world_said.report))
			continue;
		for (unsigned n = 0; config_segment(vm, &placement, n, &segment); n++) {
			assert_true(segment.ipa >= vm->memory_ipa);
			assert_true(segment.file_size <= segment.memory_size);
			assert_true(segment.ipa + segment.memory_size <= vm->memory_ipa + vm->memory_size);
			for (uint64_t byte = 0; byte < segment.file_size; byte++)
				(void)((const volatile uint8_t *)segment.data)[byte];
		}
	}
}

/* One mistake, and the words that a person sees. */
struct mistake {
	const char *changes;
	const char *words;
};

/*
 * Each mistake is reported and counted. It stops the VM in which it is (the last one of the file), and no
 * other.
 */
static inline void world_expect_mistakes(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned lines = 0;

		assert_int_equal(world_read(mistakes[i].changes), OK);
		assert_string_equal(world_said.text, mistakes[i].words);
		for (const char *c = mistakes[i].words; *c; c++)
			lines += *c == '\n';
		assert_int_equal(world_system.mistake_count, lines);
		assert_int_equal(world_said.report.line_count, lines);
		for (unsigned vm = 0; vm < world_system.vm_count; vm++) {
			char path[64];

			snprintf(path, sizeof path, "/vms/%s", world_system.vm[vm].name);
			assert_int_equal(world_system.vm[vm].valid, strstr(mistakes[i].words, path) == NULL);
		}
	}
}

#endif
