/* Every question gets an answer and the rule that gave it; what is not plainly allowed is not. */
#include "given.h"

#include <unistd.h>

#include "policy/rules.h"

enum { TARO = 1000, DAEMON = 1, BIN = 2 }; /* daemon and bin have fixed numbers on Debian */

static const char owner_rule[] =
	"built in: only its owner uses or changes a certificate; administrators list and delete";
static const char improper_rule[] = "built in: a question that makes no sense is refused";

static struct verdict decide(const char *text, struct question question)
{
	/* The verdict's rule lives as long as the policy: keep the last one. */
	static struct policy *policy;

	policy_free(policy);
	policy = given_policy(text);
	return policy_decide(policy, &question);
}

static struct verdict decide_action(const char *text, enum action action, uid_t uid)
{
	return decide(text, given_question(action, uid));
}

/* -- every action under every usage type ----------------------------------------------------- */

static void by_default_everybody_does_everything_but_two_things(void **state)
{
	(void)state;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++)
		if (i != ACTION_ORIGINAL && i != ACTION_DECRYPT)
			assert_verdict(decide_action("", (enum action)i, TARO), true,
				       "default: [vault] users = *", 0);
	assert_verdict(decide_action("", ACTION_ORIGINAL, TARO), false,
		       "default: [vault] usage = secure-folder", 0);
	assert_verdict(decide_action("", ACTION_DECRYPT, TARO), false,
		       "default: [keys] decrypt = no", 0);
}

static void the_usage_type_changes_originals_and_nothing_else(void **state)
{
	static const char *const secure = "[vault]\nusage = secure-folder\nusers = *\n";
	static const char *const normal = "[vault]\nusage = normal-folder\nusers = *\n";

	(void)state;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		if (i == ACTION_ORIGINAL || i == ACTION_DECRYPT)
			continue;
		assert_verdict(decide_action(secure, (enum action)i, TARO), true,
			       "[vault] users = *", 3);
		assert_verdict(decide_action(normal, (enum action)i, TARO), true,
			       "[vault] users = *", 3);
	}
	assert_verdict(decide_action(secure, ACTION_ORIGINAL, TARO), false,
		       "[vault] usage = secure-folder", 2);
	assert_verdict(decide_action(normal, ACTION_ORIGINAL, TARO), true,
		       "[vault] usage = normal-folder", 2);
}

static void a_users_own_usage_type_decides_for_him_alone(void **state)
{
	static const char *const text = "[vault]\nusage = secure-folder\n"
					"[user daemon]\nusage = normal-folder\n"
					"[user bin]\nusage = secure-folder\n";

	(void)state;
	assert_verdict(decide_action(text, ACTION_ORIGINAL, DAEMON), true,
		       "[user daemon] usage = normal-folder", 4);
	assert_verdict(decide_action(text, ACTION_ORIGINAL, BIN), false,
		       "[user bin] usage = secure-folder", 6);
	assert_verdict(decide_action(text, ACTION_ORIGINAL, TARO), false,
		       "[vault] usage = secure-folder", 2);
}

/* -- who ------------------------------------------------------------------------------------- */

static void only_named_users_may_use_the_vault(void **state)
{
	static const char *const text = "[vault]\nusers = daemon\nusage = normal-folder\n"
					"[keys]\ndecrypt = yes\n";

	(void)state;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		assert_true(decide_action(text, (enum action)i, DAEMON).is_allowed);
		assert_verdict(decide_action(text, (enum action)i, TARO), false,
			       "[vault] users = daemon", 2);
	}
}

static void any_group_of_the_person_may_be_the_one_named(void **state)
{
	static const gid_t others[] = {100, 2000};
	static const gid_t with_adm[] = {100, 4, 2000}; /* adm is 4 on Debian */
	static const char *const text = "[vault]\nusers =\ngroups = daemon, adm\n";
	struct question question = given_question(ACTION_SIGN, TARO);

	(void)state;
	assert_verdict(decide(text, question), false, "[vault] users = ", 2);
	question.groups = others;
	question.group_count = COUNT_OF(others);
	assert_verdict(decide(text, question), false, "[vault] users = ", 2);
	question.groups = with_adm;
	question.group_count = COUNT_OF(with_adm);
	assert_verdict(decide(text, question), true, "[vault] groups = daemon, adm", 3);
}

static void a_groups_number_is_not_a_users_number(void **state)
{
	static const gid_t groups[] = {DAEMON};
	struct question question = given_question(ACTION_LIST, TARO);

	(void)state;
	question.groups = groups;
	question.group_count = COUNT_OF(groups);
	assert_false(decide("[vault]\nusers = daemon\n", question).is_allowed);
	assert_false(decide_action("[vault]\nusers =\ngroups = daemon\n", ACTION_LIST, DAEMON)
			     .is_allowed);
}

