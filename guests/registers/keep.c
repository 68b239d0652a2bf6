/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `case=keep`: all that this guest can write has values of its own, made of `vm=`, and has them still after
 * others ran on the processor. They change in each of `rounds=` rounds; a round has some switches, which show
 * as gaps in time.
 *
 * Interrupts and debug exceptions are masked all the while. VBAR_EL1 is one of the registers: no instruction
 * here may fault after the first look.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/cpu.h"
#include "lib/fp.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "registers/registers.h"

#define KEPT_MAX 400
#define LOST_MAX 16
#define SWITCHES 6 /* in a round */
#define GAP_US 200 /* no exit takes that long, and no other VM has less */
#define GENERAL_US 300

#define ALL ~UINT64_C(0)
#define FAR_AWAY (UINT64_C(1) << 62) /* a deadline */

/* What this program cannot do without: `bits` may have any value, and those of `set` are set. */
static const struct part {
	unsigned encoding;
	uint64_t bits, set;
} parts[] = {
	{ENCODING(3, 0, 1, 0, 0), 0x0505c200, 0},             /* SCTLR_EL1: UCI, E0E, nTWE, nTWI, UCT, DZE, UMA */
	{ENCODING(3, 0, 1, 0, 2), 0x10200000, 0},             /* CPACR_EL1: TTA, FPEN of EL0 */
	{ENCODING(3, 0, 2, 0, 0), UINT64_C(0xffff) << 48, 0}, /* TTBR0_EL1: ASID */
	{ENCODING(3, 0, 2, 0, 1), ALL, 0},                    /* TTBR1_EL1, which TCR_EL1.EPD1 turns off */
	{ENCODING(3, 0, 2, 0, 2), 0xff3f0000, 0},             /* TCR_EL1: what belongs to TTBR1_EL1 */
	{ENCODING(3, 0, 4, 0, 0), ALL, 0},                    /* SPSR_EL1 */
	{ENCODING(3, 0, 4, 0, 1), ALL, 0},                    /* ELR_EL1 */
	{ENCODING(3, 0, 4, 1, 0), ALL, 0},                    /* SP_EL0 */
	{ENCODING(3, 0, 5, 2, 0), ALL, 0},                    /* ESR_EL1 */
	{ENCODING(3, 0, 6, 0, 0), ALL, 0},                    /* FAR_EL1 */
	{ENCODING(3, 0, 10, 2, 0), ALL << 16, 0},             /* MAIR_EL1 */
	{ENCODING(3, 0, 12, 0, 0), ALL, 0},                   /* VBAR_EL1 */
	{ENCODING(3, 0, 13, 0, 4), ALL, 0},                   /* TPIDR_EL1 */
	{ENCODING(3, 3, 13, 0, 2), ALL, 0},                   /* TPIDR_EL0 */
	{ENCODING(3, 3, 14, 2, 1), 3, 0},                     /* CNTP_CTL_EL0 */
	{ENCODING(3, 3, 14, 2, 2), FAR_AWAY - 1, FAR_AWAY},   /* CNTP_CVAL_EL0 */
	{ENCODING(3, 3, 14, 3, 1), 3, 0},                     /* CNTV_CTL_EL0 */
	{ENCODING(3, 3, 14, 3, 2), FAR_AWAY - 1, FAR_AWAY},   /* CNTV_CVAL_EL0 */
};

struct kept {
	unsigned encoding;
	const struct part *part;
	bool written;
	uint64_t first, value;
};

/* Words of the redistributor: what may be written, what clears it before (0: nothing), and which of its bits
 * are the guest's. */
static const struct word {
	unsigned offset, clear;
} words[] = {
	{GICD_IGROUPR, 0},
	{GICD_ISENABLER, GICD_ICENABLER},
	{GICD_ISPENDR, GICD_ICPENDR},
	{GICD_ISACTIVER, GICD_ICACTIVER},
	{GICD_IPRIORITYR, 0},
	{GICD_IPRIORITYR + 4, 0},
	{GICD_IPRIORITYR + 8, 0},
	{GICD_IPRIORITYR + 12, 0},
	{GICD_IPRIORITYR + 16, 0},
	{GICD_IPRIORITYR + 20, 0},
	{GICD_IPRIORITYR + 24, 0},
	{GICD_IPRIORITYR + 28, 0},
	{GICD_ICFGR + 4, 0},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

uint64_t keep_general(uint64_t value, uint64_t until);

static struct kept kept[KEPT_MAX];
static unsigned count;
static uint32_t word_values[WORDS];
static uint64_t bank;
static struct {
	unsigned encoding; /* or 0 */
	unsigned offset;
	uint64_t value, found;
} lost[LOST_MAX];
static unsigned lost_count;
static uint64_t seen_at, gap;
static unsigned gaps;
static uint64_t vm, round_number;

static uint64_t pattern(unsigned of)
{
	uint64_t mixed = ((vm << 32 | round_number << 16) ^ of) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return mixed ^ mixed >> 27;
}

static const struct part *find_part(unsigned encoding)
{
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].encoding == encoding)
			return &parts[i];
	return NULL;
}

/* What changes by being read; and of debuggers what vCPUs of one processor share (CAVEATS.md). */
static const unsigned left_out[] = {
	ENCODING(3, 0, 12, 8, 0),  /* ICC_IAR0_EL1 */
	ENCODING(3, 0, 12, 9, 5),  /* ICC_NMIAR1_EL1 */
	ENCODING(3, 0, 12, 12, 0), /* ICC_IAR1_EL1 */
	ENCODING(2, 0, 0, 0, 2),   /* OSDTRRX_EL1 */
	ENCODING(2, 0, 0, 3, 2),   /* OSDTRTX_EL1 */
	ENCODING(2, 0, 0, 6, 2),   /* OSECCR_EL1 */
	ENCODING(2, 0, 7, 8, 6),   /* DBGCLAIMSET_EL1 */
	ENCODING(2, 0, 7, 9, 6),   /* DBGCLAIMCLR_EL1 */
};

