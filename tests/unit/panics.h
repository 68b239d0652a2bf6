/* SPDX-License-Identifier: Apache-2.0 */
/* Does something end as panic() does, or never? It runs in a process of its own. */
#ifndef UNIT_PANICS_H
#define UNIT_PANICS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool panics(void (*act)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr) || setrlimit(RLIMIT_CPU, &(struct rlimit){10, 10}))
			_exit(2);
		act();
		_exit(0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
