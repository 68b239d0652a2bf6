/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/sysreg.h"

#include "device/ptimer.h"

#define CSSELR_EL1 SYSREG(3, 2, 0, 0, 0)
#define ID_SPACE SYSREG(3, 0, 0, 0, 0)
#define ID_SPACE_INDEX SYSREG(0, 0, 0, 7, 7) /* the bits in which its registers differ */
#define ICC_SRE_VALUE 7                      /* SRE, DFB and DIB: system registers are the only interface */

/*
 * In ascending order of `id`. Cache maintenance by set/way is ignored: a guest's memory is kept coherent by
 * address, and no sequence of set/way operations means anything on a processor that another guest may share.
 * ACTLR_EL1, AIDR_EL1 and the debug ROM address read 0: nothing implementation defined, no ROM. So do
 * OSDLR_EL1 and DBGPRCR_EL1: there is no double lock, and a guest has no external debugger.
 */
static const struct sysreg_row {
	uint32_t id;
	uint8_t read, write; /* enum sysreg_verdict */
	uint8_t value;
} rows[] = {
	{.id = SYSREG(1, 0, 7, 6, 2), .write = SYSREG_IGNORE},                           /* DC ISW */
	{.id = SYSREG(1, 0, 7, 10, 2), .write = SYSREG_IGNORE},                          /* DC CSW */
	{.id = SYSREG(1, 0, 7, 14, 2), .write = SYSREG_IGNORE},                          /* DC CISW */
	{.id = SYSREG(2, 0, 1, 0, 0), .read = SYSREG_VALUE},                             /* MDRAR_EL1 */
	{.id = SYSREG(2, 0, 1, 0, 4), .write = SYSREG_OS_LOCK},                          /* OSLAR_EL1 */
	{.id = SYSREG(2, 0, 1, 1, 4), .read = SYSREG_OS_LOCK},                           /* OSLSR_EL1 */
	{.id = SYSREG(2, 0, 1, 3, 4), .read = SYSREG_VALUE, .write = SYSREG_IGNORE},     /* OSDLR_EL1 */
	{.id = SYSREG(2, 0, 1, 4, 4), .read = SYSREG_VALUE, .write = SYSREG_IGNORE},     /* DBGPRCR_EL1 */
	{.id = SYSREG(3, 1, 0, 0, 0), .read = SYSREG_CACHE, .value = SYSREG_CACHE_SIZE}, /* CCSIDR_EL1 */
	{.id = CSSELR_EL1, .read = SYSREG_CACHE, .write = SYSREG_CACHE, .value = SYSREG_CACHE_SELECTED},
	{.id = CNTP_TVAL_EL0, .read = SYSREG_TIMER, .write = SYSREG_TIMER, .value = PTIMER_TVAL},
	{.id = SYSREG(3, 0, 1, 0, 1), .read = SYSREG_VALUE, .write = SYSREG_IGNORE},       /* ACTLR_EL1 */
	{.id = SYSREG(3, 1, 0, 0, 1), .read = SYSREG_CACHE, .value = SYSREG_CACHE_LEVELS}, /* CLIDR_EL1 */
	{.id = SYSREG(3, 3, 0, 0, 1), .read = SYSREG_CACHE, .value = SYSREG_CACHE_TYPE},   /* CTR_EL0 */
	/*
	 * The architecture has no trap for it; but QEMU 7.2 needs the timer's permission (CNTHCTL_EL2.EL1PCEN)
	 * for EL0.
	 */
	{.id = CNTPCT_EL0, .read = SYSREG_COUNTER},
	{.id = CNTP_CTL_EL0, .read = SYSREG_TIMER, .write = SYSREG_TIMER, .value = PTIMER_CTL},
	{.id = SYSREG(3, 1, 0, 0, 2), .read = SYSREG_VALUE}, /* CCSIDR2_EL1: one set */
	{.id = CNTP_CVAL_EL0, .read = SYSREG_TIMER, .write = SYSREG_TIMER, .value = PTIMER_CVAL},
	{.id = ICC_SGI1R_EL1, .write = SYSREG_SGI, .value = SYSREG_SGI_GROUP1},
	{.id = SYSREG(3, 0, 12, 12, 5), .read = SYSREG_VALUE, .write = SYSREG_IGNORE, .value = ICC_SRE_VALUE},
	/* With one security state there is no other Group 1: it sends what ICC_SGI0R_EL1 sends. */
	{.id = ICC_ASGI1R_EL1, .write = SYSREG_SGI, .value = SYSREG_SGI_GROUP0},
	{.id = ICC_SGI0R_EL1, .write = SYSREG_SGI, .value = SYSREG_SGI_GROUP0},
	{.id = SYSREG(3, 1, 0, 0, 7), .read = SYSREG_VALUE}, /* AIDR_EL1 */
};

