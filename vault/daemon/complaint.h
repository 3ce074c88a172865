/* complaint.h - keeps a client from filling the operator's journal: so many lines a minute, of all
 * requests together, and no more.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroed at the start. */
struct complaints {
	_Atomic int64_t minute;
	atomic_uint lines;
};

/* Whether a line may be written now; counts it. */
bool complaint_is_due(struct complaints *complaints);
