/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of machine/fake. */
#ifndef MACHINE_FAKE_INTERNAL_H
#define MACHINE_FAKE_INTERNAL_H

#include "machine/fake/fake.h"

void fake_cpu_reset(void);
void fake_gic_reset(void);
void fake_vif_reset(void);
void fake_sgi_reset(void);
void fake_guest_reset(void);
void fake_mmu_reset(void);

void fake_gic_set_group1(unsigned pcpu, uint32_t intid, bool group1);
unsigned fake_vif_lr_count(void);
void fake_others_act(void);

/* The highest priority first: the lowest value. Idle: above all. */
#define FAKE_PRIORITY_IDLE 0x100

#endif
