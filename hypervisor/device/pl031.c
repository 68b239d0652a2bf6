/* SPDX-License-Identifier: Apache-2.0 */
#include "device/pl031.h"

#include "base/bits.h"

/* Offsets of registers: Arm DDI 0224, "Summary of RTC registers". */
enum {
	RTCDR = 0x000,
	RTCMR = 0x004,
	RTCLR = 0x008,
	RTCCR = 0x00c,
	RTCIMSC = 0x010,
	RTCRIS = 0x014,
	RTCMIS = 0x018,
	RTCICR = 0x01c,
	RTCPeriphID0 = 0xfe0,
	RTC_END = 0x1000,
};

#define RTCCR_START 1
#define RTCINTR 1 /* the only bit of RTCIMSC, RTCRIS, RTCMIS and RTCICR */

void pl031_init(struct pl031 *rtc, const struct pl031_time *time)
{
	*rtc = (struct pl031){.time = time};
}

void pl031_reset(struct pl031 *rtc)
{
	*rtc = (struct pl031){.time = rtc->time, .ahead = rtc->ahead};
}

/* Whole seconds since the machine's time was read. */
static uint64_t elapsed(const struct pl031 *rtc, uint64_t now)
{
	return (now - rtc->time->counter) / rtc->time->frequency;
}

static uint32_t machine_time(const struct pl031 *rtc, uint64_t now)
{
	return rtc->time->seconds + (uint32_t)elapsed(rtc, now);
}

static uint32_t shown(const struct pl031 *rtc, uint64_t now)
{
	return machine_time(rtc, now) + rtc->ahead;
}

static void settle(struct pl031 *rtc, uint64_t now)
{
	if (!rtc->armed || now < rtc->deadline)
		return;
	rtc->armed = false;
	rtc->raised = true;
}

/* RTCMR is at most 2^32 seconds away, and a counter of 64 bits does not overflow. */
static void arm(struct pl031 *rtc, uint64_t now)
{
	uint32_t left = rtc->match - shown(rtc, now);

	rtc->armed = true;
	rtc->deadline = rtc->time->counter + (elapsed(rtc, now) + left) * rtc->time->frequency;
	settle(rtc, now);
}

static uint32_t identification(uint64_t offset)
{
	/* RTCPeriphID0..3: part 0x031, designer 0x41, revision 1; RTCPCellID0..3. */
	static const uint8_t id[] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return id[(offset - RTCPeriphID0) / 4];
}

static uint32_t read_register(const struct pl031 *rtc, uint64_t now, uint64_t offset)
{
	if (offset >= RTCPeriphID0 && offset < RTC_END)
		return identification(offset);
	switch (offset) {
	case RTCDR:
		return shown(rtc, now);
	case RTCMR:
		return rtc->match;
	case RTCLR:
		return rtc->load;
	case RTCCR:
		return RTCCR_START;
	case RTCIMSC:
		return rtc->open;
	case RTCRIS:
		return rtc->raised;
	case RTCMIS:
		return rtc->raised && rtc->open;
	default: /* RTCICR is write-only */
		return 0;
	}
}

uint64_t pl031_read(struct pl031 *rtc, uint64_t now, uint64_t offset, unsigned size_bytes)
{
	settle(rtc, now);
	return offset % 4 == 0 ? read_register(rtc, now, offset) & BITS(8 * size_bytes - 1, 0) : 0;
}

static void write_register(struct pl031 *rtc, uint64_t now, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case RTCMR:
		rtc->match = value;
		arm(rtc, now);
		break;
	case RTCLR:
		rtc->load = value;
		rtc->ahead = value - machine_time(rtc, now);
		arm(rtc, now);
		break;
	case RTCIMSC:
		rtc->open = value & RTCINTR;
		break;
	case RTCICR:
		rtc->raised &= !(value & RTCINTR);
		break;
	default: /* RTCCR: a clock that runs is not stopped */
		break;
	}
}

void pl031_write(struct pl031 *rtc, uint64_t now, uint64_t offset, unsigned size_bytes, uint64_t value)
{
	settle(rtc, now);
	if (offset % 4 == 0)
		write_register(rtc, now, offset, (uint32_t)(value & BITS(8 * size_bytes - 1, 0)));
}

struct pl031_output pl031_update(struct pl031 *rtc, uint64_t now)
{
	settle(rtc, now);
	return (struct pl031_output){
		.line = rtc->raised && rtc->open,
		.deadline = rtc->armed && rtc->open && !rtc->raised ? rtc->deadline : PL031_NEVER,
	};
}
