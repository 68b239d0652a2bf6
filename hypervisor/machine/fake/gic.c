/* SPDX-License-Identifier: Apache-2.0 */
/* Distributor, redistributors and CPU interfaces (Arm IHI 0069). */
#include <string.h>

#include "base/bits.h"
#include "machine/fake/internal.h"

struct interrupt {
	bool enabled, latched, line, active, edge, group1;
	uint8_t priority;
	unsigned route;
};

static struct interrupt private_interrupts[PCPU_MAX][GIC_PRIVATE_COUNT];
static struct interrupt shared_interrupts[GIC_INTID_MAX];
/* Active priorities of each interface, one bit for each of 32 groups of eight (PRIbits = 5). */
static uint32_t active_priorities[PCPU_MAX];
static uint32_t direct_priorities[PCPU_MAX]; /* the same of Group 1 while it is a guest's: ICC_AP1R0_EL1 */
static struct gic_direct direct[PCPU_MAX];   /* Group 1 of each interface, while it is a guest's */
static const struct gic_direct closed = {.split_eoi = true, .mask = 0xff};
static bool stuck;
static unsigned stuck_once; /* at the how manieth gic_disable() from now */

static struct interrupt *find(unsigned pcpu, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT ? &private_interrupts[pcpu][intid] : &shared_interrupts[intid];
}

void fake_gic_reset(void)
{
	memset(private_interrupts, 0, sizeof(private_interrupts));
	memset(shared_interrupts, 0, sizeof(shared_interrupts));
	memset(active_priorities, 0, sizeof(active_priorities));
	fake_sgi_reset();
	memset(direct_priorities, 0, sizeof(direct_priorities));
	for (unsigned i = 0; i < PCPU_MAX; i++)
		direct[i] = closed;
	stuck = false;
	stuck_once = 0;
}

void fake_gic_set_stuck(bool is_stuck)
{
	stuck = is_stuck;
}

void fake_gic_set_stuck_once(unsigned call)
{
	stuck_once = call;
}

void fake_gic_set_line(uint32_t intid, bool up)
{
	struct interrupt *it = find(pcpu_this(), intid);

	if (it->edge && up && !it->line)
		it->latched = true;
	it->line = up;
}

bool fake_gic_is_enabled(unsigned pcpu, uint32_t intid)
{
	return find(pcpu, intid)->enabled;
}

void fake_gic_set_group1(unsigned pcpu, uint32_t intid, bool group1)
{
	find(pcpu, intid)->group1 = group1;
}

bool fake_gic_is_group1(unsigned pcpu, uint32_t intid)
{
	return find(pcpu, intid)->group1;
}

uint8_t fake_gic_priority(unsigned pcpu, uint32_t intid)
{
	return find(pcpu, intid)->priority;
}

unsigned fake_gic_route(uint32_t intid)
{
	return shared_interrupts[intid].route;
}

static bool is_pending(const struct interrupt *it)
{
	return it->latched || (!it->edge && it->line);
}

static unsigned running_priority(void)
{
	uint32_t active = active_priorities[pcpu_this()] | direct_priorities[pcpu_this()];

	return active ? (unsigned)__builtin_ctz(active) * 8 : FAKE_PRIORITY_IDLE;
}

/* The interrupt of a group with the highest priority, above `limit`, or GIC_SPURIOUS. */
static uint32_t best_of(bool group1, unsigned limit)
{
	unsigned best = limit, here = pcpu_this();
	uint32_t found = GIC_SPURIOUS;

	for (uint32_t intid = 0; intid < GIC_INTID_MAX; intid++) {
		const struct interrupt *it = find(here, intid);

		if (!it->enabled || it->active || !is_pending(it) || it->group1 != group1)
			continue;
		if (intid >= GIC_PRIVATE_COUNT && it->route != here)
			continue;
		if ((it->priority & 0xf8u) < best) {
			best = it->priority & 0xf8u;
			found = intid;
		}
	}
	return found;
}

/* The interrupt that this pCPU's interface would signal to EL2, or GIC_SPURIOUS. */
static uint32_t best_intid(void)
{
	return best_of(false, running_priority());
}

bool fake_gic_signals(void)
{
	return best_intid() != GIC_SPURIOUS;
}

/* With one security state all interrupts of EL2 are Group 0. */
uint32_t gic_acknowledge_group0(void)
{
	uint32_t intid = best_intid();
	struct interrupt *it;

	if (intid == GIC_SPURIOUS)
		return GIC_SPURIOUS;
	it = find(pcpu_this(), intid);
	it->latched = false;
	it->active = true;
	active_priorities[pcpu_this()] |= 1u << (it->priority / 8);
	return intid;
}

static void drop(void)
{
	uint32_t *active = &active_priorities[pcpu_this()];

	*active &= *active - 1;
}

uint32_t gic_acknowledge_group1(void)
{
	return GIC_SPURIOUS;
}

void gic_drop_group0(uint32_t intid)
{
	drop();
	if (!direct[pcpu_this()].split_eoi)
		gic_clear_active(pcpu_this(), intid);
}

void gic_drop_group1(uint32_t intid)
{
	(void)intid;
	drop();
}

void gic_deactivate(uint32_t intid)
{
	if (direct[pcpu_this()].split_eoi)
		gic_clear_active(pcpu_this(), intid);
}

