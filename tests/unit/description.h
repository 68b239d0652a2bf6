/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of what is read from device trees: sources written in the test, compiled by dtc, and the lines
 * that a person would see. Files for /incbin/ and /include/ are found in tests/data and in a directory of
 * the test's own.
 */
#ifndef TESTS_DESCRIPTION_H
#define TESTS_DESCRIPTION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libfdt.h>

#include "vm/config.h"

#define COMPILED_MAX (1u << 20)

static char description_files[] = "/tmp/signalbox-test-XXXXXX";

struct said {
	char text[16384];
	struct report report;
};

static inline void said_line(void *context, const char *text)
{
	struct said *said = context;
	size_t used = strlen(said->text);

	snprintf(said->text + used, sizeof said->text - used, "%s\n", text);
}

static inline void said_init(struct said *said)
{
	said->text[0] = 0;
	said->report = (struct report){.line = said_line, .context = said};
}

/* Group set-up: a directory for files. */
static inline int description_set_up(void **state)
{
	(void)state;
	return mkdtemp(description_files) ? 0 : -1;
}

static inline int description_tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", description_files);
	return system(command);
}

static inline void description_file(const char *name, const void *data, size_t size)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", description_files, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* The tree that the source makes, in memory that free() takes; its size in `size`. */
static inline void *description_compile(const char *source, size_t *size)
{
	char command[1024];
	void *tree = malloc(COMPILED_MAX);
	FILE *pipe;

	description_file("source.dts", source, strlen(source));
	snprintf(command, sizeof command, "dtc -q -i %.*s/../data -i %s -I dts -O dtb %s/source.dts",
			 (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__, description_files, description_files);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(tree);
	*size = fread(tree, 1, COMPILED_MAX, pipe);
	if (pclose(pipe) || *size == 0)
		fail_msg("dtc does not compile:\n%s", source);
	/* No more than the tree, so that a step beyond its end is seen. */
	return realloc(tree, *size);
}

/* A machine of tests/data, followed by changes. */
static inline void *description_machine(const char *file, const char *changes)
{
	char source[8192];
	size_t size;

	snprintf(source, sizeof source, "/include/ \"%s\"\n%s\n", file, changes);
	return description_compile(source, &size);
}

#endif
