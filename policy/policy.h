/* policy.h - who may do what with the vault, decided by one pure function.
 *
 * No I/O and no clock inside policy_decide: the same question always gets the same verdict,
 * with the rule and the line that decided. No rule can allow a key to leave.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/parse.h"
#include "policy/question.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

enum policy_usage { USAGE_SECURE_FOLDER, USAGE_NORMAL_FOLDER };
enum policy_ask { ASK_LOGIN, ASK_ALWAYS };
enum policy_show { SHOW_ACTIVE, SHOW_ALL };

struct policy;

/* Limits that other code obeys; each with policy.conf's name. */
struct policy_limits {
	uint8_t pin_tries;          /* [pin] tries, 3-10 */
	enum policy_ask pin_ask;    /* [pin] ask */
	uint32_t idle_seconds;      /* [pin] idle-seconds */
	uint32_t login_max_seconds; /* [pin] login-max-seconds */
	uint32_t batch_max;         /* [keys] batch-max, 0: none */
	enum policy_show show;      /* [pkcs11] show */
	uint32_t remind_days;       /* [backup] remind-days */
};

struct verdict {
	bool is_allowed;
	/* "[vault] users = *", "default: [vault] users = *", or the message id of a built-in rule
	 * ("built in: ..."). Lives as long as the policy; at most 240 bytes, not escaped. */
	const char *rule;
	unsigned line; /* in policy.conf; 0: a built-in default or rule decided */
};

/* Parses and resolves user and group names to numbers at once; a bad text is refused whole. */
enum err policy_parse(const char *text, size_t size, struct policy **out_policy,
		      struct parse_problem *out_problem) MUST_CHECK;
/* For `kinko policy check`: every line that is wrong, up to `problem_max` of them. ERR_CONFIG with
 * *out_problem_count, or ERR_OK. */
enum err policy_check(const char *text, size_t size, struct parse_problem *problems,
		      size_t problem_max, size_t *out_problem_count) MUST_CHECK;
/* Reads CONFIG_FOLDER/policy.conf; absent means all defaults. */
enum err policy_load(const char *config_folder, struct policy **out_policy,
		     struct parse_problem *out_problem) MUST_CHECK;
/* Whether policy_load found a file. */
bool policy_is_from_file(const struct policy *policy);
/* The text of a new policy.conf: every key with its default and a comment, usage as given. */
const char *policy_default_text(void);

struct verdict policy_decide(const struct policy *policy, const struct question *question);
const struct policy_limits *policy_limits(const struct policy *policy);
/* The usage type of one user: [user NAME] usage, else [vault] usage. */
enum policy_usage policy_usage_of(const struct policy *policy, uid_t uid);
bool policy_is_administrator(const struct policy *policy, uid_t uid);

void policy_free(struct policy *policy);
OWN_DEFINE(policy, policy_free)
