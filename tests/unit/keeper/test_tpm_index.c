/* test_tpm_index.c - the anchor in the TPM, against real TPMs (swtpm). */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_tpm.h"
#include "vault/keeper/tpm_context.h"
#include "vault/keeper/tpm_index.h"

static const struct vault_id vault = {{0x12, 0x34, 0x56, 0x78}};

struct anchored {
	struct given_tpm *given;
	struct tpm *tpm;
	struct secret *auth;
	struct tpm_index index;
};

static struct anchored given_tpm_with(struct given_tpm *given)
{
	struct anchored anchored = {.given = given, .auth = given_secret(50)};
	struct bytes name = {NULL, 0};

	assert_int_equal(tpm_new(&given->port, &anchored.tpm), ERR_OK);
	assert_int_equal(tpm_learn(anchored.tpm, &name), ERR_OK);
	bytes_clear(&name);
	anchored.index = (struct tpm_index){anchored.tpm, 0, anchored.auth};
	return anchored;
}

static enum err define(const struct anchored *anchored, const struct secret *auth,
		       uint32_t *out_handle)
{
	struct tpm_index index = {anchored->tpm, 0, auth};

	TRY(tpm_index_choose(anchored->tpm, &vault, auth, &index.handle));
	TRY(tpm_index_make(&index));
	*out_handle = index.handle;
	return ERR_OK;
}

static struct anchored given_anchored(struct given_tpm *given)
{
	struct anchored anchored = given_tpm_with(given);

	assert_int_equal(define(&anchored, anchored.auth, &anchored.index.handle), ERR_OK);
	return anchored;
}

static void anchored_gone(struct anchored *anchored)
{
	tpm_free(anchored->tpm);
	secret_free(anchored->auth);
	given_tpm_gone(anchored->given);
}

static struct digest token_of(uint8_t byte)
{
	struct digest token;

	memset(token.bytes, byte, sizeof token.bytes);
	return token;
}

static struct digest after(const struct digest *value, const struct digest *token)
{
	struct digest next;

	digest_of_two(value->bytes, DIGEST_SIZE, token->bytes, DIGEST_SIZE, &next);
	return next;
}

static void stands_at(const struct anchored *anchored, enum tpm_index_answer expected,
		      const struct digest *value)
{
	enum tpm_index_answer answer = TPM_INDEX_ABSENT;
	struct digest found;

	assert_int_equal(tpm_index_read(&anchored->index, &answer, &found), ERR_OK);
	assert_int_equal(answer, expected);
	assert_memory_equal(found.bytes, value->bytes, DIGEST_SIZE);
}

static struct digest extended(const struct anchored *anchored, const struct digest *from,
			      uint8_t byte)
{
	struct digest token = token_of(byte);
	struct digest next = after(from, &token);

	assert_int_equal(tpm_index_extend(&anchored->index, &token, &next), ERR_OK);
	return next;
}

static const struct digest zero;

static void an_index_begins_unwritten_and_moves_only_by_tokens(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = zero;

	(void)state;
	assert_int_equal(anchored.index.handle, 0x01800000 + 0x123456);
	stands_at(&anchored, TPM_INDEX_UNWRITTEN, &zero);
	for (uint8_t i = 1; i <= 5; i++) {
		value = extended(&anchored, &value, i);
		stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	}
	anchored_gone(&anchored);
}

static void its_value_outlives_every_power_cut(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = zero;

	(void)state;
	for (uint8_t i = 0; i < 20; i++) {
		value = extended(&anchored, &value, i);
		given_power_cut(given);
		given_power(given);
		stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	}
	anchored_gone(&anchored);
}

static ESYS_TR found_by_others(ESYS_CONTEXT *esys, uint32_t handle)
{
	ESYS_TR index = ESYS_TR_NONE;

	assert_int_equal(Esys_TR_FromTPMPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
					       ESYS_TR_NONE, &index),
			 TSS2_RC_SUCCESS);
	return index;
}

