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
	{"1 linked edge, 1 lr, all", 1, 1, 1, {LINKED_EDGE(40)}, OPS_ONE},
	{"1 linked level, 1 lr, all", 1, 1, 1, {LINKED_LEVEL(40)}, OPS_ONE},
	{"1 edge, 1 lr, all", 1, 1, 1, {EDGE(41)}, OPS_ONE},
	{"1 level, 1 lr, all", 1, 1, 1, {LEVEL(41)}, OPS_ONE},
	{NULL},
};
