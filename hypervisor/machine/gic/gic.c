/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/gic.h"

#include "base/lock.h"
#include "base/log.h"
#include "machine/api/cpu.h"
#include "machine/api/gic_registers.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"
#include "machine/gic/internal.h"
#include "machine/mmio.h"

#define RWP_DEADLINE_US 100000

/* Written by gic_init_distributor() on the boot CPU, before others run. */
static uint64_t dist;
static bool two_states;

/*
 * For the parts of the distributor that interrupts of several VMs share: GICD_CTLR.RWP, and words that are
 * not write-one-to-act.
 */
static struct lock shared = {.rank = LOCK_GIC};

bool gic_has_two_states(void)
{
	return two_states;
}

static bool wait_until_clear(uint64_t address, uint32_t bits, uint64_t patience_us)
{
	uint64_t deadline = cpu_counter() + cpu_us_to_ticks(patience_us);

	while (mmio_read32(address) & bits) {
		if (cpu_counter() > deadline)
			return false;
		cpu_relax();
	}
	return true;
}

static enum err check_cleared(bool cleared, uint64_t address, uint32_t bits)
{
	static struct log_source said; /* guests can make the distributor slow */

	if (cleared)
		return OK;
	log_of_limited(&said, LOG_ERROR, "GIC: bits 0x%x of the register at 0x%lx are still set after %u us",
				   bits, address, RWP_DEADLINE_US);
	return ERR_TIMEOUT;
}

enum err gic_wait_clear(uint64_t address, uint32_t bits)
{
	return check_cleared(wait_until_clear(address, bits, RWP_DEADLINE_US), address, bits);
}

/* The frame of INTID's registers: 0..31 in the redistributor, the others in the distributor. */
static inline uint64_t frame_of(unsigned pcpu, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT ? redistributor_of(pcpu) + GICR_SGI_BASE : dist;
}

/* Writes the word in which INTID has a bit. */
static inline void write_bits(unsigned pcpu, uint32_t intid, uint64_t row, uint32_t bits)
{
	mmio_write32(frame_of(pcpu, intid) + row + intid / 32 * 4, bits);
}

static inline void write_bit(unsigned pcpu, uint32_t intid, uint64_t row)
{
	write_bits(pcpu, intid, row, (uint32_t)BIT(intid % 32));
}

static inline uint32_t read_bits(unsigned pcpu, uint32_t intid, uint64_t row)
{
	return mmio_read32(frame_of(pcpu, intid) + row + intid / 32 * 4);
}

static inline bool read_bit(unsigned pcpu, uint32_t intid, uint64_t row)
{
	return read_bits(pcpu, intid, row) & BIT(intid % 32);
}

/* Every SPI disabled, neither pending nor active, in our group, routed to the boot CPU. */
static enum err reset_spis(unsigned intid_count)
{
	enum err err;

	for (unsigned intid = GIC_PRIVATE_COUNT; intid < intid_count; intid += 32)
		mmio_write32(dist + GIC_ICENABLER + intid / 8, UINT32_MAX);
	err = gic_wait_clear(dist + GICD_CTLR, (uint32_t)GICD_CTLR_RWP);
	if (err != OK)
		return err;
	for (unsigned intid = GIC_PRIVATE_COUNT; intid < intid_count; intid += 32) {
		mmio_write32(dist + GIC_ICPENDR + intid / 8, UINT32_MAX);
		mmio_write32(dist + GIC_ICACTIVER + intid / 8, UINT32_MAX);
		mmio_write32(dist + GIC_IGROUPR + intid / 8, two_states ? UINT32_MAX : 0);
	}
	for (unsigned intid = GIC_PRIVATE_COUNT; intid < intid_count; intid += 4)
		mmio_write32(dist + GIC_IPRIORITYR + intid, GIC_PRIORITY_GUEST * 0x01010101u);
	for (unsigned intid = GIC_PRIVATE_COUNT; intid < intid_count; intid++)
		gic_route(intid, pcpu_this());
	return OK;
}

