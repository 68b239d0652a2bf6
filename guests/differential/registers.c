/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on the registers of distributor and redistributors that change interrupts. */
#include <stddef.h>

#include "differential/differential.h"
#include "lib/cpu.h"
#include "lib/gic.h"

#define CTLR_RWP (1u << 31)
#define GICR_RWP (1u << 3)
#define CTLR_ARE 0x10
#define CTLR_SEEN 0x53 /* DS, ARE, EnableGrp1, EnableGrp0 */

static void set_enabled(struct interrupt *interrupt)
{
	interrupt->enabled = true;
}
static void clear_enabled(struct interrupt *interrupt)
{
	interrupt->enabled = false;
}
static void set_active(struct interrupt *interrupt)
{
	if (!interrupt->active)
		interrupt->holder = interrupt_is_private(interrupt) ? interrupt->cpu : interrupt->target;
	interrupt->active = true;
}
static void clear_active(struct interrupt *interrupt)
{
	interrupt->active = interrupt->half_ended = false;
}
static void set_pended(struct interrupt *interrupt)
{
	interrupt->pended = true;
}
static void clear_pended(struct interrupt *interrupt)
{
	interrupt->pended = false;
}

/*
 * While an interrupt runs, its EOI is still to come. The end of one that is not active counts as that of
 * another where list registers do not suffice (CAVEATS.md), and on another CPU it may be active again.
 */
static bool may_be_deactivated(const struct interrupt *interrupt)
{
	return !interrupt->running;
}

static bool always(const struct interrupt *interrupt)
{
	(void)interrupt;
	return true;
}

enum word_name { WORD_ENABLE, WORD_DISABLE, WORD_PEND, WORD_UNPEND, WORD_ACTIVATE, WORD_DEACTIVATE };

/* Registers with a bit for each interrupt, where ones act. */
static const struct word {
	const char *name;
	unsigned offset, weight;
	bool (*may)(const struct interrupt *interrupt);
	void (*then)(struct interrupt *interrupt);
} words[] = {
	[WORD_ENABLE] = {"isenabler", GICD_ISENABLER, 8, always, set_enabled},
	[WORD_DISABLE] = {"icenabler", GICD_ICENABLER, 2, always, clear_enabled},
	[WORD_PEND] = {"ispendr", GICD_ISPENDR, 8, always, set_pended},
	[WORD_UNPEND] = {"icpendr", GICD_ICPENDR, 2, always, clear_pended},
	[WORD_ACTIVATE] = {"isactiver", GICD_ISACTIVER, 1, always, set_active},
	[WORD_DEACTIVATE] = {"icactiver", GICD_ICACTIVER, 5, may_be_deactivated, clear_active},
};
#define WEIGHTS 26

static const struct word *choose_word(void)
{
	const struct word *word = words;
	unsigned left;

	for (left = random_below(WEIGHTS); left >= word->weight; word++)
		left -= word->weight;
	return word;
}

/* Waits until the change has reached all CPUs (IHI 0069, GICD_CTLR.RWP and GICR_CTLR.RWP). */
static void settle(const struct interrupt *interrupt)
{
	if (interrupt && interrupt_is_private(interrupt))
		while (mmio_read32(redistributor_of(interrupt->cpu)) & GICR_RWP)
			;
	else
		while (mmio_read32(gic_distributor + GICD_CTLR) & CTLR_RWP)
			;
}

static void write_bits(const struct word *word, struct interrupt *picked, uint32_t mask)
{
	uint64_t at = interrupt_frame(picked) + word->offset + picked->intid / 32 * 4;

	log_chose(word->name, mask);
	log_chose("of", picked->intid / 32);
	mmio_write32(at, mask);
	if (word->then == clear_enabled)
		settle(picked);
	for (unsigned i = 0; i < interrupt_count; i++)
		if (interrupt_is_beside(&interrupts[i], picked) && (mask >> interrupts[i].intid % 32 & 1))
			word->then(&interrupts[i]);
}

bool play_words(void)
{
	const struct word *word = choose_word();
	struct interrupt *picked = interrupt_pick();
	bool many = random_one_in(4);
	uint32_t mask = 0;

	for (unsigned i = 0; i < interrupt_count; i++) {
		struct interrupt *interrupt = &interrupts[i];

		if (!interrupt_is_beside(interrupt, picked) || !word->may(interrupt))
			continue;
		if (interrupt == picked || (many && interrupt->played && random_one_in(2)))
			mask |= 1u << interrupt->intid % 32;
	}
	if (!mask)
		return false;
	write_bits(word, picked, mask);
	return true;
}

