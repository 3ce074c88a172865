/* rules.c - see rules.h */
#include "tool/pkcs11/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"
#include "vault/base/place.h"
#include "vault/client/client.h"

struct rules {
	char *folder;
	char *file;
	struct stat seen; /* of the file that the policy was read from; zero: there was none */
	struct policy *policy;
};

enum err rules_new(struct rules **out_rules)
{
	AUTO(rules) rules = calloc(1, sizeof *rules);

	if (rules == NULL)
		return ERR_MEMORY;
	TRY(client_config_folder(&rules->folder));
	if (asprintf(&rules->file, "%s/%s", rules->folder, PLACE_POLICY) < 0) {
		rules->file = NULL;
		return ERR_MEMORY;
	}
	*out_rules = TAKE(rules);
	return ERR_OK;
}

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	policy_free(rules->policy);
	free(rules->folder);
	free(rules->file);
	free(rules);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

enum err rules_refresh(struct rules *rules)
{
	struct stat now = {0};
	struct policy *policy = NULL;
	struct parse_problem problem;

	if (rules->policy == NULL)
		TRY(policy_parse("", 0, &rules->policy, &problem));
	if (stat(rules->file, &now) != 0)
		now = (struct stat){0};
	if (is_same_file(&now, &rules->seen))
		return ERR_OK;
	rules->seen = now;
	if (policy_load(rules->folder, &policy, &problem) != ERR_OK) {
		err_forget(); /* for kinko policy check to tell */
		return ERR_OK;
	}
	if (policy_is_from_file(rules->policy) && !policy_is_from_file(policy)) {
		policy_free(policy);
		return ERR_OK;
	}
	policy_free(rules->policy);
	rules->policy = policy;
	return ERR_OK;
}

bool rules_show_all(const struct rules *rules)
{
	return policy_limits(rules->policy)->show == SHOW_ALL;
}

bool rules_ask_always(const struct rules *rules)
{
	return policy_limits(rules->policy)->pin_ask == ASK_ALWAYS;
}

unsigned rules_pin_tries(const struct rules *rules)
{
	return policy_limits(rules->policy)->pin_tries;
}

struct permission rules_permission(const struct rules *rules, unsigned rsa_bits)
{
	gid_t groups[QUESTION_GROUPS_MAX];
	int group_count = getgroups(QUESTION_GROUPS_MAX - 1, groups);
	struct question question = {.action = ACTION_SIGN,
				    .uid = getuid(),
				    .owner = getuid(),
				    .groups = groups,
				    .has_certificate = true,
				    .rsa_bits = rsa_bits};
	struct permission permission = {0};

	question.group_count = group_count < 0 ? 0 : (size_t)group_count;
	groups[question.group_count++] = getgid();
	for (int hash = HASH_SHA256; hash <= HASH_SHA512; hash++) {
		question.hash = sign_hash_word(mechanism_sign_hash((enum hash_kind)hash));
		if (policy_decide(rules->policy, &question).is_allowed)
			permission.hashes |= 1U << hash;
	}
	question.action = ACTION_DECRYPT;
	question.hash = NULL;
	permission.decrypts = rsa_bits > 0 && policy_decide(rules->policy, &question).is_allowed;
	return permission;
}
