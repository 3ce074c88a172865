/* policy.conf: what each key may say, where it is refused, and what stands when it is absent. */
#include "given.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/rules.h"
#include "vault/base/file.h"

static void without_a_line_the_defaults_hold(void **state)
{
	AUTO(policy) policy = given_policy("");
	const struct policy_limits *limits = policy_limits(policy);

	(void)state;
	assert_int_equal(limits->pin_tries, 5);
	assert_int_equal(limits->pin_ask, ASK_LOGIN);
	assert_int_equal(limits->idle_seconds, 600);
	assert_int_equal(limits->login_max_seconds, 28800);
	assert_int_equal(limits->batch_max, 0);
	assert_int_equal(limits->show, SHOW_ACTIVE);
	assert_int_equal(limits->remind_days, 180);
	assert_int_equal(policy_usage_of(policy, 1000), USAGE_SECURE_FOLDER);
	assert_true(policy_is_administrator(policy, 0));
	assert_false(policy_is_administrator(policy, 1000));
}

static void the_default_file_says_every_default_and_nothing_else(void **state)
{
	AUTO(policy) built_in = given_policy("");
	AUTO(policy) file = given_policy(policy_default_text());

	(void)state;
	assert_memory_equal(built_in->numbers, file->numbers, sizeof file->numbers);
	assert_memory_equal(&built_in->limits, &file->limits, sizeof file->limits);
	assert_int_equal(built_in->hashes, file->hashes);
	assert_null(file->by_user);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		char expected[300];
		assert_int_not_equal(file->rules[i].line, 0); /* it stands in the file */
		assert_int_equal(built_in->rules[i].line, 0);
		(void)snprintf(expected, sizeof expected, "default: %s", file->rules[i].text);
		assert_string_equal(built_in->rules[i].text, expected);
	}
}

