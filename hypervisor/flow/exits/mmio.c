/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/mmio.h"

#include "flow/box/turn.h"
#include "flow/deliver/alarm.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/notify.h"
#include "flow/deliver/present.h"
#include "flow/deliver/sample.h"
#include "flow/hold/sync.h"
#include "flow/own/obstacle.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

bool mmio_is_device(const struct vm *vm, ipa_t ipa)
{
	return regions_look_up(&vm->regions, ipa.v, 1).kind != REGION_NONE;
}

static bool gic_try(struct vcpu *vcpu, bool dist, struct vgic_access *access, struct vgic_effects *effects)
{
	if (!dist)
		return vgic_redist_access(&vcpu->vm->vgic, vcpu->index, access, effects);
	vgic_dist_access(&vcpu->vm->vgic, vcpu->index, access, effects);
	return true;
}

/*
 * The model may answer that list registers come first: those of the caller, or of vCPUs to be held. These are
 * held without the lock. When the lock is taken again, a route may have been written that brings in others:
 * they are added, until none is missing. The lock is held until the effects are performed, so that model,
 * owner words and distributor change together.
 */
static bool gic_access(struct vcpu *vcpu, bool dist, struct vgic_access *access)
{
	struct vgic_effects effects = {.vcpu = vcpu->index};
	struct vgic *gic = &vcpu->vm->vgic;
	uint32_t held = 0;
	bool found;

	lock_acquire(&gic->lock);
	found = gic_try(vcpu, dist, access, &effects);
	while (effects.fold || effects.hold) { /* each turn adds a vCPU, or finds that delivery is direct */
		lock_release(&gic->lock);
		present_fold(vcpu);
		/* False: with direct delivery one has not come. It is seized if it does not (flow/hold/seize.h). */
		if (sync_hold(vcpu->vm, effects.hold, SYNC_PATIENCE_US))
			held |= effects.hold;
		access->held = held | 1u << vcpu->index;
		lock_acquire(&gic->lock);
		effects = (struct vgic_effects){.vcpu = vcpu->index};
		found = gic_try(vcpu, dist, access, &effects);
	}
	if (access->write)
		effects_perform(vcpu, &effects);
	else if (effects.ask_pending)
		access->value |= sample_pending(vcpu->vm, effects.vcpu, effects.bank, effects.ask_pending);
	else if (effects.ask_active)
		access->value |= sample_active(vcpu->vm, effects.vcpu, effects.bank, effects.ask_active);
	if (effects.reconsider && gic->direct && obstacle_is_sought(vcpu))
		obstacle_check(vcpu);
	lock_release(&gic->lock);
	sync_release(vcpu->vm, held);
	return found;
}

void mmio_deactivate(struct vcpu *vcpu, uint32_t vintid)
{
	struct vgic_access access = {
		.offset = GIC_ICACTIVER + vintid / 32 * 4,
		.size_bytes = 4,
		.write = true,
		.value = BIT(vintid % 32),
	};

	if (vintid < GIC_PRIVATE_COUNT)
		access.offset += vcpu->index * GUEST_GICR_STRIDE + GICR_SGI_BASE;
	if (gic_is_interrupt(vintid))
		gic_access(vcpu, vintid >= GIC_PRIVATE_COUNT, &access);
}

static __attribute__((noinline)) void uart_access(struct vcpu *vcpu, struct vgic_access *access)
{
	struct vm *vm = vcpu->vm;
	struct pl011_effect effect;

	lock_acquire(&vm->uart_lock);
	if (access->write)
		effect = pl011_write(&vm->uart, access->offset, access->size_bytes, access->value);
	else
		effect = pl011_read(&vm->uart, access->offset, access->size_bytes, &access->value);
	notify_vcpus(vm, vgic_set_line_shared(&vm->vgic, GUEST_UART_INTID, effect.line), vcpu);
	lock_release(&vm->uart_lock);
	if (effect.wrote)
		turn_want_at_once();
}

