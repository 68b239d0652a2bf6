/* SPDX-License-Identifier: Apache-2.0 */
#include "explore.h"

#define OPS_STATE (OPS(OP_PEND) | OPS(OP_UNPEND) | OPS(OP_READ_PENDING) | OPS(OP_READ_ACTIVE))
#define OPS_SWITCH (OPS(OP_ENABLE) | OPS(OP_DISABLE))
#define OPS_CPU (OPS(OP_MASK) | OPS(OP_GROUP_ENABLE))
#define OPS_CONFIG (OPS_SWITCH | OPS(OP_PRIORITY) | OPS(OP_GROUP) | OPS(OP_FORWARD))
#define OPS_LATE (OPS(OP_LATE_LOOK) | OPS(OP_LATE_RAISE))
#define OPS_MORE (OPS(OP_TRIGGER) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE))
#define OPS_ONE (OPS_ALL & ~(OPS(OP_ROUTE) | OPS_LATE | OPS(OP_HOLD) | OPS_MORE))
#define OPS_TWO (OPS_ALL & ~(OPS_LATE | OPS(OP_GROUP_ENABLE) | OPS(OP_TRIGGER)))

#define WORLD(title, lrs, vcpus, steps) \
	.name = (title), .lr_count = (lrs), .vcpu_count = (vcpus), .ops = (steps)
#define IRQS(...) .irq = {__VA_ARGS__}, .irq_count = ARRAY_COUNT(((struct world_irq[]){__VA_ARGS__}))
#define SGI(n, on) \
	{ \
		.vintid = (n), .vcpu = (on) \
	}
#define EDGE(n) \
	{ \
		.vintid = (n), .edge = true \
	}
#define LEVEL(n) \
	{ \
		.vintid = (n) \
	}
#define LINKED_EDGE(n) \
	{ \
		.vintid = (n), .edge = true, .linked = true \
	}
#define LINKED_LEVEL(n) \
	{ \
		.vintid = (n), .linked = true \
	}
#define LOW_EDGE(n) \
	{ \
		.vintid = (n), .edge = true, .low = true \
	}
#define LOW_LEVEL(n) \
	{ \
		.vintid = (n), .low = true \
	}
#define LOW_LINKED_LEVEL(n) \
	{ \
		.vintid = (n), .linked = true, .low = true \
	}
#define GROUP0_LEVEL(n) \
	{ \
		.vintid = (n), .group0 = true \
	}

#define TWO_VMS(title, lrs, steps) WORLD(title, lrs, 2, OPS_CORE | (steps)), .two_vms = true, .bound = 30000
/* An interrupt that both VMs have; it belongs to VM 0 first. */
#define MOVING(...) \
	{__VA_ARGS__, .linked = true}, \
	{ \
		__VA_ARGS__, .vcpu = 1 \
	}
#define MOVING_EDGE(n) MOVING(.vintid = (n), .edge = true)
#define MOVING_LEVEL(n) MOVING(.vintid = (n))
#define LOW_MOVING_EDGE(n) MOVING(.vintid = (n), .edge = true, .low = true)
#define LOW_MOVING_LEVEL(n) MOVING(.vintid = (n), .low = true)
#define OPS_MOVE (OPS(OP_MOVE) | OPS(OP_MOVE_FORCE))
#define OPS_MOVES (OPS_MOVE | OPS(OP_GIVE) | OPS(OP_FETCH))
#define OPS_MEANWHILE (OPS(OP_MOVE_SIGNAL) | OPS(OP_MOVE_FAIL))
#define OPS_LIFE (OPS(OP_STOP) | OPS(OP_START) | OPS(OP_MOVE_STOP))
#define RESERVED(...) \
	{ \
		__VA_ARGS__, .reserved = true \
	}