static void nobody_else_reads_writes_or_extends_it(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);
	TPM2B_MAX_NV_BUFFER data = {.size = DIGEST_SIZE};
	TPM2B_MAX_NV_BUFFER *read = NULL;
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	ESYS_TR index;

	(void)state;
	tpm_hang_up(anchored.tpm);
	esys = given_esys(given, &tcti);
	index = found_by_others(esys, anchored.index.handle);
	for (unsigned i = 0; i < 2; i++) { /* by the owner, by the index's own (empty) password */
		ESYS_TR by = i == 0 ? ESYS_TR_RH_OWNER : index;

		assert_int_not_equal(Esys_NV_Extend(esys, by, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
						    ESYS_TR_NONE, &data),
				     TSS2_RC_SUCCESS);
		assert_int_not_equal(Esys_NV_Write(esys, by, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
						   ESYS_TR_NONE, &data, 0),
				     TSS2_RC_SUCCESS);
		assert_int_not_equal(Esys_NV_Read(esys, by, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
						  ESYS_TR_NONE, DIGEST_SIZE, 0, &read),
				     TSS2_RC_SUCCESS);
	}
	assert_int_equal(given_property(esys, TPM2_PT_LOCKOUT_COUNTER), 0);
	given_esys_gone(esys, tcti);
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void a_wrong_password_refuses_and_counts_nowhere(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);
	struct digest token = token_of(2);
	enum tpm_index_answer answer;
	struct digest found;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		AUTO(secret) wrong = given_secret((uint8_t)i);
		struct tpm_index other = {anchored.tpm, anchored.index.handle, wrong};

		assert_int_equal(tpm_index_read(&other, &answer, &found), ERR_TPM_REFUSED);
		found = after(&value, &token);
		assert_int_equal(tpm_index_extend(&other, &token, &found), ERR_TPM_REFUSED);
		assert_int_equal(tpm_index_undefine(&other), ERR_TPM_REFUSED);
	}
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void an_index_that_stands_elsewhere_is_not_moved(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);
	struct digest token = token_of(2);
	struct digest next = after(&zero, &token);

	(void)state;
	assert_int_equal(tpm_index_extend(&anchored.index, &token, &next), ERR_TPM_REFUSED);
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void a_lockout_of_the_tpm_does_not_stop_it(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);

	(void)state;
	tpm_hang_up(anchored.tpm);
	given_lockout(given);
	value = extended(&anchored, &value, 2);
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void defining_again_finds_the_same_index(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);
	uint32_t again = 0;

	(void)state;
	assert_int_equal(define(&anchored, anchored.auth, &again), ERR_OK);
	assert_int_equal(again, anchored.index.handle);
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void a_taken_handle_is_left_alone(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	AUTO(secret) other_auth = given_secret(99);
	struct digest value = extended(&anchored, &zero, 1);
	struct tpm_index other = {anchored.tpm, 0, other_auth};

	(void)state;
	assert_int_equal(define(&anchored, other_auth, &other.handle), ERR_OK);
	assert_int_equal(other.handle, anchored.index.handle + 1);
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	assert_int_equal(tpm_index_undefine(&other), ERR_OK);
	assert_int_equal(tpm_index_undefine(&other), ERR_OK); /* absent is fine */
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void an_index_that_is_gone_is_told_from_one_that_is_another(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	AUTO(secret) other_auth = given_secret(99);
	struct digest value = extended(&anchored, &zero, 1);
	struct digest token = token_of(2);
	enum tpm_index_answer answer;
	uint32_t handle = 0;

	(void)state;
	assert_int_equal(tpm_index_undefine(&anchored.index), ERR_OK);
	stands_at(&anchored, TPM_INDEX_ABSENT, &zero);
	assert_int_equal(tpm_index_extend(&anchored.index, &token, &value), ERR_TPM_INDEX_MISSING);
	assert_int_equal(define(&anchored, other_auth, &handle), ERR_OK);
	assert_int_equal(handle, anchored.index.handle);
	assert_int_equal(tpm_index_read(&anchored.index, &answer, &value), ERR_TPM_REFUSED);
	anchored_gone(&anchored);
}

static void an_index_of_another_kind_in_its_place_is_refused(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_tpm_with(given);
	enum tpm_index_answer answer;
	struct digest value;

	(void)state;
	anchored.index.handle = 0x01800000 + 0x123456;
	tpm_hang_up(anchored.tpm);
	assert_true(given_full(given, anchored.index.handle) > 0);
	assert_int_equal(tpm_index_read(&anchored.index, &answer, &value), ERR_TPM_REFUSED);
	assert_int_equal(tpm_index_undefine(&anchored.index), ERR_TPM_REFUSED);
	anchored_gone(&anchored);
}

static void a_full_tpm_is_said(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_tpm_with(given);

	(void)state;
	tpm_hang_up(anchored.tpm);
	assert_true(given_full(given, 0x01000000) > 0);
	assert_int_equal(define(&anchored, anchored.auth, &anchored.index.handle), ERR_TPM_FULL);
	anchored_gone(&anchored);
}

static void an_owner_password_stops_making_and_removing_only(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);
	AUTO(secret) other_auth = given_secret(99);
	uint32_t handle;

	(void)state;
	tpm_hang_up(anchored.tpm);
	given_owner_password(given, "", "secret");
	assert_int_equal(define(&anchored, other_auth, &handle), ERR_TPM_OWNER_PASSWORD);
	assert_int_equal(tpm_index_undefine(&anchored.index), ERR_TPM_OWNER_PASSWORD);
	tpm_hang_up(anchored.tpm);
	given_owner_password(given, "secret", "");
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void a_cleared_tpm_has_no_index_and_is_told_by_its_srk(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 1);
	struct digest token = token_of(1);

	(void)state;
	tpm_hang_up(anchored.tpm);
	given_cleared(given);
	stands_at(&anchored, TPM_INDEX_ABSENT, &zero);
	assert_int_equal(tpm_index_extend(&anchored.index, &token, &value), ERR_TPM_INDEX_MISSING);
	anchored_gone(&anchored);
}

