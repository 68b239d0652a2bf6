/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "base/types.h"

static const char *const err_texts[] = {
	[OK] = "ok",
	[ERR_INVALID] = "not valid",
	[ERR_NOT_FOUND] = "not found",
	[ERR_DENIED] = "not permitted",
	[ERR_CONFLICT] = "in use",
	[ERR_NO_MEMORY] = "no room left",
	[ERR_RANGE] = "beyond a limit",
	[ERR_TIMEOUT] = "no answer in time",
	[ERR_UNSUPPORTED] = "not supported",
};

const char *err_text(enum err e)
{
	return (unsigned)e < ARRAY_COUNT(err_texts) ? err_texts[e] : "unknown error";
}
