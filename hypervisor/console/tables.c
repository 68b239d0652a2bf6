/* SPDX-License-Identifier: Apache-2.0 */
#include "console/tables.h"

#include <string.h>

#include "base/bits.h"
#include "base/format.h"

/* How a field is stored and shown. */
enum cell {
	CELL_TEXT,   /* const char * */
	CELL_NUMBER, /* int, none when negative */
	CELL_YES,    /* bool */
	CELL_COUNT,  /* uint64_t; all that follow are, too */
	CELL_HEX,
	CELL_SIZE,     /* bytes */
	CELL_DURATION, /* microseconds */
	CELL_SECONDS,  /* microseconds, shown to the millisecond */
	CELL_PERMILLE, /* as percent */
	CELL_PCPUS,    /* a bit each */
	CELL_VCPUS,    /* const uint64_t *: a column for each */
};

struct column {
	const char *title, *key;
	uint16_t at;
	uint8_t width;
	enum cell cell;
};

/* A field's name is its key. */
#define COLUMN(row, field, title_, width_, cell_) \
	{ \
		.title = title_, .key = #field, .at = offsetof(struct row, field), .width = width_, .cell = cell_ \
	}

static const struct column vm_columns[] = {
	COLUMN(monitor_vm_row, index, "#", 2, CELL_COUNT),
	COLUMN(monitor_vm_row, name, "name", 16, CELL_TEXT),
	COLUMN(monitor_vm_row, state, "state", 9, CELL_TEXT),
	COLUMN(monitor_vm_row, pcpus, "pcpus", 8, CELL_PCPUS),
	COLUMN(monitor_vm_row, memory_bytes, "memory", 9, CELL_SIZE),
	COLUMN(monitor_vm_row, uptime_us, "uptime", 11, CELL_DURATION),
	COLUMN(monitor_vm_row, exits, "exits", 11, CELL_COUNT),
	COLUMN(monitor_vm_row, interrupts, "interrupts", 11, CELL_COUNT),
	COLUMN(monitor_vm_row, starts, "starts", 6, CELL_COUNT),
	COLUMN(monitor_vm_row, delivery, "delivery", 8, CELL_TEXT),
	COLUMN(monitor_vm_row, mode, NULL, 0, CELL_TEXT),
	COLUMN(monitor_vm_row, refused, NULL, 0, CELL_TEXT),
	COLUMN(monitor_vm_row, shared_pcpus, NULL, 0, CELL_PCPUS),
	COLUMN(monitor_vm_row, priority, NULL, 0, CELL_COUNT),
	COLUMN(monitor_vm_row, budget_us, NULL, 0, CELL_NUMBER),
	COLUMN(monitor_vm_row, period_us, NULL, 0, CELL_NUMBER),
	COLUMN(monitor_vm_row, budget_hard, NULL, 0, CELL_YES),
};

static const struct column cause_columns[] = {
	COLUMN(monitor_cause_row, cause, "cause", 30, CELL_TEXT),
	COLUMN(monitor_cause_row, total, "total", 11, CELL_COUNT),
	COLUMN(monitor_cause_row, vcpus, "vcpu", 11, CELL_VCPUS),
};

static const struct column irq_columns[] = {
	COLUMN(monitor_irq_row, intid, "intid", 5, CELL_COUNT),
	COLUMN(monitor_irq_row, trigger, "type", 5, CELL_TEXT),
	COLUMN(monitor_irq_row, pcpu, "pcpu", 4, CELL_NUMBER),
	COLUMN(monitor_irq_row, owner, "owner", 11, CELL_TEXT),
	COLUMN(monitor_irq_row, vcpu, "vcpu", 4, CELL_NUMBER),
	COLUMN(monitor_irq_row, vintid, NULL, 0, CELL_NUMBER),
	COLUMN(monitor_irq_row, mode, "mode", 7, CELL_TEXT),
	COLUMN(monitor_irq_row, enabled, "on", 3, CELL_YES),
	COLUMN(monitor_irq_row, state, "state", 7, CELL_TEXT),
	COLUMN(monitor_irq_row, taken, "taken", 10, CELL_COUNT),
	COLUMN(monitor_irq_row, listed, "listed", 10, CELL_COUNT),
	COLUMN(monitor_irq_row, queued, "queued", 8, CELL_COUNT),
	COLUMN(monitor_irq_row, spilled, "spilled", 7, CELL_COUNT),
	COLUMN(monitor_irq_row, dropped, "dropped", 7, CELL_COUNT),
	COLUMN(monitor_irq_row, moves, NULL, 0, CELL_COUNT),
	COLUMN(monitor_irq_row, moved_us, NULL, 0, CELL_COUNT),
};

