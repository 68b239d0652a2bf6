/* SPDX-License-Identifier: Apache-2.0 */
/* The clock and the GPIO of machine = "virt", as guests reach them: lines, and which pCPU has the timer. */
#include "direct_vm.h"
#include "flow/box/turn.h"
#include "flow/deliver/alarm.h"
#include "flow/exits/mmio.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

enum { DR = 0, MR = 4, IMSC = 0x10, RIS = 0x14, ICR = 0x1c };
enum { IS = 0x404, IE = 0x410 };

void turn_want_at_once(void) {}

static int set_up_virt(void **state)
{
	set_up(state);
	config.machine = CONFIG_MACHINE_VIRT;
	config.console = CONFIG_CONSOLE_NONE;
	regions_make(&box.vm[0].regions, &config);
	fake_counter_advance(12345);
	box.time = (struct pl031_time){cpu_counter(), cpu_counter_frequency(), 1000};
	pl031_init(&box.vm[0].rtc, &box.time);
	seen.alarm = TIMER_NEVER;
	return 0;
}

static uint32_t get(unsigned v, uint64_t address)
{
	struct vgic_access access = {.size_bytes = 4};

	assert_true(mmio_perform(&vcpus[v], (ipa_t){address}, &access));
	return (uint32_t)access.value;
}

static void put(unsigned v, uint64_t address, uint32_t value)
{
	struct vgic_access access = {.size_bytes = 4, .write = true, .value = value};

	assert_true(mmio_perform(&vcpus[v], (ipa_t){address}, &access));
}

static bool line(uint32_t vintid)
{
	return vgic_bank(model(), &vcpus[0].vgic, vintid / 32)->line >> vintid % 32 & 1;
}

static uint64_t seconds(unsigned count)
{
	return box.time.counter + count * box.time.frequency;
}

static void pass_to(uint64_t counter)
{
	fake_counter_advance(counter - cpu_counter());
}

static void the_timer_raises_the_alarm(void **state)
{
	(void)state;
	assert_int_equal(get(0, GUEST_RTC_BASE + DR), 1000);
	put(0, GUEST_RTC_BASE + MR, 1002);
	assert_int_equal(seen.alarm, TIMER_NEVER);
	put(0, GUEST_RTC_BASE + IMSC, 1);
	assert_int_equal(seen.alarm, seconds(2));
	pass_to(seconds(2));
	assert_false(line(GUEST_RTC_INTID));
	alarm_expired(&vcpus[0]);
	assert_true(line(GUEST_RTC_INTID));
	assert_int_equal(seen.alarm, TIMER_NEVER);
	assert_true(vcpus[0].vgic.attend);
	put(1, GUEST_RTC_BASE + ICR, 1);
	assert_false(line(GUEST_RTC_INTID));
}

/* The pCPU that had the timer before finds that there is nothing to do yet, and follows. */
static void another_vcpu_sets_it_anew(void **state)
{
	(void)state;
	put(0, GUEST_RTC_BASE + IMSC, 1);
	put(0, GUEST_RTC_BASE + MR, 1002);
	fake_cpu_select(2);
	put(1, GUEST_RTC_BASE + MR, 1005);
	pass_to(seconds(2));
	fake_cpu_select(1);
	alarm_expired(&vcpus[0]);
	assert_false(line(GUEST_RTC_INTID));
	assert_int_equal(seen.alarm, seconds(5));
	pass_to(seconds(5));
	alarm_expired(&vcpus[1]);
	alarm_expired(&vcpus[0]);
	assert_true(line(GUEST_RTC_INTID));
}

static void no_alarm_of_an_earlier_life_comes(void **state)
{
	(void)state;
	put(0, GUEST_RTC_BASE + IMSC, 1);
	put(0, GUEST_RTC_BASE + MR, 1002);
	pl031_reset(&box.vm[0].rtc);
	pass_to(seconds(2));
	alarm_expired(&vcpus[0]);
	assert_false(line(GUEST_RTC_INTID));
	assert_int_equal(seen.alarm, TIMER_NEVER);
}

static void a_level_of_the_gpio_is_a_line(void **state)
{
	(void)state;
	put(0, GUEST_GPIO_BASE + IS, 1);
	assert_false(line(GUEST_GPIO_INTID));
	put(0, GUEST_GPIO_BASE + IE, 1);
	assert_true(line(GUEST_GPIO_INTID));
	assert_int_equal(get(1, GUEST_GPIO_BASE + 0x418), 1);
	put(1, GUEST_GPIO_BASE + IE, 0);
	assert_false(line(GUEST_GPIO_INTID));
}

static void the_firmware_configuration_has_a_signature(void **state)
{
	struct vgic_access access = {.offset = 0, .size_bytes = 2, .write = true, .value = 0x0100};

	(void)state;
	assert_int_equal(get(0, GUEST_FWCFG_BASE), 0x554d4551);
	assert_true(mmio_perform(&vcpus[0], (ipa_t){GUEST_FWCFG_BASE + 8}, &access));
	assert_int_equal(get(1, GUEST_FWCFG_BASE), 1);
}

static void a_plain_vm_has_none(void **state)
{
	struct vgic_access access = {.size_bytes = 4};

	(void)state;
	config.machine = CONFIG_MACHINE_PLAIN;
	regions_make(&box.vm[0].regions, &config);
	assert_false(mmio_perform(&vcpus[0], (ipa_t){GUEST_RTC_BASE}, &access));
	assert_false(mmio_perform(&vcpus[0], (ipa_t){GUEST_FWCFG_BASE}, &access));
	assert_false(mmio_perform(&vcpus[0], (ipa_t){GUEST_GPIO_BASE}, &access));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_virt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_timer_raises_the_alarm),
		TEST(another_vcpu_sets_it_anew),
		TEST(no_alarm_of_an_earlier_life_comes),
		TEST(a_level_of_the_gpio_is_a_line),
		TEST(the_firmware_configuration_has_a_signature),
		TEST(a_plain_vm_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
