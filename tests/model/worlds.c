/* SPDX-License-Identifier: Apache-2.0 */
#include "explore.h"

#define OPS_STATE (OPS(OP_PEND) | OPS(OP_UNPEND) | OPS(OP_READ_PENDING) | OPS(OP_READ_ACTIVE))
#define OPS_SWITCH (OPS(OP_ENABLE) | OPS(OP_DISABLE))
#define OPS_CPU (OPS(OP_MASK) | OPS(OP_GROUP_ENABLE))
#define OPS_CONFIG (OPS_SWITCH | OPS(OP_PRIORITY) | OPS(OP_GROUP) | OPS(OP_FORWARD))
#define OPS_LATE (OPS(OP_LATE_LOOK) | OPS(OP_LATE_RAISE))

#define SGI(n, on) {.vintid = (n), .vcpu = (on)}
#define PPI(n, on) {.vintid = (n), .vcpu = (on), .edge = true}
#define EDGE(n) {.vintid = (n), .edge = true}
#define LEVEL(n) {.vintid = (n)}
#define LINKED_EDGE(n) {.vintid = (n), .edge = true, .linked = true}
#define LINKED_LEVEL(n) {.vintid = (n), .linked = true}
#define LOW_EDGE(n) {.vintid = (n), .edge = true, .low = true}
#define LOW_LEVEL(n) {.vintid = (n), .low = true}
#define LOW_LINKED_EDGE(n) {.vintid = (n), .edge = true, .linked = true, .low = true}
#define LOW_LINKED_LEVEL(n) {.vintid = (n), .linked = true, .low = true}
#define OPS_ONE (OPS_ALL & ~(OPS(OP_ROUTE) | OPS_LATE | OPS(OP_HOLD) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_TRIGGER)))

const struct world_plan worlds[] = {
	/* One interrupt, every step. */
	{"1 linked edge, all", 1, 1, 1, {LINKED_EDGE(40)}, OPS_ONE},
	{"1 linked level, all", 1, 1, 1, {LINKED_LEVEL(40)}, OPS_ONE},
	{"1 edge, all", 1, 1, 1, {EDGE(41)}, OPS_ONE},
	{"1 level, all", 1, 1, 1, {LEVEL(41)}, OPS_ONE},
	{"1 linked level, split, all", 2, 1, 1, {LINKED_LEVEL(40)}, OPS_ONE, .split = true},
	{"1 level PPI, triggers, activation", 2, 1, 1, {{.vintid = 20}},
	 OPS_ONE | OPS(OP_TRIGGER) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE)},
	{"1 level SPI, triggers, activation", 2, 1, 1, {LEVEL(41)},
	 OPS_ONE | OPS(OP_TRIGGER) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE)},
	{"1 linked SPI, triggers, activation", 2, 1, 1, {LINKED_LEVEL(40)},
	 OPS_ONE | OPS(OP_TRIGGER) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE)},
	/* Two interrupts, one of them linked. */
	{"linked edge, level, 1 lr", 1, 1, 2, {LINKED_EDGE(40), LOW_LEVEL(41)}, OPS_ONE},
	{"linked level, edge, 1 lr", 1, 1, 2, {LOW_LINKED_LEVEL(40), EDGE(41)}, OPS_ONE},
	{"linked PPI, SGI, 1 lr", 1, 1, 2, {{.vintid = 27, .linked = true, .low = true}, SGI(1, 0)}, OPS_ONE},
	{"edge, level, 1 lr", 1, 1, 2, {EDGE(41), LOW_LEVEL(42)}, OPS_ONE},
	{"linked level, edge, 2 lrs", 2, 1, 2, {LOW_LINKED_LEVEL(40), EDGE(41)}, OPS_ONE},
	{"edge, level, 4 lrs", 4, 1, 2, {EDGE(41), LOW_LEVEL(42)}, OPS_ONE},
	/* Three, with fewer steps. */
	{"3 software, 1 lr, state", 1, 1, 3, {EDGE(41), LOW_EDGE(42), LOW_LEVEL(43)}, OPS_CORE | OPS_STATE | OPS_SWITCH},
	{"3 mixed, 2 lrs, state", 2, 1, 3, {LINKED_EDGE(40), LOW_EDGE(42), LOW_LINKED_LEVEL(43)},
	 OPS_CORE | OPS_STATE | OPS_SWITCH},
	{"3 mixed, 2 lrs, interface", 2, 1, 3, {LINKED_LEVEL(40), LOW_EDGE(42), {.vintid = 43, .group0 = true}},
	 OPS_CORE | OPS_CPU | OPS(OP_SPLIT)},
	{"3 mixed, 1 lr, configuration", 1, 1, 3, {LINKED_EDGE(40), LOW_EDGE(42), {.vintid = 43, .group0 = true}},
	 OPS_CORE | OPS_CONFIG},
	/* Two vCPUs. */
	{"2 vCPUs, edge routed", 1, 2, 1, {EDGE(41)}, OPS_ALL & ~OPS(OP_GROUP_ENABLE)},
	{"2 vCPUs, level routed", 1, 2, 1, {LEVEL(41)}, OPS_ALL & ~(OPS_LATE | OPS(OP_GROUP_ENABLE) | OPS(OP_TRIGGER))},
	{"2 vCPUs, linked edge routed", 1, 2, 1, {LINKED_EDGE(40)}, OPS_ALL & ~(OPS_LATE | OPS(OP_GROUP_ENABLE) | OPS(OP_TRIGGER))},
	{"2 vCPUs, linked level routed", 1, 2, 1, {LINKED_LEVEL(40)}, OPS_ALL & ~(OPS_LATE | OPS(OP_GROUP_ENABLE) | OPS(OP_TRIGGER))},
	{"2 vCPUs, 2 routed, 1 lr", 1, 2, 2, {EDGE(41), LOW_LINKED_LEVEL(40)},
	 OPS_CORE | OPS(OP_ROUTE) | OPS_SWITCH | OPS_LATE | OPS(OP_HOLD) | OPS(OP_UNPEND)},
	{"2 vCPUs, 2 routed, 1 lr, split", 1, 2, 2, {EDGE(41), {.vintid = 42, .low = true}},
	 OPS_CORE | OPS(OP_ROUTE) | OPS(OP_PEND) | OPS(OP_READ_ACTIVE), .split = true},
	{"2 vCPUs, SGIs, 1 lr", 1, 2, 2, {SGI(1, 0), SGI(2, 1)}, OPS_CORE | OPS_STATE | OPS_CONFIG | OPS(OP_HOLD)},
	{"linked edge, edge, 2 lrs, ELRSR lags", 2, 1, 2, {LINKED_EDGE(40), LOW_EDGE(41)}, OPS_CORE | OPS_STATE | OPS(OP_SPLIT), .lags = true},
	{"3 edges, 1 lr, QEMU's EOIcount", 1, 1, 3, {LINKED_EDGE(40), LOW_EDGE(42), EDGE(43)},
	 OPS_CORE | OPS_SWITCH, .split = true, .quirk = true},
	{NULL},
};
