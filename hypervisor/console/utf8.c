/* SPDX-License-Identifier: Apache-2.0 */
#include "console/utf8.h"

#include "base/bits.h"

/*
 * In order. Unicode's general categories Cc, Cf, Cs, Zl and Zp, its property Default_Ignorable_Code_Point,
 * and noncharacters below U+10000.
 */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{0x80, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},     {0x61c, 0x61c},
	{0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0x115f, 0x1160},
	{0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
	{0x3164, 0x3164},   {0xd800, 0xdfff},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
	{0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static uint8_t size_of(uint8_t lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

bool utf8_take(struct utf8 *utf8, uint8_t byte)
{
	if (utf8->length > 0 && (byte & 0xc0) != 0x80)
		return false;
	if (utf8->length == 0) {
		utf8->needed = size_of(byte);
		if (utf8->needed == 0)
			return false;
	}
	utf8->bytes[utf8->length++] = byte;
	return true;
}

void utf8_drop(struct utf8 *utf8)
{
	utf8->length = utf8->needed = 0;
}

uint32_t utf8_point(const struct utf8 *utf8)
{
	static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
	uint32_t point = utf8->bytes[0] & (0x7f >> utf8->needed);

	for (unsigned i = 1; i < utf8->needed; i++)
		point = point << 6 | (utf8->bytes[i] & 0x3f);
	if (point < least[utf8->needed] || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
		return UTF8_NONE;
	return point;
}

bool utf8_is_plain(uint32_t point)
{
	if (point > 0x10ffff || (point & 0xfffe) == 0xfffe)
		return false;
	for (unsigned i = 0; i < ARRAY_COUNT(hidden) && hidden[i].first <= point; i++)
		if (point <= hidden[i].last)
			return false;
	return true;
}