static void the_default_text_is_the_file_of_the_tree(void **state)
{
	AUTO_FD folder = -1;
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	(void)state;
	assert_int_equal(file_open_folder(KINKO_SOURCE "/policy", &folder), ERR_OK);
	assert_int_equal(file_read(folder, "policy.conf", PARSE_FILE_MAX, &answer, &bytes), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(bytes.size, strlen(policy_default_text()));
	assert_memory_equal(bytes.data, policy_default_text(), bytes.size);
}

static void every_key_can_be_set(void **state)
{
	AUTO(policy)
	policy = given_policy("[vault]\nusage = normal-folder\nusers = root, daemon,bin\n"
			      "groups = adm\nadministrators = daemon\n"
			      "[pin]\ntries = 10\nask = always\nidle-seconds = 1\n"
			      "login-max-seconds = 86400\n"
			      "[keys]\nhashes = sha512 , sha256\nrsa-min = 3072\n"
			      "sign-expired = yes\ndecrypt = yes\nbatch-max = 1000000\n"
			      "[pkcs11]\nshow = all\n[backup]\nremind-days = 0\n");
	const struct policy_limits *limits = policy_limits(policy);

	(void)state;
	assert_int_equal(policy_usage_of(policy, 1000), USAGE_NORMAL_FOLDER);
	assert_int_equal(limits->pin_tries, 10);
	assert_int_equal(limits->pin_ask, ASK_ALWAYS);
	assert_int_equal(limits->idle_seconds, 1);
	assert_int_equal(limits->login_max_seconds, 86400);
	assert_int_equal(limits->batch_max, 1000000);
	assert_int_equal(limits->show, SHOW_ALL);
	assert_int_equal(limits->remind_days, 0);
	assert_false(policy_is_administrator(policy, 0));
	assert_true(policy_is_administrator(policy, 1)); /* daemon is 1 on Debian */
	assert_false(policy->is_for_everybody);
	assert_int_equal(policy->users.count, 3);
	assert_int_equal(policy->groups.count, 1);
	assert_int_equal(policy->hashes, HASH_SHA256 | HASH_SHA512);
	assert_int_equal(policy->numbers[KEY_RSA_MIN], 3072);
	assert_int_equal(policy->numbers[KEY_SIGN_EXPIRED], 1);
	assert_int_equal(policy->numbers[KEY_DECRYPT], 1);
	for (size_t i = 0; i < KEY_COUNT; i++)
		assert_int_not_equal(policy->rules[i].line, 0);
}

static void unknown_keys_and_sections_are_refused(void **state)
{
	(void)state;
	assert_refused("[vault]\nexport = yes\n", 2, "no such key in this section: export = yes");
	assert_refused("[vault]\n\ntries = 5\n", 3, "no such key in this section: tries = 5");
	assert_refused("[vaults]\n", 1, "no such section: [vaults]");
	assert_refused("[pin]\n[export]\nallow = yes\n", 2, "no such section: [export]");
	assert_refused("[vault root]\n", 1, "no such section: [vault root]");
	assert_refused("[user]\nusage = normal-folder\n", 1, "no such section: [user]");
}

static void a_key_or_section_twice_is_refused(void **state)
{
	(void)state;
	assert_refused("[pin]\ntries = 5\nask = login\ntries = 5\n", 4, "twice");
	assert_refused("[pin]\ntries = 5\n[vault]\n[pin]\n", 4, "twice");
}

static void a_wrong_word_is_refused(void **state)
{
	(void)state;
	assert_refused("[vault]\nusage = open\n", 2, "no such value: usage = open");
	assert_refused("[vault]\nusage =\n", 2, "no such value");
	assert_refused("[vault]\nusage = Secure-Folder\n", 2, "no such value");
	assert_refused("[vault]\nusage = secure-folder # comment\n", 2, "no such value");
	assert_refused("[pin]\nask = never\n", 2, "no such value: ask = never");
	assert_refused("[keys]\nsign-expired = true\n", 2, "no such value");
	assert_refused("[keys]\ndecrypt = 1\n", 2, "no such value");
	assert_refused("[pkcs11]\nshow = none\n", 2, "no such value");
}

static void a_number_must_be_whole_and_in_its_range(void **state)
{
	static const struct {
		const char *section;
		const char *key;
		unsigned least;
		unsigned most;
	} rows[] = {
		{"pin", "tries", 3, 10},
		{"pin", "idle-seconds", 1, 86400},
		{"pin", "login-max-seconds", 1, 86400},
		{"keys", "rsa-min", 1024, 16384},
		{"keys", "batch-max", 0, 1000000},
		{"backup", "remind-days", 0, 3650},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[128];
		const unsigned good[] = {rows[i].least, rows[i].most};

		for (size_t j = 0; j < COUNT_OF(good); j++) {
			(void)snprintf(text, sizeof text, "[%s]\n%s = %u\n", rows[i].section,
				       rows[i].key, good[j]);
			policy_free(given_policy(text));
		}
		(void)snprintf(text, sizeof text, "[%s]\n%s = %u\n", rows[i].section, rows[i].key,
			       rows[i].most + 1);
		assert_refused(text, 2, "too large");
		if (rows[i].least == 0)
			continue;
		(void)snprintf(text, sizeof text, "[%s]\n%s = %u\n", rows[i].section, rows[i].key,
			       rows[i].least - 1);
		assert_refused(text, 2, "too small");
	}
}

static void what_only_looks_like_a_number_is_refused(void **state)
{
	static const char *const values[] = {"",    "-5",   "+5", "5.0", "0x5", "5s",
					     "5 5", "five", "５", "1e1", "5,"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		char text[64];
		(void)snprintf(text, sizeof text, "[pin]\ntries = %s\n", values[i]);
		assert_refused(text, 2, "must be a whole number");
	}
}

/* 2^32 + 5 and 2^64 + 5 must not come round to 5. */
static void a_number_cannot_overflow_into_its_range(void **state)
{
	(void)state;
	assert_refused("[pin]\ntries = 4294967301\n", 2, "too large");
	assert_refused("[pin]\ntries = 18446744073709551621\n", 2, "too large");
	assert_refused("[keys]\nbatch-max = 4294967296\n", 2, "too large");
	assert_refused("[keys]\nbatch-max = 99999999999999999999999999999999999999\n", 2,
		       "too large");
}

static void leading_zeros_change_no_number(void **state)
{
	AUTO(policy) policy = given_policy("[pin]\ntries = 0000000000000000000000004\n");

	(void)state;
	assert_int_equal(policy_limits(policy)->pin_tries, 4);
}

static void unknown_names_are_refused_and_quoted(void **state)
{
	(void)state;
	assert_refused("[vault]\nusers = root, no-such-user-here, bin\n", 2,
		       "no such user: no-such-user-here");
	assert_refused("[vault]\ngroups = no-such-group-here\n", 2,
		       "no such group: no-such-group-here");
	assert_refused("[vault]\nadministrators = root,no-such-user-here\n", 2,
		       "no such user: no-such-user-here");
	assert_refused("[user no-such-user-here]\nusage = normal-folder\n", 1, "no such user");
	assert_refused("[user no-such-user-here]\n", 1, "no such user");
}

static void names_are_separated_by_single_commas(void **state)
{
	(void)state;
	assert_refused("[vault]\nusers = root,,bin\n", 2, "name is missing");
	assert_refused("[vault]\nusers = ,root\n", 2, "name is missing");
	assert_refused("[vault]\nusers = root,\n", 2, "name is missing");
	assert_refused("[vault]\nusers = ,\n", 2, "name is missing");
	assert_refused("[vault]\nusers = root bin\n", 2, "no such user: root bin");
	assert_refused("[vault]\nusers = root、bin\n", 2, "no such user: root、bin");
	assert_refused("[vault]\nusers = root # and others\n", 2, "no such user");
}

static void the_star_stands_alone_and_only_for_users(void **state)
{
	(void)state;
	assert_refused("[vault]\nusers = *, root\n", 2, "no such user: *");
	assert_refused("[vault]\nusers = root, *\n", 2, "no such user: *");
	assert_refused("[vault]\ngroups = *\n", 2, "no such group: *");
	assert_refused("[vault]\nadministrators = *\n", 2, "no such user: *");
}

static void hashes_are_only_those_that_are_still_safe(void **state)
{
	static const char *const values[] = {
		"sha1", "md5",           "",  "sha256,",     "SHA256",
		"sha2", "sha256 sha384", "*", "sha256,sha1", "sha3-256"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		char text[64];
		(void)snprintf(text, sizeof text, "[keys]\nhashes = %s\n", values[i]);
		assert_refused(text, 2, "one or more of sha256, sha384, sha512");
	}
}

static void a_user_can_have_a_usage_type_of_his_own(void **state)
{
	AUTO(policy)
	policy = given_policy("[user daemon]\nusage = normal-folder\n"
			      "[user bin]\nusage = secure-folder\n"
			      "[user sys]\n# nothing of his own\n"
			      "[vault]\nusage = normal-folder\n");

	(void)state;
	assert_int_equal(policy_usage_of(policy, 1), USAGE_NORMAL_FOLDER); /* daemon */
	assert_int_equal(policy_usage_of(policy, 2), USAGE_SECURE_FOLDER); /* bin */
	assert_int_equal(policy_usage_of(policy, 3), USAGE_NORMAL_FOLDER); /* sys: as [vault] */
	assert_int_equal(policy_usage_of(policy, 1000), USAGE_NORMAL_FOLDER);
}

static void a_users_section_holds_nothing_but_usage(void **state)
{
	(void)state;
	assert_refused("[user root]\ntries = 9\n", 2, "only the key usage");
	assert_refused("[user root]\nusers = *\n", 2, "only the key usage");
	assert_refused("[user root]\nusage = both\n", 2, "no such value");
	assert_refused("[user root]\n[user root]\n", 2, "twice");
}

static void a_bad_file_is_refused_whole(void **state)
{
	(void)state;
	/* right lines before and after do not help */
	assert_refused("[vault]\nusers = root\n[pin]\ntries = 99\nask = always\n", 4, "too large");
}

static void bytes_that_are_no_text_make_no_policy(void **state)
{
	struct parse_problem problem = given_refused_bytes("[vault]\nusers = *\0root\n", 23);

	(void)state;
	assert_int_equal(problem.line, 2);
	assert_refused("[vault]\r\nusers = *\r\n", 1, "Windows");
	assert_refused("[vault]\nusers = \xFF\n", 2, "UTF-8");
}

static void a_long_list_of_names_is_read_whole_and_its_rule_cut(void **state)
{
	char text[PARSE_LINE_MAX + 64] = "[vault]\nusers = root";
	struct question question = given_question(ACTION_LIST, 2);
	struct verdict verdict;
	AUTO(policy) policy = NULL;

	(void)state;
	while (strlen(text) < PARSE_LINE_MAX - 16)
		strncat(text, ",daemon", sizeof text - strlen(text) - 1);
	strncat(text, ",bin\n", sizeof text - strlen(text) - 1);
	policy = given_policy(text);
	verdict = policy_decide(policy, &question); /* bin, the very last name */
	assert_true(verdict.is_allowed);
	assert_int_equal(strlen(verdict.rule), 240);
	assert_string_equal(verdict.rule + 237, "...");
}

/* -- the file on disk ------------------------------------------------------------------------ */

static int make_folder(void **state)
{
	char path[] = "/tmp/kinko-policy-XXXXXX";

	if (mkdtemp(path) == NULL)
		return 1;
	*state = strdup(path);
	return *state == NULL;
}

static int remove_folder(void **state)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/policy.conf", (char *)*state);
	(void)unlink(path);
	(void)rmdir(*state);
	free(*state);
	return 0;
}

