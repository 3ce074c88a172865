/* rulebook.c - see rulebook.h */
#include "vault/daemon/rulebook.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rulebook {
	pthread_rwlock_t lock;
	char *folder;
	struct policy *policy;
};

/* The parser's detail says where in the file; here it is known in which. */
static enum err load(const char *folder, struct policy **out_policy)
{
	struct parse_problem problem = {0};
	enum err err = policy_load(folder, out_policy, &problem);

	if (err == ERR_CONFIG && problem.reason[0] != '\0')
		return err_detail(err, "%s/policy.conf: %s", folder, err_detail_text());
	return err;
}

enum err rulebook_open(const char *folder, struct rulebook **out_rulebook)
{
	AUTO(policy) policy = NULL;
	AUTO_TEXT copy = strdup(folder);
	struct rulebook *rulebook;

	if (copy == NULL)
		return ERR_MEMORY;
	TRY(load(folder, &policy));
	rulebook = calloc(1, sizeof *rulebook);
	if (rulebook == NULL || pthread_rwlock_init(&rulebook->lock, NULL) != 0) {
		free(rulebook);
		return ERR_MEMORY;
	}
	rulebook->folder = TAKE(copy);
	rulebook->policy = TAKE(policy);
	*out_rulebook = rulebook;
	return ERR_OK;
}

void rulebook_free(struct rulebook *rulebook)
{
	if (rulebook == NULL)
		return;
	policy_free(rulebook->policy);
	free(rulebook->folder);
	(void)pthread_rwlock_destroy(&rulebook->lock);
	free(rulebook);
}

/* Without a file all defaults hold: right where there never was one, and a silent loss of every
 * rule where there was. */
static enum err refuse_loss(struct rulebook *rulebook, const struct policy *fresh)
{
	bool had_file;

	(void)pthread_rwlock_rdlock(&rulebook->lock);
	had_file = policy_is_from_file(rulebook->policy);
	(void)pthread_rwlock_unlock(&rulebook->lock);
	if (!had_file || policy_is_from_file(fresh))
		return ERR_OK;
	return err_detail(ERR_CONFIG, "%s/policy.conf: %s", rulebook->folder,
			  "the file is not there any more");
}

enum err rulebook_reload(struct rulebook *rulebook)
{
	AUTO(policy) fresh = NULL;
	struct policy *old;

	TRY(load(rulebook->folder, &fresh));
	TRY(refuse_loss(rulebook, fresh));
	(void)pthread_rwlock_wrlock(&rulebook->lock);
	old = rulebook->policy;
	rulebook->policy = TAKE(fresh);
	(void)pthread_rwlock_unlock(&rulebook->lock);
	policy_free(old);
	return ERR_OK;
}

void rulebook_decide(struct rulebook *rulebook, const struct question *question,
		     struct ruling *out_ruling)
{
	struct verdict verdict;
	size_t size;

	(void)pthread_rwlock_rdlock(&rulebook->lock);
	verdict = policy_decide(rulebook->policy, question);
	out_ruling->is_allowed = verdict.is_allowed;
	out_ruling->line = verdict.line;
	size = verdict.rule == NULL ? 0 : strnlen(verdict.rule, sizeof out_ruling->rule - 1);
	memcpy(out_ruling->rule, verdict.rule == NULL ? "" : verdict.rule, size);
	out_ruling->rule[size] = '\0';
	(void)pthread_rwlock_unlock(&rulebook->lock);
}

struct policy_limits rulebook_limits(struct rulebook *rulebook)
{
	struct policy_limits limits;

	(void)pthread_rwlock_rdlock(&rulebook->lock);
	limits = *policy_limits(rulebook->policy);
	(void)pthread_rwlock_unlock(&rulebook->lock);
	return limits;
}
