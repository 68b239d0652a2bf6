/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/psci.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "signalbox/hypercall.h"

static const struct probe_case *const groups[] = {
	fault_cases,  el0_cases,     call_cases, register_cases,   psci_cases,    gic_cases,    delivery_cases,
	many_cases,   cross_cases,   time_cases, device_cases,     console_cases, shared_cases, move_cases,
	direct_cases, hostile_cases, soak_cases, soak_lines_cases, suspend_cases, virt_cases,   virt_device_cases,
};

static unsigned failed;

static void print_verdict(const char *verdict, const char *format, va_list arguments)
{
	printf("  %s", verdict);
	vprintf(format, arguments);
	printf("\n");
}

void check(bool good, const char *format, ...)
{
	va_list arguments;

	failed += !good;
	va_start(arguments, format);
	print_verdict(good ? "ok: " : "FAILED: ", format, arguments);
	va_end(arguments);
}

void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_verdict("", format, arguments);
	va_end(arguments);
}

bool probe_is_signalbox(void)
{
	return (uint32_t)hvc_call(SIGNALBOX_CALL_UID, 0, 0, 0) == SIGNALBOX_UID_0;
}

struct share probe_share(void)
{
	struct share share = {0};
	int node = tree_node("signalbox,shared-memory", 0);
	struct region region;

	if (node < 0)
		return share;
	region = tree_region(node, 0);
	boot_map_memory(region);
	return (struct share){region.base, region.size, tree_cell(node, "signalbox,index", 0),
						  tree_intid(node, 0)};
}

static void run(const struct probe_case *probe)
{
	printf("probe: %s\n", probe->name);
	failed = 0;
	probe->run();
	if (failed)
		printf("probe: %s: %u FAILED\n", probe->name, failed);
	else
		printf("probe: %s: ok\n", probe->name);
}

/* Is `name` one of the words of `list`, which commas separate? */
static bool list_names(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && (at[length] == '\0' || at[length] == ','))
			return true;
	}
	return false;
}

static unsigned run_all(const char *list)
{
	bool all = strcmp(list, "all") == 0;
	unsigned count = 0;

	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (const struct probe_case *probe = groups[i]; probe->name; probe++) {
			if (all ? probe->ends_otherwise : !list_names(list, probe->name))
				continue;
			run(probe);
			count++;
		}
	return count;
}

int main(void)
{
	static char list[256];

	strncpy(list, argument_text("case", "all"), sizeof(list) - 1);
	if (run_all(list) == 0)
		printf("probe: no case %s\n", list);
	return 0;
}