/* Also what changes by itself, and where the stack pointer and the mask of exceptions are. */
static bool is_left_out(unsigned encoding)
{
	const struct known *known = known_find(encoding);

	for (unsigned i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (encoding == left_out[i])
			return true;
	return known && !find_part(encoding) && (known->kind == MOVES || known->kind == START);
}

static void note_lost(unsigned encoding, unsigned offset, uint64_t value, uint64_t found)
{
	if (lost_count < LOST_MAX) {
		lost[lost_count].encoding = encoding;
		lost[lost_count].offset = offset;
		lost[lost_count].value = value;
		lost[lost_count].found = found;
	}
	lost_count++;
}

/* Not only what is known: what a processor has beyond that is to be kept, too. */
static void find_registers(void)
{
	uint64_t value;

	for (unsigned n = ENCODING_FIRST; n <= ENCODING_LAST && count < KEPT_MAX; n++) {
		if (is_left_out(n) || !register_read(n, &value))
			continue;
		kept[count] = (struct kept){.encoding = n, .part = find_part(n), .first = value};
		kept[count].written = kept[count].part || register_write(n, pattern(n));
		if (kept[count].written && n < ENCODING(3, 0, 0, 0, 0) && value != 0)
			note_lost(n, 0, 0, value); /* of debug: nothing of what another one has written */
		count++;
	}
}

static void look_at_time(void)
{
	uint64_t now = timer_now();

	gaps += now - seen_at > gap;
	seen_at = now;
}

static void write_all(void)
{
	for (unsigned i = 0; i < count; i++) {
		const struct part *part = kept[i].part;
		uint64_t value = pattern(kept[i].encoding);

		if (part)
			value = (kept[i].first & ~part->bits) | (value & part->bits) | part->set;
		if (kept[i].written)
			register_write(kept[i].encoding, value);
	}
	for (unsigned i = 0; i < WORDS; i++) {
		if (words[i].clear)
			mmio_write32(bank + words[i].clear, UINT32_MAX);
		mmio_write32(bank + words[i].offset, (uint32_t)pattern(i));
	}
	fp_fill(pattern(WORDS)); /* FPCR and FPSR stay */
	timer_spin(GAP_US / 4);  /* what is pending comes to the interface */
}

/* What there is now of all that was written. How much of it is not as it was in the last round? */
static unsigned read_all(void)
{
	unsigned changed = 0;
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++) {
		register_read(kept[i].encoding, &value);
		changed += value != kept[i].value;
		kept[i].value = value;
	}
	for (unsigned i = 0; i < WORDS; i++)
		word_values[i] = mmio_read32(bank + words[i].offset);
	return changed;
}

static void compare_all(void)
{
	uint64_t value = 0, general = pattern(WORDS + 1);

	for (unsigned i = 0; i < count; i++) {
		register_read(kept[i].encoding, &value);
		if (value != kept[i].value)
			note_lost(kept[i].encoding, 0, kept[i].value, value);
		look_at_time();
	}
	for (unsigned i = 0; i < WORDS; i++) {
		value = mmio_read32(bank + words[i].offset);
		if (value != word_values[i])
			note_lost(0, words[i].offset, word_values[i], value);
		look_at_time();
	}
	if (keep_general(general, timer_now() + timer_ticks(GENERAL_US)) != 0)
		note_lost(0, 1, general, 0);
	if (fp_check(pattern(WORDS)) != 0)
		note_lost(0, 2, pattern(WORDS), 0);
	look_at_time();
}

/* As they were at first: only so anything can be printed. */
static void put_back(void)
{
	for (unsigned i = 0; i < count; i++)
		if (kept[i].part)
			register_write(kept[i].encoding, kept[i].first);
}

static void say_lost(void)
{
	for (unsigned i = 0; i < lost_count && i < LOST_MAX; i++) {
		unsigned of = lost[i].encoding;

		if (of)
			printf("registers: FAILED: S%u_%u_C%u_C%u_%u", of >> 14, of >> 11 & 7, of >> 7 & 15, of >> 3 & 15,
				   of & 7);
		else
			printf("registers: FAILED: %s %#x",
				   lost[i].offset > 2    ? "redistributor"
				   : lost[i].offset == 1 ? "general"
										 : "FP",
				   lost[i].offset);
		printf(" was %#" PRIx64 ", is %#" PRIx64 "\n", lost[i].value, lost[i].found);
	}
}

unsigned keep(void)
{
	uint64_t rounds = argument_number("rounds", 8);
	unsigned least = KEPT_MAX;

	vm = argument_number("vm", 0);
	bank = gic_redistributor() + GICR_SGI_BASE;
	gap = timer_ticks(GAP_US);
	find_registers();
	for (; round_number < rounds && lost_count == 0; round_number++) {
		unsigned changed;

		write_all();
		changed = read_all();
		least = changed < least ? changed : least;
		seen_at = timer_now();
		for (gaps = 0; gaps < SWITCHES && lost_count == 0;)
			compare_all();
	}
	put_back();
	say_lost();
	printf("registers: %u kept, %u of them changed, %u rounds\n", count, least, (unsigned)round_number);
	return lost_count;
}
