/* SPDX-License-Identifier: Apache-2.0 */
#include "hardware.h"

#include "base/bits.h"
#include "machine/api/cpu.h"
#include "machine/api/gic_registers.h"

#define MAINTENANCE 25
#define HCR_GROUP_ENABLED(group) BIT(4 + 2 * (group))
#define HCR_GROUP_DISABLED(group) BIT(5 + 2 * (group))

struct hardware hardware;

unsigned pcpu_this(void)
{
	return hardware.here;
}

static struct hardware_vif *here(void)
{
	return &hardware.vif[hardware.here];
}

struct hardware_source *hardware_source(unsigned pcpu, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT ? &hardware.private[pcpu][intid] : &hardware.shared[intid];
}

void hardware_watch(uint32_t intid)
{
	unsigned n = bits_count(hardware.watched);

	hardware.watch[n] = (uint16_t)intid;
	hardware.watched |= 1u << n;
}

bool hardware_is_pending(unsigned pcpu, uint32_t intid)
{
	const struct hardware_source *source = hardware_source(pcpu, intid);

	if (intid == MAINTENANCE)
		return hardware_misr(pcpu) != 0;
	return source->latch || (!source->edge && source->line);
}

bool hardware_signals(unsigned pcpu, uint32_t intid)
{
	const struct hardware_source *source = hardware_source(pcpu, intid);

	return source->enabled && !source->group1 && !source->active && hardware_is_pending(pcpu, intid) &&
		   (intid < GIC_PRIVATE_COUNT || source->pcpu == pcpu);
}

uint32_t gic_acknowledge_group0(void)
{
	if (hardware.spurious) {
		hardware.spurious = false;
		return GIC_SPURIOUS;
	}
	for (unsigned n = 0; hardware.watched >> n & 1; n++) {
		struct hardware_source *source = hardware_source(hardware.here, hardware.watch[n]);

		if (!hardware_signals(hardware.here, hardware.watch[n]))
			continue;
		source->latch = false;
		source->active = true;
		return hardware.watch[n];
	}
	return GIC_SPURIOUS;
}

uint32_t gic_acknowledge_group1(void)
{
	return GIC_SPURIOUS;
}

/* With EOImode = 0 that ends it, too, and ICC_DIR is ignored. */
void gic_drop_group0(uint32_t intid)
{
	if (!hardware.pif[hardware.here].split_eoi)
		hardware_source(hardware.here, intid)->active = false;
}

void gic_drop_group1(uint32_t intid)
{
	(void)intid;
}

void gic_deactivate(uint32_t intid)
{
	if (hardware.pif[hardware.here].split_eoi)
		hardware_source(hardware.here, intid)->active = false;
}

void hardware_touch(void)
{
	if (hardware.countdown && --hardware.countdown == 0)
		hardware.event();
}

void gic_enable(unsigned pcpu, uint32_t intid)
{
	hardware_touch();
	hardware_source(pcpu, intid)->enabled = true;
}

enum err gic_disable(unsigned pcpu, uint32_t intid)
{
	hardware_touch();
	hardware_source(pcpu, intid)->enabled = false;
	return hardware.fails ? ERR_TIMEOUT : OK;
}

void gic_pend(unsigned pcpu, uint32_t intid)
{
	hardware_touch();
	hardware_source(pcpu, intid)->latch = true;
}

void gic_unpend(unsigned pcpu, uint32_t intid)
{
	hardware_touch();
	hardware_source(pcpu, intid)->latch = false;
}

bool gic_is_pending(unsigned pcpu, uint32_t intid)
{
	return hardware_is_pending(pcpu, intid);
}

void gic_activate(unsigned pcpu, uint32_t intid)
{
	hardware_source(pcpu, intid)->active = true;
}

void gic_clear_active(unsigned pcpu, uint32_t intid)
{
	hardware_touch();
	hardware_source(pcpu, intid)->active = false;
}

void gic_set_edge(unsigned pcpu, uint32_t intid, bool edge)
{
	hardware_touch();
	hardware_source(pcpu, intid)->edge = edge;
}

void gic_route(uint32_t intid, unsigned pcpu)
{
	hardware_touch();
	hardware_source(pcpu, intid)->pcpu = (uint8_t)pcpu;
}

