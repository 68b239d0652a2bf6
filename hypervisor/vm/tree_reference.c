/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tree_reference.h"

#include <string.h>

/* In a name, a leading '*' matches anything, and a closing '#' a digit and anything after it. */
static const struct {
	const char *name, *count_property;
} referring[] = {
	{.name = "interrupt-parent"},
	{.name = "interrupts-extended", .count_property = "#interrupt-cells"},
	{.name = "wakeup-parent"},
	{.name = "clocks", .count_property = "#clock-cells"},
	{.name = "assigned-clocks", .count_property = "#clock-cells"},
	{.name = "assigned-clock-parents", .count_property = "#clock-cells"},
	{.name = "resets", .count_property = "#reset-cells"},
	{.name = "gpio", .count_property = "#gpio-cells"},
	{.name = "gpios", .count_property = "#gpio-cells"},
	{.name = "*-gpio", .count_property = "#gpio-cells"},
	{.name = "*-gpios", .count_property = "#gpio-cells"},
	{.name = "*-supply"},
	{.name = "pinctrl-#"},
	{.name = "power-domains", .count_property = "#power-domain-cells"},
	{.name = "dmas", .count_property = "#dma-cells"},
	{.name = "iommus", .count_property = "#iommu-cells"},
	{.name = "msi-parent", .count_property = "#msi-cells"},
	{.name = "interconnects", .count_property = "#interconnect-cells"},
	{.name = "mboxes", .count_property = "#mbox-cells"},
	{.name = "hwlocks", .count_property = "#hwlock-cells"},
	{.name = "phys", .count_property = "#phy-cells"},
	{.name = "phy-handle"},
	{.name = "pwms", .count_property = "#pwm-cells"},
	{.name = "io-channels", .count_property = "#io-channel-cells"},
	{.name = "nvmem-cells", .count_property = "#nvmem-cell-cells"},
	{.name = "thermal-sensors", .count_property = "#thermal-sensor-cells"},
	{.name = "sound-dai", .count_property = "#sound-dai-cells"},
	{.name = "memory-region"},
	{.name = "next-level-cache"},
	{.name = "operating-points-v2"},
	{.name = "remote-endpoint"},
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static bool matches(const char *pattern, const char *name)
{
	size_t length = strlen(pattern);

	if (pattern[0] == '*')
		return ends_with(name, pattern + 1);
	if (pattern[length - 1] == '#')
		return strncmp(pattern, name, length - 1) == 0 && name[length - 1] >= '0' && name[length - 1] <= '9';
	return strcmp(pattern, name) == 0;
}

/* "vendor,nr-gpios" is a count, and `gpios` of a hog are pins of the controller around it. */
static bool is_plain_number(const void *tree, int node, const char *name)
{
	return ends_with(name, ",nr-gpios") ||
		   (strcmp(name, "gpios") == 0 && fdt_getprop(tree, node, "gpio-hog", NULL) != NULL);
}

bool reference_begin(struct reference *r, const void *tree, int node, int property)
{
	const char *name;
	int size;
	const void *value = fdt_getprop_by_offset(tree, property, &name, &size);

	if (value == NULL || is_plain_number(tree, node, name))
		return false;
	for (unsigned i = 0; i < ARRAY_COUNT(referring); i++) {
		if (!matches(referring[i].name, name))
			continue;
		*r = (struct reference){
			.tree = tree,
			.cell = value,
			.cells_left = (unsigned)size / sizeof(fdt32_t),
			.count_property = referring[i].count_property,
		};
		return true;
	}
	return false;
}

static unsigned argument_count(const struct reference *r)
{
	int size;
	const fdt32_t *count =
		r->count_property ? fdt_getprop(r->tree, r->target, r->count_property, &size) : NULL;

	return count != NULL && size == (int)sizeof(*count) ? fdt32_to_cpu(*count) : 0;
}

bool reference_next(struct reference *r)
{
	unsigned arguments;

	/* A phandle of 0 is a hole in a list and takes no arguments. */
	while (r->cells_left > 0 && *r->cell == 0) {
		r->cell++;
		r->cells_left--;
	}
	if (r->cells_left == 0)
		return false;
	r->phandle = fdt32_to_cpu(*r->cell++);
	r->cells_left--;
	r->target = fdt_node_offset_by_phandle(r->tree, r->phandle);
	arguments = r->target < 0 ? r->cells_left : argument_count(r);
	if (arguments > r->cells_left)
		arguments = r->cells_left;
	r->cell += arguments;
	r->cells_left -= arguments;
	return true;
}
