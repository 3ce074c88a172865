/* rulebook.h - the policy in force, asked by many threads and replaced as a whole while they ask.
 */
#pragma once

#include "policy/policy.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct rulebook;

/* A verdict that outlives the policy it came from. */
struct ruling {
	bool is_allowed;
	unsigned line;
	char rule[512];
};

/* Reads FOLDER/policy.conf. ERR_CONFIG with line and reason in the detail. */
enum err rulebook_open(const char *folder, struct rulebook **out_rulebook) MUST_CHECK;
void rulebook_free(struct rulebook *rulebook);
OWN_DEFINE(rulebook, rulebook_free)

/* All or nothing: on failure the old policy stays in force. A file that was there and is gone is
 * a failure (ERR_CONFIG). */
enum err rulebook_reload(struct rulebook *rulebook) MUST_CHECK;
void rulebook_decide(struct rulebook *rulebook, const struct question *question,
		     struct ruling *out_ruling);
struct policy_limits rulebook_limits(struct rulebook *rulebook);
