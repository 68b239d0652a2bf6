/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of flow/ and of the machine that exploration does not use. To hold a vCPU (flow/hold/sync.c) is
 * to wait for another processor, and here there is one thread: the held vCPU does at once what its processor
 * would do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/log.h"
#include "device/pl011.h"
#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/alarm.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/present.h"
#include "flow/deliver/ring.h"
#include "flow/exits/mmio.h"
#include "flow/exits/registers.h"
#include "flow/exits/report.h"
#include "flow/hold/sync.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/life/life.h"
#include "flow/life/seed.h"
#include "flow/own/passthrough.h"
#include "flow/run/run.h"
#include "hardware.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "shares.h"
#include "stubs.h"
#include "world.h"

struct box box;
static struct guest_syndrome syndrome;

uint64_t stubs_take(struct vcpu *vcpu)
{
	uint64_t intid;

	hardware.here = vcpu->pcpu;
	hardware_enter_el2(vcpu->pcpu);
	intid = irq_short_group0(&vcpu->frame);
	if (intid == gic_kick_notify(false) + 1)
		intid = irq_short_news_group0(&vcpu->frame);
	return intid ? irq_from_guest_group0(&vcpu->frame, intid - 1) : 0;
}

bool stubs_access(struct vcpu *vcpu, uint64_t esr, bool *at_el2)
{
	bool is_register = exit_class(esr) == EC_SYSREG;
	enum exit_next next;

	hardware.here = vcpu->pcpu;
	hardware_enter_el2(vcpu->pcpu);
	*at_el2 = false; /* the short ways return whatever waits: that comes with a notification */
	if (is_register && exit_short_register(&vcpu->frame, esr) != EXIT_SHORT_NOT)
		return true;
	if (!is_register &&
		(esr & ESR_WNR ? exit_short_store : exit_short_load)(&vcpu->frame, esr) != EXIT_SHORT_NOT)
		return true;
	next = is_register ? register_access(vcpu, esr) : mmio_access(vcpu, esr);
	*at_el2 = run_must_attend(vcpu);
	return next == EXIT_SKIP;
}

void stubs_set_syndrome(uint64_t far, uint64_t hpfar)
{
	syndrome.far = far;
	syndrome.hpfar = hpfar;
}

uint64_t guest_far(void)
{
	return syndrome.far;
}

uint64_t guest_hpfar(void)
{
	return syndrome.hpfar;
}

bool guest_is_big_endian(void)
{
	return false;
}

bool sync_hold(struct vm *vm, uint32_t vcpus, unsigned patience_us UNUSED)
{
	unsigned caller = hardware.here;

	for (; vcpus; vcpus &= vcpus - 1) {
		struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		vcpu->hold++;
		if (!vcpu->live)
			continue;
		/* The kick brings the vCPU to EL2, where everything that is pending is taken first. */
		if (vcpu->shares) {
			shares_answer(vcpu->number);
			hardware.here = caller;
			continue;
		}
		hardware.here = vcpu->pcpu;
		if (world_has_modes())
			hardware_source(vcpu->pcpu, gic_kick_attend(false))->latch = true;
		if (!world.guest[vcpu->number].at_el2)
			stubs_take(vcpu);
		present_fold(vcpu);
		hardware.here = caller;
	}
	hardware_touch();
	return true;
}

void sync_release(struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1) {
		struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		vcpu->hold--;
		if (vcpu->shares)
			gic_kick(vcpu->pcpu);
	}
}

void sync_go_live(struct vcpu *vcpu)
{
	if (vcpu->hold)
		fault("a vCPU that is held keeps its processor");
	vcpu->hold = 0; /* as after a wait */
	atomic_store(&vcpu->live, 1);
}

void sync_end_live(struct vcpu *vcpu)
{
	atomic_store(&vcpu->live, 0);
}

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	abort();
}

#define UNREACHED(what) panic("%s is reached in exploration\n", what)

