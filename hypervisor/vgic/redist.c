/* SPDX-License-Identifier: Apache-2.0 */
/* The redistributors (Arm IHI 0069, 12.11), one after another: RD_base and SGI_base frame of each vCPU. */
#include "vgic/words.h"

#define PART_REDISTRIBUTOR 0x93

/* The children follow at once; sleep changes nothing else, since a sleeping vCPU is woken anyway. */
static uint64_t read_waker(const struct vgic_cpu *cpu)
{
	return cpu->sleeping ? GICR_WAKER_PROCESSOR_SLEEP | GICR_WAKER_CHILDREN_ASLEEP : 0;
}

static uint64_t read_control(const struct vgic *gic, unsigned vcpu, uint32_t offset, unsigned size_bytes)
{
	if (size_bytes == 8)
		return offset == GICR_TYPER ? vgic_redist_typer(gic, vcpu) : 0;
	if (size_bytes != 4)
		return 0;
	if (offset == GICR_TYPER)
		return vgic_redist_typer(gic, vcpu) & BITS(31, 0);
	if (offset == GICR_TYPER + 4)
		return vgic_redist_typer(gic, vcpu) >> 32;
	if (offset == GICR_WAKER)
		return read_waker(gic->cpu[vcpu]);
	return offset >= GIC_ID_REGISTERS ? vgic_id_register(offset, PART_REDISTRIBUTOR) : 0;
}

/* A private interrupt changes while its vCPU runs it, or is held. With direct delivery its pCPU is that
 * vCPU's alone. */
static void access_private(struct vgic_op *op, uint32_t offset, struct vgic_access *access)
{
	if (access->write && op->vcpu != op->caller && !op->gic->direct && !(op->held >> op->vcpu & 1))
		op->effects->hold = 1u << op->vcpu;
	else
		vgic_op_access(op, offset, access);
}

bool vgic_redist_access(struct vgic *gic, unsigned vcpu, struct vgic_access *access,
						struct vgic_effects *effects)
{
	unsigned owner = (unsigned)(access->offset / GICR_FRAMES_BYTES);
	uint32_t offset = access->offset % GICR_FRAMES_BYTES;
	struct vgic_op op = {.gic = gic,
						 .caller = vcpu,
						 .vcpu = owner,
						 .private_bank = true,
						 .held = access->held,
						 .effects = effects};

	if (owner >= gic->vcpu_count)
		return false;
	effects->vcpu = owner;
	if (!is_aligned(offset, access->size_bytes))
		access->value = 0;
	else if (offset >= GICR_SGI_BASE + GIC_IGROUPR && offset < GICR_SGI_BASE + 0x1000)
		access_private(&op, offset - GICR_SGI_BASE, access);
	else if (!access->write)
		access->value = offset < GICR_SGI_BASE ? read_control(gic, owner, offset, access->size_bytes) : 0;
	else if (offset == GICR_WAKER && access->size_bytes == 4)
		gic->cpu[owner]->sleeping = access->value & GICR_WAKER_PROCESSOR_SLEEP;
	return true;
}
