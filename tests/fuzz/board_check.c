/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold on the board, whatever its guest has done. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "vgic/lr.h"
#include "vm/layout.h"

#define VMCR_PMR BITS(31, 24)
#define SOFTWARE_SGI 3
#define SOFTWARE_SPI 45
#define PRIORITY_WORD 0x80808080u

static const uint32_t guest_intids[] = {GUEST_VIRTUAL_TIMER_INTID, BOARD_LEVEL_INTID, BOARD_EDGE_INTID};

void board_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	abort();
}

static uint32_t bit_of(uint32_t intid)
{
	return 1u << (intid % 32);
}

static bool is_linked(const struct vcpu *vcpu, uint32_t intid)
{
	const struct vgic_bank *bank = vgic_bank(&vcpu->vm->vgic, &vcpu->vm->vcpu[vcpu->index]->vgic, intid / 32);

	return bank->linked & bit_of(intid);
}

static void check_list_register(const struct vcpu *vcpu, uint64_t lr)
{
	uint32_t vintid = (uint32_t)FIELD_GET(LR_VINTID, lr), intid = (uint32_t)FIELD_GET(LR_PINTID, lr);

	if (vintid >= vcpu->vm->vgic.bank_count * 32 || vintid >= GIC_INTID_MAX)
		board_fail("vCPU %u has interrupt %u listed, which does not exist", vcpu->index, vintid);
	if (is_linked(vcpu, vintid) != !!(lr & LR_HW) || (lr & LR_HW && intid != vintid))
		board_fail("vCPU %u has interrupt %u listed with physical interrupt %u", vcpu->index, vintid, intid);
	if (lr & LR_HW && lr & LR_PENDING && lr & LR_ACTIVE)
		board_fail("vCPU %u has linked interrupt %u listed as active and pending", vcpu->index, vintid);
}

static void check_list_registers(const struct vcpu *vcpu)
{
	uint64_t valid[GIC_LR_MAX];
	unsigned count = 0;

	fake_cpu_select(vcpu->pcpu);
	for (unsigned n = 0; n < box.gic.lr_count; n++) {
		uint64_t lr = gic_lr_read(n);

		if (!(lr & (LR_PENDING | LR_ACTIVE)))
			continue;
		if (!vcpu->live)
			board_fail("vCPU %u has a list register in use that is nobody's", vcpu->index);
		check_list_register(vcpu, lr);
		for (unsigned m = 0; m < count; m++)
			if (FIELD_GET(LR_VINTID, valid[m]) == FIELD_GET(LR_VINTID, lr))
				board_fail("vCPU %u has interrupt %u listed twice", vcpu->index,
						   (uint32_t)FIELD_GET(LR_VINTID, lr));
		valid[count++] = lr;
	}
}

static bool is_listed(const struct vcpu *vcpu, uint32_t vintid)
{
	fake_cpu_select(vcpu->pcpu);
	for (unsigned n = 0; n < box.gic.lr_count; n++) {
		uint64_t lr = gic_lr_read(n);

		if (lr & (LR_PENDING | LR_ACTIVE) && FIELD_GET(LR_VINTID, lr) == vintid)
			return true;
	}
	return false;
}

static bool is_with(const struct vcpu *vcpu, uint32_t intid)
{
	return atomic_load(&vcpu->vgic.raised[intid / 32]) & bit_of(intid) || is_listed(vcpu, intid);
}

/* A physical interrupt is active exactly until its guest is done with it: else it would never come again. */
static void check_link(const struct vm *vm, unsigned v, uint32_t intid)
{
	const struct vgic_bank *bank =
		intid < GIC_PRIVATE_COUNT ? &vm->vcpu[v]->vgic.private : &vm->vgic.spi[intid / 32 - 1];
	bool ours = (bank->taken | bank->active) & bit_of(intid);

	for (unsigned other = 0; other < vm->vcpu_count; other++)
		if (intid >= GIC_PRIVATE_COUNT || other == v)
			ours |= is_with(vm->vcpu[other], intid);
	ours &= vm->state == VM_RUNNING; /* of one that is off, the model is made anew when it starts */
	if (gic_is_active(vm->vcpu[v]->pcpu, intid) != ours)
		board_fail("interrupt %u of vCPU %u is %s at the physical GIC", intid, v,
				   ours ? "with its guest, and not active" : "with nobody, and active");
}

void board_check(void)
{
	struct vm *vm = board_guest();

	for (unsigned v = 0; v < box.vcpu_count; v++)
		check_list_registers(box.vcpu[v]);
	if (vm->state != VM_RUNNING && vm->state != VM_STOPPED)
		return;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		check_link(vm, v, GUEST_VIRTUAL_TIMER_INTID);
	check_link(vm, 0, BOARD_LEVEL_INTID);
	check_link(vm, 0, BOARD_EDGE_INTID);
}

