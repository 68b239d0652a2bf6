/* SPDX-License-Identifier: Apache-2.0 */
/* A system in QEMU, with its console on the terminal. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "sbx.h"

static volatile sig_atomic_t qemu_pid;

static void pass_on(int number)
{
	if (qemu_pid > 0)
		kill(qemu_pid, number);
}

static bool has(char **extra, int count, const char *option)
{
	for (int i = 0; i < count; i++)
		if (strcmp(extra[i], option) == 0)
			return true;
	return false;
}

const char *sbx_image_path(void)
{
	static char path[4200];
	const char *image = getenv("SBX_IMAGE");

	if (image != NULL && image[0] != '\0')
		return image;
	snprintf(path, sizeof(path), "%s/signalbox", sbx_directory());
	return path;
}

static void print_word(const char *word)
{
	if (word[0] != '\0' && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
										"-_=+,./:@%") == strlen(word)) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static void print_command(const struct sbx_command *command)
{
	for (unsigned i = 0; i < command->count; i++) {
		if (i > 0)
			putchar(' ');
		print_word(command->argument[i]);
	}
	putchar('\n');
}

/* In the child: QEMU ends when sbx ends, however that happens, and gets the signals that sbx got before. */
static _Noreturn void become_qemu(struct sbx_command *command, pid_t sbx, const sigset_t *before)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != sbx)
		_exit(SBX_CANNOT);
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(command->argument[0], (char *const *)command->argument);
	sbx_say("%s: %s; Debian's package qemu-system-arm has it; SBX_QEMU can name another",
			command->argument[0], strerror(errno));
	_exit(SBX_CANNOT);
}

/* Runs QEMU to its end. It restores the terminal itself, unless it is killed. */
static int run_qemu(struct sbx_command *command)
{
	struct termios terminal;
	bool has_terminal = tcgetattr(STDIN_FILENO, &terminal) == 0;
	int status = 0;
	pid_t sbx = getpid(), child;
	sigset_t passed_on, before;

	fflush(NULL);
	sigemptyset(&passed_on);
	sigaddset(&passed_on, SIGINT);
	sigaddset(&passed_on, SIGTERM);
	sigaddset(&passed_on, SIGHUP);
	sigprocmask(SIG_BLOCK, &passed_on, &before); /* one that comes now is passed on when QEMU is there */
	child = fork();
	if (child < 0) {
		sbx_say("%s: %s", command->argument[0], strerror(errno));
		return SBX_CANNOT;
	}
	if (child == 0)
		become_qemu(command, sbx, &before);
	qemu_pid = child;
	signal(SIGINT, pass_on);
	signal(SIGTERM, pass_on);
	signal(SIGHUP, pass_on);
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (has_terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A file without a name, which is gone with the last process that has it open. */
static const char *keep_in_memory(struct sbx_command *command, const struct sbx_file *file)
{
	int memory = memfd_create("system.dtb", 0);

	if (memory < 0)
		return NULL;
	snprintf(command->text[2], sizeof(command->text[2]), "/proc/self/fd/%d", memory);
	return sbx_write_file(command->text[2], file) ? command->text[2] : NULL;
}

/* The command that a person would type for a description that must be compiled first. */
static const char *print_build(struct sbx_command *command, const char *path)
{
	const char *name = strrchr(path, '/');

	name = name != NULL ? name + 1 : path;
	snprintf(command->text[2], sizeof(command->text[2]), "/tmp/%.*s.dtb", (int)strcspn(name, "."), name);
	printf("%s/sbx build ", sbx_directory());
	print_word(path);
	printf(" -o ");
	print_word(command->text[2]);
	putchar('\n');
	return command->text[2];
}

static void add_console(struct sbx_command *command, char **extra, int extra_count)
{
	if (has(extra, extra_count, "-serial"))
		return;
	sbx_add(command, "-chardev");
	/* Ctrl-C belongs to the guest when a person types. */
	sbx_add(command, isatty(STDIN_FILENO) ? "stdio,id=console,signal=off" : "stdio,id=console");
	sbx_add(command, "-serial");
	sbx_add(command, "chardev:console");
}

int sbx_run(const char *path, char **extra, int extra_count, bool dry_run)
{
	static struct sbx_command command;
	static struct system_config system;
	static struct sbx_file description;
	struct sbx_size size;
	const char *ramdisk = path;
	enum sbx_exit e = sbx_read_description(path, &description);

	if (e != SBX_FINE)
		return e;
	if (sbx_survey(&description, &system) != OK) {
		sbx_say("%s is not a system description; `sbx check` tells why", path);
		return SBX_MISTAKE;
	}
	size = sbx_size_machine(&system, description.size);
	sbx_machine_command(&command, &size);
	if (description.from_source)
		ramdisk = dry_run ? print_build(&command, path) : keep_in_memory(&command, &description);
	if (ramdisk == NULL)
		return SBX_CANNOT;
	add_console(&command, extra, extra_count);
	sbx_add(&command, "-kernel");
	sbx_add(&command, sbx_image_path());
	sbx_add(&command, "-initrd");
	sbx_add(&command, ramdisk);
	for (int i = 0; i < extra_count; i++)
		sbx_add(&command, extra[i]);
	if (!dry_run)
		return run_qemu(&command);
	print_command(&command);
	return SBX_FINE;
}
