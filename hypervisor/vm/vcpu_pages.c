/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vcpu_pages.h"

#include <string.h>

#include "vm/layout.h"

#define READ_PAGE offsetof(struct signalbox_closed, pending)

_Static_assert(GUEST_SHARED_BASE + GUEST_SHARED_SIZE <= GUEST_VCPU_PAGES_BASE &&
				   GUEST_VCPU_PAGES_BASE + VCPU_PER_VM_MAX * SIGNALBOX_CLOSED_BYTES <= GUEST_PCI_WINDOWS_BASE,
			   "no VM has anything else there, unless its description says so");

uint64_t vcpu_pages_size(const struct config_vm *vm)
{
	return vcpu_pages_exist(vm) ? vm->vcpu_count * (uint64_t)SIGNALBOX_CLOSED_BYTES : 0;
}

uint64_t vcpu_pages_ipa(unsigned vcpu)
{
	return GUEST_VCPU_PAGES_BASE + vcpu * (uint64_t)SIGNALBOX_CLOSED_BYTES;
}

void vcpu_pages_reset(struct signalbox_closed *pages, unsigned pcpu)
{
	memset(pages, 0, sizeof(*pages));
	pages->version = SIGNALBOX_CLOSED_VERSION;
	pages->pcpu = pcpu;
}

static enum err map_pages(struct table *stage2, uint64_t ipa, uint64_t pa, bool closed_flag)
{
	enum err result = table_map(stage2, ipa + READ_PAGE, pa + READ_PAGE, PAGE_SIZE, TABLE_READ);

	if (result == OK && closed_flag)
		result = table_map(stage2, ipa, pa, PAGE_SIZE, TABLE_READ | TABLE_WRITE);
	return result;
}

enum err vcpu_pages_map(struct table *stage2, const struct config_vm *vm, pa_t memory)
{
	enum err result = OK;

	if (!vcpu_pages_exist(vm))
		return OK;
	for (unsigned v = 0; v < vm->vcpu_count && result == OK; v++)
		result = map_pages(stage2, vcpu_pages_ipa(v), memory.v + v * (uint64_t)SIGNALBOX_CLOSED_BYTES,
						   vm->closed_flag);
	return result;
}
