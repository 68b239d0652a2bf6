/* SPDX-License-Identifier: Apache-2.0 */
/* The values of properties, and how a mistake is reported. */
#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "vm/config_check.h"

void config_mistake(struct config_check *check, const char *property, const char *format, ...)
{
	char text[REPORT_LINE_MAX];
	size_t used = format_text(text, sizeof text, "%.96s: ", check->path);
	va_list args;

	if (property)
		used += format_text(text + used, sizeof text - used, "%.64s: ", property);
	va_start(args, format);
	format_line_va(text + used, sizeof text - used, format, args);
	va_end(args);
	report_line(check->report, "%s", text);
	check->out->mistake_count++;
	if (check->vm)
		check->vm->valid = false;
}

bool config_flag(struct config_check *check, const char *property)
{
	int length;

	if (!fdt_getprop(check->tree, check->node, property, &length))
		return false;
	if (length)
		config_mistake(check, property, "is a flag and takes no value; write `%s;` or leave it out",
					   property);
	return length == 0;
}

bool config_number(struct config_check *check, const char *property, uint64_t *out)
{
	int length;
	const void *value = fdt_getprop(check->tree, check->node, property, &length);

	if (!value)
		return false;
	if (length != 4 && length != 8) {
		config_mistake(check, property,
					   "has %d bytes; give one number, as <0x10000000> or /bits/ 64 <0x10000000>", length);
		return false;
	}
	*out = host_cells(value, length / 4);
	return true;
}

const char *config_text(struct config_check *check, const char *property)
{
	int length;
	const char *value = fdt_getprop(check->tree, check->node, property, &length);

	if (!value)
		return NULL;
	if (length > 0 && memchr(value, 0, (size_t)length) == value + length - 1)
		return value;
	config_mistake(check, property, "must be one text in quotes");
	return NULL;
}

struct blob config_file(struct config_check *check, const char *property)
{
	int length;
	const void *data = fdt_getprop(check->tree, check->node, property, &length);

	if (!data)
		return (struct blob){NULL, 0};
	if (length == 0) {
		config_mistake(check, property, "the file is empty; name another one, as /incbin/(\"file\")");
		return (struct blob){NULL, 0};
	}
	return (struct blob){data, (uint64_t)length};
}

int config_word(struct config_check *check, const char *property, const char *text, const char *const words[])
{
	char list[128] = "";
	size_t used = 0;

	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text))
			return i;
	}
	for (int i = 0; words[i] && used < sizeof list; i++)
		used += format_text(list + used, sizeof list - used, "%s\"%s\"", i ? ", " : "", words[i]);
	config_mistake(check, property, "\"%s\" is not known; it may be %s", text, list);
	return -1;
}
