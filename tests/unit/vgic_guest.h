/* SPDX-License-Identifier: Apache-2.0 */
/* A VM of two vCPUs and its GIC, for the tests of vgic/: 96 INTIDs, some of them linked. */
#ifndef UNIT_VGIC_GUEST_H
#define UNIT_VGIC_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine/api/gic_registers.h"
#include "vgic/lr.h"

#define INTID_COUNT 96
#define GICR_STRIDE 0x20000
#define LINKED_PPI 27
#define LINKED_EDGE 40
#define LINKED_LEVEL 41
#define SPI 50
#define PHYSICAL(vintid) ((vintid) + 100)
#define VMCR_BOTH (ICH_VMCR_VENG0 | ICH_VMCR_VENG1)

static struct vgic gic;
static struct vgic_cpu cpus[2];

static inline int set_up(void **state)
{
	(void)state;
	memset(cpus, 0x5a, sizeof(cpus));
	vgic_init(&gic, INTID_COUNT, 5);
	vgic_add_cpu(&gic, &cpus[0]);
	vgic_add_cpu(&gic, &cpus[1]);
	vgic_link(&gic, 0, LINKED_PPI, LINKED_PPI, false);
	vgic_link(&gic, 1, LINKED_PPI, LINKED_PPI, false);
	vgic_link(&gic, 0, LINKED_EDGE, PHYSICAL(LINKED_EDGE), true);
	vgic_link(&gic, 0, LINKED_LEVEL, PHYSICAL(LINKED_LEVEL), false);
	vgic_reset(&gic);
	return 0;
}

/* Everything folded and held, as the second try of an access has it. */
static inline struct vgic_effects write_size(unsigned vcpu, bool dist, uint64_t offset, unsigned size,
											 uint64_t value)
{
	struct vgic_access access = {
		.offset = offset, .size_bytes = size, .write = true, .held = VGIC_ALL_HELD, .value = value};
	struct vgic_effects effects = {.vcpu = vcpu};

	if (dist)
		vgic_dist_access(&gic, vcpu, &access, &effects);
	else
		assert_true(vgic_redist_access(&gic, vcpu, &access, &effects));
	return effects;
}

static inline uint64_t read_size(unsigned vcpu, bool dist, uint64_t offset, unsigned size)
{
	struct vgic_access access = {
		.offset = offset, .size_bytes = size, .held = VGIC_ALL_HELD, .value = 0xdeadbeef};
	struct vgic_effects effects = {.vcpu = vcpu};

	if (dist)
		vgic_dist_access(&gic, vcpu, &access, &effects);
	else
		assert_true(vgic_redist_access(&gic, vcpu, &access, &effects));
	return access.value;
}

/* One interrupt's bit in a register of words of 32. */
static inline struct vgic_effects write_bit(unsigned vcpu, uint32_t offset, uint32_t vintid)
{
	uint64_t at = offset + vintid / 32 * 4;

	if (vintid < GIC_PRIVATE_COUNT)
		at += vcpu * GICR_STRIDE + GICR_SGI_BASE;
	return write_size(vcpu, vintid >= GIC_PRIVATE_COUNT, at, 4, UINT64_C(1) << (vintid % 32));
}

static inline bool read_bit(unsigned vcpu, uint32_t offset, uint32_t vintid)
{
	uint64_t at = offset + vintid / 32 * 4;

	if (vintid < GIC_PRIVATE_COUNT)
		at += vcpu * GICR_STRIDE + GICR_SGI_BASE;
	return read_size(vcpu, vintid >= GIC_PRIVATE_COUNT, at, 4) >> (vintid % 32) & 1;
}

static inline void set_priority(unsigned vcpu, uint32_t vintid, uint8_t priority)
{
	uint64_t at = GIC_IPRIORITYR + vintid;

	if (vintid < GIC_PRIVATE_COUNT)
		at += vcpu * GICR_STRIDE + GICR_SGI_BASE;
	write_size(vcpu, vintid >= GIC_PRIVATE_COUNT, at, 1, priority);
}

/* Group 1, enabled, with this priority. */
static inline void prepare(unsigned vcpu, uint32_t vintid, uint8_t priority)
{
	uint64_t at = GIC_IGROUPR + vintid / 32 * 4, old;
	bool dist = vintid >= GIC_PRIVATE_COUNT;

	if (!dist)
		at += vcpu * GICR_STRIDE + GICR_SGI_BASE;
	old = read_size(vcpu, dist, at, 4);
	write_size(vcpu, dist, at, 4, old | UINT64_C(1) << (vintid % 32));
	set_priority(vcpu, vintid, priority);
	write_bit(vcpu, GIC_ISENABLER, vintid);
}

#endif
