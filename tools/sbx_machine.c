/* SPDX-License-Identifier: Apache-2.0 */
/* The QEMU machine that a system runs on, and its device tree. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "sbx.h"

#define MIB (UINT64_C(1) << 20)
#define QEMU_RAM_BASE UINT64_C(0x40000000)
/*
 * QEMU puts the initial ramdisk 128 MiB into memory and so cuts memory in two: the part below is left to the
 * hypervisor. The rest is for alignment.
 */
#define BESIDE_VMS (192 * MIB)
#define MEMORY_STEP (64 * MIB)

void sbx_add(struct sbx_command *command, const char *argument)
{
	if (command->count == SBX_ARGUMENTS_MAX) {
		sbx_say("more than %d arguments for QEMU", SBX_ARGUMENTS_MAX);
		exit(SBX_CANNOT);
	}
	command->argument[command->count++] = argument;
	command->argument[command->count] = NULL;
}

struct sbx_size sbx_size_machine(const struct system_config *system, uint64_t description_size)
{
	struct sbx_size size = {.pcpu_count = system->housekeeping + 1};
	uint64_t bytes = BESIDE_VMS + description_size, last = 0;

	for (unsigned i = 0; i < system->vm_count; i++) {
		const struct config_vm *vm = &system->vm[i];

		bytes += vm->memory_size + config_firmware_size(vm);
		if (vm->memory_identity && vm->memory_ipa_given && vm->memory_ipa + vm->memory_size > last)
			last = vm->memory_ipa + vm->memory_size;
		for (unsigned vcpu = 0; vcpu < vm->vcpu_count; vcpu++)
			if (vm->pcpu[vcpu] >= size.pcpu_count)
				size.pcpu_count = vm->pcpu[vcpu] + 1u;
	}
	for (unsigned i = 0; i < system->shared_count; i++)
		bytes += system->shared[i].size;
	if (last > QEMU_RAM_BASE + bytes)
		bytes = last - QEMU_RAM_BASE;
	size.memory_mib = align_up(bytes, MEMORY_STEP) / MIB;
	return size;
}

const char *sbx_qemu(void)
{
	const char *qemu = getenv("SBX_QEMU");

	return qemu != NULL && qemu[0] != '\0' ? qemu : "qemu-system-aarch64";
}

void sbx_machine_command(struct sbx_command *command, const struct sbx_size *size)
{
	command->count = 0;
	snprintf(command->text[0], sizeof(command->text[0]), "%u", size->pcpu_count);
	snprintf(command->text[1], sizeof(command->text[1]), "%lluM", (unsigned long long)size->memory_mib);
	sbx_add(command, sbx_qemu());
	sbx_add(command, "-M");
	sbx_add(command, "virt,virtualization=on,gic-version=3");
	sbx_add(command, "-cpu");
	sbx_add(command, "cortex-a72");
	sbx_add(command, "-smp");
	sbx_add(command, command->text[0]);
	sbx_add(command, "-m");
	sbx_add(command, command->text[1]);
	sbx_add(command, "-nodefaults");
	sbx_add(command, "-display");
	sbx_add(command, "none");
}

/* In the child: becomes QEMU, silently. Exit code 127: there is none. */
static _Noreturn void become_silent(struct sbx_command *command)
{
	int nowhere = open("/dev/null", O_RDWR);

	for (int i = 0; i <= STDERR_FILENO; i++)
		dup2(nowhere, i);
	execvp(command->argument[0], (char *const *)command->argument);
	_exit(127);
}

bool sbx_machine_tree(const struct sbx_size *size, struct sbx_file *out)
{
	static struct sbx_command command;
	char path[] = "/tmp/sbx-machine.XXXXXX";
	int file = mkstemp(path), status = -1;
	bool fine;
	pid_t child;

	if (file < 0)
		return false;
	close(file);
	sbx_machine_command(&command, size);
	snprintf(command.text[2], sizeof(command.text[2]), "dumpdtb=%s", path);
	sbx_add(&command, "-M");
	sbx_add(&command, command.text[2]);
	child = fork();
	if (child == 0)
		become_silent(&command);
	if (child > 0)
		waitpid(child, &status, 0);
	fine = status == 0 && sbx_read_file(path, out);
	remove(path);
	return fine && sbx_is_compiled(out);
}
