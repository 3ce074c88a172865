/* failures.c - see failures.h */
#include "vault/daemon/failures.h"

#include <string.h>

void failures_init(struct failures *failures)
{
	memset(failures->users, 0, sizeof failures->users);
	(void)pthread_mutex_init(&failures->lock, NULL);
}

void failures_clear(struct failures *failures)
{
	(void)pthread_mutex_destroy(&failures->lock);
}

static void forget(struct failures_user *user, int64_t now)
{
	int64_t steps = (now - user->since) / FAILURES_SECONDS;

	if (user->count == 0 || steps <= 0)
		return;
	user->since += steps * FAILURES_SECONDS;
	user->count = steps >= user->count ? 0 : user->count - (unsigned)steps;
}

/* The last place is for all who find no other. */
static struct failures_user *find(struct failures *failures, uid_t uid)
{
	struct failures_user *unused = NULL;

	for (size_t i = 0; i < FAILURES_USERS; i++) {
		struct failures_user *user = &failures->users[i];
		if (user->count > 0 && user->uid == uid)
			return user;
		if (user->count == 0 && unused == NULL)
			unused = user;
	}
	return unused != NULL ? unused : &failures->users[FAILURES_USERS - 1];
}

static bool begin(struct failures *failures, uid_t uid, int64_t now)
{
	struct failures_user *user;

	for (size_t i = 0; i < FAILURES_USERS; i++)
		forget(&failures->users[i], now);
	user = find(failures, uid);
	if (user->count >= FAILURES_AT_ONCE)
		return false;
	if (user->count == 0)
		*user = (struct failures_user){.uid = uid, .since = now};
	user->count++;
	return true;
}

bool failures_begin(struct failures *failures, uid_t uid, int64_t now_seconds)
{
	bool may;

	(void)pthread_mutex_lock(&failures->lock);
	may = begin(failures, uid, now_seconds);
	(void)pthread_mutex_unlock(&failures->lock);
	return may;
}

void failures_end(struct failures *failures, uid_t uid, bool has_failed)
{
	struct failures_user *user;

	if (has_failed)
		return;
	(void)pthread_mutex_lock(&failures->lock);
	user = find(failures, uid);
	if (user->count > 0)
		user->count--;
	(void)pthread_mutex_unlock(&failures->lock);
}
