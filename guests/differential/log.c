/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "differential/differential.h"

#define TEXT_SIZE 0x400000

static struct log_plan plan;
static uint64_t hash, operation;
static bool lying;
static char text[TEXT_SIZE];
static size_t text_used, line_start;

static bool is_shown(void)
{
	return operation >= plan.from && operation <= plan.to && text_used < TEXT_SIZE - 256;
}

static void note(const char *what, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	hash ^= hash >> 29;
	if (is_shown())
		text_used += (size_t)snprintf(text + text_used, TEXT_SIZE - text_used, " %s=%" PRIx64, what, value);
}

void log_open(const struct log_plan *new_plan)
{
	plan = *new_plan;
}

void log_begin(uint64_t new_operation, const char *name, unsigned cpu)
{
	operation = new_operation;
	lying = operation == plan.lie;
	text_used = line_start;
	if (is_shown())
		text_used += (size_t)snprintf(text + text_used, TEXT_SIZE - text_used,
									  "%" PRIu64 " cpu%u %s:", operation, cpu, name);
}

void log_chose(const char *what, uint64_t value)
{
	note(what, value);
}

void log_saw(const char *what, uint64_t value)
{
	note(what, value ^ lying);
	lying = false;
}

void log_end(void)
{
	if (is_shown())
		text[text_used++] = '\n';
	line_start = text_used;
	if ((operation + 1) % plan.every == 0)
		printf("differential: %" PRIu64 " %016" PRIx64 "\n", operation + 1, hash);
}

void log_close(void)
{
	for (size_t i = 0; i < text_used; i++)
		putchar(text[i]);
	printf("differential: done %016" PRIx64 "\n", hash);
}
