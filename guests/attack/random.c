/* SPDX-License-Identifier: Apache-2.0 */
#include "attack/attack.h"
#include "lib/cpu.h"
#include "lib/timer.h"

static uint64_t states[CPU_MAX];

/* A CPU that was turned on with an unknown number uses the state of another one. */
static uint64_t *state(void)
{
	return &states[cpu_number() % CPU_MAX];
}

void random_seed(uint64_t seed)
{
	*state() = seed;
}

/* A Weyl sequence, well mixed. */
uint64_t random_bits(void)
{
	uint64_t z = *state() += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t random_below(uint32_t end)
{
	return (uint32_t)((random_bits() >> 32) * end >> 32);
}

bool random_once_in(uint32_t count)
{
	return random_below(count) == 0;
}

uint64_t random_value(void)
{
	uint32_t n = random_below(64);

	switch (random_below(6)) {
	case 0:
		return 0;
	case 1:
		return UINT64_C(1) << n;
	case 2:
		return n;
	case 3:
		return ~UINT64_C(0) >> n;
	case 4:
		return (uint32_t)random_bits();
	default:
		return random_bits();
	}
}

void random_spin(uint32_t us)
{
	timer_spin(random_below(us));
}
