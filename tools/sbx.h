/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbx, the command on the workstation: one file for each question. A function that cannot do its work prints
 * why on stderr and returns false or an exit code.
 */
#ifndef TOOLS_SBX_H
#define TOOLS_SBX_H

#include "sched/analyse.h"
#include "sched/queue.h"
#include "vm/plan.h"

/* Exit codes; `sbx run` returns QEMU's. */
enum sbx_exit {
	SBX_FINE = 0,
	SBX_MISTAKE = 1, /* in the description */
	SBX_CANNOT = 2,  /* a mistake in the command, or a file or program is missing */
};

/* Prints "sbx: ..." on stderr. */
void sbx_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* sbx_file.c */

/* A file in memory, aligned for libfdt. */
struct sbx_file {
	void *data;
	size_t size;
	bool from_source; /* dtc made it */
};
/* The directory of sbx itself, and of the hypervisor. */
const char *sbx_directory(void);
/* The project's directory when sbx was built: descriptions name files from there. */
extern const char sbx_top[];
MUST_USE bool sbx_read_file(const char *path, struct sbx_file *out);
MUST_USE bool sbx_write_file(const char *path, const struct sbx_file *file);
/* A description: a .dtb as it is, anything else through dtc. */
MUST_USE enum sbx_exit sbx_read_description(const char *path, struct sbx_file *out);
/* Does the file hold a flattened device tree? */
bool sbx_is_compiled(const struct sbx_file *file);

/* sbx_format.c */

/*
 * A description in the format for a boot loader: "dtb" (or NULL), unchanged; "uimage"; "fit", with the
 * hypervisor and, if named, the machine's tree.
 */
MUST_USE bool sbx_wrap(const char *format, const struct sbx_file *description, const char *tree_path,
					   struct sbx_file *out);

/* sbx_machine.c */

#define SBX_ARGUMENTS_MAX 256
/* A command line for exec; its texts are kept by `text`. */
struct sbx_command {
	const char *argument[SBX_ARGUMENTS_MAX + 1]; /* ends with NULL */
	unsigned count;
	char text[4][4096];
};
void sbx_add(struct sbx_command *command, const char *argument);

/* The machine that holds a system. */
struct sbx_size {
	unsigned pcpu_count;
	uint64_t memory_mib;
};
struct sbx_size sbx_size_machine(const struct system_config *system, uint64_t description_size);
const char *sbx_qemu(void);
/* QEMU's name and the machine, without what runs on it. */
void sbx_machine_command(struct sbx_command *command, const struct sbx_size *size);
/* QEMU's device tree of that machine. */
MUST_USE bool sbx_machine_tree(const struct sbx_size *size, struct sbx_file *out);

/* sbx_check.c */

struct sbx_check {
	struct sbx_file description, machine;
	struct host host;
	bool host_known;
	struct system_config system;
	struct plan plan; /* what the machine's RAM is used for */
	struct config_placement placement[VM_MAX];
	uint32_t placed;      /* the VMs whose placement holds at boot, too, a bit each */
	struct report report; /* its lines go to `line` and, unless quiet, to stderr */
	bool quiet;
	bool analyse; /* show bounds, too */
	char **line;
	size_t line_count;
};
/* Reads the description's own numbers, without messages. */
MUST_USE enum err sbx_survey(const struct sbx_file *description, struct system_config *out);
/* Checks `description` against the machine in file `machine_path`, or QEMU's if NULL. */
MUST_USE enum sbx_exit sbx_check(struct sbx_check *check, const char *machine_path);

/* sbx_plan.c */
/* Plans the system that was read, and reports what boot would report. False when something does not fit. */
MUST_USE bool sbx_plan(struct sbx_check *check);

/* sbx_analyse.c */

/* What bounds assume, as no workstation knows it: EL2's longest section and one switch, in microseconds. */
#define SBX_SECTION_US 50
#define SBX_SWITCH_US 5

/* The vCPUs of one pCPU, of VMs without a mistake. */
struct sbx_sharing {
	unsigned pcpu, count;
	struct sbx_seat {
		const struct config_vm *vm;
		unsigned vcpu;
	} seat[QUEUE_MAX];
	struct analyse_vcpu
		turn[QUEUE_MAX + 1]; /* of each seat, in microseconds; then housekeeping, where it is */
	unsigned turn_count;
	double promised_percent; /* all budgets */
	unsigned handler_us;     /* others wait so long for the end of a handler */
	unsigned unlimited;      /* vCPUs without a budget */
};
void sbx_find_sharing(const struct system_config *system, unsigned pcpu, struct sbx_sharing *out);
MUST_USE struct analyse_bound sbx_find_bound(const struct sbx_sharing *sharing, unsigned seat);
struct sbx_words {
	char text[128];
};
/* Why there is no bound. */
const char *sbx_no_bound_words(const struct sbx_sharing *sharing, const struct analyse_bound *bound,
							   struct sbx_words *words);

/* sbx_show.c */
void sbx_show_table(const struct sbx_check *check);
extern const char *const sbx_image_word[], *const sbx_console_word[];

/* sbx_json.c */
/* False: memory has run out. */
MUST_USE bool sbx_show_json(const struct sbx_check *check, bool fine);

/* sbx_run.c */
/* The hypervisor. */
const char *sbx_image_path(void);
MUST_USE int sbx_run(const char *path, char **extra, int extra_count, bool dry_run);

#endif
