/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the terminal: bytes for the UART, and whose unfinished line the cursor is in. Used by this
 * room's mux.c and keys.c only, under the rules of console.h.
 */
#ifndef CONSOLE_SCREEN_H
#define CONSOLE_SCREEN_H

#include "console/console.h"

/* Values of console.open beside the index of a VM whose line in the "all" view is unfinished. */
#define CONSOLE_OPEN_NONE -1   /* the cursor is at the beginning of a line */
#define CONSOLE_OPEN_RAW -2    /* the attached VM's own line */
#define CONSOLE_OPEN_PROMPT -3 /* the monitor's prompt, or its answer */

/* Is there room for all that one byte of a VM, or one line of the log, can become? */
bool screen_has_room(const struct console *console);
/* The caller has checked that there is room. */
void screen_put(struct console *console, const char *bytes, size_t length);
void screen_put_text(struct console *console, const char *text);
/* A byte of the attached VM, as it is. */
void screen_put_raw(struct console *console, uint8_t byte);
/* Ends an unfinished line, and an unfinished control sequence: what follows is on a line of its own. */
void screen_begin_line(struct console *console);
void screen_end_line(struct console *console);
/* Shows again the line in which the person was: the prompt, or the attached VM's last line. */
void screen_restore(struct console *console);
/* "[name] ", in the VM's colour. */
void screen_put_name(struct console *console, unsigned vm);
/* A line of the console's own: "-- words --". */
void screen_note(struct console *console, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Does the terminal show what this VM prints? */
bool screen_shows(const struct console *console, unsigned vm);

#endif
