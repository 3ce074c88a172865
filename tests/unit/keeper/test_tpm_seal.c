/* test_tpm_seal.c - the TPM's half of the machine key, against real TPMs (swtpm). */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_tpm.h"
#include "vault/keeper/tpm_context.h"
#include "vault/keeper/tpm_seal.h"

/* An enrolled TPM, and what enrolment leaves behind. */
struct enrolled {
	struct tpm *tpm;
	struct bytes srk_name;
	struct bytes sealed;
	struct secret *auth;
	struct secret *half;
};

static struct enrolled given_enrolled(struct given_tpm *given)
{
	struct enrolled enrolled = {.auth = given_secret(1), .half = given_secret(100)};

	assert_int_equal(tpm_new(&given->port, &enrolled.tpm), ERR_OK);
	assert_int_equal(tpm_learn(enrolled.tpm, &enrolled.srk_name), ERR_OK);
	assert_int_equal(tpm_seal(enrolled.tpm, enrolled.auth, enrolled.half, &enrolled.sealed),
			 ERR_OK);
	return enrolled;
}

static void enrolled_gone(struct enrolled *enrolled)
{
	tpm_free(enrolled->tpm);
	bytes_clear(&enrolled->srk_name);
	bytes_clear(&enrolled->sealed);
	secret_free(enrolled->auth);
	secret_free(enrolled->half);
}

/* A new start of the daemon: another conversation, the Name from vault.key. */
static void restart(struct given_tpm *given, struct enrolled *enrolled)
{
	tpm_free(enrolled->tpm);
	enrolled->tpm = NULL;
	assert_int_equal(tpm_new(&given->port, &enrolled->tpm), ERR_OK);
	assert_int_equal(tpm_expect(enrolled->tpm, &enrolled->srk_name), ERR_OK);
}

static enum err open_half(struct enrolled *enrolled)
{
	AUTO(secret) half = NULL;
	enum err err = tpm_unseal(enrolled->tpm, enrolled->auth, &enrolled->sealed, &half);

	assert_true((err == ERR_OK) == (half != NULL));
	if (err == ERR_OK)
		assert_true(secret_equal(half, enrolled->half));
	return err;
}

static uint32_t lockout_counter(struct given_tpm *given, struct enrolled *enrolled)
{
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	uint32_t count;

	tpm_hang_up(enrolled->tpm);
	esys = given_esys(given, &tcti);
	count = given_property(esys, TPM2_PT_LOCKOUT_COUNTER);
	given_esys_gone(esys, tcti);
	return count;
}

