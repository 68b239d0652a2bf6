/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMs that do anything, from all their CPUs at once, and VMs beside them that notice when one of their own
 * interrupts, or a piece of their memory, is lost, doubled or changed. tests/system/test_attack.py drives
 * them from outside; it finds the two shared memories in the machine's memory by their first two words.
 */
#ifndef ATTACK_ATTACK_H
#define ATTACK_ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/exception.h"
#include "lib/layout.h"

#define ATTACK_VMS 4
/* Of each attacker, emulated; but one that is the machine's, and has one of them at a time. */
#define RTC_INTID 34
#define GPIO_INTID 39

/* Of the attackers. Only numbers that tell the test what has been done; nothing depends on them. */
#define TALLY_MAGIC 0x7a11e0fa77ac4e25
struct tally {
	uint64_t magic, not_magic; /* the second is the first one's complement */
	uint64_t lives[ATTACK_VMS];
	uint64_t steps[ATTACK_VMS][CPU_MAX];
	uint64_t alarms[ATTACK_VMS]; /* interrupts of clocks */
};

/* Of the victims, `left` (two CPUs) and `right` (one). */
#define PAIR_MAGIC 0x9a1f0fb1c71a5000
enum { LEFT, RIGHT, VICTIMS };
struct pair {
	uint64_t magic, not_magic;
	uint64_t received;            /* interrupts of the device, which the test raises */
	uint64_t rounds[VICTIMS * 2]; /* of left's CPUs, then right's */
	uint64_t waits[VICTIMS * 2];  /* the interrupt that each waits for now: enum wait */
	uint64_t failures;
	uint64_t what, got, wanted; /* the first one */
	uint64_t word[VICTIMS];     /* written by left, and by right */
	uint64_t right_is_ready;
};
enum wait { WAIT_NOTHING, WAIT_SGI, WAIT_SELF, WAIT_TIMER, WAIT_DOORBELL, WAIT_ANSWER, WAIT_STRANGER };

/* The shared memory `index` of the tree, mapped; its registers' place. */
void *attack_share(unsigned index);
void attack_publish(uint64_t *magics, uint64_t magic);

/* Never return. */
_Noreturn void victim_run(void);
_Noreturn void attacker_run(void);

/* Steps of an attacker, in several files; each does one thing, with arguments by chance. */
void step_interface(void);
void step_block(void);
void step_sgi(void);
void step_timer(void);
void step_register(void);
void step_instruction(void);
void step_memory(void);
void step_odd(void);
void step_gic(void);
void step_uart(void);
void step_device(void);
void step_power(void);
void step_call(void);
void step_ruin(void);
/* Has a device end its interrupt. */
void quieten(uint32_t intid);
/* An attacker's reaction in a handler, and to each exception. */
void attacker_take(uint32_t intid, struct frame *frame);
bool attacker_survive(struct frame *frame, unsigned vector);

/* This CPU's. A seed gives the same numbers. */
void random_seed(uint64_t seed);
uint64_t random_bits(void);
uint32_t random_below(uint32_t end);
bool random_once_in(uint32_t count);
/* A value for a register: mostly nothing, all, one bit, a small number; sometimes anything. */
uint64_t random_value(void);
/* Busy for up to so many microseconds. */
void random_spin(uint32_t us);

#endif