static const struct column cpu_columns[] = {
	COLUMN(monitor_cpu_row, pcpu, "pcpu", 4, CELL_COUNT),
	COLUMN(monitor_cpu_row, mpidr, "mpidr", 12, CELL_HEX),
	COLUMN(monitor_cpu_row, vm, "vm", 10, CELL_TEXT),
	COLUMN(monitor_cpu_row, vcpu, "vcpu", 4, CELL_NUMBER),
	COLUMN(monitor_cpu_row, state, "state", 8, CELL_TEXT),
	COLUMN(monitor_cpu_row, exits, "exits", 11, CELL_COUNT),
	COLUMN(monitor_cpu_row, notify, "notify", 10, CELL_COUNT),
	COLUMN(monitor_cpu_row, attend, "attend", 10, CELL_COUNT),
	COLUMN(monitor_cpu_row, unowned, "unowned", 7, CELL_COUNT),
	COLUMN(monitor_cpu_row, long_batches, "long", 4, CELL_COUNT),
	COLUMN(monitor_cpu_row, housekeeping, "console", 7, CELL_YES),
	COLUMN(monitor_cpu_row, shared_by, NULL, 0, CELL_COUNT),
};

static const struct column pcpu_columns[] = {
	COLUMN(monitor_pcpu_row, pcpu, "pcpu", 4, CELL_COUNT),
	COLUMN(monitor_pcpu_row, vcpus, "vcpus", 5, CELL_COUNT),
	COLUMN(monitor_pcpu_row, promised_permille, "promised%", 9, CELL_PERMILLE),
	COLUMN(monitor_pcpu_row, idle_permille, "idle%", 5, CELL_PERMILLE),
	COLUMN(monitor_pcpu_row, idle_us, "idle/s", 10, CELL_SECONDS),
	COLUMN(monitor_pcpu_row, switches, "switches", 10, CELL_COUNT),
};

static const struct column sched_columns[] = {
	COLUMN(monitor_sched_row, pcpu, "pcpu", 4, CELL_COUNT),
	COLUMN(monitor_sched_row, vm, "vm", 8, CELL_TEXT),
	COLUMN(monitor_sched_row, vcpu, "vcpu", 4, CELL_COUNT),
	COLUMN(monitor_sched_row, priority, "prio", 4, CELL_COUNT),
	COLUMN(monitor_sched_row, budget_us, "budget", 8, CELL_NUMBER),
	COLUMN(monitor_sched_row, period_us, "period", 8, CELL_NUMBER),
	COLUMN(monitor_sched_row, budget_hard, "hard", 4, CELL_YES),
	COLUMN(monitor_sched_row, used_permille, "used%", 5, CELL_PERMILLE),
	COLUMN(monitor_sched_row, ran_us, "ran/s", 10, CELL_SECONDS),
	COLUMN(monitor_sched_row, stolen_us, "stolen/s", 10, CELL_SECONDS),
	COLUMN(monitor_sched_row, switches, "switches", 8, CELL_COUNT),
	COLUMN(monitor_sched_row, preemptions, "preempts", 8, CELL_COUNT),
	COLUMN(monitor_sched_row, wait_worst_us, "worst", 7, CELL_COUNT),
	COLUMN(monitor_sched_row, wakes, NULL, 0, CELL_COUNT),
};

static const struct column wait_columns[] = {
	COLUMN(monitor_wait_row, wait, "from wake until it ran", 30, CELL_TEXT),
	COLUMN(monitor_wait_row, below_ns, NULL, 0, CELL_COUNT),
	COLUMN(monitor_wait_row, total, "total", 11, CELL_COUNT),
	COLUMN(monitor_wait_row, vcpus, "vcpu", 11, CELL_VCPUS),
};