/* Nothing has changed interrupts that are not the guest's. */
static void check_foreign(void)
{
	const struct vm *neighbour = &box.vm[1];

	for (uint32_t intid = GIC_PRIVATE_COUNT; intid < GIC_INTID_MAX; intid++) {
		if (intid == BOARD_LEVEL_INTID || intid == BOARD_EDGE_INTID)
			continue;
		if (fake_gic_is_enabled(0, intid) || gic_is_pending(0, intid) || gic_is_active(0, intid) ||
			fake_gic_priority(0, intid) != GIC_PRIORITY_GUEST ||
			fake_gic_route(intid) != (intid == BOARD_NEIGHBOUR_INTID ? neighbour->vcpu[0]->pcpu : 0) ||
			gic_is_edge(0, intid) != (intid == BOARD_NEIGHBOUR_INTID))
			board_fail("interrupt %u, which is not the guest's, is not as it was", intid);
	}
	if (neighbour->state != VM_RUNNING || neighbour->psci.on != 1 || neighbour->faults || neighbour->mistakes)
		board_fail("the neighbour is not as it was");
	for (uint32_t b = 0; b < neighbour->vgic.bank_count; b++) {
		const struct vgic_bank *bank = b ? &neighbour->vgic.spi[b - 1] : &neighbour->vcpu[0]->vgic.private;

		if (bank->enabled | bank->active | bank->taken | bank->group1)
			board_fail("the neighbour's GIC is not as it was");
	}
}

/* The guest's driver at its start: whatever the state before. */
static void set_up_bank(unsigned bank)
{
	uint64_t base = bank ? GUEST_GICD_BASE : GUEST_GICR_BASE + GICR_SGI_BASE;
	static const uint32_t all_of_bank[] = {GIC_ICENABLER, GIC_ICPENDR, GIC_ICACTIVER, GIC_IGROUPR};

	for (unsigned i = 0; i < ARRAY_COUNT(all_of_bank); i++)
		board_write(0, base + all_of_bank[i] + bank * 4, UINT32_MAX);
	for (unsigned word = 0; word < 8; word++)
		board_write(0, base + GIC_IPRIORITYR + bank * 32 + word * 4, PRIORITY_WORD);
}

static void set_up_guest(void)
{
	const struct vm *vm = board_guest();

	for (unsigned i = 0; i < ARRAY_COUNT(guest_intids); i++) {
		fake_cpu_select(0);
		fake_gic_set_line(guest_intids[i], false);
	}
	board_write(0, GUEST_GICD_BASE + GICD_CTLR, 0);
	for (unsigned b = 0; b < vm->vgic.bank_count; b++)
		set_up_bank(b);
	for (unsigned p = 0; p < vm->vcpu_count; p++) {
		fake_cpu_select(p);
		gic_vif_set_vmcr(FIELD_PUT(VMCR_PMR, 0xf8) | ICH_VMCR_VENG1);
		gic_vif_priorities_load(&(struct gic_vif_priorities){.ap0r = {0}});
	}
	/* Triggers as they are wired. */
	board_write(0, GUEST_GICD_BASE + GIC_ICFGR + BOARD_LEVEL_INTID / 16 * 4,
				2u << (BOARD_EDGE_INTID % 16 * 2));
	for (uint32_t word = 2 * GIC_PRIVATE_COUNT; word < 2 * 64; word++)
		board_write(0, GUEST_GICD_BASE + GICD_IROUTER + 4 * word, 0);
	board_write(0, GUEST_GICD_BASE + GICD_CTLR, GICD_CTLR_ENABLE_GRP1);
	board_settle();
}

/* The interrupt comes once; and when the guest is done with it, nothing is left. */
static void expect_once(uint32_t vintid)
{
	uint32_t found;

	board_settle();
	fake_cpu_select(0);
	found = fake_guest_acknowledge(1);
	if (found != vintid)
		board_fail("interrupt %u was raised after the guest set its GIC up; ICC_IAR1 answers %u", vintid,
				   found);
	fake_gic_set_line(vintid, false);
	fake_guest_end(1, vintid);
	board_settle();
	fake_cpu_select(0);
	found = fake_guest_acknowledge(1);
	if (found != GIC_SPURIOUS)
		board_fail("interrupt %u comes after the end of interrupt %u", found, vintid);
}

static void check_delivery(void)
{
	static const uint32_t all[] = {GUEST_VIRTUAL_TIMER_INTID, BOARD_LEVEL_INTID, BOARD_EDGE_INTID,
								   SOFTWARE_SPI, SOFTWARE_SGI};

	set_up_guest();
	for (unsigned i = 0; i < ARRAY_COUNT(all); i++) {
		uint64_t base = all[i] < GIC_PRIVATE_COUNT ? GUEST_GICR_BASE + GICR_SGI_BASE : GUEST_GICD_BASE;

		board_write(0, base + GIC_ISENABLER + all[i] / 32 * 4, bit_of(all[i]));
		if (is_linked(board_guest()->vcpu[0], all[i])) {
			fake_cpu_select(0);
			fake_gic_set_line(all[i], true);
		} else {
			board_write(0, base + GIC_ISPENDR + all[i] / 32 * 4, bit_of(all[i]));
		}
		expect_once(all[i]);
	}
}

void board_check_at_end(void)
{
	board_settle();
	board_check();
	check_foreign();
	if (board_runs(0))
		check_delivery();
}
