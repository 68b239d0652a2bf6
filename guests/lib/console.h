/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL011 (Arm DDI 0183), polling, as picolibc's stdout. Boot CPU. */
#ifndef LIB_CONSOLE_H
#define LIB_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define UART_DR 0x00
#define UART_FR 0x18
#define UART_CR 0x30
#define UART_IMSC 0x38
#define UART_MIS 0x40
#define UART_ICR 0x44
#define UART_FR_TXFF (1u << 5)
#define UART_INT_TX (1u << 5)

/* Its registers and INTID; 0 when the guest has none, and then nothing is printed. */
extern uint64_t console_base;
extern uint32_t console_intid;

void console_init(void);
/* With `false`, a full transmit FIFO is not waited for, as by a careless guest. At first it is. */
void console_heed_full(bool heed);

#endif
