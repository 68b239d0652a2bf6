/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Critical sections of the boot CPU: no interrupt is handled in one. Where the VM has the pages of
 * signalbox/closed.h, Signalbox knows of them, and leaves this processor and the others alone meanwhile.
 */
#ifndef RT_SECTION_H
#define RT_SECTION_H

#include <stdbool.h>
#include <stdint.h>

/* Finds the pages, if there are any. */
void section_init(void);
/* They do not nest, and are not for handlers. */
void section_enter(void);
void section_leave(void);

/*
 * A count that both sides change, not at once: the idle loop in sections of `us` microseconds, the handler at
 * each release. `open`: the sections are none, so that a test sees that this is noticed.
 */
void section_work(uint64_t us, bool open);
/* In the handler. False: a change is lost. */
bool section_count_release(void);

#endif
