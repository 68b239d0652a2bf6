/* SPDX-License-Identifier: Apache-2.0 */
/* Several vCPUs on one pCPU: what is under way for a vCPU at EL2 as another one gets the pCPU. */
#include "shared_vms.h"

/* Its maintenance interrupt is active from its list registers' state until they are filled again. */
static void its_maintenance_interrupt_ends_as_it_leaves(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	fake_cpu_select(HERE);
	gic_pend(HERE, MAINTENANCE);
	assert_int_equal(raise(B, SOFTWARE), B);
	assert_false(gic_is_active(HERE, MAINTENANCE)); /* the next one is of B */
	assert_false(vcpus[A0].refold);
	handle(SOFTWARE);
	assert_int_equal(wait(B), A0);
	handle(SOFTWARE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_maintenance_interrupt_ends_as_it_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