static const struct {
	const char *key; /* of the list in JSON */
	const struct column *column;
	unsigned column_count;
} tables[] = {
	[TABLES_VM] = {.key = "vm", .column = vm_columns, .column_count = ARRAY_COUNT(vm_columns)},
	[TABLES_CAUSES] = {.key = "causes", .column = cause_columns, .column_count = ARRAY_COUNT(cause_columns)},
	[TABLES_IRQ] = {.key = "irq", .column = irq_columns, .column_count = ARRAY_COUNT(irq_columns)},
	[TABLES_CPU] = {.key = "cpu", .column = cpu_columns, .column_count = ARRAY_COUNT(cpu_columns)},
	[TABLES_PCPUS] = {.key = "pcpus", .column = pcpu_columns, .column_count = ARRAY_COUNT(pcpu_columns)},
	[TABLES_SCHED] = {.key = "sched", .column = sched_columns, .column_count = ARRAY_COUNT(sched_columns)},
	[TABLES_WAITS] = {.key = "waits", .column = wait_columns, .column_count = ARRAY_COUNT(wait_columns)},
};

/* Text that grows in a caller's buffer; `length` may pass `size`, as snprintf counts. */
struct page {
	char *out;
	size_t size, length;
};

static void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void page_add(struct page *page, const char *format, ...)
{
	size_t used = page->length < page->size ? page->length : page->size;
	va_list args;

	va_start(args, format);
	page->length += format_text_va(page->out + used, page->size - used, format, args);
	va_end(args);
}

/* The last processor of the run of set bits that begins at `first`. */
static unsigned run_end(uint64_t mask, unsigned first)
{
	while (first < 63 && mask & BIT(first + 1))
		first++;
	return first;
}

/* "0-2,5" */
static void add_pcpus(struct page *page, uint64_t mask)
{
	const char *comma = "";

	if (mask == 0)
		page_add(page, "-");
	for (unsigned first = 0; first < 64; first++) {
		unsigned last;

		if (!(mask & BIT(first)))
			continue;
		last = run_end(mask, first);
		page_add(page, last > first ? "%s%u-%u" : "%s%u", comma, first, last);
		comma = ",";
		first = last;
	}
}

