/* SPDX-License-Identifier: Apache-2.0 */
#include "device/pl061.h"

#include "base/bits.h"

/* Offsets of registers: Arm DDI 0190, "Summary of PrimeCell GPIO registers". */
enum {
	GPIODATA = 0x000, /* to 0x3fc: bits 9:2 of the address say which pins are meant */
	GPIODIR = 0x400,
	GPIOIS = 0x404,
	GPIOIBE = 0x408,
	GPIOIEV = 0x40c,
	GPIOIE = 0x410,
	GPIORIS = 0x414,
	GPIOMIS = 0x418,
	GPIOIC = 0x41c,
	GPIOAFSEL = 0x420,
	GPIOPeriphID0 = 0xfe0,
	GPIO_END = 0x1000,
};

/* The registers that keep what is written. */
static const struct {
	uint16_t offset, at;
} kept[] = {
	{GPIODIR, offsetof(struct pl061, dir)}, {GPIOIS, offsetof(struct pl061, is)},
	{GPIOIBE, offsetof(struct pl061, ibe)}, {GPIOIEV, offsetof(struct pl061, iev)},
	{GPIOIE, offsetof(struct pl061, ie)},   {GPIOAFSEL, offsetof(struct pl061, afsel)},
};

/* SIZE_MAX: the register is not one of these. */
static size_t place_of(uint64_t offset)
{
	for (unsigned i = 0; i < ARRAY_COUNT(kept); i++)
		if (kept[i].offset == offset)
			return kept[i].at;
	return SIZE_MAX;
}

static uint8_t pins(const struct pl061 *gpio)
{
	return gpio->data & gpio->dir;
}

void pl061_reset(struct pl061 *gpio)
{
	*gpio = (struct pl061){0};
}

static uint32_t identification(uint64_t offset)
{
	/* GPIOPeriphID0..3: part 0x061, designer 0x41, revision 0; GPIOPCellID0..3. */
	static const uint8_t id[] = {0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return id[(offset - GPIOPeriphID0) / 4];
}

static uint32_t read_register(const struct pl061 *gpio, uint64_t offset)
{
	size_t place = place_of(offset);

	if (offset < GPIODIR)
		return pins(gpio) & offset >> 2;
	if (place != SIZE_MAX)
		return *((const uint8_t *)gpio + place);
	if (offset == GPIORIS)
		return gpio->ris;
	if (offset == GPIOMIS)
		return gpio->ris & gpio->ie;
	return offset >= GPIOPeriphID0 && offset < GPIO_END ? identification(offset) : 0;
}

uint64_t pl061_read(const struct pl061 *gpio, uint64_t offset, unsigned size_bytes)
{
	return offset % 4 == 0 ? read_register(gpio, offset) & BITS(8 * size_bytes - 1, 0) : 0;
}

/* What is written for inputs is lost. */
static void write_data(struct pl061 *gpio, uint8_t mask, uint8_t value)
{
	gpio->data = (uint8_t)((gpio->data & ~mask) | (value & mask));
}

void pl061_write(struct pl061 *gpio, uint64_t offset, uint64_t value)
{
	size_t place = place_of(offset);

	if (offset % 4 != 0)
		return;
	if (place != SIZE_MAX)
		*((uint8_t *)gpio + place) = (uint8_t)value;
	else if (offset == GPIOIC)
		gpio->ris &= (uint8_t)~value;
	else if (offset < GPIODIR)
		write_data(gpio, (uint8_t)(offset >> 2) & gpio->dir, (uint8_t)value);
	gpio->ris |= (uint8_t)(~(pins(gpio) ^ gpio->iev) & gpio->is);
}

bool pl061_line(const struct pl061 *gpio)
{
	return gpio->ris & gpio->ie;
}
