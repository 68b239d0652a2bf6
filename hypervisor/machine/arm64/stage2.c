/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/mmu.h"
#include "machine/arm64/sysregs.h"

static uint64_t vttbr(pa_t root, uint16_t vmid)
{
	return FIELD_PUT(VTTBR_VMID, vmid) | root.v;
}

void mmu_stage2_enter(pa_t root, uint16_t vmid)
{
	sysreg_write(VTTBR_EL2, vttbr(root, vmid));
	barrier_isb();
}

/* TLB maintenance by VMID acts on the one in VTTBR_EL2 (DDI 0487, TLBI VMALLS12E1IS). */
void mmu_stage2_flush(pa_t root, uint16_t vmid)
{
	uint64_t current = sysreg_read(VTTBR_EL2);

	barrier_dsb(ishst); /* writes to the tables, before what follows */
	mmu_stage2_enter(root, vmid);
	tlb_invalidate(vmalls12e1is);
	barrier_dsb(ish);
	sysreg_write(VTTBR_EL2, current);
	barrier_isb();
}

void mmu_forget_translations(void)
{
	tlb_invalidate(vmalle1);
	__asm__ volatile("ic iallu" : : : "memory");
	barrier_dsb(nsh);
	barrier_isb();
}

/* ID_AA64MMFR0_EL1.PARange, as bits; tables with 4 KiB pages have at most 48. */
static unsigned physical_bits(void)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48};
	unsigned range = ID_FIELD(ID_AA64MMFR0_EL1, 0);

	return range < ARRAY_COUNT(bits) ? bits[range] : 48;
}

unsigned mmu_stage2_ipa_bits(void)
{
	return physical_bits() < 40 ? physical_bits() : 40;
}