static void given_file(const char *folder_path, const char *text, size_t size)
{
	AUTO_FD folder = -1;

	assert_int_equal(file_open_folder(folder_path, &folder), ERR_OK);
	assert_int_equal(file_replace(folder, "policy.conf", 0644, text, size), ERR_OK);
}

static void an_absent_file_or_folder_means_the_defaults(void **state)
{
	struct parse_problem problem = {0, ""};
	AUTO(policy) without_file = NULL;
	AUTO(policy) without_folder = NULL;

	assert_int_equal(policy_load(*state, &without_file, &problem), ERR_OK);
	assert_int_equal(policy_usage_of(without_file, 1000), USAGE_SECURE_FOLDER);
	assert_int_equal(policy_load("/nonexistent/kinko", &without_folder, &problem), ERR_OK);
	assert_int_equal(policy_limits(without_folder)->pin_tries, 5);
}

static void a_file_that_is_there_is_obeyed(void **state)
{
	static const char text[] = "[pin]\ntries = 3\n";
	struct parse_problem problem = {0, ""};
	AUTO(policy) policy = NULL;

	given_file(*state, text, sizeof text - 1);
	assert_int_equal(policy_load(*state, &policy, &problem), ERR_OK);
	assert_int_equal(policy_limits(policy)->pin_tries, 3);
}

