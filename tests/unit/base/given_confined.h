/* given_confined.h - what becomes of a system call in a process that has confined itself.
 */
#pragma once

#include <stddef.h>

#include "vault/base/confine.h"

/* How a call ended: 0, an errno, or this. */
enum { CONFINED_KILLED = -1 };

typedef long confined_call(void);

/* Each in a fresh process, where the lists are enforced as in what people get. */
int given_confined(const struct call_list *lists, size_t count, confined_call *call);
/* One past the highest number that a kernel may know today. */
enum { SYSTEM_CALLS_MAX = 470 };

struct confined_case {
	const char *what;
	confined_call *call;
	int end;
};
/* Prints what ended otherwise; how many did. */
size_t given_confined_cases(const struct call_list *lists, size_t count,
			    const struct confined_case *cases, size_t case_count);
/* Every number from 0 on, with six zeros: those that pass must be those that a rule names, but for
 * `others`, which are named for other arguments only. */
size_t given_every_number(const struct call_list *lists, size_t count, const int *others,
			  size_t other_count);