/* Which SGI, and of which processor. */
#define WORD_KICK 0x100

uint64_t gic_kick_word(unsigned pcpu)
{
	return pcpu | WORD_KICK;
}

void gic_send(uint64_t word)
{
	unsigned pcpu = (unsigned)(word & ~(uint64_t)WORD_KICK);

	hardware_source(pcpu, word & WORD_KICK ? gic_kick_attend(false) : gic_kick_notify(false))->latch = true;
}

uint64_t gic_lr_read(unsigned n)
{
	return here()->lr[n];
}

void gic_lr_write(unsigned n, uint64_t value)
{
	here()->lr[n] = value;
}

static bool wants_eoi_maintenance(uint64_t lr)
{
	return !(lr & (LR_STATE | LR_HW)) && lr & LR_EOI;
}

static uint32_t empty_now(const struct hardware_vif *vif)
{
	uint32_t empty = 0;

	for (unsigned n = 0; n < hardware.lr_count; n++)
		if (!(vif->lr[n] & LR_STATE) && !wants_eoi_maintenance(vif->lr[n]))
			empty |= 1u << n;
	return empty;
}

void hardware_enter_el2(unsigned pcpu)
{
	hardware.vif[pcpu].empty = hardware.lags ? empty_now(&hardware.vif[pcpu]) : 0;
}

uint32_t gic_lr_empty(void)
{
	hardware_enter_el2(hardware.here); /* its ISB */
	return empty_now(here());
}

uint32_t hardware_short_lr_empty(void)
{
	return hardware.lags ? here()->empty : empty_now(here());
}

uint64_t gic_vif_control(void)
{
	return here()->hcr;
}

void gic_vif_set_control(uint64_t hcr)
{
	here()->hcr = hcr;
}

uint64_t gic_vif_vmcr(void)
{
	return here()->vmcr;
}

void gic_vif_set_vmcr(uint64_t vmcr)
{
	here()->vmcr = vmcr;
}

void gic_vif_priorities_save(struct gic_vif_priorities *out)
{
	*out = (struct gic_vif_priorities){{here()->active[0]}, {here()->active[1]}};
}

void gic_vif_priorities_add(struct gic_vif_priorities *priorities, uint8_t priority)
{
	priorities->ap1r[0] |= 1u << (priority / 8);
}

void gic_vif_priorities_load(const struct gic_vif_priorities *in)
{
	here()->active[0] = in->ap0r[0];
	here()->active[1] = in->ap1r[0];
}

unsigned hardware_eoi_count(unsigned pcpu)
{
	return (unsigned)FIELD_GET(ICH_HCR_EOICOUNT, hardware.vif[pcpu].hcr);
}

/* IHI 0069, ICH_MISR_EL2: EOI, U, LRENP, NP, VGrp0E, VGrp0D, VGrp1E, VGrp1D in bits 0 to 7. */
uint32_t hardware_misr(unsigned pcpu)
{
	const struct hardware_vif *vif = &hardware.vif[pcpu];
	unsigned valid = 0, pending = 0;
	uint32_t status = 0;

	if (!(vif->hcr & ICH_HCR_EN))
		return 0;
	for (unsigned n = 0; n < hardware.lr_count; n++) {
		valid += (vif->lr[n] & LR_STATE) != 0;
		pending += (vif->lr[n] & LR_STATE) == LR_PENDING;
		status |= wants_eoi_maintenance(vif->lr[n]);
	}
	status |= (vif->hcr & ICH_HCR_UIE && valid <= 1) << 1;
	status |= (vif->hcr & ICH_HCR_LRENPIE && vif->hcr & ICH_HCR_EOICOUNT) << 2;
	status |= (vif->hcr & ICH_HCR_NPIE && !pending) << 3;
	for (unsigned group = 0; group < 2; group++) {
		bool enabled = vif->vmcr >> group & 1;

		status |= (vif->hcr & HCR_GROUP_ENABLED(group) && enabled) << (4 + 2 * group);
		status |= (vif->hcr & HCR_GROUP_DISABLED(group) && !enabled) << (5 + 2 * group);
	}
	return status;
}

static unsigned running_priority(const struct hardware_vif *vif)
{
	uint32_t active = vif->active[0] | vif->active[1];

	return active ? bits_lowest(active) * 8 : HARDWARE_IDLE;
}

