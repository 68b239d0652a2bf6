/* SPDX-License-Identifier: Apache-2.0 */
/* The same, at random. */
#include "shared_direct.h"

static const uint32_t sources[] = {SOFTWARE, TIMER, EMULATED_TIMER, DEVICE, EDGE};

static unsigned random_below(unsigned limit)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % limit;
}

/* Its timer is its own to set, and so is the SGI. False: not now. */
static bool send(uint32_t vintid)
{
	bool runs = entered == &vcpus[B].frame;

	switch (vintid) {
	case TIMER:
		if (runs)
			fake_guest()->timer = cpu_counter() + random_below(100);
		return runs;
	case SOFTWARE:
		raise(B, SOFTWARE);
		return true;
	case EMULATED_TIMER:
		set_emulated_timer(true);
		break;
	default:
		fake_gic_set_line(vintid, true);
		if (vintid == EDGE)
			fake_gic_set_line(EDGE, false);
	}
	go_on();
	return true;
}

struct tally {
	unsigned sent[64], received[64], switches;
	bool was_there;
	uint32_t handles; /* or GIC_SPURIOUS */
};

static void count_switches(struct tally *tally)
{
	bool there = box.pcpu[HERE].vcpu == &vcpus[B];

	tally->switches += there != tally->was_there;
	tally->was_there = there;
}

/* A step of B's guest, if it runs: a handler begins, or ends. */
static void step(struct tally *tally)
{
	if (tally->handles == GIC_SPURIOUS) {
		tally->handles = acknowledge();
		if (tally->handles == GIC_SPURIOUS)
			return;
		tally->received[tally->handles]++;
		assert_int_equal(tally->received[tally->handles], tally->sent[tally->handles]);
		quiet(tally->handles);
	} else {
		uint32_t vintid = tally->handles;

		tally->handles = GIC_SPURIOUS;
		end(vintid);
	}
}

/* What the others do: A0 is more urgent, and comes and goes; time passes; somebody changes the delivery. */
static void disturb(void)
{
	switch (random_below(8)) {
	case 0:
		change(random_below(2) ? CONFIG_DELIVERY_DIRECT : CONFIG_DELIVERY_VIRTUAL);
		go_on();
		break;
	case 1:
		pass_time(random_below(2 * (unsigned)cpu_us_to_ticks(CONFIG_HANDLER_US)));
		break;
	default:
		if (entered != &vcpus[A0].frame) {
			raise(A0, SOFTWARE);
		} else {
			if (fake_guest_acknowledge(1) == SOFTWARE)
				fake_guest_end(1, SOFTWARE);
			wait(A0);
		}
	}
}

/* Whatever happens, and when: each is received once. Each is sent again after its receipt. */
static void what_is_sent_is_received(void **state)
{
	struct tally tally = {.handles = GIC_SPURIOUS, .was_there = true};

	(void)state;
	while (tally.switches < 10000) {
		uint32_t vintid = sources[random_below(ARRAY_COUNT(sources))];

		if (entered == &vcpus[B].frame && random_below(2))
			step(&tally);
		else if (random_below(2) && tally.sent[vintid] == tally.received[vintid] && vintid != tally.handles)
			tally.sent[vintid] += send(vintid);
		else
			disturb();
		if (entered == &vcpus[B].frame && tally.handles == GIC_SPURIOUS && !random_below(16))
			wait(B);
		count_switches(&tally);
		skip_log();
	}
	for (unsigned i = 0; i < ARRAY_COUNT(sources); i++)
		assert_true(tally.received[sources[i]] > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_is_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