static void a_file_with_a_mistake_is_never_replaced_by_the_defaults(void **state)
{
	static const char text[] = "[pin]\ntries = 2\n";
	struct parse_problem problem = {0, ""};
	struct policy *policy = NULL;

	given_file(*state, text, sizeof text - 1);
	assert_int_equal(policy_load(*state, &policy, &problem), ERR_CONFIG);
	assert_null(policy);
	assert_int_equal(problem.line, 2);
}

static void a_file_that_cannot_be_read_is_never_replaced_by_the_defaults(void **state)
{
	char path[128];
	struct parse_problem problem = {0, ""};
	struct policy *policy = NULL;
	AUTO_TEXT large = malloc(PARSE_FILE_MAX + 1);

	assert_non_null(large);
	memset(large, '\n', PARSE_FILE_MAX + 1);
	given_file(*state, large, PARSE_FILE_MAX + 1);
	assert_int_equal(policy_load(*state, &policy, &problem), ERR_CONFIG);
	(void)snprintf(path, sizeof path, "%s/policy.conf", (char *)*state);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(policy_load(*state, &policy, &problem), ERR_CONFIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(policy_load(*state, &policy, &problem), ERR_CONFIG);
	assert_null(policy);
}

#define on_disk(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static void who_corrects_a_file_learns_of_every_wrong_line(void **state)
{
	static const char text[] = "[vault]\nusers = *\ncolour = red\n[user nobody-here]\n"
				   "usage = normal-folder\n[pin]\ntries = 99\nrubbish\n";
	struct parse_problem problems[4];
	size_t count = 99;

	(void)state;
	assert_int_equal(policy_check(text, sizeof text - 1, problems, 4, &count), ERR_CONFIG);
	assert_int_equal(count, 4);
	assert_int_equal(problems[0].line, 3);
	assert_int_equal(problems[1].line, 4); /* and nothing of the settings below it */
	assert_int_equal(problems[2].line, 7);
	assert_int_equal(problems[3].line, 8);
	assert_int_equal(policy_check(text, sizeof text - 1, problems, 2, &count), ERR_CONFIG);
	assert_int_equal(count, 2);
	assert_int_equal(policy_check("[pin]\n", 6, problems, 4, &count), ERR_OK);
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_line_the_defaults_hold),
		cmocka_unit_test(the_default_file_says_every_default_and_nothing_else),
		cmocka_unit_test(the_default_text_is_the_file_of_the_tree),
		cmocka_unit_test(every_key_can_be_set),
		cmocka_unit_test(unknown_keys_and_sections_are_refused),
		cmocka_unit_test(a_key_or_section_twice_is_refused),
		cmocka_unit_test(a_wrong_word_is_refused),
		cmocka_unit_test(a_number_must_be_whole_and_in_its_range),
		cmocka_unit_test(what_only_looks_like_a_number_is_refused),
		cmocka_unit_test(a_number_cannot_overflow_into_its_range),
		cmocka_unit_test(leading_zeros_change_no_number),
		cmocka_unit_test(unknown_names_are_refused_and_quoted),
		cmocka_unit_test(names_are_separated_by_single_commas),
		cmocka_unit_test(the_star_stands_alone_and_only_for_users),
		cmocka_unit_test(hashes_are_only_those_that_are_still_safe),
		cmocka_unit_test(a_user_can_have_a_usage_type_of_his_own),
		cmocka_unit_test(a_users_section_holds_nothing_but_usage),
		cmocka_unit_test(a_bad_file_is_refused_whole),
		cmocka_unit_test(who_corrects_a_file_learns_of_every_wrong_line),
		cmocka_unit_test(bytes_that_are_no_text_make_no_policy),
		cmocka_unit_test(a_long_list_of_names_is_read_whole_and_its_rule_cut),
		on_disk(an_absent_file_or_folder_means_the_defaults),
		on_disk(a_file_that_is_there_is_obeyed),
		on_disk(a_file_with_a_mistake_is_never_replaced_by_the_defaults),
		on_disk(a_file_that_cannot_be_read_is_never_replaced_by_the_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
