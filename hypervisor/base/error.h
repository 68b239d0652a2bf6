/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can go wrong, as values. A function that returns `enum err` leaves its outputs unchanged on
 * failure, and its result must be used.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum err {
	OK = 0,
	ERR_INVALID,     /* the request makes no sense */
	ERR_NOT_FOUND,   /* the request names something that does not exist */
	ERR_DENIED,      /* the caller has no permission */
	ERR_CONFLICT,    /* it has another owner, or the state forbids it now */
	ERR_NO_MEMORY,   /* no room is left */
	ERR_RANGE,       /* beyond a limit of the machine or of the build */
	ERR_TIMEOUT,     /* hardware did not answer by its deadline */
	ERR_UNSUPPORTED, /* the machine cannot do it */
};

/* A word or two for people. Never NULL. */
const char *err_text(enum err e);

#endif
