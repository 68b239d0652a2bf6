/* SPDX-License-Identifier: Apache-2.0 */
/* sbx: reads the command line. */
#include "sbx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
	const char *file, *machine, *output, *format, *fdt;
	bool json, analyse, dry_run;
	char **extra;
	int extra_count;
};

struct command {
	const char *name, *summary, *help;
	const char *options; /* the long options it knows, each followed by a space */
	int (*run)(const struct request *request);
};

void sbx_say(const char *format, ...)
{
	va_list args;

	fputs("sbx: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int command_check(const struct request *request)
{
	static struct sbx_check check;
	enum sbx_exit e = sbx_read_description(request->file, &check.description);

	if (e != SBX_FINE)
		return e;
	check.quiet = request->json;
	check.analyse = request->analyse;
	e = sbx_check(&check, request->machine);
	if (request->json && !sbx_show_json(&check, e == SBX_FINE)) {
		sbx_say("check: no memory is left for the answer");
		return SBX_CANNOT;
	}
	if (!request->json && e == SBX_FINE)
		sbx_show_table(&check);
	return e;
}

static int command_build(const struct request *request)
{
	static struct sbx_check check;
	struct sbx_file wrapped;
	enum sbx_exit e;

	if (request->output == NULL) {
		sbx_say("build: name the output file with -o OUT");
		return SBX_CANNOT;
	}
	e = sbx_read_description(request->file, &check.description);
	if (e != SBX_FINE)
		return e;
	if (!sbx_wrap(request->format, &check.description, request->fdt, &wrapped))
		return SBX_CANNOT;
	e = sbx_check(&check, request->machine);
	if (e != SBX_CANNOT && !sbx_write_file(request->output, &wrapped))
		return SBX_CANNOT;
	return e;
}

static int command_run(const struct request *request)
{
	return sbx_run(request->file, request->extra, request->extra_count, request->dry_run);
}

static const struct command commands[] = {
	{
		.name = "check",
		.summary = "find mistakes in a system description",
		.options = "--machine --json --analyse ",
		.run = command_check,
		.help =
			"usage: sbx check FILE [--machine HOST.dtb] [--json] [--analyse]\n"
			"\n"
			"Reads a system description, source (.dts) or compiled (.dtb), as Signalbox does at boot, and\n"
			"reports each mistake in the same words. If there is none, prints what the system consists of,\n"
			"and where each VM starts and finds its device tree. What prevents direct delivery to a VM is\n"
			"said as far as it is known, and is no mistake.\n"
			"\n"
			"  --machine HOST.dtb  the device tree of the machine that the system is for; without this\n"
			"                      option, the machine that `sbx run` starts\n"
			"  --json              print the result as JSON, on standard output\n"
			"  --analyse           of each vCPU with a budget that shares its processor, print how long its\n"
			"                      work takes at most from when it wakes\n"
			"\n"
			"Exit code: 0 no mistake, 1 mistakes in the description, 2 it could not be checked.\n",
	},
	{
		.name = "build",
		.summary = "compile a system description, then check it",
		.options = "--machine --format --fdt ",
		.run = command_build,
		.help =
			"usage: sbx build FILE -o OUT [--format FORMAT] [--fdt HOST.dtb] [--machine HOST.dtb]\n"
			"\n"
			"Compiles a system description with dtc, embeds the files that it names, and checks the\n"
			"result. Signalbox takes OUT as its initial ramdisk. /include/ and /incbin/ look for files in\n"
			"the directory of FILE, then at the top of the project.\n"
			"\n"
			"  -o OUT              the output file; it is written even if the description has mistakes,\n"
			"                      since VMs without a mistake will start, but not with exit code 2\n"
			"  --format FORMAT     dtb (the default): the description alone, for boot loaders that take\n"
			"                      any initial ramdisk; uimage: wrapped as a ramdisk, for U-Boot's booti;\n"
			"                      fit: the hypervisor and the description as one FIT, for bootm\n"
			"  --fdt HOST.dtb      put the machine's device tree into the FIT, too\n"
			"  --machine HOST.dtb  as for `sbx check`\n"
			"\n"
			"Exit code: 0 no mistake, 1 mistakes in the description, 2 it could not be built or checked.\n",
	},
	{
		.name = "run",
		.summary = "run a system in QEMU, on this terminal",
		.options = "--dry-run ",
		.run = command_run,
		.help =
			"usage: sbx run FILE [--dry-run] [-- QEMU ARGUMENTS]\n"
			"\n"
			"Starts Signalbox with a system description, source (.dts) or compiled (.dtb), in QEMU. The\n"
			"machine has the processors up to the last one that the description names, and memory for all\n"
			"VMs, the description itself, and 192 MiB. Signalbox prints mistakes when it starts.\n"
			"\n"
			"  --dry-run           print the commands, and run nothing\n"
			"  -- ARGUMENTS        arguments for QEMU, added after those of sbx, as -m 2G or -device ...;\n"
			"                      with a -serial among them, the console is not on the terminal\n"
			"\n"
			"Environment: SBX_QEMU names another QEMU than qemu-system-aarch64, SBX_IMAGE another\n"
			"hypervisor than the file `signalbox` beside sbx.\n"
			"\n"
			"Exit code: QEMU's; 1 mistakes in the description, 2 it could not start.\n",
	},
};

static void print_help(FILE *to)
{
	fputs("usage: sbx COMMAND FILE [OPTIONS]\n\nChecks, builds and runs systems of virtual machines for "
		  "Signalbox.\n\n",
		  to);
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		fprintf(to, "  %-6s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`sbx COMMAND --help` explains a command.\n", to);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static bool is_known(const struct command *command, const char *option)
{
	size_t length = strlen(option);

	for (const char *at = command->options; (at = strstr(at, option)) != NULL; at += length)
		if (at[length] == ' ')
			return true;
	return false;
}

/* One argument and, where it takes one, its value. Returns how many were taken; 0 when it is unknown. */
static int take_argument(const struct command *command, struct request *request, int count, char **argument)
{
	const char *text = argument[0];
	const char **value = NULL;

	if (text[0] != '-') {
		if (request->file != NULL)
			return 0;
		request->file = text;
		return 1;
	}
	if (strcmp(text, "-o") == 0 && command->run == command_build)
		value = &request->output;
	else if (!is_known(command, text))
		return 0;
	else if (strcmp(text, "--machine") == 0)
		value = &request->machine;
	else if (strcmp(text, "--format") == 0)
		value = &request->format;
	else if (strcmp(text, "--fdt") == 0)
		value = &request->fdt;
	else if (strcmp(text, "--json") == 0)
		request->json = true;
	else if (strcmp(text, "--analyse") == 0)
		request->analyse = true;
	else
		request->dry_run = true;
	if (value == NULL)
		return 1;
	if (count < 2)
		return 0;
	*value = argument[1];
	return 2;
}

static bool read_arguments(const struct command *command, struct request *request, int count, char **argument)
{
	while (count > 0) {
		int taken;

		if (strcmp(argument[0], "--") == 0 && command->run == command_run) {
			request->extra = argument + 1;
			request->extra_count = count - 1;
			return true;
		}
		taken = take_argument(command, request, count, argument);
		if (taken == 0) {
			sbx_say("%s: `%s` is unknown here, or lacks its value; see `sbx %s --help`", command->name,
					argument[0], command->name);
			return false;
		}
		argument += taken;
		count -= taken;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct request request = {0};
	const struct command *command = argc < 2 ? NULL : find_command(argv[1]);

	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help(stdout);
		return SBX_FINE;
	}
	if (command == NULL) {
		if (argc >= 2)
			sbx_say("there is no command `%s`", argv[1]);
		print_help(stderr);
		return SBX_CANNOT;
	}
	if (argc >= 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
		fputs(command->help, stdout);
		return SBX_FINE;
	}
	if (!read_arguments(command, &request, argc - 2, argv + 2))
		return SBX_CANNOT;
	if (request.file == NULL) {
		sbx_say("%s: give the file of a system description", command->name);
		return SBX_CANNOT;
	}
	return command->run(&request);
}
