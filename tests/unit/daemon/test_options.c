/* The command line of kinkod: what is understood, and what is named when it is not. */
#include "tests/unit/daemon/given.h"

#include "vault/daemon/options.h"

static enum err parse(const char *first, const char *second, const char *third,
		      struct options *out_options)
{
	char program[] = "kinkod";
	char texts[3][64] = {"", "", ""};
	char *arguments[5] = {program, NULL, NULL, NULL, NULL};
	const char *const given[3] = {first, second, third};
	int count = 1;

	for (size_t i = 0; i < 3 && given[i] != NULL; i++) {
		(void)strncpy(texts[i], given[i], sizeof texts[i] - 1);
		arguments[count++] = texts[i];
	}
	return options_parse(count, arguments, out_options);
}

static void nothing_means_the_system_vault(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(NULL, NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_SERVE);
	assert_null(options.private_folder);
}

static void each_task_has_its_option(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse("--new-vault", NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_NEW_VAULT);
	assert_int_equal(parse("--setup", NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_SETUP);
	assert_int_equal(parse("--enroll-tpm", NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_ENROLL_TPM);
	assert_int_equal(parse("--leave-tpm", NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_LEAVE_TPM);
	assert_int_equal(parse("--version", NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_VERSION);
	assert_int_equal(parse("--help", NULL, NULL, &options), ERR_OK);
	assert_int_equal(options.task, TASK_HELP);
}

static void a_private_vault_may_be_begun_anew(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse("--new-vault", "--private", "x", &options), ERR_OK);
	assert_int_equal(options.task, TASK_NEW_VAULT);
	assert_non_null(options.private_folder);
}

static void a_private_vault_never_uses_the_tpm(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse("--enroll-tpm", "--private", "x", &options), ERR_USAGE);
	assert_int_equal(parse("--private=x", "--leave-tpm", NULL, &options), ERR_USAGE);
}

static void what_is_not_understood_is_named(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse("--export", NULL, NULL, &options), ERR_USAGE);
	assert_string_equal(err_detail_text(), "--export");
	assert_int_equal(parse("extra", NULL, NULL, &options), ERR_USAGE);
	assert_string_equal(err_detail_text(), "extra");
	assert_int_equal(parse("--private", NULL, NULL, &options), ERR_USAGE);
	assert_int_equal(parse("--setup", "--private", "x", &options), ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_means_the_system_vault),
		cmocka_unit_test(each_task_has_its_option),
		cmocka_unit_test(a_private_vault_may_be_begun_anew),
		cmocka_unit_test(a_private_vault_never_uses_the_tpm),
		cmocka_unit_test(what_is_not_understood_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