/* The list register that the guest would be given: the best pending one of the enabled groups. */
static int signalled(const struct hardware_vif *vif)
{
	unsigned best_priority = HARDWARE_IDLE;
	int best = -1;

	for (unsigned n = 0; n < hardware.lr_count; n++) {
		unsigned priority = (unsigned)FIELD_GET(LR_PRIORITY, vif->lr[n]);
		bool enabled = vif->vmcr & (vif->lr[n] & LR_GROUP ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);

		if ((vif->lr[n] & LR_STATE) != LR_PENDING || !enabled || priority >= best_priority)
			continue;
		best = (int)n;
		best_priority = priority;
	}
	if (!(vif->hcr & ICH_HCR_EN) || best_priority >= FIELD_GET(ICH_VMCR_VPMR, vif->vmcr) ||
		best_priority >= running_priority(vif))
		return -1;
	return best;
}

uint32_t hardware_peek(unsigned pcpu, unsigned *group)
{
	const struct hardware_vif *vif = &hardware.vif[pcpu];
	int n = signalled(vif);

	if (hardware.pif[pcpu].direct) {
		*group = 1;
		return hardware_direct_peek(pcpu);
	}
	if (n < 0)
		return HARDWARE_NONE;
	*group = vif->lr[n] & LR_GROUP ? 1 : 0;
	return (uint32_t)FIELD_GET(LR_VINTID, vif->lr[n]);
}

uint32_t hardware_acknowledge(unsigned pcpu, unsigned group)
{
	struct hardware_vif *vif = &hardware.vif[pcpu];
	int n = signalled(vif);

	if (hardware.pif[pcpu].direct)
		return hardware_direct_acknowledge(pcpu);
	if (n < 0 || (vif->lr[n] & LR_GROUP ? 1u : 0u) != group)
		return HARDWARE_NONE;
	vif->lr[n] = (vif->lr[n] & ~LR_PENDING) | LR_ACTIVE;
	vif->active[group] |= 1u << (FIELD_GET(LR_PRIORITY, vif->lr[n]) / 8);
	return (uint32_t)FIELD_GET(LR_VINTID, vif->lr[n]);
}

static void count_unlisted(struct hardware_vif *vif)
{
	unsigned count = (unsigned)FIELD_GET(ICH_HCR_EOICOUNT, vif->hcr);

	if (count < HARDWARE_EOI_COUNT_MAX)
		count++;
	vif->hcr = (vif->hcr & ~ICH_HCR_EOICOUNT) | FIELD_PUT(ICH_HCR_EOICOUNT, count);
}

static void end_listed(unsigned pcpu, uint32_t vintid)
{
	struct hardware_vif *vif = &hardware.vif[pcpu];

	for (unsigned n = 0; n < hardware.lr_count; n++) {
		if (!(vif->lr[n] & LR_ACTIVE) || FIELD_GET(LR_VINTID, vif->lr[n]) != vintid)
			continue;
		vif->lr[n] &= ~LR_ACTIVE;
		if (vif->lr[n] & LR_HW)
			hardware_source(pcpu, (uint32_t)FIELD_GET(LR_PINTID, vif->lr[n]))->active = false;
		return;
	}
	count_unlisted(vif);
}

void hardware_end(unsigned pcpu, unsigned group, uint32_t vintid)
{
	struct hardware_vif *vif = &hardware.vif[pcpu];

	if (hardware.pif[pcpu].direct) {
		hardware_direct_end(pcpu, vintid);
		return;
	}
	if (!vif->active[group])
		return;
	vif->active[group] &= vif->active[group] - 1;
	if (!(vif->vmcr & ICH_VMCR_VEOIM))
		end_listed(pcpu, vintid);
	else if (hardware.quirk_count_drop)
		count_unlisted(vif);
}

bool hardware_deactivate(unsigned pcpu, uint32_t vintid)
{
	struct hardware_vif *vif = &hardware.vif[pcpu];

	if (vif->hcr & (ICH_HCR_TDIR | ICH_HCR_TC))
		return true;
	if (vif->vmcr & ICH_VMCR_VEOIM)
		end_listed(pcpu, vintid);
	return false;
}
