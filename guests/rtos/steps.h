/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that manners of starting a GIC are made of, each as one driver or several have it. */
#ifndef RTOS_STEPS_H
#define RTOS_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#define PRIORITIES_DEFAULT 0xa0a0a0a0
#define CTLR_GROUP1 (1u << 1)
#define CTLR_ARE (1u << 4)
#define CTLR_ARE_NON_SECURE (1u << 5) /* RES0 with one security state; drivers write it nevertheless */

/* From the device tree, as boot code that has its addresses built in finds them. */
extern uint64_t distributor, redistributor, private_frame;
void step_find_redistributor(void); /* by its affinity, as GICR_TYPER tells it */

unsigned step_interrupt_count(void); /* GICD_TYPER */
void step_wait_shared(void);         /* for GICD_CTLR.RWP */
void step_wait_private(void);        /* for GICR_CTLR.RWP */
void step_control(uint32_t value);   /* writes GICD_CTLR, and waits */
/* Writes a register of each 32, 16 or 4 interrupts, from interrupt `first` on. */
void step_fill(uint32_t offset, unsigned first, unsigned per_register, uint32_t value);
void step_route_all(uint64_t affinity);
void step_wake(void); /* GICR_WAKER, if the redistributor sleeps */
void step_interface(uint64_t sre_bits);
uint64_t step_affinity(void); /* MPIDR_EL1 as GICD_IROUTER has it */
uint64_t step_frame(uint32_t intid);
void step_set_bit(uint32_t intid, uint32_t offset);
/* Disables it, waits, then priority by byte, and trigger: level. */
void step_configure(uint32_t intid, uint8_t priority);

#endif
