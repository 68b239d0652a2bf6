/* SPDX-License-Identifier: Apache-2.0 */
/* Files, and the device-tree compiler. */
#include <errno.h>
#include <libfdt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sbx.h"

const char *sbx_directory(void)
{
	static char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return length < 0 ? "." : dirname(path);
}

/* All bytes of a stream. False when there is no memory or it cannot be read. */
static bool read_stream(FILE *stream, struct sbx_file *out)
{
	size_t room = 0, used = 0, got;
	char *data = NULL;

	do {
		char *more = room > used ? data : realloc(data, room = room * 2 + (1 << 20));

		if (more == NULL) {
			free(data);
			return false;
		}
		data = more;
		got = fread(data + used, 1, room - used, stream);
		used += got;
	} while (got > 0);
	*out = (struct sbx_file){.data = data, .size = used};
	return !ferror(stream);
}

bool sbx_read_file(const char *path, struct sbx_file *out)
{
	FILE *stream = fopen(path, "rb");
	bool fine = stream != NULL && read_stream(stream, out);

	if (!fine)
		sbx_say("%s: %s", path, strerror(errno));
	if (stream != NULL)
		fclose(stream);
	return fine;
}

bool sbx_write_file(const char *path, const struct sbx_file *file)
{
	FILE *stream = fopen(path, "wb");
	bool fine = stream != NULL && fwrite(file->data, 1, file->size, stream) == file->size;

	if (stream != NULL && fclose(stream) != 0)
		fine = false;
	if (!fine)
		sbx_say("%s: %s", path, strerror(errno));
	return fine;
}

bool sbx_is_compiled(const struct sbx_file *file)
{
	return file->size >= sizeof(struct fdt_header) && fdt_magic(file->data) == FDT_MAGIC;
}

/* Of the child that cannot become dtc, as of a shell; dtc ends with 1, or 2 when its checks fail. */
#define NO_DTC 127

/* In the child: becomes dtc, which writes to `output`. */
static _Noreturn void become_dtc(const char *path, int output)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", path);
	dup2(output, STDOUT_FILENO);
	execlp("dtc", "dtc", "-q", "-I", "dts", "-O", "dtb", "-i", dirname(copy), "-i", sbx_top, path,
		   (char *)NULL);
	sbx_say("dtc: %s; Debian's package device-tree-compiler has it", strerror(errno));
	_exit(NO_DTC);
}

/* How dtc ended. It has printed what is wrong, but not always in which description. */
static enum sbx_exit judge_dtc(const char *path, int status)
{
	if (!WIFEXITED(status)) {
		sbx_say("%s: dtc was ended by signal %d", path, WTERMSIG(status));
		return SBX_CANNOT;
	}
	if (WEXITSTATUS(status) == 0)
		return SBX_FINE;
	if (WEXITSTATUS(status) == NO_DTC)
		return SBX_CANNOT;
	sbx_say("%s: dtc cannot compile it; /include/ and /incbin/ look for files beside it, then in %s", path,
			sbx_top);
	return SBX_MISTAKE;
}

static enum sbx_exit compile(const char *path, struct sbx_file *out)
{
	int pipe_ends[2], status = 0;
	FILE *stream;
	enum sbx_exit e;
	pid_t child;
	bool fine;

	if (pipe(pipe_ends) != 0 || (child = fork()) < 0) {
		sbx_say("dtc: %s", strerror(errno));
		return SBX_CANNOT;
	}
	if (child == 0)
		become_dtc(path, pipe_ends[1]);
	close(pipe_ends[1]);
	stream = fdopen(pipe_ends[0], "rb");
	fine = stream != NULL && read_stream(stream, out);
	if (stream != NULL)
		fclose(stream);
	waitpid(child, &status, 0);
	e = judge_dtc(path, status);
	if (!fine && e == SBX_FINE) {
		sbx_say("%s: what dtc prints cannot be read", path);
		e = SBX_CANNOT;
	}
	out->from_source = e == SBX_FINE;
	return e;
}

enum sbx_exit sbx_read_description(const char *path, struct sbx_file *out)
{
	if (!sbx_read_file(path, out))
		return SBX_CANNOT;
	if (sbx_is_compiled(out))
		return SBX_FINE;
	free(out->data);
	return compile(path, out);
}