static void a_half_opens_again_on_its_tpm_after_any_restart(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	assert_int_equal(open_half(&enrolled), ERR_OK);
	restart(given, &enrolled);
	assert_int_equal(open_half(&enrolled), ERR_OK);
	given_power_cut(given);
	given_power(given);
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void the_half_does_not_stand_in_what_vault_key_keeps(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	assert_null(
		memmem(enrolled.sealed.data, enrolled.sealed.size, secret_view(enrolled.half), 8));
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void another_tpm_refuses(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct given_tpm *other = given_tpm();
	struct enrolled enrolled = given_enrolled(given);
	struct bytes name = {NULL, 0};

	(void)state;
	restart(other, &enrolled);
	assert_int_equal(open_half(&enrolled), ERR_TPM_REPLACED);

	/* Even one whose SRK is trusted cannot load what it did not seal. */
	assert_int_equal(tpm_learn(enrolled.tpm, &name), ERR_OK);
	assert_int_equal(open_half(&enrolled), ERR_TPM_REPLACED);
	bytes_clear(&name);
	enrolled_gone(&enrolled);
	given_tpm_gone(other);
	given_tpm_gone(given);
}

static void a_cleared_tpm_refuses(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	tpm_hang_up(enrolled.tpm);
	given_cleared(given);
	assert_int_equal(open_half(&enrolled), ERR_TPM_REPLACED);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void a_wrong_password_refuses_and_counts_nowhere(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);
	AUTO(secret) half = NULL;

	(void)state;
	assert_int_equal(lockout_counter(given, &enrolled), 0);
	for (unsigned i = 0; i < 40; i++) { /* swtpm locks after 3 */
		AUTO(secret) wrong = given_secret((uint8_t)(2 + i));

		assert_int_equal(tpm_unseal(enrolled.tpm, wrong, &enrolled.sealed, &half),
				 ERR_TPM_REFUSED);
	}
	assert_int_equal(lockout_counter(given, &enrolled), 0);
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void a_password_of_zeros_at_its_end_is_a_password(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);
	struct bytes sealed = {NULL, 0};
	AUTO(secret) half = NULL;

	(void)state;
	memset(secret_bytes(enrolled.auth) + 8, 0, 24);
	assert_int_equal(tpm_seal(enrolled.tpm, enrolled.auth, enrolled.half, &sealed), ERR_OK);
	assert_int_equal(tpm_unseal(enrolled.tpm, enrolled.auth, &sealed, &half), ERR_OK);
	bytes_clear(&sealed);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void a_lockout_of_the_tpm_locks_nobody_out_of_the_vault(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	tpm_hang_up(enrolled.tpm);
	given_lockout(given);
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void twenty_power_cuts_lock_nobody_out(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(open_half(&enrolled), ERR_OK);
		given_power_cut(given);
		given_power(given);
	}
	assert_int_equal(open_half(&enrolled), ERR_OK);
	assert_int_equal(lockout_counter(given, &enrolled), 0);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void an_owner_password_is_said_and_its_removal_mends(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	tpm_hang_up(enrolled.tpm);
	given_owner_password(given, "", "secret");
	assert_int_equal(open_half(&enrolled), ERR_TPM_OWNER_PASSWORD);
	tpm_hang_up(enrolled.tpm);
	given_owner_password(given, "secret", "");
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void an_owner_switched_off_is_said_and_mended_by_a_restart(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	tpm_hang_up(enrolled.tpm);
	given_owner_off(given);
	assert_int_equal(open_half(&enrolled), ERR_TPM_OFF);
	given_power_cut(given);
	given_power(given);
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void a_tpm_that_is_gone_is_said_and_its_return_mends(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	given_power_cut(given);
	assert_int_equal(open_half(&enrolled), ERR_TPM_GONE);
	assert_int_equal(tpm_check(enrolled.tpm), ERR_TPM_GONE);
	given_power(given);
	assert_int_equal(tpm_check(enrolled.tpm), ERR_OK);
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void a_tpm_1_2_is_no_tpm_for_us(void **state)
{
	struct given_tpm *given = given_tpm_version_1();
	struct tpm *tpm = NULL;

	(void)state;
	if (given == NULL)
		skip();
	assert_int_equal(tpm_new(&given->port, &tpm), ERR_OK);
	assert_int_equal(tpm_check(tpm), ERR_TPM_VERSION);
	tpm_free(tpm);
	given_tpm_gone(given);
}

static void a_machine_without_a_tpm_is_told(void **state)
{
	struct tpm_port nowhere = tpm_port_machine;
	struct tpm *tpm = NULL;

	(void)state;
	given_process();
	tpm_quiet_library();
	nowhere.where = "/nonexistent/tpmrm0";
	assert_int_equal(tpm_new(&nowhere, &tpm), ERR_OK);
	assert_int_equal(tpm_check(tpm), ERR_TPM_GONE);
	tpm_free(tpm);
	assert_string_equal(tpm_port_machine.where, "/dev/tpmrm0");
}

static void no_bit_of_the_sealed_half_can_be_changed(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	for (size_t at = 0; at < enrolled.sealed.size; at++) {
		enrolled.sealed.data[at] ^= (uint8_t)(1 << at % 8);
		assert_int_equal(open_half(&enrolled), ERR_TPM_REPLACED);
		enrolled.sealed.data[at] ^= (uint8_t)(1 << at % 8);
	}
	for (size_t size = 0; size < enrolled.sealed.size; size++) {
		struct bytes cut = {enrolled.sealed.data, size};
		AUTO(secret) half = NULL;

		assert_int_equal(tpm_unseal(enrolled.tpm, enrolled.auth, &cut, &half),
				 ERR_TPM_REPLACED);
	}
	assert_int_equal(open_half(&enrolled), ERR_OK);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

static void nothing_is_said_in_a_session_before_an_srk_is_trusted(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct enrolled enrolled = given_enrolled(given);

	(void)state;
	tpm_free(enrolled.tpm);
	enrolled.tpm = NULL;
	assert_int_equal(tpm_new(&given->port, &enrolled.tpm), ERR_OK);
	assert_int_equal(open_half(&enrolled), ERR_INTERNAL);
	enrolled_gone(&enrolled);
	given_tpm_gone(given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_half_opens_again_on_its_tpm_after_any_restart),
		cmocka_unit_test(the_half_does_not_stand_in_what_vault_key_keeps),
		cmocka_unit_test(another_tpm_refuses),
		cmocka_unit_test(a_cleared_tpm_refuses),
		cmocka_unit_test(a_wrong_password_refuses_and_counts_nowhere),
		cmocka_unit_test(a_password_of_zeros_at_its_end_is_a_password),
		cmocka_unit_test(a_lockout_of_the_tpm_locks_nobody_out_of_the_vault),
		cmocka_unit_test(twenty_power_cuts_lock_nobody_out),
		cmocka_unit_test(an_owner_password_is_said_and_its_removal_mends),
		cmocka_unit_test(an_owner_switched_off_is_said_and_mended_by_a_restart),
		cmocka_unit_test(a_tpm_that_is_gone_is_said_and_its_return_mends),
		cmocka_unit_test(a_tpm_1_2_is_no_tpm_for_us),
		cmocka_unit_test(a_machine_without_a_tpm_is_told),
		cmocka_unit_test(no_bit_of_the_sealed_half_can_be_changed),
		cmocka_unit_test(nothing_is_said_in_a_session_before_an_srk_is_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