static void add_size(struct page *page, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	while (unit + 1 < ARRAY_COUNT(units) && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	page_add(page, "%lu %s", (unsigned long)bytes, units[unit]);
}

/* h:mm:ss */
static void add_duration(struct page *page, uint64_t time_us)
{
	uint64_t s = time_us / 1000000;

	page_add(page, "%lu:%02lu:%02lu", (unsigned long)(s / 3600), (unsigned long)(s / 60 % 60),
			 (unsigned long)(s % 60));
}

static void add_text(struct page *page, const char *text)
{
	page_add(page, "%s", text);
}

/* The content of a cell, for a person; a negative number, or no text, is shown as none. */
static void add_plain(struct page *page, enum cell cell, const void *field)
{
	uint64_t count = cell >= CELL_COUNT ? *(const uint64_t *)field : 0;

	if (cell == CELL_TEXT)
		add_text(page, *(const char *const *)field ? *(const char *const *)field : "-");
	else if (cell == CELL_YES)
		add_text(page, *(const bool *)field ? "yes" : "-");
	else if (cell == CELL_NUMBER && *(const int *)field < 0)
		add_text(page, "-");
	else if (cell == CELL_NUMBER)
		page_add(page, "%d", *(const int *)field);
	else if (cell == CELL_SIZE)
		add_size(page, count);
	else if (cell == CELL_DURATION)
		add_duration(page, count);
	else if (cell == CELL_SECONDS)
		page_add(page, "%lu.%03lu", (unsigned long)(count / 1000000), (unsigned long)(count / 1000 % 1000));
	else if (cell == CELL_PERMILLE)
		page_add(page, "%lu.%lu", (unsigned long)(count / 10), (unsigned long)(count % 10));
	else if (cell == CELL_PCPUS)
		add_pcpus(page, count);
	else if (cell == CELL_HEX)
		page_add(page, "%#lx", (unsigned long)count);
	else
		page_add(page, "%lu", (unsigned long)count);
}

static void add_json_text(struct page *page, const char *text)
{
	add_text(page, "\"");
	for (; *text; text++) {
		if ((uint8_t)*text < ' ')
			page_add(page, "\\u%04x", *text);
		else if (*text == '"' || *text == '\\')
			page_add(page, "\\%c", *text);
		else
			page_add(page, "%c", *text);
	}
	add_text(page, "\"");
}

static void add_json_pcpus(struct page *page, uint64_t mask)
{
	const char *comma = "";

	page_add(page, "[");
	for (; mask; mask &= mask - 1, comma = ",")
		page_add(page, "%s%u", comma, bits_lowest(mask));
	page_add(page, "]");
}

static void add_json(struct page *page, enum cell cell, const void *field)
{
	if (cell == CELL_TEXT && *(const char *const *)field)
		add_json_text(page, *(const char *const *)field);
	else if (cell == CELL_TEXT || (cell == CELL_NUMBER && *(const int *)field < 0))
		add_text(page, "null");
	else if (cell == CELL_NUMBER)
		page_add(page, "%d", *(const int *)field);
	else if (cell == CELL_YES)
		add_text(page, *(const bool *)field ? "true" : "false");
	else if (cell == CELL_PCPUS)
		add_json_pcpus(page, *(const uint64_t *)field);
	else
		page_add(page, "%lu", (unsigned long)*(const uint64_t *)field);
}

/* A text in its column; one that is too long ends in '~'. */
static void add_padded(struct page *page, const struct column *column, const char *text)
{
	bool left = column->cell == CELL_TEXT || column->cell == CELL_PCPUS;

	if (column->cell == CELL_TEXT && strlen(text) > column->width)
		page_add(page, "%.*s~ ", column->width - 1, text);
	else
		page_add(page, left ? "%-*s " : "%*s ", column->width, text);
}

/* The space after the last column becomes the end of the line. */
static void end_line(struct page *page)
{
	if (page->length > 0 && page->length < page->size)
		page->out[page->length - 1] = '\n';
}

static void add_plain_cell(struct page *page, const struct column *column, const void *field)
{
	char text[80];
	struct page cell = {.out = text, .size = sizeof(text)};

	if (column->width == 0)
		return; /* this column is in JSON only */
	if (field)
		add_plain(&cell, column->cell, field);
	add_padded(page, column, field ? text : column->title);
}

/* The numbers of some vCPUs; or their titles, without `count`. */
static void add_plain_vcpus(struct page *page, const struct tables_answer *answer,
							const struct column *column, const uint64_t *count)
{
	for (unsigned v = answer->vcpu_first; v < answer->vcpu_first + answer->vcpu_count; v++) {
		char text[24];

		if (count)
			format_text(text, sizeof(text), "%lu", (unsigned long)count[v]);
		else
			format_text(text, sizeof(text), "%s %u", column->title, v);
		add_padded(page, column, text);
	}
}

static void add_json_vcpus(struct page *page, const struct tables_answer *answer, const uint64_t *count)
{
	for (unsigned v = 0; v < answer->vcpu_count; v++)
		page_add(page, "%s%lu", v > 0 ? "," : "[", (unsigned long)count[answer->vcpu_first + v]);
	add_text(page, "]");
}

static void add_json_row(struct page *page, const struct tables_answer *answer, const char *row)
{
	const struct column *column = tables[answer->kind].column;

	for (unsigned i = 0; i < tables[answer->kind].column_count; i++) {
		const void *field = row + column[i].at;

		page_add(page, "%s\"%s\":", i > 0 ? "," : answer->row_count > 0 ? ",{" : "{", column[i].key);
		if (column[i].cell == CELL_VCPUS)
			add_json_vcpus(page, answer, *(const uint64_t *const *)field);
		else
			add_json(page, column[i].cell, field);
	}
	add_text(page, "}");
}

/* The titles, without a row. */
static void add_plain_row(struct page *page, const struct tables_answer *answer, const char *row)
{
	const struct column *column = tables[answer->kind].column;

	for (unsigned i = 0; i < tables[answer->kind].column_count; i++) {
		const void *field = row ? row + column[i].at : NULL;

		if (column[i].cell == CELL_VCPUS)
			add_plain_vcpus(page, answer, &column[i], field ? *(const uint64_t *const *)field : NULL);
		else
			add_plain_cell(page, &column[i], field);
	}
	end_line(page);
}

size_t tables_head(struct tables_answer *answer, char *out, size_t size)
{
	struct page page = {.out = out, .size = size};

	answer->row_count = 0;
	if (answer->json)
		page_add(&page, "%s\"%s\":[", answer->follows ? "," : "{", tables[answer->kind].key);
	else
		add_plain_row(&page, answer, NULL);
	return page.length;
}

size_t tables_row(struct tables_answer *answer, const void *row, char *out, size_t size)
{
	struct page page = {.out = out, .size = size};

	if (answer->json)
		add_json_row(&page, answer, row);
	else
		add_plain_row(&page, answer, row);
	answer->row_count++;
	return page.length;
}

size_t tables_tail(struct tables_answer *answer, char *out, size_t size)
{
	const char *text = answer->row_count == 0 ? "none\n" : "";

	if (answer->json)
		text = answer->more ? "]" : "]}\n";
	return format_text(out, size, "%s", text);
}