/* -- power cuts at every command -------------------------------------------------------------- */

/* The anchor's rule: read; where it still stands at the old value, extend; never otherwise. */
static void move_on(const struct anchored *anchored, const struct digest *from,
		    const struct digest *token)
{
	struct digest to = after(from, token);
	enum tpm_index_answer answer = TPM_INDEX_ABSENT;
	struct digest value = zero;

	assert_int_equal(tpm_index_read(&anchored->index, &answer, &value), ERR_OK);
	if (digest_equal(&value, &to))
		return;
	assert_memory_equal(value.bytes, from->bytes, DIGEST_SIZE);
	assert_int_equal(tpm_index_extend(&anchored->index, token, &to), ERR_OK);
}

static void cut_at_every_command(enum given_mishap when)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_anchored(given);
	struct digest value = extended(&anchored, &zero, 0);
	bool was_cut = true;

	for (uint8_t nth = 0; was_cut; nth++) {
		struct digest token = token_of((uint8_t)(nth + 1));
		struct digest next = after(&value, &token);

		assert_true(nth < 50);
		given->plan = (struct given_plan){when, 0, nth, 1, 0};
		if (tpm_index_extend(&anchored.index, &token, &next) == ERR_OK)
			assert_int_equal(given->plan.times, 1); /* nothing was cut */
		was_cut = given->plan.times == 0;
		given->plan = (struct given_plan){0};
		if (was_cut)
			given_power(given);
		move_on(&anchored, &value, &token);
		value = after(&value, &token);
	}
	stands_at(&anchored, TPM_INDEX_WRITTEN, &value);
	anchored_gone(&anchored);
}

static void power_cuts_before_any_command_leave_the_old_value_or_the_new(void **state)
{
	(void)state;
	cut_at_every_command(GIVEN_CUT_BEFORE);
}

static void power_cuts_after_any_command_leave_the_old_value_or_the_new(void **state)
{
	(void)state;
	cut_at_every_command(GIVEN_CUT_AFTER);
}

static void power_cuts_while_defining_leave_one_index_at_most(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct anchored anchored = given_tpm_with(given);
	bool was_cut = true;

	(void)state;
	for (unsigned nth = 0; was_cut; nth++) {
		uint32_t handle = 0;

		assert_true(nth < 50);
		given->plan = (struct given_plan){GIVEN_CUT_AFTER, 0, nth, 1, 0};
		(void)!define(&anchored, anchored.auth, &handle);
		was_cut = given->plan.times == 0;
		given->plan = (struct given_plan){0};
		if (was_cut)
			given_power(given);
		assert_int_equal(define(&anchored, anchored.auth, &handle), ERR_OK);
		assert_int_equal(handle, 0x01800000 + 0x123456);
		anchored.index.handle = handle;
		assert_int_equal(tpm_index_undefine(&anchored.index), ERR_OK);
	}
	anchored_gone(&anchored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_begins_unwritten_and_moves_only_by_tokens),
		cmocka_unit_test(its_value_outlives_every_power_cut),
		cmocka_unit_test(nobody_else_reads_writes_or_extends_it),
		cmocka_unit_test(a_wrong_password_refuses_and_counts_nowhere),
		cmocka_unit_test(an_index_that_stands_elsewhere_is_not_moved),
		cmocka_unit_test(a_lockout_of_the_tpm_does_not_stop_it),
		cmocka_unit_test(defining_again_finds_the_same_index),
		cmocka_unit_test(a_taken_handle_is_left_alone),
		cmocka_unit_test(an_index_that_is_gone_is_told_from_one_that_is_another),
		cmocka_unit_test(an_index_of_another_kind_in_its_place_is_refused),
		cmocka_unit_test(a_full_tpm_is_said),
		cmocka_unit_test(an_owner_password_stops_making_and_removing_only),
		cmocka_unit_test(a_cleared_tpm_has_no_index_and_is_told_by_its_srk),
		cmocka_unit_test(power_cuts_before_any_command_leave_the_old_value_or_the_new),
		cmocka_unit_test(power_cuts_after_any_command_leave_the_old_value_or_the_new),
		cmocka_unit_test(power_cuts_while_defining_leave_one_index_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
