/* SPDX-License-Identifier: Apache-2.0 */
#include "console/parser.h"

#include <string.h>

#include "base/format.h"

bool parser_split(struct parser *parser, char *line, bool *json)
{
	for (;;) {
		char *word;

		while (*line == ' ')
			*line++ = 0;
		if (!*line)
			return true;
		word = line;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = 0;
		if (strcmp(word, "--json") == 0) {
			*json = true;
			continue;
		}
		if (parser->word_count == MONITOR_WORDS_MAX)
			return false;
		parser->word[parser->word_count++] = word;
	}
}

bool parser_number(const char *word, unsigned last, unsigned *out)
{
	bool hex = word[0] == '0' && word[1] == 'x';
	unsigned base = hex ? 16 : 10, value = 0;

	word += hex ? 2 : 0;
	if (!*word)
		return false;
	for (; *word; word++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *word);

		if (!digit || (unsigned)(digit - digits) >= base)
			return false;
		value = value * base + (unsigned)(digit - digits);
		if (value > last)
			return false;
	}
	*out = value;
	return true;
}

int parser_vm(const struct parser *parser, const char *word)
{
	for (unsigned vm = 0; vm < parser->names->count; vm++)
		if (strcmp(parser->names->name[vm], word) == 0)
			return (int)vm;
	return MONITOR_NONE;
}

enum err parser_unknown_vm(const struct parser *parser, const char *word)
{
	char known[200];
	size_t length = 0;

	known[0] = 0;
	for (unsigned vm = 0; vm < parser->names->count && length < sizeof(known); vm++)
		length += format_text(known + length, sizeof(known) - length, "%s%s", vm ? ", " : "",
							  parser->names->name[vm]);
	report_line(parser->report, "no VM \"%s\": there are %s", word, known);
	return ERR_INVALID;
}