static void root_is_nobody_special(void **state)
{
	(void)state;
	assert_verdict(decide_action("[vault]\nusers = daemon\n", ACTION_SIGN, 0), false,
		       "[vault] users = daemon", 2);
}

static void administrators_list_and_delete_for_others_and_never_more(void **state)
{
	static const char *const text = "[vault]\nusage = normal-folder\nadministrators = daemon\n"
					"[keys]\ndecrypt = yes\n";

	(void)state;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		struct question question = given_question((enum action)i, DAEMON);

		question.owner = TARO;
		if (i == ACTION_LIST || i == ACTION_DELETE)
			assert_verdict(decide(text, question), true,
				       "[vault] administrators = daemon", 3);
		else
			assert_verdict(decide(text, question), false, owner_rule, 0);
	}
}

static void others_see_nothing_of_others(void **state)
{
	(void)state;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		struct question question = given_question((enum action)i, BIN);

		question.owner = TARO;
		if (i == ACTION_LIST || i == ACTION_DELETE)
			assert_verdict(decide("", question), false,
				       "default: [vault] administrators = root", 0);
		else
			assert_verdict(decide("", question), false, owner_rule, 0);
	}
}

static void without_administrators_not_even_root_lists_for_others(void **state)
{
	struct question question = given_question(ACTION_LIST, 0);

	(void)state;
	question.owner = TARO;
	assert_true(decide("", question).is_allowed);
	assert_verdict(decide("[vault]\nadministrators =\n", question), false,
		       "[vault] administrators = ", 2);
}

/* -- with which key -------------------------------------------------------------------------- */

static void an_expired_certificate_signs_only_when_the_policy_says_so(void **state)
{
	struct question question = given_question(ACTION_SIGN, TARO);

	(void)state;
	question.is_expired = true;
	assert_verdict(decide("", question), false, "default: [keys] sign-expired = no", 0);
	assert_verdict(decide("[keys]\nsign-expired = no\n", question), false,
		       "[keys] sign-expired = no", 2);
	assert_true(decide("[keys]\nsign-expired = yes\n", question).is_allowed);
	question.action = ACTION_DECRYPT; /* old letters stay readable */
	assert_true(decide("[keys]\ndecrypt = yes\n", question).is_allowed);
	question.action = ACTION_DELETE;
	assert_true(decide("", question).is_allowed);
}

static void a_short_rsa_key_is_not_used(void **state)
{
	struct question question = given_question(ACTION_SIGN, TARO);

	(void)state;
	question.rsa_bits = 2047;
	assert_verdict(decide("", question), false, "default: [keys] rsa-min = 2048", 0);
	question.rsa_bits = 2048;
	assert_true(decide("", question).is_allowed);
	assert_verdict(decide("[keys]\nrsa-min = 3072\n", question), false, "[keys] rsa-min = 3072",
		       2);
	question.action = ACTION_DECRYPT;
	assert_verdict(decide("[keys]\nrsa-min = 3072\ndecrypt = yes\n", question), false,
		       "[keys] rsa-min = 3072", 2);
	question.rsa_bits = 0; /* not RSA */
	assert_true(decide("[keys]\nrsa-min = 3072\ndecrypt = yes\n", question).is_allowed);
}

static void without_a_certificate_nothing_is_said_about_one(void **state)
{
	struct question question = given_question(ACTION_SIGN, TARO);

	(void)state;
	question.has_certificate = false;
	question.is_expired = true;
	question.rsa_bits = 512;
	assert_true(decide("", question).is_allowed);
}

static void only_listed_hashes_are_signed(void **state)
{
	static const char *const refused[] = {"sha1",   "md5",     "sha224", "",
					      "SHA256", "sha256 ", "sha25",  "sha2566"};
	struct question question = given_question(ACTION_SIGN, TARO);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		question.hash = refused[i];
		assert_verdict(decide("", question), false,
			       "default: [keys] hashes = sha256,sha384,sha512", 0);
	}
	question.hash = "sha384";
	assert_true(decide("", question).is_allowed);
	assert_verdict(decide("[keys]\nhashes = sha256, sha512\n", question), false,
		       "[keys] hashes = sha256, sha512", 2);
	question.hash = "sha512";
	assert_true(decide("[keys]\nhashes = sha256, sha512\n", question).is_allowed);
	question.hash = NULL; /* a login: no hash yet */
	assert_true(decide("[keys]\nhashes = sha256, sha512\n", question).is_allowed);
}

