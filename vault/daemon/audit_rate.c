/* audit_rate.c - see audit_rate.h */
#include "vault/daemon/audit_rate.h"

static void refill(struct audit_rate_user *user, int64_t now)
{
	int64_t steps = (now - user->refilled_at) / AUDIT_RATE_SECONDS;

	if (steps <= 0)
		return;
	user->refilled_at += steps * AUDIT_RATE_SECONDS;
	user->tokens = steps >= AUDIT_RATE_BURST - (int64_t)user->tokens
			       ? AUDIT_RATE_BURST
			       : user->tokens + (unsigned)steps;
	if (user->tokens == AUDIT_RATE_BURST && user->count == 0)
		user->is_used = false;
}

static struct audit_rate_user *begin(struct audit_rate_user *user, uint32_t uid, int64_t now)
{
	*user = (struct audit_rate_user){
		.is_used = true, .uid = uid, .tokens = AUDIT_RATE_BURST, .refilled_at = now};
	return user;
}

/* The last place is for all who find no other. */
static struct audit_rate_user *find(struct audit_rate *rate, uint32_t uid, int64_t now)
{
	struct audit_rate_user *shared = &rate->users[AUDIT_RATE_USERS - 1];
	struct audit_rate_user *unused = NULL;

	for (size_t i = 0; i < AUDIT_RATE_USERS; i++) {
		struct audit_rate_user *user = &rate->users[i];
		if (user->is_used)
			refill(user, now);
		if (user->is_used && user->uid == uid)
			return user;
		if (!user->is_used && unused == NULL && user != shared)
			unused = user;
	}
	if (unused != NULL)
		return begin(unused, uid, now);
	return shared->is_used ? shared : begin(shared, uid, now);
}

bool audit_rate_allows(struct audit_rate *rate, const struct audit_entry *entry, int64_t now)
{
	struct audit_rate_user *user = find(rate, entry->uid, now);

	if (user->tokens > 0) {
		user->tokens--;
		return true;
	}
	if (user->count == 0)
		user->since = now;
	if (user->count < UINT32_MAX)
		user->count++;
	user->last = *entry;
	return false;
}

/* Who, when, from which program and with what result: of the last one that was counted. */
static struct audit_entry summary_of(const struct audit_rate_user *user)
{
	struct audit_entry entry = user->last;

	entry.action = AUDIT_FURTHER;
	entry.count = user->count;
	entry.outcome = 0;
	return entry;
}

bool audit_rate_take(struct audit_rate *rate, int64_t now, struct audit_entry *out_entry)
{
	for (size_t i = 0; i < AUDIT_RATE_USERS; i++) {
		struct audit_rate_user *user = &rate->users[i];
		if (user->count == 0 || now - AUDIT_RATE_SUMMARY_SECONDS < user->since)
			continue;
		*out_entry = summary_of(user);
		user->count = 0;
		return true;
	}
	return false;
}

bool audit_rate_has_counted(const struct audit_rate *rate)
{
	for (size_t i = 0; i < AUDIT_RATE_USERS; i++)
		if (rate->users[i].count > 0)
			return true;
	return false;
}
