/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters in UTF-8 (RFC 3629), from a guest that may send anything; and which of them are plain text.
 * Pure; no lock.
 */
#ifndef CONSOLE_UTF8_H
#define CONSOLE_UTF8_H

#include "base/types.h"

#define UTF8_NONE UINT32_MAX

/* Begins as zeros. */
struct utf8 {
	uint8_t bytes[4];
	uint8_t length, needed; /* `length` > 0: of a character of which bytes are missing */
};

/*
 * Takes a byte above 0x7f. False: it cannot continue the character before it, which the caller drops with
 * utf8_drop() before giving the byte again; or it begins no character, and `length` is 0.
 */
MUST_USE bool utf8_take(struct utf8 *utf8, uint8_t byte);
void utf8_drop(struct utf8 *utf8);

static inline bool utf8_is_whole(const struct utf8 *utf8)
{
	return utf8->length > 0 && utf8->length == utf8->needed;
}

/* The code point of a whole character; UTF8_NONE when it is overlong, a surrogate, or above U+10FFFF. */
uint32_t utf8_point(const struct utf8 *utf8);

/*
 * Does a character above U+007F show itself, and nothing else? These do not: control characters (terminals
 * obey U+0080 to U+009F), separators of lines and paragraphs, format characters (among them those that change
 * the direction of text, and tags), invisible ones (zero width, fillers, variation selectors), noncharacters.
 */
bool utf8_is_plain(uint32_t point);

#endif
