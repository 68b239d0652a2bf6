/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "machine/fake/internal.h"

#define SCTLR_EE (UINT64_C(1) << 25)

static struct fake_guest states[PCPU_MAX];
static bool takes_irqs[PCPU_MAX];
static struct guest_syndrome syndromes[PCPU_MAX];

void fake_guest_reset(void)
{
	memset(states, 0, sizeof(states));
	memset(takes_irqs, 0, sizeof(takes_irqs));
	memset(syndromes, 0, sizeof(syndromes));
}

struct fake_guest *fake_guest(void)
{
	return &states[pcpu_this()];
}

void fake_guest_set_syndrome(struct guest_syndrome syndrome)
{
	syndromes[pcpu_this()] = syndrome;
}

void guest_idle(void)
{
	ensure(false, "nobody boots on the fake machine");
	__builtin_unreachable();
}

void guest_reset(uint64_t pc, uint64_t vmpidr)
{
	(void)vmpidr;
	states[pcpu_this()] = (struct fake_guest){.pc = pc, .pstate = 0x3c5};
}

void guest_set_big_endian(void)
{
	states[pcpu_this()].translation.sctlr |= SCTLR_EE;
}

void guest_scrub_pcpu(void) {}

void guest_trap_waits(void) {}

void guest_choose_vectors(bool may_close)
{
	(void)may_close;
}

void guest_stop_walks(void) {}

_Static_assert(sizeof(struct fake_guest) <= sizeof(struct guest_context), "a context has room for it");

void guest_save(struct guest_context *out)
{
	memcpy(out, fake_guest(), sizeof(struct fake_guest));
	fake_guest()->timer = 0;
}

void guest_load(const struct guest_context *in)
{
	memcpy(fake_guest(), in, sizeof(struct fake_guest));
}

void guest_withhold_debug(struct guest_context *context)
{
	context->debug = false;
}

void guest_give_debug(struct guest_context *context)
{
	context->debug = true;
}

uint64_t guest_timer_deadline(const struct guest_context *context)
{
	struct fake_guest saved;

	memcpy(&saved, context, sizeof(saved));
	if (saved.timer == FAKE_TIMER_AT_ZERO)
		return 0;
	return saved.timer ? saved.timer : UINT64_MAX;
}

uint64_t guest_far(void)
{
	return guest_syndrome_read().far;
}

uint64_t guest_hpfar(void)
{
	return guest_syndrome_read().hpfar;
}

uint64_t guest_esr(void)
{
	return guest_syndrome_read().esr;
}

struct guest_syndrome guest_syndrome_read(void)
{
	return syndromes[pcpu_this()];
}

uint64_t guest_pc(void)
{
	return states[pcpu_this()].pc;
}

uint64_t guest_pstate(void)
{
	return states[pcpu_this()].pstate;
}

#define PSTATE_AARCH32 (UINT64_C(1) << 4)
#define PSTATE_M 15u
#define PSTATE_M_EL1H 5
#define PSTATE_E (UINT64_C(1) << 9)
#define SCTLR_E0E (UINT64_C(1) << 24)

bool guest_is_aarch32(void)
{
	return guest_pstate() & PSTATE_AARCH32;
}

static uint64_t *stack_pointer(void)
{
	return (guest_pstate() & PSTATE_M) == PSTATE_M_EL1H ? &fake_guest()->sp_el1 : &fake_guest()->sp_el0;
}

uint64_t guest_stack_pointer(void)
{
	return *stack_pointer();
}

void guest_set_stack_pointer(uint64_t value)
{
	*stack_pointer() = value;
}

bool guest_is_big_endian(void)
{
	if (guest_is_aarch32())
		return guest_pstate() & PSTATE_E;
	return fake_guest()->translation.sctlr & (guest_pstate() & PSTATE_M ? SCTLR_EE : SCTLR_E0E);
}

bool guest_is_plain(void)
{
	return !guest_is_aarch32() && !(fake_guest()->translation.sctlr & (SCTLR_EE | SCTLR_E0E));
}

void guest_skip_plainly(void)
{
	guest_skip_instruction();
}

struct guest_translation guest_translation_read(void)
{
	return fake_guest()->translation;
}

struct guest_exception guest_exception_read(void)
{
	return fake_guest()->exception;
}

void guest_skip_instruction(void)
{
	states[pcpu_this()].pc += 4;
}

void guest_inject_exception(uint64_t esr, uint64_t far, bool far_valid)
{
	(void)esr;
	(void)far;
	(void)far_valid;
}

void guest_take_irqs(bool direct)
{
	takes_irqs[pcpu_this()] = direct;
}

bool fake_guest_takes_irqs(void)
{
	return takes_irqs[pcpu_this()];
}

#define WAITS_MAX 1000 /* a test that waits would wait for ever */
static unsigned waits_in_vain[PCPU_MAX];

void guest_wait_for_interrupt(void)
{
	waits_in_vain[pcpu_this()]++;
	cpu_wait_for_interrupt();
	fake_others_act();
}

/* Ends a wait that nothing else can end. */
bool guest_has_interrupt(void)
{
	unsigned *waits = &waits_in_vain[pcpu_this()];

	if (!takes_irqs[pcpu_this()])
		return !fake_gic_signals();
	if (gic_direct_highest() == GIC_SPURIOUS && *waits < WAITS_MAX)
		return false;
	*waits = 0;
	return true;
}