static const struct sysreg_row *row_find(uint32_t id)
{
	unsigned first = 0, count = ARRAY_COUNT(rows);

	while (count > 0) {
		unsigned half = count / 2;

		if (rows[first + half].id == id)
			return &rows[first + half];
		if (rows[first + half].id < id) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return NULL;
}

struct sysreg_answer sysreg_decide(const struct sysreg_view *view, uint32_t id, bool write)
{
	const struct sysreg_row *row;
	unsigned crm = (unsigned)FIELD_GET(BITS(4, 1), id), op2 = (unsigned)FIELD_GET(BITS(19, 17), id);

	if ((id & ~ID_SPACE_INDEX) == ID_SPACE && (crm != 0 || op2 == SYSREG_ID_REVISION)) {
		return (struct sysreg_answer){.verdict = write ? SYSREG_UNDEFINED : SYSREG_VALUE,
									  .value = view->id[crm * 8 + op2]};
	}
	row = row_find(id);
	if (!row)
		return (struct sysreg_answer){.verdict = SYSREG_UNDEFINED};
	return (struct sysreg_answer){.verdict = write ? row->write : row->read, .value = row->value};
}

#define CTR_IMIN_LINE BITS(3, 0) /* log2 of the words of a line */
#define CTR_DMIN_LINE BITS(19, 16)
#define CLIDR_NO_TAGS BITS(32, 0) /* all but Ttype<n>, of memory tagging */
#define CSSELR_IND BIT(0)

uint64_t sysreg_cache(enum sysreg_cache what, uint64_t type, uint64_t levels, uint64_t selected)
{
	uint64_t line = FIELD_GET(selected & CSSELR_IND ? CTR_IMIN_LINE : CTR_DMIN_LINE, type);

	switch (what) {
	case SYSREG_CACHE_TYPE:
		return type;
	case SYSREG_CACHE_LEVELS:
		return levels & CLIDR_NO_TAGS;
	case SYSREG_CACHE_SELECTED:
		return selected;
	default: /* CCSIDR_EL1, of both formats: LineSize is log2 of the words, less 2; sets and ways less 1 */
		return line < 2 ? 0 : line > 9 ? 7 : line - 2;
	}
}

bool sysreg_is_debug(uint32_t id)
{
	unsigned op0 = (unsigned)FIELD_GET(BITS(21, 20), id), op1 = (unsigned)FIELD_GET(BITS(16, 14), id);
	unsigned crn = (unsigned)FIELD_GET(BITS(13, 10), id);

	return op0 == 2 && op1 != 1 && (crn == 0 || crn == 7);
}

/* Registers that Signalbox hides and a guest may look for, by ranges of CRm. */
static const struct family {
	uint8_t op0, op1, crn, crm_first, crm_last;
	const char *name;
} families[] = {
	{.op0 = 1, .op1 = 0, .crn = 7, .crm_first = 6, .crm_last = 14, .name = "cache tags"},
	{.op0 = 2, .op1 = 0, .crn = 0, .crm_first = 0, .crm_last = 15, .name = "debug"},
	{.op0 = 2, .op1 = 0, .crn = 1, .crm_first = 0, .crm_last = 15, .name = "debug"},
	{.op0 = 2, .op1 = 1, .crn = 0, .crm_first = 0, .crm_last = 15, .name = "trace unit"},
	{.op0 = 2, .op1 = 1, .crn = 8, .crm_first = 0, .crm_last = 15, .name = "branch records"},
	{.op0 = 2, .op1 = 1, .crn = 9, .crm_first = 0, .crm_last = 15, .name = "branch records"},
	{.op0 = 3, .op1 = 0, .crn = 0, .crm_first = 1, .crm_last = 7, .name = "identification, read-only"},
	{.op0 = 3, .op1 = 0, .crn = 1, .crm_first = 0, .crm_last = 0, .name = "memory tagging"},
	{.op0 = 3, .op1 = 0, .crn = 1, .crm_first = 2, .crm_last = 2, .name = "SVE, SME or trace filter"},
	{.op0 = 3, .op1 = 0, .crn = 5, .crm_first = 3, .crm_last = 5, .name = "error records (RAS)"},
	{.op0 = 3, .op1 = 0, .crn = 5, .crm_first = 6, .crm_last = 6, .name = "memory tagging"},
	{.op0 = 3, .op1 = 0, .crn = 9, .crm_first = 9, .crm_last = 10, .name = "statistical profiling"},
	{.op0 = 3, .op1 = 0, .crn = 9, .crm_first = 11, .crm_last = 11, .name = "trace buffer"},
	{.op0 = 3, .op1 = 0, .crn = 9, .crm_first = 12, .crm_last = 14, .name = "performance monitors"},
	{.op0 = 3, .op1 = 0, .crn = 10, .crm_first = 4, .crm_last = 4, .name = "limited-ordering regions"},
	{.op0 = 3, .op1 = 0, .crn = 10, .crm_first = 5, .crm_last = 5, .name = "memory partitioning"},
	{.op0 = 3, .op1 = 0, .crn = 12, .crm_first = 8, .crm_last = 12, .name = "interrupt controller"},
	{.op0 = 3, .op1 = 0, .crn = 13, .crm_first = 0, .crm_last = 0, .name = "software context number"},
	{.op0 = 3, .op1 = 3, .crn = 9, .crm_first = 12, .crm_last = 14, .name = "performance monitors"},
	{.op0 = 3, .op1 = 3, .crn = 13, .crm_first = 2, .crm_last = 15, .name = "activity monitors"},
	{.op0 = 3, .op1 = 3, .crn = 14, .crm_first = 8, .crm_last = 15, .name = "performance monitors"},
};

const char *sysreg_family(uint32_t id)
{
	unsigned op0 = (unsigned)FIELD_GET(BITS(21, 20), id), op1 = (unsigned)FIELD_GET(BITS(16, 14), id);
	unsigned crn = (unsigned)FIELD_GET(BITS(13, 10), id), crm = (unsigned)FIELD_GET(BITS(4, 1), id);

	for (unsigned i = 0; i < ARRAY_COUNT(families); i++) {
		const struct family *family = &families[i];

		if (family->op0 == op0 && family->op1 == op1 && family->crn == crn && family->crm_first <= crm &&
			crm <= family->crm_last)
			return family->name;
	}
	if ((op0 & 1) && (crn == 11 || crn == 15))
		return "implementation defined";
	return "unknown";
}