#define RESERVED_SGI(n, on) RESERVED(.vintid = (n), .vcpu = (on))
#define RESERVED_EDGE(n) RESERVED(.vintid = (n), .edge = true)
#define RESERVED_LEVEL(n) RESERVED(.vintid = (n))
#define TRANSLATED_EDGE(n) RESERVED(.vintid = (n), .edge = true, .translated = true)
#define TRANSLATED_LEVEL(n) RESERVED(.vintid = (n), .translated = true)
#define TRANSLATED_SGI(n, on) RESERVED(.vintid = (n), .vcpu = (on), .translated = true)
#define LOW_LINKED_EDGE(n) \
	{ \
		.vintid = (n), .edge = true, .linked = true, .low = true \
	}
#define DISABLED_EDGE(n) \
	{ \
		.vintid = (n), .edge = true, .disabled = true, .low = true \
	}
#define OPS_MODED (OPS_CORE | OPS_MODES)
#define OPS_ACTIVE (OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE))

#define SHARES(title, lrs, steps) \
	WORLD(title, lrs, 2, OPS_CORE | OPS_SHARES | (steps)), .shares = true, .bound = 30000
#define TIMER(on) \
	{ \
		.vintid = 27, .vcpu = (on), .linked = true \
	}
#define LOW_TIMER(on) \
	{ \
		.vintid = 27, .vcpu = (on), .linked = true, .low = true \
	}

