/* complaint.c - see complaint.h */
#include "vault/daemon/complaint.h"

#include "vault/daemon/session.h"

enum { LINES_PER_MINUTE = 60 };

bool complaint_is_due(struct complaints *complaints)
{
	int64_t now = session_clock() / 60;

	if (atomic_exchange(&complaints->minute, now) != now)
		atomic_store(&complaints->lines, 0);
	return atomic_fetch_add(&complaints->lines, 1) < LINES_PER_MINUTE;
}
