/* quota.h - how much of something one user, and all together, may have at a time, so that nobody
 * can use up what others need: connections, logins, originals on their way, openers.
 *
 * May be used by many threads at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct quota;

enum err quota_new(size_t per_user, size_t in_all, struct quota **out_quota) MUST_CHECK;
void quota_free(struct quota *quota);
OWN_DEFINE(quota, quota_free)

/* False at once when there is none left. */
bool quota_take(struct quota *quota, uid_t uid);
/* Waits its turn; false after the time. */
bool quota_wait(struct quota *quota, uid_t uid, unsigned milliseconds);
void quota_give(struct quota *quota, uid_t uid);
size_t quota_taken(struct quota *quota, uid_t uid);