static void rtc_access(struct vcpu *vcpu, struct vgic_access *access)
{
	struct pl031 *rtc = &vcpu->vm->rtc;
	uint64_t now = cpu_counter();

	if (access->write)
		pl031_write(rtc, now, access->offset, access->size_bytes, access->value);
	else
		access->value = pl031_read(rtc, now, access->offset, access->size_bytes);
	alarm_update(vcpu);
}

static void gpio_access(struct vcpu *vcpu, struct vgic_access *access)
{
	struct vm *vm = vcpu->vm;

	if (access->write)
		pl061_write(&vm->gpio, access->offset, access->value);
	else
		access->value = pl061_read(&vm->gpio, access->offset, access->size_bytes);
	notify_vcpus(vm, vgic_set_line_shared(&vm->vgic, GUEST_GPIO_INTID, pl061_line(&vm->gpio)), vcpu);
}

static void fwcfg_access(struct vm *vm, struct vgic_access *access)
{
	if (access->write)
		fwcfg_write(&vm->fwcfg, access->offset, access->size_bytes, access->value);
	else
		access->value = fwcfg_read(&vm->fwcfg, vm->vcpu_count, access->offset, access->size_bytes);
}

/* The devices of machine = "virt". Cold: so the compiler leaves the way to the GIC as short as it was. */
static __attribute__((noinline, cold)) void virt_access(struct vcpu *vcpu, enum region_kind kind,
														struct vgic_access *access)
{
	lock_acquire(&vcpu->vm->virt_lock);
	if (kind == REGION_RTC)
		rtc_access(vcpu, access);
	else if (kind == REGION_GPIO)
		gpio_access(vcpu, access);
	else
		fwcfg_access(vcpu->vm, access);
	lock_release(&vcpu->vm->virt_lock);
}

static inline __attribute__((always_inline)) bool device_access(struct vcpu *vcpu, ipa_t ipa,
																struct vgic_access *access)
{
	struct region_place place = regions_look_up(&vcpu->vm->regions, ipa.v, access->size_bytes);

	access->offset = place.offset;
	switch (place.kind) {
	case REGION_GICD:
		return gic_access(vcpu, true, access);
	case REGION_GICR:
		return gic_access(vcpu, false, access);
	case REGION_UART:
		uart_access(vcpu, access);
		return true;
	case REGION_RTC:
	case REGION_FWCFG:
	case REGION_GPIO:
		virt_access(vcpu, place.kind, access);
		return true;
	case REGION_NONE:
		break;
	}
	return false;
}

static uint64_t reversed(uint64_t value, unsigned size_bytes)
{
	return __builtin_bswap64(value) >> (64 - 8 * size_bytes);
}

bool mmio_perform(struct vcpu *vcpu, ipa_t ipa, struct vgic_access *access)
{
	bool big_endian = guest_is_big_endian(), found;

	if (big_endian && access->write)
		access->value = reversed(access->value, access->size_bytes);
	found = device_access(vcpu, ipa, access);
	if (big_endian && !access->write)
		access->value = reversed(access->value, access->size_bytes);
	return found;
}

static inline __attribute__((always_inline)) enum exit_next access_one(struct vcpu *vcpu, uint64_t esr,
																	   bool little_endian)
{
	ipa_t ipa = exit_ipa(guest_far(), guest_hpfar());
	struct vgic_access access;

	access.size_bytes = exit_mmio_size(esr);
	access.write = exit_mmio_is_write(esr);
	access.held = 0;
	access.value = access.write ? operand(vcpu, exit_mmio_register(esr)) : 0;
	if (!(little_endian ? device_access(vcpu, ipa, &access) : mmio_perform(vcpu, ipa, &access)))
		return EXIT_NO_DEVICE;
	if (!access.write)
		operand_set(vcpu, exit_mmio_register(esr), exit_mmio_result(esr, access.value));
	return EXIT_SKIP;
}

enum exit_next mmio_access(struct vcpu *vcpu, uint64_t esr)
{
	return access_one(vcpu, esr, true);
}

enum exit_next mmio_access_rarely(struct vcpu *vcpu, uint64_t esr)
{
	return access_one(vcpu, esr, false);
}