/* The group of an interrupt that is active does not change before its end (CAVEATS.md). */
bool play_groups(void)
{
	struct interrupt *picked = interrupt_pick();
	uint64_t at = interrupt_frame(picked) + GICD_IGROUPR + picked->intid / 32 * 4;
	uint32_t value;

	if (interrupt_is_busy(picked))
		return false;
	value = mmio_read32(at);
	log_saw("igroupr", value);
	for (unsigned i = 0; i < interrupt_count; i++) {
		struct interrupt *interrupt = &interrupts[i];

		if (!interrupt_is_beside(interrupt, picked) || interrupt_is_busy(interrupt))
			continue;
		if (interrupt == picked || (interrupt->played && random_one_in(4))) {
			interrupt->group1 = !interrupt->group1;
			value ^= 1u << interrupt->intid % 32;
		}
	}
	log_chose("igroupr", value);
	mmio_write32(at, value);
	return true;
}

/* Nor does its priority. */
bool play_priority(void)
{
	struct interrupt *picked = interrupt_pick();
	uint64_t at = interrupt_frame(picked) + GICD_IPRIORITYR + picked->intid;
	unsigned shift = picked->intid % 4 * 8;
	uint32_t word;

	if (interrupt_is_busy(picked))
		return false;
	picked->priority = interrupt_free_priority(picked);
	log_chose("of", picked->intid);
	log_chose("priority", picked->priority);
	if (random_one_in(2)) {
		mmio_write8(at, picked->priority);
		log_saw("byte", mmio_read8(at));
		return true;
	}
	word = mmio_read32(at & ~UINT64_C(3));
	log_saw("word", word);
	mmio_write32(at & ~UINT64_C(3), (word & ~(0xffu << shift)) | (uint32_t)picked->priority << shift);
	return true;
}

/*
 * The trigger of an enabled interrupt does not change, whether that of a PPI does is the machine's choice,
 * and a change leaves the pending state unknown (IHI 0069, GICD_ICFGR<n>): it is cleared.
 */
bool play_trigger(void)
{
	struct interrupt *picked = interrupt_pick();
	uint64_t at = interrupt_frame(picked) + GICD_ICFGR + picked->intid / 16 * 4;
	uint32_t value, bit = 2u << picked->intid % 16 * 2;

	if (picked->enabled || interrupt_is_busy(picked) || (interrupt_is_private(picked) && picked->drive))
		return false;
	value = mmio_read32(at) ^ bit;
	log_chose("icfgr", value);
	log_chose("of", picked->intid);
	mmio_write32(at, value);
	value = mmio_read32(at);
	log_saw("icfgr", value);
	picked->edge = value & bit;
	write_bits(&words[WORD_UNPEND], picked, 1u << picked->intid % 32);
	return true;
}

/* To a CPU, or to one that does not exist. */
bool play_route(void)
{
	struct interrupt *picked = interrupt_pick();
	uint64_t at = gic_distributor + GICD_IROUTER + 8 * picked->intid;
	unsigned target = random_one_in(4) ? 7 : random_below(cpu_count);

	if (interrupt_is_private(picked))
		return false;
	log_chose("of", picked->intid);
	log_chose("router", target);
	picked->target = target;
	if (random_one_in(2)) {
		mmio_write64(at, target);
	} else {
		mmio_write32(at, target);
		mmio_write32(at + 4, 0);
	}
	log_saw("router", mmio_read64(at));
	return true;
}

bool play_control(void)
{
	uint32_t groups = random_one_in(4) ? random_below(4) : 3;

	log_chose("ctlr", groups);
	mmio_write32(gic_distributor + GICD_CTLR, groups | CTLR_ARE);
	settle(NULL);
	log_saw("ctlr", mmio_read32(gic_distributor + GICD_CTLR) & CTLR_SEEN);
	return true;
}

/*
 * The line of a device. Once a hypervisor has taken a linked interrupt, it presents it, even if a level falls
 * before the guest has looked; and an edge that comes after one that waits is a second one (CAVEATS.md). So a
 * level falls while the interrupt is disabled or active, and an edge comes while none waits.
 */
bool play_line(void)
{
	struct interrupt *picked = interrupt_pick();
	uint32_t bit = 1u << picked->intid % 32;
	bool veiled, falls;

	if (!picked->drive || (interrupt_is_private(picked) && picked->cpu != cpu_number()))
		return false;
	picked->up = random_one_in(2);
	log_chose(picked->up ? "up" : "down", picked->intid);
	falls = picked->linked && !picked->edge && !picked->up;
	veiled = falls && !picked->active && picked->enabled;
	if (veiled)
		write_bits(&words[WORD_DISABLE], picked, bit);
	if (picked->linked && picked->edge && picked->up && !picked->active)
		write_bits(&words[WORD_UNPEND], picked, bit);
	picked->drive(picked->up);
	cpu_barrier();
	if (falls && picked->pended)
		write_bits(&words[WORD_UNPEND], picked, bit);
	if (veiled)
		write_bits(&words[WORD_ENABLE], picked, bit);
	return true;
}
