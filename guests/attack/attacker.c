/* SPDX-License-Identifier: Apache-2.0 */
/* All CPUs do steps by chance, until one of them, or another VM or person, ends this life of the VM. */
#include <stddef.h>

#include "attack/attack.h"
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"

#define VECTOR_KIND(vector) ((vector) % 4)
enum { SYNC, IRQ, FIQ, SERROR };
#define PSTATE_I (1u << 7)
#define PSTATE_F (1u << 6)
#define EC_DEBUG_FIRST 0x30
#define EC_DEBUG_LAST 0x35
#define LIVES_STEP UINT64_C(0x1000000)

static struct tally *tally;
static uint64_t vm, cpus, life;
static bool pauses;

/* Each is chosen as often as it is listed here. */
static void (*const steps[])(void) = {
	step_interface,   step_interface, step_interface, step_block,    step_block,  step_sgi,
	step_sgi,         step_timer,     step_register,  step_register, step_memory, step_instruction,
	step_instruction, step_gic,       step_gic,       step_gic,      step_gic,    step_uart,
	step_power,       step_power,     step_call,      step_call,     step_call,   step_call,
	step_device,      step_device,
};

/*
 * The steps that let a VM with direct delivery keep it: it blocks its interface, asks for moves and changes,
 * and has alarms.
 */
static void (*const pause_steps[])(void) = {
	step_block, step_block, step_block, step_timer, step_sgi, step_call, step_call, step_power, step_device,
};

static void do_step(void)
{
	if (pauses)
		pause_steps[random_below(sizeof(pause_steps) / sizeof(pause_steps[0]))]();
	else if (random_once_in(400))
		step_odd();
	else if (random_once_in(1000))
		step_ruin();
	else
		steps[random_below(sizeof(steps) / sizeof(steps[0]))]();
}

void attacker_take(uint32_t intid, struct frame *frame)
{
	if (intid == TIMER_VIRTUAL_INTID)
		timer_disarm();
	if (intid == TIMER_PHYSICAL_INTID)
		sysreg_write(cntp_ctl_el0, 0);
	if (intid == RTC_INTID)
		__atomic_add_fetch(&tally->alarms[vm % ATTACK_VMS], 1, __ATOMIC_RELAXED);
	if (!random_once_in(8))
		quieten(intid);
	if (random_once_in(2))
		frame->spsr |= PSTATE_I; /* an interrupt that comes without end does not keep it from its steps */
	if (random_once_in(16))
		do_step();
}

static void end_group0(void)
{
	uint64_t intid = sysreg_read(s3_0_c12_c8_0); /* ICC_IAR0_EL1 */

	sysreg_write(s3_0_c12_c8_1, intid); /* ICC_EOIR0_EL1 */
}

bool attacker_survive(struct frame *frame, unsigned vector)
{
	uint64_t class = ESR_EC(sysreg_read(esr_el1));

	if (VECTOR_KIND(vector) == FIQ) {
		end_group0();
		frame->spsr |= PSTATE_F;
	} else if (VECTOR_KIND(vector) == SYNC && class >= EC_DEBUG_FIRST && class <= EC_DEBUG_LAST) {
		sysreg_write(mdscr_el1, 0);
	} else if (VECTOR_KIND(vector) == SYNC) {
		frame->elr = class == EC_FETCH_ABORT ? frame->x[30] : frame->elr + 4;
	}
	return true;
}

static void attack(void)
{
	unsigned cpu = cpu_number() % CPU_MAX;

	random_seed(argument_number("seed", 1) * 64 + vm * CPU_MAX + cpu + life * LIVES_STEP);
	for (;;) {
		do_step();
		tally->steps[vm % ATTACK_VMS][cpu]++;
	}
}

_Noreturn void attacker_run(void)
{
	uint64_t mpidr[CPU_MAX];

	vm = argument_number("vm", 0);
	tally = attack_share(0);
	attack_publish(&tally->magic, TALLY_MAGIC);
	life = tally->lives[vm % ATTACK_VMS]++;
	pauses = argument_given("pauses");
	cpus = tree_cpus(mpidr);
	gic_handle(attacker_take);
	exception_unexpected = attacker_survive;
	for (unsigned n = 1; n < cpus; n++)
		boot_cpu(n, attack);
	for (;;)
		attack();
}
