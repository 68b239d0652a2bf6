/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The VMs of shared_vms.h, where B has direct delivery. The tests are its guest, at whichever interface it
 * has.
 */
#ifndef UNIT_SHARED_DIRECT_H
#define UNIT_SHARED_DIRECT_H

#include "base/log.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/translate.h"
#include "flow/own/away.h"
#include "flow/own/delivery.h"
#include "shared_vms.h"

#define EDGE 50 /* of VM 1, too */
#define BIT_OF(vintid) (1u << (vintid) % 32)

static struct vm *const vm = &box.vm[1];
static uint64_t log_next;

static inline void skip_log(void)
{
	struct log_entry entry;

	while (log_read(log_next, &entry))
		log_next = entry.sequence + 1;
}

static inline void expect_line(const char *text)
{
	struct log_entry entry;

	assert_true(log_read(log_next, &entry));
	assert_string_equal(entry.text, text);
	log_next = entry.sequence + 1;
	assert_false(log_read(log_next, &entry));
}

static inline void expect_silence(void)
{
	struct log_entry entry;

	assert_false(log_read(log_next, &entry));
}

/* The guest that runs, at whichever interface it has. */
static inline uint32_t acknowledge(void)
{
	struct vcpu *vcpu = vcpu_of_frame(entered);

	set_lines();
	if (!vcpu->direct)
		return fake_guest_acknowledge(1);
	return vcpu->translates ? translate_acknowledge(vcpu) : gic_direct_acknowledge();
}

static inline int end(uint32_t vintid)
{
	struct vcpu *vcpu = vcpu_of_frame(entered);

	if (!vcpu->direct)
		fake_guest_end(1, vintid);
	else if (vcpu->translates)
		translate_end(vcpu, vintid);
	else
		gic_direct_end(vintid);
	if (vcpu->direct && vcpu->translates && run_must_attend(vcpu))
		entered = run_attend(entered);
	return go_on();
}

/* That of B, wherever it is: its time has come, or it is off. */
static inline void set_emulated_timer(bool on)
{
	ptimer_write(&vcpus[B].timer, PTIMER_CVAL, 0, cpu_counter());
	ptimer_write(&vcpus[B].timer, PTIMER_CTL, on, cpu_counter());
	guest_timer_update(&vcpus[B]);
}

static inline void quiet(uint32_t vintid)
{
	if (vintid == EMULATED_TIMER)
		set_emulated_timer(false);
	if (vintid == TIMER)
		fake_guest()->timer = 0;
	if (vintid == DEVICE)
		fake_gic_set_line(DEVICE, false);
	set_lines();
}

static inline void take(unsigned v, uint32_t vintid)
{
	assert_ptr_equal(entered, &vcpus[v].frame);
	assert_int_equal(acknowledge(), vintid);
	quiet(vintid);
	end(vintid);
}

/* The holder waits for this pCPU, which then waits for the end of the hold. */
static inline void other_one_acts(void)
{
	assert_true(cpu_counter() < 10000000); /* else for ever */
	if (pcpu_this() != ELSEWHERE)
		longjmp(stays_idle, 1);
	go_on();
	fake_cpu_select(ELSEWHERE);
}

static inline int change(enum config_delivery wanted)
{
	int result;

	fake_cpu_select(ELSEWHERE);
	fake_cpu_set_others(other_one_acts);
	result = (int)delivery_change(vm, wanted, NULL);
	fake_cpu_set_others(NULL);
	return result;
}

/* B is direct, is the resident one, and runs; the others sleep. */
static inline int set_up_direct(void **state)
{
	set_up(state);
	box.host.timer_virtual_intid = TIMER;
	config[1].permissions = CONFIG_MAY_BE_DIRECT;
	config[1].pcpu[0] = HERE;
	for (uint32_t sgi = 0; sgi < gic_kick_notify(false); sgi++)
		vgic_reserve(&vm->vgic, 0, sgi, sgi);
	vgic_reserve(&vm->vgic, 0, EMULATED_TIMER, EMULATED_TIMER);
	vgic_link(&vm->vgic, 0, EDGE, EDGE, true);
	gic_set_edge(0, EDGE, true);
	gic_route(EDGE, HERE);
	assert_int_equal(irq_give(shared_word(EDGE), B, EDGE), OK);
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	vm->vgic.spi[0].edge |= BIT_OF(EDGE);
	write(B, NULL, GIC_IGROUPR + 4, UINT32_MAX);
	write(B, NULL, GIC_ISENABLER + 4, BIT_OF(EDGE));
	skip_log();
	assert_int_equal(change(CONFIG_DELIVERY_DIRECT), OBSTACLE_NONE);
	expect_line("[b] its interrupts come directly now");
	assert_int_equal(go_on(), B);
	assert_true(vcpus[B].direct && vm_is_direct(vm));
	vcpus[A0].turn.priority = 20; /* A1 is as urgent as B */
	return 0;
}

static inline void expect_direct(bool here)
{
	assert_true(vm_is_direct(vm));
	assert_int_equal(vm->vgic.direct, here);
	assert_int_equal(fake_gic_is_group1(HERE, DEVICE), here);
	assert_int_equal(fake_gic_is_group1(HERE, EDGE), here);
	assert_int_equal(fake_gic_priority(HERE, DEVICE) >= IRQ_DIRECT_FIRST, here);
	assert_true(fake_gic_is_enabled(HERE, DEVICE));
	assert_int_equal(fake_guest_takes_irqs(), here);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup(name, set_up_direct)

#endif
