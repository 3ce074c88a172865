/* rules.h - what a policy is made of, for the two files that fill it and decide by it.
 */
#pragma once

#include "policy/ids.h"
#include "policy/policy.h"

/* Every key of policy.conf. A policy holds a rule for each: the file's, or the default. */
enum key {
	KEY_USAGE,
	KEY_USERS,
	KEY_GROUPS,
	KEY_ADMINISTRATORS,
	KEY_TRIES,
	KEY_ASK,
	KEY_IDLE_SECONDS,
	KEY_LOGIN_MAX_SECONDS,
	KEY_HASHES,
	KEY_RSA_MIN,
	KEY_SIGN_EXPIRED,
	KEY_DECRYPT,
	KEY_BATCH_MAX,
	KEY_SHOW,
	KEY_REMIND_DAYS,
	KEY_COUNT
};

/* A rule as it is shown, and where it stands. */
struct rule {
	char *text;    /* "[pin] tries = 5", or "default: [pin] tries = 5" */
	unsigned line; /* 0: the default */
};

enum hash_bit { HASH_SHA256 = 1 << 0, HASH_SHA384 = 1 << 1, HASH_SHA512 = 1 << 2 };

/* [user NAME] usage = ... */
struct user_usage {
	struct user_usage *next;
	uint32_t uid;
	enum policy_usage usage;
	struct rule rule; /* text NULL: the section has no usage */
};

struct policy {
	struct rule rules[KEY_COUNT];
	uint32_t numbers[KEY_COUNT]; /* of keys that are a number or one of several words */
	bool is_for_everybody;       /* [vault] users = * */
	struct ids users;
	struct ids groups;
	struct ids administrators;
	unsigned hashes; /* enum hash_bit */
	struct user_usage *by_user;
	struct policy_limits limits;
	bool is_from_file; /* there was a policy.conf to read */
};

/* The usage rule of one user, NULL when none is his own. */
const struct user_usage *policy_usage_rule_of(const struct policy *policy, uint32_t uid);
/* The bit of a hash's word, 0 when no policy can allow it (SHA-1 and older). */
unsigned policy_hash_bit(const char *word, size_t size);
