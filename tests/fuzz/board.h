/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board with two VMs, run by the hypervisor's own flow/ on machine/fake: the guest that a fuzzer plays, on
 * the first pCPUs, and a neighbour of one vCPU on the next, which shares a memory with a doorbell. The
 * guest's actions come to EL2 through the exits that its instructions make.
 */
#ifndef FUZZ_BOARD_H
#define FUZZ_BOARD_H

#include "flow/box/system.h"
#include "machine/fake/fake.h"

#define BOARD_VCPUS 8
#define BOARD_LEVEL_INTID 40
#define BOARD_EDGE_INTID 41
#define BOARD_LAST_INTID 45 /* of the guest's device, where devices move: more than go in one hold */
#define BOARD_NEIGHBOUR_INTID 50
#define BOARD_NEIGHBOUR_DOORBELL 60
#define BOARD_RAM_IPA UINT64_C(0x40000000)
#define BOARD_RAM_SIZE 0x1000

struct board_setup {
	unsigned vcpu_count; /* of the guest: 1 to BOARD_VCPUS */
	unsigned lr_count, intid_count;
	/* Devices go from one VM to another, and delivery may be direct. */
	bool movable;
	unsigned permissions[2]; /* then: of the guest and of the neighbour */
};

#define BOARD_DEVICE_BASE UINT64_C(0x9100000)

/* Both VMs run, with their first vCPU on. */
void board_begin(const struct board_setup *setup);

static inline struct vm *board_guest(void)
{
	return &box.vm[0];
}
/* A part of board_begin(): for `movable`. */
void board_make_movable(const struct board_setup *setup);

/* Is the vCPU in its guest? Only then can it do anything. vCPUs have the number of their pCPU. */
bool board_runs(unsigned vcpu);

/*
 * A synchronous exit of a vCPU that runs; its registers are in its frame. Returns which of them, a bit each,
 * are loaded again before its guest continues.
 */
uint32_t board_exit(unsigned vcpu, struct guest_syndrome syndrome);
/* A pCPU takes what is pending, with or without a guest; then it does what is due. */
void board_take(unsigned pcpu);
/* The same for all, until nothing is pending or due. */
void board_settle(void);
void board_pass_time(uint64_t ticks);
/* A person's command at the monitor: starts the guest when it is off, else stops or resets it. */
void board_switch(enum vm_after after);
void board_switch_vm(struct vm *vm, enum vm_after after);
/* All running vCPUs have their list registers chosen anew, so that these depend on the models alone. */
void board_renew(void);

/* An access of 4 bytes, as the guest's driver makes it. */
void board_write(unsigned vcpu, uint64_t ipa, uint32_t value);

/* Checks what holds after every step, and when an input is over. Each failure is printed, and a crash. */
void board_check(void);
void board_check_at_end(void);
_Noreturn void board_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
