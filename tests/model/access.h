/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's accesses to its GIC, through the exits that its loads and stores make. They do not change the
 * reference.
 */
#ifndef MODEL_ACCESS_H
#define MODEL_ACCESS_H

#include "flow/deliver/irq.h"
#include "world.h"

bool world_read_bit(unsigned vcpu, const struct world_irq *irq, uint32_t offset);
void world_write_bit(unsigned vcpu, const struct world_irq *irq, uint32_t offset);
void world_set_priority(unsigned vcpu, const struct world_irq *irq, uint8_t priority);
void world_set_group(unsigned vcpu, const struct world_irq *irq, bool group1);
void world_set_route(unsigned vcpu, const struct world_irq *irq, unsigned to);
void world_change_trigger(unsigned vcpu, const struct world_irq *irq);
void world_write_forward(unsigned vcpu, uint32_t groups);

#endif
