/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#define PLACES_MAX 256

struct place {
	const char *name;
	const uint8_t *bytes;
	size_t size;
};

static struct {
	struct place place[PLACES_MAX]; /* all that a step may change */
	unsigned place_count;
	struct place left_out[PLACES_MAX]; /* within these: words that no later step reads */
	unsigned left_out_count;
	uint8_t copy[sizeof(struct vcpu) * WORLD_CPUS + sizeof(struct vm) * WORLD_CPUS + sizeof(hardware) +
				 sizeof(world) + 8 * WORLD_IRQS];
} guard;

#define PLACE(of) ((struct place){#of, (const uint8_t *)&(of), sizeof(of)})

static void watch(struct place place)
{
	guard.place[guard.place_count++] = place;
}

static void leave_out(struct place place)
{
	guard.left_out[guard.left_out_count++] = place;
}

static void watch_vcpu(struct vcpu *vcpu)
{
	watch(PLACE(*vcpu));
	leave_out(PLACE(vcpu->frame));    /* an operand is written before it is read */
	leave_out(PLACE(vcpu->counters)); /* nothing is decided by them */
	leave_out(PLACE(vcpu->trapped));
	leave_out(PLACE(vcpu->turn));          /* made anew */
	leave_out(PLACE(vcpu->tlb_is_others)); /* the TLB is not here */
	leave_out(PLACE(vcpu->has_siblings));
	leave_out(PLACE(vcpu->pages_are_new)); /* nor is time stolen */
	if (!world.plan->shares)
		leave_out(PLACE(vcpu->entered));  /* asked where vCPUs share a processor */
	leave_out(PLACE(vcpu->irqs.detours)); /* nor by these */
	for (unsigned i = 0; i < GIC_PRIVATE_COUNT; i++)
		leave_out(PLACE(vcpu->irqs.slot[i].count));
}

static void watch_vm(struct vm *vm)
{
	watch(PLACE(*vm));
	leave_out(PLACE(vm->vgic.lock)); /* free between steps, with other tickets */
	leave_out(PLACE(vm->lock));
	leave_out(PLACE(vm->uart_lock));
	leave_out(PLACE(vm->virt_lock));
	leave_out(PLACE(vm->starts)); /* for people */
	leave_out(PLACE(vm->refused));
	leave_out(PLACE(vm->refused_vintid));
	leave_out(PLACE(vm->started_us));
	leave_out(PLACE(vm->log));
	leave_out(PLACE(vm->asked_at)); /* for housekeeping, which no pCPU does here */
	leave_out(PLACE(vm->uart));     /* no guest here has a console */
}

static void list_places(void)
{
	guard.place_count = guard.left_out_count = 0;
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		watch_vcpu(world_vcpu(v));
	for (unsigned n = 0; n < box.vm_count; n++)
		watch_vm(&box.vm[n]);
	for (unsigned i = 0; i < world.plan->irq_count; i++)
		if (world_intid(&world.plan->irq[i]) >= GIC_PRIVATE_COUNT)
			watch(PLACE(*shared_word(world_intid(&world.plan->irq[i]))));
	watch(PLACE(hardware));
	leave_out(PLACE(hardware.here));  /* set before each step */
	leave_out(PLACE(hardware.event)); /* until `countdown` says so */
	watch(PLACE(world));
}

void guard_begin(void)
{
	size_t at = 0;

	list_places();
	for (unsigned p = 0; p < guard.place_count; p++) {
		memcpy(guard.copy + at, guard.place[p].bytes, guard.place[p].size);
		at += guard.place[p].size;
	}
}

/* The bytes from this one on that are left out with it; 0: it is not left out. */
static size_t left_out(const uint8_t *byte)
{
	for (unsigned n = 0; n < guard.left_out_count; n++)
		if (byte >= guard.left_out[n].bytes && byte < guard.left_out[n].bytes + guard.left_out[n].size)
			return (size_t)(guard.left_out[n].bytes + guard.left_out[n].size - byte);
	return 0;
}

static void compare(const struct place *place, const uint8_t *copy)
{
	static char words[128];
	size_t i = 0;

	while (i < place->size) {
		size_t more = place->bytes[i] == copy[i] ? 1 : left_out(place->bytes + i);

		if (!more) {
			snprintf(words, sizeof(words), "the packed state has not all of %s: byte %zu is %#x, was %#x",
					 place->name, i, place->bytes[i], copy[i]);
			fault(words);
			return;
		}
		i += more;
	}
}

void guard_check(void)
{
	size_t at = 0;

	for (unsigned p = 0; p < guard.place_count; p++) {
		if (memcmp(guard.place[p].bytes, guard.copy + at, guard.place[p].size) != 0)
			compare(&guard.place[p], guard.copy + at);
		at += guard.place[p].size;
	}
}
