/* test_tpm_rc.c - what the codes of a TPM mean for us. */
#include "tests/unit/keeper/given.h"
#include "vault/base/own.h"
#include "vault/keeper/tpm_rc.h"

#include <tss2/tss2_tpm2_types.h>

static void each_trouble_has_its_own_word(void **state)
{
	static const struct {
		TSS2_RC rc;
		enum err err;
		enum tpm_cure cure;
	} cases[] = {
		{TPM2_RC_SUCCESS, ERR_OK, TPM_CURE_NONE},
		{TPM2_RC_LOCKOUT, ERR_TPM_LOCKED_OUT, TPM_CURE_NONE},
		{TPM2_RC_NV_SPACE, ERR_TPM_FULL, TPM_CURE_NONE},
		{TPM2_RC_BAD_TAG, ERR_TPM_VERSION, TPM_CURE_NONE},
		{TPM2_RC_HIERARCHY + TPM2_RC_H + TPM2_RC_1, ERR_TPM_OFF, TPM_CURE_NONE},
		{TPM2_RC_BAD_AUTH + TPM2_RC_S + TPM2_RC_1, ERR_TPM_REFUSED, TPM_CURE_RESTART},
		{TPM2_RC_AUTH_FAIL + TPM2_RC_S + TPM2_RC_1, ERR_TPM_REFUSED, TPM_CURE_RESTART},
		{TPM2_RC_RETRY, ERR_TPM_BUSY, TPM_CURE_WAIT},
		{TPM2_RC_NV_RATE, ERR_TPM_BUSY, TPM_CURE_WAIT},
		{TPM2_RC_SESSION_HANDLES, ERR_TPM_BUSY, TPM_CURE_WAIT},
		{TPM2_RC_REFERENCE_H0, ERR_TPM_FAULT, TPM_CURE_RESTART},
		{TPM2_RC_REFERENCE_S0, ERR_TPM_FAULT, TPM_CURE_RESTART},
		{TPM2_RC_REFERENCE_S6, ERR_TPM_FAULT, TPM_CURE_RESTART},
		{TPM2_RC_VALUE + TPM2_RC_S + TPM2_RC_1, ERR_TPM_FAULT, TPM_CURE_RESTART},
		{TPM2_RC_FAILURE, ERR_TPM_FAULT, TPM_CURE_NONE},
		{TSS2_TCTI_RC_IO_ERROR, ERR_TPM_GONE, TPM_CURE_RESTART},
		{TSS2_ESYS_RC_MEMORY, ERR_MEMORY, TPM_CURE_RESTART},
		{TSS2_ESYS_RC_BAD_SEQUENCE, ERR_TPM_FAULT, TPM_CURE_RESTART},
		{TSS2_ESYS_RC_RSP_AUTH_FAILED, ERR_TPM_FAULT, TPM_CURE_RESTART},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tpm_meaning meaning = tpm_meaning_of(cases[i].rc);

		assert_int_equal(meaning.err, cases[i].err);
		assert_int_equal(meaning.cure, cases[i].cure);
	}
}

static void a_resource_manager_in_between_changes_no_meaning(void **state)
{
	static const TSS2_RC layers[] = {TSS2_RESMGR_RC_LAYER, TSS2_RESMGR_TPM_RC_LAYER};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(layers); i++)
		for (TSS2_RC rc = 1; rc < 0x1000; rc++) {
			assert_int_equal(tpm_meaning_of(layers[i] | rc).err,
					 tpm_meaning_of(rc).err);
			assert_int_equal(tpm_plain_code(layers[i] | rc), tpm_plain_code(rc));
		}
}

static void no_code_but_success_means_success(void **state)
{
	(void)state;
	for (TSS2_RC rc = 1; rc < 0x100000; rc++)
		assert_int_not_equal(tpm_meaning_of(rc).err, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_trouble_has_its_own_word),
		cmocka_unit_test(a_resource_manager_in_between_changes_no_meaning),
		cmocka_unit_test(no_code_but_success_means_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