static void a_batch_has_a_limit_when_the_policy_sets_one(void **state)
{
	struct question question = given_question(ACTION_SIGN, TARO);

	(void)state;
	question.batch_size = 5000000;
	assert_true(decide("", question).is_allowed);
	question.batch_size = 11;
	assert_verdict(decide("[keys]\nbatch-max = 10\n", question), false, "[keys] batch-max = 10",
		       2);
	question.batch_size = 10;
	assert_true(decide("[keys]\nbatch-max = 10\n", question).is_allowed);
	question.batch_size = 0;
	assert_true(decide("[keys]\nbatch-max = 1\n", question).is_allowed);
}

static void decrypting_is_allowed_by_its_own_rule(void **state)
{
	(void)state;
	assert_verdict(decide_action("[keys]\ndecrypt = yes\n", ACTION_DECRYPT, TARO), true,
		       "[keys] decrypt = yes", 2);
}

/* -- fail closed ----------------------------------------------------------------------------- */

static void a_question_that_makes_no_sense_is_refused(void **state)
{
	static const gid_t group[] = {0};
	struct question question;

	(void)state;
	assert_verdict(decide_action("", ACTION_COUNT, TARO), false, improper_rule, 0);
	assert_verdict(decide_action("", (enum action)200, TARO), false, improper_rule, 0);
	assert_verdict(decide_action("", ACTION_LIST, (uid_t)-1), false, improper_rule, 0);
	question = given_question(ACTION_LIST, TARO);
	question.owner = (uid_t)-1;
	assert_verdict(decide("", question), false, improper_rule, 0);
	question = given_question(ACTION_LIST, TARO);
	question.group_count = 1;
	assert_verdict(decide("", question), false, improper_rule, 0);
	question.groups = group;
	question.group_count = QUESTION_GROUPS_MAX + 1;
	assert_verdict(decide("", question), false, improper_rule, 0);
}

static void what_needs_no_permission_is_always_allowed(void **state)
{
	(void)state;
	assert_verdict(decide_action("[vault]\nusers =\n", ACTION_NONE, TARO), true,
		       "built in: this needs no permission", 0);
}

/* The same question gets the same verdict: nothing is remembered, and neither the file nor the
 * names it was made from are asked again. */
static void deciding_is_pure(void **state)
{
	char text[] = "[vault]\nusers = daemon\n[keys]\nbatch-max = 3\n";
	AUTO(policy) policy = given_policy(text);
	struct policy before;
	struct verdict first[ACTION_COUNT];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	memcpy(&before, policy, sizeof before);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < ACTION_COUNT; i++) {
			struct question question = given_question((enum action)i, DAEMON);
			struct question asked = question;
			struct verdict verdict = policy_decide(policy, &question);

			if (round == 0)
				first[i] = verdict;
			assert_int_equal(verdict.is_allowed, first[i].is_allowed);
			assert_ptr_equal(verdict.rule, first[i].rule);
			assert_int_equal(verdict.line, first[i].line);
			assert_memory_equal(&question, &asked, sizeof asked);
		}
	assert_memory_equal(&before, policy, sizeof before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_default_everybody_does_everything_but_two_things),
		cmocka_unit_test(the_usage_type_changes_originals_and_nothing_else),
		cmocka_unit_test(a_users_own_usage_type_decides_for_him_alone),
		cmocka_unit_test(only_named_users_may_use_the_vault),
		cmocka_unit_test(any_group_of_the_person_may_be_the_one_named),
		cmocka_unit_test(a_groups_number_is_not_a_users_number),
		cmocka_unit_test(root_is_nobody_special),
		cmocka_unit_test(administrators_list_and_delete_for_others_and_never_more),
		cmocka_unit_test(others_see_nothing_of_others),
		cmocka_unit_test(without_administrators_not_even_root_lists_for_others),
		cmocka_unit_test(an_expired_certificate_signs_only_when_the_policy_says_so),
		cmocka_unit_test(a_short_rsa_key_is_not_used),
		cmocka_unit_test(without_a_certificate_nothing_is_said_about_one),
		cmocka_unit_test(only_listed_hashes_are_signed),
		cmocka_unit_test(a_batch_has_a_limit_when_the_policy_sets_one),
		cmocka_unit_test(decrypting_is_allowed_by_its_own_rule),
		cmocka_unit_test(a_question_that_makes_no_sense_is_refused),
		cmocka_unit_test(what_needs_no_permission_is_always_allowed),
		cmocka_unit_test(deciding_is_pure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
