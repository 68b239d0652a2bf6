/* SPDX-License-Identifier: Apache-2.0 */
#include "moves.h"

#include <string.h>

#include "dump.h"
#include "flow/deliver/present.h"
#include "flow/hold/sync.h"
#include "flow/life/life.h"
#include "flow/own/move.h"
#include "flow/run/run.h"
#include "lives.h"
#include "modes.h"

/* What is asked for, and by which VM. */
struct request {
	unsigned from, to; /* interrupts of the plan: one as either VM knows it */
	bool force;
	bool forces; /* whether it helps: not where the handler's end of interrupt is physical */
	struct vcpu *self;
	const struct vm *giver;
	enum move_result result; /* as it is to be */
};

static enum move_result expect(const struct request *request, bool fails)
{
	if (world_vm(&world.plan->irq[request->to])->state != VM_RUNNING)
		return MOVE_NOT_RUNNING;
	if (!reference_may_move(&world.reference, request->from, request->to, request->forces))
		return MOVE_ACTIVE;
	/* With direct delivery any handler counts. */
	if (modes_is_direct(&world.plan->irq[request->from]) &&
		modes_has_handler(world_vm(&world.plan->irq[request->from])))
		return MOVE_ACTIVE;
	return fails ? MOVE_FAILED : MOVE_DONE;
}

/* False: not asked for in this state. */
static bool read_request(const struct step *step, struct request *out)
{
	unsigned peer = world_peer(step->irq);
	const struct guest *asks;

	if (peer == HARDWARE_NONE || (world.linked >> step->irq & 1))
		return false;
	*out = (struct request){.from = peer, .to = step->irq};
	out->force = step->op != OP_MOVE && step->op != OP_GIVE;
	out->forces = out->force && !modes_is_direct(&world.plan->irq[peer]);
	out->result = expect(out, step->op == OP_MOVE_FAIL);
	if (step->op != OP_GIVE && step->op != OP_FETCH)
		return true;
	out->self = world_vcpu(world.plan->irq[step->op == OP_GIVE ? peer : step->irq].vcpu);
	out->giver = step->op == OP_GIVE ? out->self->vm : NULL;
	asks = &world.guest[out->self->number];
	return !asks->at_el2 && !asks->off;
}

static void enter_el2(const struct request *request)
{
	hardware.here = request->self ? request->self->pcpu : WORLD_CPUS;
	if (request->self)
		hardware_enter_el2(hardware.here);
}

static enum move_result ask(const struct request *request)
{
	const struct world_irq *to = &world.plan->irq[request->to];

	enter_el2(request);
	return move_interrupt(&(struct move_request){.intid = to->vintid,
												 .to = world_vm(to),
												 .vcpu = MOVE_AS_ROUTED,
												 .force = request->force,
												 .giver = request->giver});
}

static void hold(const struct request *request, unsigned irq)
{
	struct vm *vm = world_vm(&world.plan->irq[irq]);
	uint32_t vcpus = request->self && request->self->vm == vm ? 0 : 1;

	if (sync_hold(vm, vcpus, SYNC_PATIENCE_US))
		sync_release(vm, vcpus);
}

/* A refused move may only hold the vCPUs whose list registers it has to know. */
static void only_hold(const struct request *request)
{
	enter_el2(request);
	if (request->result == MOVE_NOT_RUNNING)
		return; /* it is refused before anything is folded */
	if (request->self)
		present_fold(request->self);
	/* A VM that may not answer at once goes first. */
	if (modes_is_direct(&world.plan->irq[request->to]) && !modes_is_direct(&world.plan->irq[request->from]))
		hold(request, request->to);
	hold(request, request->from);
	hold(request, request->to);
}

static void refuse(const struct request *request)
{
	if (world.plan->shares) { /* which vCPU runs depends on which was held first */
		if (ask(request) != request->result)
			fault("a move is not refused as it should be");
		return;
	}
	dump_begin();
	only_hold(request);
	dump_allowed();
	if (ask(request) != request->result)
		fault("a move is not refused as it should be");
	else if (request->result != MOVE_FAILED || world_vm(&world.plan->irq[request->from])->state == VM_RUNNING)
		dump_compare(); /* else it stays disabled, as all of that VM's will be */
}

