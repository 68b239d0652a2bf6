/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that plays pseudo-random operations on its GIC and logs what it sees. Its log is the same on a bare
 * machine and in a VM, or one of the two GICs is wrong (Arm IHI 0069).
 *
 * The operations depend only on the seed and on what was seen before. What the manual leaves open, and what
 * CAVEATS.md says is different in a VM, is not played; each such restriction has its reason beside it.
 */
#ifndef DIFFERENTIAL_DIFFERENTIAL_H
#define DIFFERENTIAL_DIFFERENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#define CPUS_MAX 2

/* random.c: the same numbers on every machine. */
void random_seed(uint64_t seed);
uint32_t random_bits(void);
uint32_t random_below(uint32_t count);
static inline bool random_one_in(uint32_t count)
{
	return random_below(count) == 0;
}

/*
 * log.c: a hash of all that was chosen and seen, printed every `every` operations, and the text of operations
 * `from` to `to`, printed at the end, since printing is itself an exit. `lie`: the operation at which one bit
 * of what was seen is inverted, to test the comparison; none if not less than the count of operations.
 */
struct log_plan {
	uint64_t every, from, to, lie;
};
void log_open(const struct log_plan *plan);
void log_begin(uint64_t operation, const char *name, unsigned cpu);
void log_chose(const char *what, uint64_t value);
void log_saw(const char *what, uint64_t value);
void log_end(void);
void log_close(void);

/* An interrupt that is played with. Its state is what this guest did to it. */
struct interrupt {
	uint32_t intid;
	unsigned cpu;           /* whose, of SGIs and PPIs */
	bool linked;            /* a hypervisor has a physical interrupt for it */
	void (*drive)(bool up); /* the line, of its device; or NULL */
	bool played;            /* chosen for now */
	bool enabled, group1, edge, up, active;
	bool pended;      /* by software, perhaps long ago */
	bool half_ended;  /* one of ICC_EOIR and ICC_DIR was written, the other is to follow */
	unsigned running; /* acknowledged, and its priority not dropped */
	unsigned holder;  /* if active: the CPU that acknowledged it, or it was routed to, or none */
	unsigned target;  /* of an SPI, a CPU or none */
	uint8_t priority;
};

/* interrupts.c */
#define INTERRUPTS_MAX 32
extern struct interrupt interrupts[INTERRUPTS_MAX];
extern unsigned interrupt_count, cpu_count;
void interrupts_init(void);
void interrupts_choose(void);
struct interrupt *interrupt_pick(void);
struct interrupt *interrupt_find(uint32_t intid);
static inline bool interrupt_is_private(const struct interrupt *interrupt)
{
	return interrupt->intid < 32;
}
static inline bool interrupt_is_busy(const struct interrupt *interrupt)
{
	return interrupt->active || interrupt->running;
}
/* Of the frame that holds its registers. */
uint64_t interrupt_frame(const struct interrupt *interrupt);
/* The same word of registers of 32 interrupts? */
bool interrupt_is_beside(const struct interrupt *one, const struct interrupt *other);
/* A priority that no other interrupt has with which it could compete. */
uint8_t interrupt_free_priority(const struct interrupt *interrupt);
uint64_t redistributor_of(unsigned cpu);

/* What the CPU interface of the CPU that asks was told. */
#define RUNNING_MAX 32 /* levels of priority */
struct interface {
	struct interrupt *running[RUNNING_MAX];
	bool running_group1[RUNNING_MAX];
	unsigned running_count;
	bool split;   /* ICC_CTLR_EL1.EOImode */
	bool open[2]; /* ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1 */
};
struct interface *interface_here(void);
void interface_init(void);
/* After each operation, on each CPU: what it shows. */
void interface_observe(void);
bool interface_acknowledge(bool group1);

/* The operations. False: there is nothing to do the operation to, and nothing was done or logged. */
bool play_words(void);
bool play_groups(void);
bool play_priority(void);
bool play_trigger(void);
bool play_route(void);
bool play_control(void);
bool play_line(void);
bool play_look(void);
bool play_reserved(void);
bool play_digest(void);
bool play_sgi(void);
bool play_acknowledge(void);
bool play_window(void);
bool play_end(void);
bool play_deactivate(void);
bool play_mask(void);
bool play_binary_point(void);
bool play_mode(void);
bool play_open(void);

/* window.S: interrupts are open for a moment. 1: an IRQ was taken, 2: an FIQ; 0: none. */
uint64_t window_open(void);
extern char window_vectors[];

/* pair.c: runs `work` on that CPU, to its end. */
void pair_start(void);
void pair_run(unsigned cpu, void (*work)(void));

#endif
