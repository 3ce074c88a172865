/* confine.h - what a process gives up for good: system calls (seccomp) and files (Landlock).
 *
 * Both only ever take away, also from every program executed later, and ask no administrator.
 * The process must have sworn off new privileges before (PR_SET_NO_NEW_PRIVS).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

/* --- System calls --- */

/* Which calls of this name a rule is about. */
enum call_case {
	CALL_ANY,
	CALL_WHEN,   /* (argument & mask) == value */
	CALL_UNLESS, /* argument != value */
};

struct call_rule {
	const char *name;
	int refusal; /* 0: it may be made; else it fails with this errno */
	enum call_case which;
	unsigned argument; /* the first is 0 */
	uint64_t mask;
	uint64_t value;
};

#define CALL_MAY(call)         \
	{                      \
		.name = (call) \
	}
#define CALL_MAY_WHEN(call, nth, bits, wanted)                                         \
	{                                                                              \
		.name = (call), .which = CALL_WHEN, .argument = (nth), .mask = (bits), \
		.value = (wanted)                                                      \
	}
/* The call is known to be tried by a library that does without. */
#define CALL_FAILS(call, errno_value)                    \
	{                                                \
		.name = (call), .refusal = (errno_value) \
	}
#define CALL_FAILS_WHEN(call, errno_value, nth, bits, wanted)                                    \
	{                                                                                        \
		.name = (call), .refusal = (errno_value), .which = CALL_WHEN, .argument = (nth), \
		.mask = (bits), .value = (wanted)                                                \
	}
#define CALL_FAILS_UNLESS(call, errno_value, nth, wanted)                                          \
	{                                                                                          \
		.name = (call), .refusal = (errno_value), .which = CALL_UNLESS, .argument = (nth), \
		.value = (wanted)                                                                  \
	}

struct call_list {
	const struct call_rule *rules;
	size_t count;
};

/* What a call does that no rule names. */
enum call_violation {
	VIOLATION_KILLS,  /* the whole process, SIGSYS */
	VIOLATION_PASSES, /* only what fails by a rule fails: for sanitizers, which need more */
};
/* As this build does it: only a sanitizer build lets go on. */
enum call_violation confine_violation(void);

/* From now on only what a rule allows, in every thread. ERR_INTERNAL: nothing was confined. */
enum err confine_calls(const struct call_list *lists, size_t count,
		       enum call_violation violation) MUST_CHECK;

/* --- Files --- */

enum file_right {
	FILES_READ = 1,
	FILES_LIST = 2,
	FILES_RUN = 4,
	FILES_WRITE = 8,   /* into what is there */
	FILES_CHANGE = 16, /* write, make and remove regular files */
	FILES_REMOVE = 32, /* also sockets */
};

/* A file, or a folder and everything beneath it, that stays reachable. */
struct file_rule {
	int place;     /* an open descriptor; below 0: there is no such place, nothing is allowed */
	unsigned what; /* bits of enum file_right */
};

/* Landlock's version in this kernel; 0: it has none. */
unsigned confine_files_version(void);

/* From now on the file system is out of reach but for these places, and so are TCP, abstract
 * sockets and, unless `may_signal`, the processes outside, as far as this kernel can (Landlock
 * versions 4 and 6). For this thread and those it makes: ERR_INTERNAL when there are others.
 * *out_version is 0, and nothing confined, where the kernel has no Landlock: the caller must say
 * so. */
enum err confine_files(const struct file_rule *rules, size_t count, bool may_signal,
		       unsigned *out_version) MUST_CHECK;