/* What happens in the middle of a move. */
static struct {
	uint8_t op;
	unsigned from, to;
	bool happened, before_adoption, parks;
	bool in_time; /* while VMs are being held: it is seen, and the move refused */
} meanwhile;

static bool is_free(const struct lock *lock)
{
	return lock->next == lock->serving;
}

static void happen(void)
{
	const struct world_irq *to = &world.plan->irq[meanwhile.to];
	struct hardware_source *source = world_source(to);

	meanwhile.happened = true;
	if (meanwhile.op == OP_MOVE_SIGNAL && source->edge) {
		source->latch = true;
	} else if (meanwhile.op == OP_MOVE_SIGNAL) {
		source->line = !source->line;
	} else {
		meanwhile.before_adoption = is_free(&world_vm(to)->vgic.lock);
		if (meanwhile.before_adoption && meanwhile.parks)
			lives_stop(to->vcpu);
		else
			life_stop(world_vm(to), VM_THEN_STOPPED);
	}
}

/* Each VM is held, and one with direct delivery is reached before. */
static unsigned hold_count(const struct request *request)
{
	return 2 + modes_is_direct(&world.plan->irq[request->from]) +
		   modes_is_direct(&world.plan->irq[request->to]);
}

static void prepare(const struct step *step, const struct request *request)
{
	memset(&meanwhile, 0, sizeof(meanwhile));
	hardware.event = NULL;
	if (step->op != OP_MOVE_SIGNAL && step->op != OP_MOVE_STOP)
		return;
	meanwhile.op = step->op;
	meanwhile.from = request->from;
	meanwhile.to = request->to;
	meanwhile.parks = step->point >= MOVES_POINTS;
	meanwhile.in_time = step->op == OP_MOVE_STOP && step->point % MOVES_POINTS < hold_count(request);
	hardware.countdown = 1 + step->point % MOVES_POINTS;
	hardware.event = happen;
}

/* Tells the reference, which has moved, what did happen. */
static void tell_meanwhile(void)
{
	struct reference_irq *r = &world.reference.irq[meanwhile.to];

	if (!meanwhile.op)
		return;
	hardware.countdown = 0;
	if (!meanwhile.happened)
		happen();
	else if (meanwhile.before_adoption)
		r->latch = false; /* it came to a VM that is off */
	if (meanwhile.op == OP_MOVE_SIGNAL && r->edge)
		r->latch = true;
	else if (meanwhile.op == OP_MOVE_SIGNAL)
		reference_set_line(r, !r->line);
}

static void commit(const struct request *request)
{
	const struct irq_history *history = &box.irqs.history[world.plan->irq[request->to].vintid];
	uint32_t moves = history->move_count;

	if (meanwhile.in_time) {
		if (ask(request) != MOVE_NOT_RUNNING || history->move_count != moves)
			fault("a VM gets an interrupt although it stops before it is held");
		return;
	}
	if (ask(request) != MOVE_DONE)
		fault("a move is refused");
	if (history->move_count != moves + 1)
		fault("a move is not counted");
	reference_move(&world.reference, request->from, request->to);
	world.linked ^= 1u << request->from | 1u << request->to;
	modes_moved(request->from);
	modes_moved(request->to);
	tell_meanwhile();
}

bool moves_step(const struct step *step)
{
	struct request request;

	if (!read_request(step, &request))
		return false;
	hardware.fails = step->op == OP_MOVE_FAIL;
	if (request.result != MOVE_DONE && step->op > OP_FETCH && step->op < OP_MOVE_FAIL)
		return false;
	prepare(step, &request);
	if (request.result == MOVE_DONE)
		commit(&request);
	else
		refuse(&request);
	hardware.fails = false;
	if (request.self)
		world.guest[request.self->number].at_el2 = run_must_attend(request.self);
	return true;
}