const struct world_plan worlds[] = {
	/* One interrupt, every step of one vCPU. */
	{WORLD("1 linked edge", 1, 1, OPS_ONE), IRQS(LINKED_EDGE(40))},
	{WORLD("1 linked level", 1, 1, OPS_ONE), IRQS(LINKED_LEVEL(40))},
	{WORLD("1 edge", 1, 1, OPS_ONE), IRQS(EDGE(41))},
	{WORLD("1 level", 1, 1, OPS_ONE), IRQS(LEVEL(41))},
	{WORLD("1 level PPI, triggers, activation", 2, 1, OPS_ONE | OPS_MORE), IRQS(LEVEL(20))},
	{WORLD("1 level, triggers, activation", 2, 1, OPS_ONE | OPS_MORE), IRQS(LEVEL(41))},
	{WORLD("1 linked, triggers, activation", 2, 1, OPS_ONE | OPS_MORE), IRQS(LINKED_LEVEL(40))},
	/* Two interrupts, every step. */
	{WORLD("linked edge, level, 1 lr", 1, 1, OPS_ONE), IRQS(LINKED_EDGE(40), LOW_LEVEL(41))},
	{WORLD("linked level, edge, 1 lr", 1, 1, OPS_ONE), IRQS(LOW_LINKED_LEVEL(40), EDGE(41))},
	{WORLD("linked PPI, SGI, 1 lr", 1, 1, OPS_ONE), IRQS(LOW_LINKED_LEVEL(27), SGI(1, 0))},
	{WORLD("edge, level, 1 lr", 1, 1, OPS_ONE), IRQS(EDGE(41), LOW_LEVEL(42))},
	{WORLD("edge, level, 1 lr, EOImode 1", 1, 1, OPS_ONE), IRQS(EDGE(41), LOW_LEVEL(42)), .split = true},
	{WORLD("linked level, edge, 2 lrs", 2, 1, OPS_ONE), IRQS(LOW_LINKED_LEVEL(40), EDGE(41))},
	{WORLD("edge, level, 4 lrs", 4, 1, OPS_ONE), IRQS(EDGE(41), LOW_LEVEL(42))},
	{WORLD("linked level, edge, 4 lrs", 4, 1, OPS_ONE), IRQS(LOW_LINKED_LEVEL(40), EDGE(41))},
	/* Three, with some of the steps. */
	{WORLD("3 software, 1 lr, state", 1, 1, OPS_CORE | OPS_STATE | OPS_SWITCH),
	 IRQS(EDGE(41), LOW_EDGE(42), LOW_LEVEL(43))},
	{WORLD("3 mixed, 2 lrs, state", 2, 1, OPS_CORE | OPS_STATE | OPS_SWITCH),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(42), LOW_LINKED_LEVEL(43))},
	{WORLD("3 mixed, 2 lrs, interface", 2, 1, OPS_CORE | OPS_CPU | OPS(OP_SPLIT)),
	 IRQS(LINKED_LEVEL(40), LOW_EDGE(42), GROUP0_LEVEL(43))},
	{WORLD("3 mixed, 1 lr, interface", 1, 1, OPS_CORE | OPS_CPU | OPS(OP_SPLIT)),
	 IRQS(LINKED_LEVEL(40), LOW_EDGE(42), GROUP0_LEVEL(43))},
	{WORLD("3 mixed, 1 lr, configuration", 1, 1, OPS_CORE | OPS_CONFIG),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(42), GROUP0_LEVEL(43))},
	{WORLD("3 edges, 1 lr, EOImode 1, EOIcount as QEMU's", 1, 1, OPS_CORE | OPS_SWITCH),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(42), EDGE(43)), .split = true, .quirk = true},
	{WORLD("linked edge, edge, 2 lrs, ELRSR lags", 2, 1, OPS_CORE | OPS_STATE | OPS(OP_SPLIT)),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(41)), .lags = true},
	{WORLD("3 mixed, 2 lrs, ELRSR lags", 2, 1, OPS_CORE | OPS_SWITCH),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(41), LINKED_LEVEL(42)), .lags = true},
	{WORLD("3 mixed, 1 lr, activation", 1, 1, OPS_CORE | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE)),
	 IRQS(LINKED_LEVEL(40), LOW_EDGE(42), EDGE(43))},
	/* Two vCPUs. */
	{WORLD("2 vCPUs, edge", 1, 2, OPS_ALL & ~OPS(OP_GROUP_ENABLE)), IRQS(EDGE(41))},
	{WORLD("2 vCPUs, level", 1, 2, OPS_TWO), IRQS(LEVEL(41))},
	{WORLD("2 vCPUs, linked edge", 1, 2, OPS_TWO), IRQS(LINKED_EDGE(40))},
	{WORLD("2 vCPUs, linked level", 1, 2, OPS_TWO), IRQS(LINKED_LEVEL(40))},
	{WORLD("2 vCPUs, edge, pended and switched", 2, 2, OPS_CORE | OPS(OP_PEND) | OPS_SWITCH), IRQS(EDGE(41))},
	{WORLD("2 vCPUs, edge, routes only", 1, 2, OPS_CORE | OPS(OP_ROUTE)), IRQS(EDGE(41))},
	{WORLD("2 vCPUs, level, routes only", 1, 2, OPS_CORE | OPS(OP_ROUTE)), IRQS(LEVEL(41))},
	{WORLD("2 vCPUs, linked level, routes only", 1, 2, OPS_CORE | OPS(OP_ROUTE)), IRQS(LINKED_LEVEL(41))},
	{WORLD("2 vCPUs, edge, level, routes, EOImode 1", 1, 2, OPS_CORE | OPS(OP_ROUTE)),
	 IRQS(EDGE(41), LOW_LEVEL(42)), .split = true},
	{WORLD("2 vCPUs, edge, linked level, 1 lr", 1, 2,
		   OPS_CORE | OPS(OP_ROUTE) | OPS_SWITCH | OPS_LATE | OPS(OP_HOLD) | OPS(OP_UNPEND)),
	 IRQS(EDGE(41), LOW_LINKED_LEVEL(40))},
	{WORLD("2 vCPUs, edge, level, 1 lr, EOImode 1", 1, 2,
		   OPS_CORE | OPS(OP_ROUTE) | OPS(OP_PEND) | OPS(OP_READ_ACTIVE)),
	 IRQS(EDGE(41), LOW_LEVEL(42)), .split = true},
	{WORLD("2 vCPUs, SGIs, 1 lr", 1, 2, OPS_CORE | OPS_STATE | OPS_CONFIG | OPS(OP_HOLD)),
	 IRQS(SGI(1, 0), SGI(2, 1))},
	{WORLD("2 vCPUs, SGI, 2 SPIs, 1 lr", 1, 2, OPS_CORE | OPS(OP_ROUTE) | OPS(OP_HOLD)),
	 IRQS(SGI(1, 0), LOW_EDGE(41), LINKED_LEVEL(40))},
	{WORLD("2 vCPUs, 2 SGIs to one, 2 lrs", 2, 2, OPS_CORE | OPS_CONFIG | OPS(OP_SGI_OTHER)),
	 IRQS(SGI(1, 0), SGI(2, 0))},
	/*
	 * List registers that look empty after they were written; notifications that arrive after another
	 * interrupt.
	 */
	{WORLD("linked edge, SGI, 2 lrs, ELRSR lags", 2, 2, OPS_CORE), IRQS(LINKED_EDGE(40), SGI(1, 0)),
	 .lags = true},
	{WORLD("linked edge, SGI, 4 lrs, ELRSR lags", 4, 2, OPS_CORE), IRQS(LINKED_EDGE(40), SGI(1, 0)),
	 .lags = true},
	{WORLD("SGI, edge, linked edge, ELRSR lags", 2, 2, OPS_CORE | OPS_STATE | OPS_SWITCH),
	 IRQS(SGI(1, 0), LOW_EDGE(41), LINKED_EDGE(40)), .lags = true},
	/* Active without an acknowledgement. */
	{WORLD("SGIs, activation, 1 lr", 1, 2, OPS_CORE | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_PEND)),
	 IRQS(SGI(1, 0), SGI(2, 0)), .lags = true},
	{WORLD("edge, linked level, activation, EOImodes", 1, 1,
		   OPS_CORE | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_SPLIT)),
	 IRQS(EDGE(41), LINKED_LEVEL(40)), .lags = true},
	{WORLD("SGI, Group 0, activation, interface", 1, 1, OPS_CORE | OPS_CPU | OPS(OP_ACTIVATE) | OPS(OP_PEND)),
	 IRQS(SGI(1, 0), GROUP0_LEVEL(41)), .lags = true},
	{WORLD("2 vCPUs, routes, activation, EOImodes", 2, 2,
		   OPS_CORE | OPS(OP_ROUTE) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_SPLIT)),
	 IRQS(EDGE(41), LOW_LINKED_LEVEL(40)), .lags = true},
	{WORLD("2 vCPUs, routes, activation, EOImodes, 1 lr", 1, 2,
		   OPS_CORE | OPS(OP_ROUTE) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_SPLIT)),
	 IRQS(LOW_LINKED_LEVEL(40), EDGE(41)), .split = true},
	/* A third VM with direct delivery ends an interrupt that is active here. */
	{WORLD("foreign ends, level, 2 lrs", 2, 1, OPS_CORE | OPS_FOREIGN | OPS_SWITCH | OPS(OP_HOLD)),
	 IRQS(LINKED_LEVEL(40), LOW_EDGE(41))},
	{WORLD("foreign ends, edge, 2 lrs", 2, 1, OPS_CORE | OPS_FOREIGN | OPS_SWITCH | OPS(OP_SPLIT)),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(41)), .lags = true},
	{WORLD("foreign ends, level, routes", 2, 2,
		   OPS_CORE | OPS_FOREIGN | OPS(OP_ROUTE) | OPS_SWITCH | OPS(OP_HOLD) | OPS(OP_SPLIT)),
	 IRQS(LINKED_LEVEL(40))},
	{WORLD("foreign ends, edge, routes", 2, 2,
		   OPS_CORE | OPS_FOREIGN | OPS(OP_ROUTE) | OPS_SWITCH | OPS(OP_PRIORITY) | OPS(OP_SPLIT)),
	 IRQS(LINKED_EDGE(40))},
	{WORLD("foreign ends, 2 levels, routes", 2, 2, OPS_CORE | OPS_FOREIGN | OPS(OP_ROUTE)),
	 IRQS(LINKED_LEVEL(40), LOW_LINKED_LEVEL(41))},
	{WORLD("foreign ends, level, routes, activation", 2, 2,
		   OPS_CORE | OPS_FOREIGN | OPS(OP_ROUTE) | OPS_ACTIVE | OPS_SWITCH | OPS(OP_FORWARD)),
	 IRQS(LINKED_LEVEL(40))},
	/* Two VMs. */
	{TWO_VMS("moves, edge", 1, OPS_MOVES | OPS_MEANWHILE | OPS_STATE | OPS_SWITCH), IRQS(MOVING_EDGE(40))},
	{TWO_VMS("moves, level", 1, OPS_MOVES | OPS_MEANWHILE | OPS_STATE | OPS_SWITCH), IRQS(MOVING_LEVEL(40))},
	{TWO_VMS("moves, edge, configuration", 1, OPS_MOVE | OPS_CONFIG | OPS(OP_MASK)), IRQS(MOVING_EDGE(40))},
	{TWO_VMS("moves, level, configuration", 1, OPS_MOVE | OPS_CONFIG | OPS(OP_MASK)), IRQS(MOVING_LEVEL(40))},
	{TWO_VMS("moves, edge, EOImodes, activation", 1,
			 OPS_MOVE | OPS(OP_SPLIT) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_HOLD)),
	 IRQS(MOVING_EDGE(40)), .split = true},
	{TWO_VMS("moves, level, EOImodes, activation", 1,
			 OPS_MOVE | OPS(OP_SPLIT) | OPS(OP_ACTIVATE) | OPS(OP_DEACTIVATE) | OPS(OP_HOLD)),
	 IRQS(MOVING_LEVEL(40)), .split = true},
	/* A level of one VM is an edge to the other: it has a latch, and here no line. */
	{WORLD("moves, edge, triggers", 1, 2,
		   (OPS_CORE & ~(OPS(OP_RISE) | OPS(OP_FALL))) | OPS_MOVE | OPS_SWITCH | OPS(OP_TRIGGER)),
	 IRQS(MOVING_EDGE(40)), .two_vms = true},
	{TWO_VMS("moves, edge, life", 1, OPS_MOVE | OPS_LIFE | OPS(OP_PEND)), IRQS(MOVING_EDGE(40))},
	{TWO_VMS("moves, level, life", 1, OPS_MOVE | OPS_LIFE | OPS(OP_PEND)), IRQS(MOVING_LEVEL(40))},
	{TWO_VMS("moves, edge, level stays, 1 lr", 1, OPS_MOVE | OPS(OP_PRIORITY)),
	 IRQS(MOVING_EDGE(40), LOW_LEVEL(41))},
	{TWO_VMS("moves, level, edge stays, 1 lr", 1, OPS_MOVE | OPS_MEANWHILE | OPS_SWITCH | OPS(OP_PEND)),
	 IRQS(MOVING_LEVEL(40), LOW_EDGE(41))},
	{TWO_VMS("moves, edge, linked stays, 1 lr, EOImode 1", 1, OPS_MOVE | OPS(OP_PEND)),
	 IRQS(MOVING_EDGE(40), LOW_LINKED_LEVEL(41)), .split = true},
	{TWO_VMS("moves, edge and level, 1 lr", 1, OPS_MOVE), IRQS(MOVING_EDGE(40), LOW_MOVING_LEVEL(41))},
	{TWO_VMS("moves, edge and level, 2 lrs, ELRSR lags", 2, OPS_MOVE | OPS_SWITCH),
	 IRQS(MOVING_LEVEL(40), LOW_MOVING_EDGE(41)), .lags = true},
	/* Delivery that changes. */
	{WORLD("modes, linked edge", 1, 1, OPS_MODED | OPS_STATE | OPS_SWITCH | OPS_ACTIVE | OPS(OP_HOLD)),
	 IRQS(LINKED_EDGE(40))},
	{WORLD("modes, linked level", 1, 1, OPS_MODED | OPS_STATE | OPS_SWITCH | OPS_ACTIVE | OPS(OP_HOLD)),
	 IRQS(LINKED_LEVEL(40))},
	{WORLD("modes, linked edge, interface", 1, 1, OPS_MODED | OPS_CPU | OPS(OP_SPLIT) | OPS(OP_PRIORITY)),
	 IRQS(LINKED_EDGE(40))},
	{WORLD("modes, linked edge and level, interface", 1, 1,
		   OPS_MODED | OPS(OP_MASK) | OPS(OP_SPLIT) | OPS(OP_PRIORITY)),
	 IRQS(LINKED_EDGE(40), LOW_LINKED_LEVEL(41))},
	{WORLD("modes, linked timer, reserved edge", 1, 1, OPS_MODED | OPS_STATE | OPS_SWITCH),
	 IRQS(LOW_LINKED_LEVEL(27), RESERVED_EDGE(41))},
	{WORLD("modes, reserved level", 1, 1,
		   (OPS_MODED | OPS_STATE | OPS_SWITCH | OPS(OP_PRIORITY)) & ~OPS(OP_PEND)),
	 IRQS(RESERVED_LEVEL(41))},
	{WORLD("modes, reserved level, no line", 1, 1,
		   (OPS_MODED | OPS_STATE | OPS_SWITCH | OPS(OP_PRIORITY)) & ~OPS(OP_RISE)),
	 IRQS(RESERVED_LEVEL(41))},
	{WORLD("modes, reserved level, linked edge, 1 lr", 1, 1, OPS_MODED | OPS_SWITCH | OPS(OP_SPLIT)),
	 IRQS(RESERVED_LEVEL(41), LOW_LINKED_EDGE(40))},
	{WORLD("modes, translated edge", 1, 1, OPS_MODED | OPS_STATE | OPS_SWITCH | OPS(OP_SPLIT)),
	 IRQS(TRANSLATED_EDGE(41))},
	{WORLD("modes, translated level, linked timer", 1, 1, OPS_MODED | OPS_SWITCH | OPS(OP_MASK)),
	 IRQS(TRANSLATED_LEVEL(41), LOW_LINKED_LEVEL(27))},
	{WORLD("modes, translated edge, groups", 1, 1, OPS_MODED | OPS_CONFIG | OPS(OP_PEND)),
	 IRQS(TRANSLATED_EDGE(41))},
	{WORLD("modes, 2 vCPUs, translated edge, routes", 1, 2,
		   OPS_MODED | OPS(OP_ROUTE) | OPS_SWITCH | OPS(OP_PEND)),
	 IRQS(TRANSLATED_EDGE(41))},
	{WORLD("modes, 2 vCPUs, translated level, routes", 1, 2, OPS_MODED | OPS(OP_ROUTE) | OPS_SWITCH),
	 IRQS(TRANSLATED_LEVEL(41))},
	{WORLD("modes, translated level, states", 1, 1,
		   (OPS_MODED | OPS_STATE | OPS_SWITCH | OPS(OP_SPLIT)) & ~OPS(OP_PEND)),
	 IRQS(TRANSLATED_LEVEL(41))},
	{WORLD("modes, 2 vCPUs, translated SGI", 1, 2, OPS_MODED | OPS_STATE | OPS_SWITCH),
	 IRQS(TRANSLATED_SGI(14, 1))},
	{WORLD("modes, 2 vCPUs, translated edge, old routes", 1, 2, OPS_MODED | OPS(OP_ROUTE) | OPS_LATE),
	 IRQS(TRANSLATED_EDGE(41))},
	{WORLD("modes, groups", 1, 1, OPS_MODED | OPS_CONFIG | OPS(OP_PEND)), IRQS(LINKED_EDGE(40))},
	{WORLD("modes, a stranger", 1, 1, OPS_MODED | OPS_SWITCH | OPS(OP_PEND)),
	 IRQS(LINKED_EDGE(40), DISABLED_EDGE(41))},
	{WORLD("modes, 2 vCPUs, SGIs", 1, 2, OPS_MODED | OPS_STATE | OPS(OP_MASK)),
	 IRQS(RESERVED_SGI(1, 0), RESERVED_SGI(2, 1))},
	{WORLD("modes, 2 vCPUs, routes", 1, 2, OPS_MODED | OPS(OP_ROUTE) | OPS_SWITCH | OPS(OP_PEND)),
	 IRQS(LINKED_EDGE(40))},
	{WORLD("modes, 2 vCPUs, SGI, level, routes", 1, 2, OPS_MODED | OPS(OP_ROUTE)),
	 IRQS(RESERVED_SGI(1, 0), LOW_LINKED_LEVEL(40))},
	{TWO_VMS("modes, moves, edge", 1, OPS_MODES | OPS_MOVES | OPS_MEANWHILE | OPS_SWITCH | OPS(OP_UNPEND)),
	 IRQS(MOVING_EDGE(40))},
	{TWO_VMS("modes, moves, level", 1, OPS_MODES | OPS_MOVES | OPS_MEANWHILE | OPS_SWITCH),
	 IRQS(MOVING_LEVEL(40))},
	{TWO_VMS("modes, moves, edge, EOImodes", 1, OPS_MODES | OPS_MOVE | OPS(OP_SPLIT) | OPS(OP_PEND)),
	 IRQS(MOVING_EDGE(40))},
	{TWO_VMS("modes, moves, edge, life", 1, OPS_MODES | OPS_MOVE | OPS_LIFE), IRQS(MOVING_EDGE(40))},
	{TWO_VMS("modes, moves, level, life", 1, OPS_MODES | OPS_MOVE | OPS_LIFE), IRQS(MOVING_LEVEL(40))},
	/* vCPUs that share a processor: of one VM, then of two. */
	{SHARES("shares, SGIs", 1, OPS_STATE | OPS_SWITCH), IRQS(SGI(1, 0), SGI(2, 1))},
	{SHARES("shares, timers", 1, OPS_STATE | OPS_SWITCH | OPS_ACTIVE), IRQS(TIMER(0), TIMER(1))},
	{SHARES("shares, timer and SGI, interface", 1, OPS_CPU | OPS(OP_SPLIT)),
	 IRQS(TIMER(0), LOW_TIMER(1), SGI(1, 0))},
	{SHARES("shares, linked edge, routes", 1, OPS(OP_ROUTE) | OPS_STATE | OPS_SWITCH), IRQS(LINKED_EDGE(40))},
	{SHARES("shares, linked level, routes", 2, OPS(OP_ROUTE) | OPS_STATE | OPS_SWITCH | OPS_ACTIVE),
	 IRQS(LINKED_LEVEL(40))},
	{SHARES("shares, edge, level, routes", 1, OPS(OP_ROUTE)), IRQS(EDGE(41), LOW_LEVEL(42))},
	{SHARES("shares, timers, configuration", 1, OPS_CONFIG), IRQS(TIMER(0), TIMER(1))},
	{SHARES("shares, two VMs, timers", 1, OPS_STATE | OPS_SWITCH | OPS_ACTIVE), IRQS(TIMER(0), TIMER(1)),
	 .two_vms = true},
	{SHARES("shares, two VMs, 3 for one, 1 lr", 1, OPS_SWITCH | OPS(OP_SPLIT)),
	 IRQS(LINKED_EDGE(40), LOW_EDGE(41), LOW_TIMER(0), TIMER(1)), .two_vms = true},
	{SHARES("shares, two VMs, interface", 1, OPS_CPU | OPS(OP_SPLIT)),
	 IRQS(LINKED_LEVEL(40), LOW_TIMER(0), TIMER(1)), .two_vms = true},
	{SHARES("shares, two VMs, moves, edge", 1, OPS_MOVES | OPS_MEANWHILE | OPS_SWITCH), IRQS(MOVING_EDGE(40)),
	 .two_vms = true},
	{SHARES("shares, two VMs, moves, level", 1, OPS_MOVES | OPS_MEANWHILE | OPS_SWITCH),
	 IRQS(MOVING_LEVEL(40)), .two_vms = true},
	{SHARES("shares, two VMs, life", 1, OPS(OP_STOP) | OPS(OP_START) | OPS(OP_PEND)),
	 IRQS(LINKED_EDGE(40), LOW_TIMER(0), TIMER(1)), .two_vms = true},
	{SHARES("shares, two VMs, moves, life", 1, OPS_MOVE | OPS(OP_STOP) | OPS(OP_START)),
	 IRQS(MOVING_EDGE(40)), .two_vms = true},
	{.name = NULL},
};
