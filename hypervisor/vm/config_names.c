/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and names in a description: which are known, and which a person may have meant. */
#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "vm/config_check.h"

#define NAME_COMPARED_MAX 47

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

unsigned config_name_distance(const char *a, const char *b)
{
	/* Levenshtein's distance, one row at a time: row[j] is for the first j letters of `b`. */
	unsigned row[NAME_COMPARED_MAX + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > NAME_COMPARED_MAX || b_length > NAME_COMPARED_MAX)
		return 255;
	for (unsigned j = 0; j <= b_length; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_length; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b_length; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_length];
}

bool config_is_near(const char *name, unsigned distance)
{
	return distance <= 1 + strlen(name) / 4;
}

const char *config_nearest_name(const char *name, const char *const names[])
{
	const char *nearest = NULL;
	unsigned least_distance = 255;

	for (unsigned i = 0; names[i]; i++) {
		unsigned distance = config_name_distance(name, names[i]);

		if (distance >= least_distance || !config_is_near(name, distance))
			continue;
		least_distance = distance;
		nearest = names[i];
	}
	return nearest;
}

static bool is_known(const char *name, const char *const names[])
{
	for (unsigned i = 0; names[i]; i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	/* dtc numbers nodes that a label refers to, and describes labels in nodes of this form (dtc -@). */
	return !strcmp(name, "phandle") || !strncmp(name, "__", 2);
}

static void check_name(struct config_check *check, const char *kind, const char *name,
					   const char *const names[])
{
	const char *nearest;

	if (is_known(name, names))
		return;
	nearest = config_nearest_name(name, names);
	if (nearest)
		config_mistake(check, name, "there is no such %s; did you mean %s?", kind, nearest);
	else
		config_mistake(check, name, "there is no such %s; docs/system-description.md lists them", kind);
}

void config_check_names(struct config_check *check, const char *const properties[], const char *const nodes[])
{
	int property, node;

	fdt_for_each_property_offset(property, check->tree, check->node)
	{
		const char *name;

		if (fdt_getprop_by_offset(check->tree, property, &name, NULL))
			check_name(check, "property", name, properties);
	}
	if (!nodes)
		return;
	fdt_for_each_subnode(node, check->tree, check->node)
	{
		const char *name = fdt_get_name(check->tree, node, NULL);

		if (name)
			check_name(check, "node", name, nodes);
	}
}

void config_read_nodes(const struct config_check *check, const char *name,
					   void (*read)(struct config_check *check, const char *name))
{
	static const char *const none[] = {NULL};
	const char *parent = strcmp(check->path, "/") ? check->path : "";
	struct config_check sub = *check;
	char path[96];
	int node;

	sub.path = path;
	sub.node = fdt_subnode_offset(check->tree, check->node, name);
	if (sub.node < 0)
		return;
	format_text(path, sizeof path, "%s/%s", parent, name);
	config_check_names(&sub, none, NULL);
	fdt_for_each_subnode(node, check->tree, sub.node)
	{
		const char *child = fdt_get_name(check->tree, node, NULL);
		struct config_check each = sub;

		if (!child)
			continue;
		each.node = node;
		format_text(path, sizeof path, "%s/%s/%s", parent, name, child);
		read(&each, child);
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool config_check_name(struct config_check *check, const char *name)
{
	bool good = is_letter(name[0]);

	for (const char *c = name; *c; c++)
		good = good && (is_letter(*c) || (*c >= '0' && *c <= '9') || *c == '-' || *c == '_');
	if (!good)
		config_mistake(check, NULL,
					   "the name \"%s\" must start with a letter, and hold letters, digits, - and _", name);
	if (strlen(name) >= CONFIG_NAME_MAX) {
		config_mistake(check, NULL, "the name \"%s\" is longer than %d letters", name, CONFIG_NAME_MAX - 1);
		good = false;
	}
	return good;
}
