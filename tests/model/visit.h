/* SPDX-License-Identifier: Apache-2.0 */
/* How pack.c and pack_vm.c go through the state: each value is saved, or loaded. */
#ifndef MODEL_VISIT_H
#define MODEL_VISIT_H

#include "world.h"

/* The value as it is after the visit. */
uint64_t visit(uint64_t value, unsigned bits);
bool visit_loads(void);

#define VISIT(place, bits) ((place) = (__typeof__(place))visit((uint64_t)(place), bits))
/* One bit of a mask. */
#define VISIT_BIT(mask, n) \
	((mask) = (__typeof__(mask))(((mask) & ~(BIT(n))) | visit((mask) >> (n)&1, 1) << (n)))

/* One of four values that are known. */
uint8_t visit_known(uint8_t value, const uint8_t known[4]);
/* Of a virtual interface, what is in no list register. */
void visit_registers(struct hardware_vif *vif);
/* Processor 0, where vCPUs share it. */
void visit_shares(void);
void visit_vm(struct vm *vm, bool *forwarded);

#endif