uint64_t cpu_us_to_ticks(uint64_t us)
{
	return us;
}

uint64_t cpu_ticks_to_us(uint64_t ticks)
{
	return ticks;
}

uint64_t cpu_instructions_to_ticks(uint64_t count)
{
	return count;
}

uint64_t log_time_us(void) /* always the same, so that the log leaves no line out */
{
	static uint64_t now;

	return now += LOG_WINDOW_US;
}

unsigned log_pcpu(void)
{
	return hardware.here;
}

/* Only errors are logged here: of a distributor that does not answer, or mistakes of Signalbox. */
void log_wrote(void)
{
	if (!hardware.fails)
		fault("the log has an error");
}

void turn_want(void) {}
void turn_want_at_once(void) {}

void uart_quiet(void)
{
	UNREACHED("uart_quiet()");
}

bool turn_begin(void)
{
	return true;
}

void turn_end(void) {}
void turn_put_off(void) {}

bool turn_is_wanted(void)
{
	return false;
}

void report_guest_mistake(struct vcpu *vcpu, const struct guest_syndrome *met, const char *what)
{
	(void)vcpu;
	(void)met;
	UNREACHED(what);
}

void alarm_update(struct vcpu *vcpu)
{
	(void)vcpu;
	UNREACHED("alarm_update()");
}

void alarm_expired(struct vcpu *vcpu)
{
	(void)vcpu;
	UNREACHED("alarm_expired()");
}

uint64_t cpu_cache_type(void)
{
	return 0;
}

uint64_t cpu_cache_levels(void)
{
	return 0;
}

uint64_t cpu_counter(void)
{
	return 2;
}

void cpu_relax(void) {}

void cpu_wake_all(void) {}
void guest_choose_vectors(bool may_close UNUSED) {}

void mmu_stage2_enter(pa_t root, uint16_t vmid)
{
	(void)root;
	(void)vmid;
}

void mmu_stage2_flush(pa_t root, uint16_t vmid)
{
	(void)root;
	(void)vmid;
}

void mmu_table_written(void)
{
	UNREACHED("mmu_table_written()");
}

/* VMs have no memory here. */
void *mmu_pointer(pa_t pa)
{
	static char nothing;

	(void)pa;
	return &nothing;
}

void mmu_clean(const void *start, uint64_t size)
{
	(void)start;
	(void)size;
}

/* No VM rings here. */
void ring_wait(struct vcpu *vcpu)
{
	(void)vcpu;
	UNREACHED("ring_wait()");
}

void ring_expired(struct vcpu *vcpu)
{
	(void)vcpu;
	UNREACHED("ring_expired()");
}

void ring_reset(struct vcpu *vcpu)
{
	(void)vcpu;
}

void mmu_zero(void *start, uint64_t size)
{
	(void)start;
	(void)size;
}

void mmu_invalidate_instructions(void) {}

bool seed_plant(const struct vm *vm, uint64_t count, uint8_t *tree)
{
	(void)vm;
	(void)count;
	(void)tree;
	UNREACHED("seed_plant()");
	return false;
}

bool passthrough_has(const struct vm *vm, uint32_t intid)
{
	(void)vm;
	(void)intid;
	UNREACHED("passthrough_has()");
}

struct vm *passthrough_holder(uint32_t intid)
{
	(void)intid;
	UNREACHED("passthrough_holder()");
}

bool passthrough_may_have(const struct vm *vm, const struct config_device *device)
{
	(void)vm;
	(void)device;
	UNREACHED("passthrough_may_have()");
}

enum err passthrough_carry(struct vm *to, uint32_t intid)
{
	(void)to;
	(void)intid;
	UNREACHED("passthrough_carry()");
}

void guest_scrub_pcpu(void) {}

void guest_set_big_endian(void) {}

void guest_withhold_debug(struct guest_context *context)
{
	(void)context;
}

void guest_give_debug(struct guest_context *context)
{
	(void)context;
}
