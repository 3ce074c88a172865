/* local_policy.c - see local_policy.h */
#include "tool/cli/local_policy.h"

#include <unistd.h>

#include "vault/base/text.h"
#include "vault/client/client.h"

static enum err load(struct policy **out_policy)
{
	struct parse_problem problem = {0};
	AUTO_TEXT folder = NULL;

	TRY(client_config_folder(&folder));
	return policy_load(folder, out_policy, &problem);
}

enum err local_policy_allows(enum action action)
{
	AUTO(policy) policy = NULL;
	gid_t groups[QUESTION_GROUPS_MAX] = {getgid()};
	int others = getgroups(QUESTION_GROUPS_MAX - 1, groups + 1);
	struct question question = {
		.action = action,
		.uid = getuid(),
		.owner = getuid(),
		.groups = groups,
		.group_count = 1 + (others < 0 ? 0 : (size_t)others),
	};
	struct verdict verdict;

	TRY(load(&policy));
	verdict = policy_decide(policy, &question);
	return verdict.is_allowed ? ERR_OK : err_detail(ERR_POLICY_DENIED, "%s", _(verdict.rule));
}

enum err local_policy_usage(enum policy_usage *out_usage)
{
	AUTO(policy) policy = NULL;

	TRY(load(&policy));
	*out_usage = policy_usage_of(policy, getuid());
	return ERR_OK;
}