static void describe(struct gic_facts *facts)
{
	unsigned lines = (unsigned)FIELD_GET(GICD_TYPER_IT_LINES_NUMBER, mmio_read32(dist + GICD_TYPER));

	*facts = (struct gic_facts){
		.version = (unsigned)FIELD_GET(GICD_PIDR2_ARCH_REV, mmio_read32(dist + GICD_PIDR2)),
		.intid_count = lines < 31 ? 32 * (lines + 1) : GIC_INTID_MAX,
		.two_security_states = two_states,
		.implementer = mmio_read32(dist + GICD_IIDR),
	};
	interface_describe(facts);
}

static enum err find_distributor(const struct gic_place *place, struct gic_facts *found)
{
	enum err err;

	if (place->dist_size < GICD_BYTES) {
		log_error("GIC: the distributor's registers are 0x%lx bytes; they must be 0x%x", place->dist_size,
				  GICD_BYTES);
		return ERR_INVALID;
	}
	err = mmu_map_device(place->dist, place->dist_size);
	if (err != OK)
		return err;
	dist = place->dist.v;
	if (!mmu_can_read(dist)) {
		log_error("GIC: nothing can be read at 0x%lx, where its distributor should be", dist);
		return ERR_NOT_FOUND;
	}
	two_states = !(mmio_read32(dist + GICD_CTLR) & GICD_CTLR_DS);
	describe(found);
	if (found->version < 3 || found->version > 4) {
		log_error("GIC at 0x%lx: architecture version %u; Signalbox needs 3 or 4", dist, found->version);
		return ERR_UNSUPPORTED;
	}
	return OK;
}

enum err gic_init_distributor(const struct gic_place *place, struct gic_facts *facts)
{
	struct gic_facts found;
	enum err err = find_distributor(place, &found);

	if (err != OK)
		return err;
	mmio_write32(dist + GICD_CTLR, 0); /* ARE changes only while the groups are off */
	err = gic_wait_clear(dist + GICD_CTLR, (uint32_t)GICD_CTLR_RWP);
	if (err == OK)
		mmio_write32(dist + GICD_CTLR, (uint32_t)GICD_CTLR_ARE);
	if (err == OK)
		err = reset_spis(found.intid_count);
	if (err == OK)
		err = redistributor_find_all(place);
	if (err != OK)
		return err;
	interface_plan_kicks();
	mmio_write32(dist + GICD_CTLR, (uint32_t)(GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1 |
											  (two_states ? 0 : GICD_CTLR_ENABLE_GRP0)));
	*facts = found;
	return gic_wait_clear(dist + GICD_CTLR, (uint32_t)GICD_CTLR_RWP);
}

enum err gic_init_pcpu(void)
{
	enum err err = redistributor_init_pcpu();

	if (err == OK)
		interface_init_pcpu();
	return err;
}

/*
 * After this write the interrupt may come, to any pCPU. Earlier writes to memory, above all its owner word,
 * must be visible there then: Device writes do not wait for that by themselves. Pairs with the load of the
 * word, whose address depends on the value of ICC_IAR.
 */
static void let_come(unsigned pcpu, uint32_t intid, uint64_t row)
{
	barrier_dsb(ishst);
	write_bit(pcpu, intid, row);
}

void gic_enable(unsigned pcpu, uint32_t intid)
{
	let_come(pcpu, intid, GIC_ISENABLER);
}

void gic_enable_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	barrier_dsb(ishst); /* let_come() for many interrupts */
	write_bits(pcpu, bank * 32, GIC_ISENABLER, intids);
}

static enum err disable_private(unsigned pcpu, uint32_t intids)
{
	write_bits(pcpu, 0, GIC_ICENABLER, intids);
	return gic_wait_clear(redistributor_of(pcpu) + GICR_CTLR, (uint32_t)GICR_CTLR_RWP);
}

/*
 * RWP says that some write is under way, from any pCPU: so one pCPU at a time waits for it, or a guest that
 * disables interrupts in a loop could have others wait for ever. The RWP of a redistributor is shared by the
 * vCPUs of one VM, which have their vgic lock. After a wait in vain, the distributor is only asked until it
 * has answered: else each guest that disables an interrupt would make all others wait again.
 */
