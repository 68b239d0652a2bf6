/* SPDX-License-Identifier: Apache-2.0 */
/* What path.S and C share: one sample, as ticks of CNTVCT_EL0, and the measured paths. */
#ifndef MEASURE_SAMPLE_H
#define MEASURE_SAMPLE_H

#define SAMPLE_START 0
#define SAMPLE_ENTRY 8
#define SAMPLE_EOI_START 16
#define SAMPLE_EOI_END 24
#define SAMPLE_INTID 32
#define SAMPLE_QUIET 40
#define SAMPLE_BURST 48
#define PATH_READS 16

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct sample {
	uint64_t start;     /* the event, or the read before it */
	uint64_t entry;     /* first instruction of the vector, or the read behind what was measured */
	uint64_t eoi_start; /* the reads around the write of ICC_EOIR1_EL1 */
	uint64_t eoi_end;
	uint64_t intid;
	uint64_t quiet;      /* the vector writes 0 to this word: a device's interrupt mask, or nothing's */
	struct taken *burst; /* where the next interrupt of a burst is noted */
};
struct taken {
	uint64_t entry, intid;
};
_Static_assert(offsetof(struct sample, burst) == SAMPLE_BURST, "sample as path.S lays it out");

/*
 * Each is entered with interrupts masked and returns so. Those that raise an interrupt return when the vector
 * has taken it: path_timer() and path_wfi() wait for the virtual timer, armed for `start` by the caller;
 * path_wfi_masked() leaves WFI with the interrupt pending, notes the time, and takes it then.
 */
void path_timer(struct sample *sample);
void path_wfi(struct sample *sample);
void path_wfi_masked(struct sample *sample);
void path_sgi(struct sample *sample, uint64_t sgi1r);
void path_sgi_other(struct sample *sample, uint64_t sgi1r);
void path_raise(struct sample *sample, uint64_t address, uint32_t value);
/* One access from EL1 between two reads of the counter. */
void path_load32(struct sample *sample, uint64_t address);
void path_load64(struct sample *sample, uint64_t address);
void path_store32(struct sample *sample, uint64_t address, uint32_t value);
void path_mask_write(struct sample *sample, uint64_t mask); /* ICC_PMR_EL1 */
void path_mask_read(struct sample *sample);
void path_running_priority(struct sample *sample); /* ICC_RPR_EL1 */
int64_t path_call(struct sample *sample, uint64_t function, uint64_t x1, uint64_t x2);
void path_daif(struct sample *sample);
/* By the pages of the closed flag: closed and opened; opened with a call, until the interrupt comes. */
struct signalbox_closed;
void path_close_open(struct sample *sample, struct signalbox_closed *pages, uint32_t closed);
void path_open(struct sample *sample, struct signalbox_closed *pages, uint64_t call);
/* Pends two words of 32 interrupts while masked, unmasks, returns when `count` were taken. Own vectors. */
void path_burst(struct sample *sample, uint64_t ispendr, const uint32_t words[2], uint64_t count);
/* As path_wfi(); `start` is when it left, with FP registers in use. */
void path_leave(struct sample *sample);
/* When the counter's bits of `mask` are `from` or more: reads it again and again. */
void path_reads(uint64_t reads[PATH_READS], uint64_t mask, uint64_t from);
/*
 * Writes a word, then waits until it is interrupted, and `turns` turns of its loop more: `entry` is the
 * instructions that were not its own, `intid` how often there were any.
 */
void path_watch(struct sample *sample, uint64_t address, uint32_t value, uint64_t turns);
/* Waits for interrupts, takes those that are pending, by path_burst_vectors, and returns their number. */
uint64_t path_receive(struct sample *sample);
/* On another CPU, never to return: takes SGIs, notes each in `sample` and answers by writing `sgi1r`. */
_Noreturn void path_target_spin(struct sample *sample, uint64_t sgi1r);
_Noreturn void path_target_wfi(struct sample *sample, uint64_t sgi1r);

/* CNTPCT_EL0 when the guest began. */
extern uint64_t path_first_instruction;
extern char path_vectors[], path_target_vectors[], path_burst_vectors[];
#endif
#endif
