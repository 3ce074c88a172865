/* given_fault.h - a disk that fails and a machine that stops, at the n-th call that changes files.
 *
 * The calls are this program's own definitions of write(2), fsync(2) and their like: they stand
 * before the C library's for our code and for SQLite alike. Nothing happens until armed.
 */
#pragma once

#include <stdbool.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_KILL,         /* the process ends before the call */
	FAULT_KILL_TORN,    /* the process ends with half of the bytes written */
	FAULT_FAIL,         /* the call fails, once */
	FAULT_FAIL_FOREVER, /* it and all that follow fail */
};

enum { FAULT_EXIT = 77 };

/* The n-th call from now, counted from 1. `error` is the errno of a failing call. */
void fault_arm(enum fault_kind kind, unsigned nth, int error);
/* Whether the fault happened. */
bool fault_disarm(void);

/* A disk of which one file cannot be written any more, while all others can; until mended. */
void fault_spoil(int folder, const char *name);
void fault_mend(void);

/* How many PINs were stretched, in this process and its children; can be set back. */
unsigned stretched_count(void);
void stretched_forget(void);
/* The most that ran at the same moment since then. */
unsigned stretched_at_once(void);
/* The next stretches fail as they do without memory. */
void stretch_fails(bool fails);