enum err gic_init_distributor(const struct gic_place *place, struct gic_facts *facts)
{
	(void)place;
	for (unsigned intid = GIC_PRIVATE_COUNT; intid < GIC_INTID_MAX; intid++)
		shared_interrupts[intid] = (struct interrupt){.priority = GIC_PRIORITY_GUEST, .route = pcpu_this()};
	*facts = (struct gic_facts){
		.version = 3,
		.intid_count = GIC_INTID_MAX,
		.lr_count = fake_vif_lr_count(),
		.priority_bits = 5,
		.physical_priority_bits = 5,
	};
	return OK;
}

enum err gic_init_pcpu(void)
{
	unsigned here = pcpu_this();

	for (unsigned intid = 0; intid < GIC_PRIVATE_COUNT; intid++) {
		bool line = private_interrupts[here][intid].line;

		private_interrupts[here][intid] =
			(struct interrupt){.line = line, .edge = intid < GIC_SGI_COUNT, .priority = GIC_PRIORITY_GUEST};
	}
	return OK;
}

void gic_enable(unsigned pcpu, uint32_t intid)
{
	find(pcpu, intid)->enabled = true;
}

enum err gic_disable(unsigned pcpu, uint32_t intid)
{
	find(pcpu, intid)->enabled = false;
	return stuck || (stuck_once && --stuck_once == 0) ? ERR_TIMEOUT : OK;
}

void gic_pend(unsigned pcpu, uint32_t intid)
{
	find(pcpu, intid)->latched = true;
}

void gic_unpend(unsigned pcpu, uint32_t intid)
{
	find(pcpu, intid)->latched = false;
}

bool gic_is_pending(unsigned pcpu, uint32_t intid)
{
	return is_pending(find(pcpu, intid));
}

void gic_activate(unsigned pcpu, uint32_t intid)
{
	find(pcpu, intid)->active = true;
}

void gic_clear_active(unsigned pcpu, uint32_t intid)
{
	find(pcpu, intid)->active = false;
}

/* All reaches it at once here. */
void gic_settle(void) {}

bool gic_is_active(unsigned pcpu, uint32_t intid)
{
	return find(pcpu, intid)->active;
}

void gic_set_priority(unsigned pcpu, uint32_t intid, uint8_t priority)
{
	find(pcpu, intid)->priority = priority & 0xf8;
}

void gic_set_edge(unsigned pcpu, uint32_t intid, bool edge)
{
	if (intid >= GIC_SGI_COUNT)
		find(pcpu, intid)->edge = edge;
}

bool gic_is_edge(unsigned pcpu, uint32_t intid)
{
	return find(pcpu, intid)->edge;
}

void gic_route(uint32_t intid, unsigned pcpu)
{
	shared_interrupts[intid].route = pcpu;
}

void gic_direct_load(const struct gic_direct *in)
{
	direct[pcpu_this()] = *in;
}

void gic_direct_save(struct gic_direct *out)
{
	*out = direct[pcpu_this()];
}

void gic_direct_close(void)
{
	direct[pcpu_this()] = closed;
	direct_priorities[pcpu_this()] = 0;
}

bool gic_direct_is_busy(void)
{
	return direct_priorities[pcpu_this()] != 0;
}

void gic_set_mask(uint8_t mask)
{
	direct[pcpu_this()].mask = mask;
}

void gic_set_split_eoi(bool split)
{
	direct[pcpu_this()].split_eoi = split;
}

uint8_t gic_running_priority(void)
{
	return (uint8_t)(running_priority() > 0xff ? 0xff : running_priority());
}

bool gic_direct_priorities(unsigned n, uint32_t *active)
{
	*active = direct_priorities[pcpu_this()];
	return n == 0;
}

bool gic_direct_set_priorities(unsigned n, uint32_t active)
{
	if (n == 0)
		direct_priorities[pcpu_this()] = active;
	return n == 0;
}

/* 1023 too while EL2 has something better: ICC_IAR1_EL1 gives none of the other group. */
static uint32_t best_direct(unsigned *group)
{
	const struct gic_direct *mine = &direct[pcpu_this()];
	uint32_t intid = best_of(true, mine->mask & 0xf8u);

	if (!mine->enabled || intid == GIC_SPURIOUS || best_intid() != GIC_SPURIOUS)
		return GIC_SPURIOUS;
	*group = find(pcpu_this(), intid)->priority & 0xf8u & (0xffu << mine->binary_point);
	return *group < running_priority() ? intid : GIC_SPURIOUS;
}

uint32_t gic_direct_highest(void)
{
	unsigned group;

	return best_direct(&group);
}

uint32_t gic_direct_acknowledge(void)
{
	unsigned group;
	uint32_t intid = best_direct(&group);
	struct interrupt *it;

	if (intid == GIC_SPURIOUS)
		return intid;
	it = find(pcpu_this(), intid);
	it->latched = false;
	it->active = true;
	direct_priorities[pcpu_this()] |= 1u << (group / 8);
	return intid;
}

void gic_direct_end(uint32_t intid)
{
	uint32_t *active = &direct_priorities[pcpu_this()];

	*active &= *active - 1;
	if (!direct[pcpu_this()].split_eoi)
		gic_clear_active(pcpu_this(), intid);
}
