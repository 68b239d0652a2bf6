/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses of the first vCPU of direct_vm.h to registers that trap with direct delivery. */
#ifndef UNIT_DIRECT_GUEST_H
#define UNIT_DIRECT_GUEST_H

#include "direct_vm.h"
#include "flow/exits/interface.h"
#include "vm/sysreg.h"

#define ICC_PMR SYSREG(3, 0, 4, 6, 0)
#define ICC_RPR SYSREG(3, 0, 12, 11, 3)
#define ICC_CTLR SYSREG(3, 0, 12, 12, 4)
#define RT 20

static UNUSED void guest_writes(uint32_t id, uint64_t value)
{
	vcpus[0].frame.x[RT] = value;
	assert_true(interface_direct_register(&vcpus[0], id, RT, true));
	assert_int_equal(vcpus[0].frame.x[RT], value);
}

static UNUSED uint64_t guest_reads(uint32_t id)
{
	vcpus[0].frame.x[RT] = 0xdead;
	assert_true(interface_direct_register(&vcpus[0], id, RT, false));
	assert_true(vcpus[0].frame.callee_changed);
	return vcpus[0].frame.x[RT];
}

#endif
