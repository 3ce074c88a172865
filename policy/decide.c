/* decide.c - policy_decide: a question in, a verdict out.
 *
 * Pure: no file, no clock, no name is looked up, nothing is remembered. Whatever is not plainly
 * allowed is refused, and each verdict names the rule that decided. A question that could let a
 * key out does not exist, so no rule can allow it.
 */
#include "policy/rules.h"

#include <string.h>

static const char always_rule[] = N_("built in: this needs no permission");
static const char improper_rule[] = N_("built in: a question that makes no sense is refused");
static const char owner_rule[] = N_(
	"built in: only its owner uses or changes a certificate; administrators list and delete");

static struct verdict decide_for_other(const struct policy *policy,
				       const struct question *question);
static struct verdict decide_own(const struct policy *policy, const struct question *question);

static struct verdict built_in(bool is_allowed, const char *rule)
{
	return (struct verdict){.is_allowed = is_allowed, .rule = rule, .line = 0};
}

static struct verdict by_rule(bool is_allowed, const struct rule *rule)
{
	return (struct verdict){.is_allowed = is_allowed, .rule = rule->text, .line = rule->line};
}

static struct verdict by_key(bool is_allowed, const struct policy *policy, enum key key)
{
	return by_rule(is_allowed, &policy->rules[key]);
}

/* (uid_t)-1 is nobody at all: chown(2), setresuid(2). */
static bool is_proper(const struct question *question)
{
	return (unsigned)question->action < ACTION_COUNT && question->uid != (uid_t)-1 &&
	       question->owner != (uid_t)-1 && question->group_count <= QUESTION_GROUPS_MAX &&
	       (question->groups != NULL || question->group_count == 0);
}

struct verdict policy_decide(const struct policy *policy, const struct question *question)
{
	if (!is_proper(question))
		return built_in(false, improper_rule);
	if (question->action == ACTION_NONE)
		return built_in(true, always_rule);
	if (question->owner != question->uid)
		return decide_for_other(policy, question);
	return decide_own(policy, question);
}

static struct verdict decide_for_other(const struct policy *policy, const struct question *question)
{
	if (question->action != ACTION_LIST && question->action != ACTION_DELETE)
		return built_in(false, owner_rule);
	return by_key(policy_is_administrator(policy, question->uid), policy, KEY_ADMINISTRATORS);
}

/* Whether this person may use the vault at all, and the rule that says so. */
static struct verdict decide_person(const struct policy *policy, const struct question *question)
{
	if (policy->is_for_everybody || ids_hold(&policy->users, question->uid))
		return by_key(true, policy, KEY_USERS);
	for (size_t i = 0; i < question->group_count; i++)
		if (ids_hold(&policy->groups, question->groups[i]))
			return by_key(true, policy, KEY_GROUPS);
	return by_key(false, policy, KEY_USERS);
}

static struct verdict decide_usage(const struct policy *policy, uid_t uid)
{
	const struct user_usage *own = policy_usage_rule_of(policy, uid);
	bool is_allowed = policy_usage_of(policy, uid) == USAGE_NORMAL_FOLDER;

	return own != NULL ? by_rule(is_allowed, &own->rule)
			   : by_key(is_allowed, policy, KEY_USAGE);
}

static bool hash_is_allowed(const struct policy *policy, const char *hash)
{
	return hash == NULL || (policy->hashes & policy_hash_bit(hash, strlen(hash))) != 0;
}

/* The first rule of [keys] that forbids this use of a key, or KEY_COUNT. */
static enum key forbidding_key(const struct policy *policy, const struct question *question)
{
	const uint32_t *numbers = policy->numbers;
	bool signs = question->action == ACTION_SIGN;

	if (!signs && numbers[KEY_DECRYPT] == 0)
		return KEY_DECRYPT;
	if (signs && question->has_certificate && question->is_expired &&
	    numbers[KEY_SIGN_EXPIRED] == 0)
		return KEY_SIGN_EXPIRED;
	if (question->has_certificate && question->rsa_bits != 0 &&
	    question->rsa_bits < numbers[KEY_RSA_MIN])
		return KEY_RSA_MIN;
	if (signs && !hash_is_allowed(policy, question->hash))
		return KEY_HASHES;
	if (numbers[KEY_BATCH_MAX] != 0 && question->batch_size > numbers[KEY_BATCH_MAX])
		return KEY_BATCH_MAX;
	return KEY_COUNT;
}

static struct verdict decide_key_use(const struct policy *policy, const struct question *question,
				     struct verdict person)
{
	enum key forbidding = forbidding_key(policy, question);

	if (forbidding != KEY_COUNT)
		return by_key(false, policy, forbidding);
	return question->action == ACTION_DECRYPT ? by_key(true, policy, KEY_DECRYPT) : person;
}

static struct verdict decide_own(const struct policy *policy, const struct question *question)
{
	struct verdict person = decide_person(policy, question);

	if (!person.is_allowed)
		return person;
	switch (question->action) {
	case ACTION_LIST:
	case ACTION_IMPORT:
	case ACTION_GET:
	case ACTION_USE:
	case ACTION_DELETE:
	case ACTION_PIN:
		return person;
	case ACTION_ORIGINAL:
		return decide_usage(policy, question->uid);
	case ACTION_SIGN:
	case ACTION_DECRYPT:
		return decide_key_use(policy, question, person);
	case ACTION_NONE:
	case ACTION_COUNT:
		break;
	}
	return built_in(false, improper_rule);
}