enum err gic_disable_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	static bool stuck; /* with the lock */
	bool cleared;

	if (bank == 0)
		return disable_private(pcpu, intids);
	lock_acquire(&shared);
	stuck = stuck && (mmio_read32(dist + GICD_CTLR) & GICD_CTLR_RWP);
	write_bits(pcpu, bank * 32, GIC_ICENABLER, intids);
	cleared = wait_until_clear(dist + GICD_CTLR, (uint32_t)GICD_CTLR_RWP, stuck ? 0 : RWP_DEADLINE_US);
	stuck = !cleared;
	lock_release(&shared);
	return check_cleared(cleared, dist + GICD_CTLR, (uint32_t)GICD_CTLR_RWP);
}

enum err gic_disable(unsigned pcpu, uint32_t intid)
{
	return gic_disable_many(pcpu, intid / 32, (uint32_t)BIT(intid % 32));
}

void gic_pend(unsigned pcpu, uint32_t intid)
{
	let_come(pcpu, intid, GIC_ISPENDR);
}

void gic_unpend(unsigned pcpu, uint32_t intid)
{
	write_bit(pcpu, intid, GIC_ICPENDR);
}

void gic_unpend_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	write_bits(pcpu, bank * 32, GIC_ICPENDR, intids);
}

bool gic_is_enabled(unsigned pcpu, uint32_t intid)
{
	return read_bit(pcpu, intid, GIC_ISENABLER);
}

bool gic_is_pending(unsigned pcpu, uint32_t intid)
{
	return read_bit(pcpu, intid, GIC_ISPENDR);
}

uint32_t gic_pending_of(unsigned pcpu, unsigned bank)
{
	return read_bits(pcpu, bank * 32, GIC_ISPENDR);
}

void gic_activate(unsigned pcpu, uint32_t intid)
{
	write_bit(pcpu, intid, GIC_ISACTIVER);
}

void gic_clear_active(unsigned pcpu, uint32_t intid)
{
	let_come(pcpu, intid, GIC_ICACTIVER); /* again, if its line is up */
}

bool gic_is_active(unsigned pcpu, uint32_t intid)
{
	return read_bit(pcpu, intid, GIC_ISACTIVER);
}

uint32_t gic_active_of(unsigned pcpu, unsigned bank)
{
	return read_bits(pcpu, bank * 32, GIC_ISACTIVER);
}

void gic_set_priority(unsigned pcpu, uint32_t intid, uint8_t priority)
{
	mmio_write8(frame_of(pcpu, intid) + GIC_IPRIORITYR + intid, priority);
}

static void change_bits(uint64_t address, uint32_t bits, bool set)
{
	uint32_t word;

	lock_acquire(&shared);
	word = mmio_read32(address);
	mmio_write32(address, set ? word | bits : word & ~bits);
	lock_release(&shared);
}

void gic_set_group1_many(unsigned pcpu, unsigned bank, uint32_t intids, bool group1)
{
	change_bits(frame_of(pcpu, bank * 32) + GIC_IGROUPR + bank * 4, intids, group1);
}

/* Two bits for each INTID; the upper one says edge. SGIs are always edge, and their word is read-only. */
void gic_set_edge(unsigned pcpu, uint32_t intid, bool edge)
{
	change_bits(frame_of(pcpu, intid) + GIC_ICFGR + intid / 16 * 4, (uint32_t)BIT(intid % 16 * 2 + 1), edge);
}

bool gic_is_edge(unsigned pcpu, uint32_t intid)
{
	uint64_t address = frame_of(pcpu, intid) + GIC_ICFGR + intid / 16 * 4;

	return mmio_read32(address) & BIT(intid % 16 * 2 + 1);
}

/* GICD_IROUTER has the affinity fields where MPIDR_EL1 has them; bit 31 = 0: to that PE alone. */
void gic_route(uint32_t intid, unsigned pcpu)
{
	mmio_write64(dist + GICD_IROUTER + 8 * (uint64_t)intid, cpu_place()->mpidr[pcpu]);
}
