/* test_tpm_context.c - how the conversation with a TPM is mended, and that nothing is left in it.
 */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_tpm.h"
#include "vault/keeper/tpm_context.h"
#include "vault/keeper/tpm_index.h"
#include "vault/keeper/tpm_seal.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

static const struct vault_id vault = {{7}};

struct talk {
	struct given_tpm *given;
	struct tpm *tpm;
	struct secret *auth;
	struct secret *half;
	struct bytes sealed;
	struct tpm_index index;
};

static struct talk given_talk(struct given_tpm *given)
{
	struct talk talk = {.given = given, .auth = given_secret(1), .half = given_secret(77)};
	struct bytes name = {NULL, 0};

	assert_int_equal(tpm_new(&given->port, &talk.tpm), ERR_OK);
	assert_int_equal(tpm_learn(talk.tpm, &name), ERR_OK);
	bytes_clear(&name);
	assert_int_equal(tpm_seal(talk.tpm, talk.auth, talk.half, &talk.sealed), ERR_OK);
	talk.index = (struct tpm_index){talk.tpm, 0, talk.auth};
	assert_int_equal(tpm_index_choose(talk.tpm, &vault, talk.auth, &talk.index.handle), ERR_OK);
	assert_int_equal(tpm_index_make(&talk.index), ERR_OK);
	return talk;
}

static void talk_gone(struct talk *talk)
{
	tpm_free(talk->tpm);
	secret_free(talk->auth);
	secret_free(talk->half);
	bytes_clear(&talk->sealed);
	given_tpm_gone(talk->given);
}

static enum err unseal(struct talk *talk)
{
	AUTO(secret) half = NULL;

	return tpm_unseal(talk->tpm, talk->auth, &talk->sealed, &half);
}

static enum err read_index(struct talk *talk)
{
	enum tpm_index_answer answer;
	struct digest value;

	return tpm_index_read(&talk->index, &answer, &value);
}

static enum err extend_index(struct talk *talk)
{
	enum tpm_index_answer answer;
	struct digest token;
	struct digest value;
	struct digest next;

	memset(token.bytes, 5, sizeof token.bytes);
	TRY(tpm_index_read(&talk->index, &answer, &value));
	digest_of_two(value.bytes, DIGEST_SIZE, token.bytes, DIGEST_SIZE, &next);
	return tpm_index_extend(&talk->index, &token, &next);
}

static void answers(struct talk *talk, TPM2_CC command, unsigned times, TPM2_RC answer)
{
	talk->given->plan = (struct given_plan){GIVEN_ANSWER, command, 0, times, answer};
}

/* -- busy ------------------------------------------------------------------------------------- */

static void a_busy_tpm_is_waited_for(void **state)
{
	static const TPM2_RC busy[] = {TPM2_RC_RETRY,   TPM2_RC_YIELDED,        TPM2_RC_TESTING,
				       TPM2_RC_NV_RATE, TPM2_RC_NV_UNAVAILABLE, TPM2_RC_CANCELED,
				       TPM2_RC_MEMORY,  TPM2_RC_SESSION_MEMORY};
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(busy); i++) {
		answers(&talk, TPM2_CC_NV_Extend, 2, busy[i]);
		assert_int_equal(extend_index(&talk), ERR_OK);
		assert_int_equal(given->plan.times, 0);
		answers(&talk, TPM2_CC_Unseal, 2, busy[i]);
		assert_int_equal(unseal(&talk), ERR_OK);
		assert_int_equal(given->plan.times, 0);
	}
	talk_gone(&talk);
}

static void a_tpm_that_stays_busy_is_said_in_bounded_time(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);
	struct timespec begin, end;

	(void)state;
	given->port.patience_milliseconds = 300;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	answers(&talk, TPM2_CC_NV_Extend, 1000, TPM2_RC_NV_RATE);
	assert_int_equal(extend_index(&talk), ERR_TPM_BUSY);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 3);
	given->plan = (struct given_plan){0};
	assert_int_equal(extend_index(&talk), ERR_OK);
	talk_gone(&talk);
}

/* -- lost ------------------------------------------------------------------------------------- */

static void every_way_to_lose_a_session_is_mended(void **state)
{
	static const TPM2_RC lost[] = {
		TPM2_RC_REFERENCE_S0,
		TPM2_RC_REFERENCE_H0,
		TPM2_RC_HANDLE + TPM2_RC_S + TPM2_RC_1,
		TPM2_RC_VALUE + TPM2_RC_S + TPM2_RC_1,
		TPM2_RC_AUTH_FAIL + TPM2_RC_S + TPM2_RC_1,
		TPM2_RC_CONTEXT_GAP,
		TPM2_RC_INITIALIZE,
	};
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lost); i++) {
		answers(&talk, TPM2_CC_NV_Read, 1, lost[i]);
		assert_int_equal(extend_index(&talk), ERR_OK);
		assert_int_equal(given->plan.times, 0);
		answers(&talk, TPM2_CC_Unseal, 1, lost[i]);
		assert_int_equal(unseal(&talk), ERR_OK);
		assert_int_equal(given->plan.times, 0);
	}
	talk_gone(&talk);
}

static void flush_behind_its_back(struct talk *talk)
{
	ESYS_TR session = talk->tpm->session;
	TPM2_HANDLE number = 0;
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	uint8_t command[14] = {0x80, 0x01, 0, 0, 0, 14, 0, 0, 1, 0x65};
	uint8_t answer[64];
	size_t size = sizeof answer;

	assert_int_equal(Esys_TR_GetTpmHandle(talk->tpm->esys, session, &number), TSS2_RC_SUCCESS);
	for (unsigned i = 0; i < 4; i++)
		command[10 + i] = (uint8_t)(number >> (24 - 8 * i));
	esys = talk->tpm->esys;
	assert_int_equal(Esys_GetTcti(esys, &tcti), TSS2_RC_SUCCESS);
	assert_int_equal(Tss2_Tcti_Transmit(tcti, sizeof command, command), TSS2_RC_SUCCESS);
	assert_int_equal(Tss2_Tcti_Receive(tcti, &size, answer, TSS2_TCTI_TIMEOUT_BLOCK),
			 TSS2_RC_SUCCESS);
	assert_int_equal(answer[9], 0);
}

static void a_session_that_really_went_is_begun_anew(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);

	(void)state;
	assert_int_equal(read_index(&talk), ERR_OK);
	flush_behind_its_back(&talk);
	assert_int_equal(extend_index(&talk), ERR_OK);
	flush_behind_its_back(&talk);
	assert_int_equal(unseal(&talk), ERR_OK);
	assert_int_equal(given_handles(talk.tpm->esys, GIVEN_LOADED), 1);
	talk_gone(&talk);
}

static void a_lasting_trouble_is_said_after_a_few_tries(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);

	(void)state;
	answers(&talk, TPM2_CC_NV_Read, 1000, TPM2_RC_REFERENCE_S0);
	assert_int_equal(read_index(&talk), ERR_TPM_FAULT);
	assert_in_range(given->plan.times, 990, 998);
	answers(&talk, TPM2_CC_NV_Read, 1000, TPM2_RC_LOCKOUT);
	assert_int_equal(read_index(&talk), ERR_TPM_LOCKED_OUT);
	assert_int_equal(given->plan.times, 999);
	answers(&talk, TPM2_CC_NV_Read, 1000, TPM2_RC_FAILURE);
	assert_int_equal(read_index(&talk), ERR_TPM_FAULT);
	given->plan = (struct given_plan){0};
	assert_int_equal(read_index(&talk), ERR_OK);
	talk_gone(&talk);
}

static void an_extension_is_never_sent_twice_by_itself(void **state)
{
	static const TPM2_RC doubtful[] = {TPM2_RC_REFERENCE_S0, TPM2_RC_FAILURE, TPM2_RC_HANDLE,
					   TPM2_RC_AUTH_FAIL + TPM2_RC_S + TPM2_RC_1};
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(doubtful); i++) {
		answers(&talk, TPM2_CC_NV_Extend, 10, doubtful[i]);
		assert_int_not_equal(extend_index(&talk), ERR_OK);
		assert_int_equal(given->plan.times, 9);
	}
	talk_gone(&talk);
}

/* -- nothing is left -------------------------------------------------------------------------- */

static void loaded_are(const struct talk *talk, unsigned objects, unsigned sessions)
{
	ESYS_CONTEXT *esys = talk->tpm->esys;

	assert_int_equal(given_handles(esys, GIVEN_OBJECTS), objects);
	assert_int_equal(given_handles(esys, GIVEN_LOADED), sessions);
	assert_int_equal(given_handles(esys, GIVEN_SAVED), 0);
}

static void a_thousand_operations_leave_nothing_in_the_tpm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(i % 10 == 0  ? unseal(&talk)
				 : i % 10 < 5 ? extend_index(&talk)
					      : read_index(&talk),
				 ERR_OK);
	loaded_are(&talk, 0, 1);
	tpm_free(talk.tpm);
	talk.tpm = NULL;
	esys = given_esys(given, &tcti);
	assert_int_equal(given_handles(esys, GIVEN_OBJECTS), 0);
	assert_int_equal(given_handles(esys, GIVEN_LOADED), 0);
	given_esys_gone(esys, tcti);
	talk_gone(&talk);
}

static void no_failure_at_any_command_leaves_anything_in_the_tpm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);
	unsigned failed = 0;

	(void)state;
	for (unsigned nth = 0; nth < 12; nth++)
		for (unsigned operation = 0; operation < 2; operation++) {
			given->plan = (struct given_plan){GIVEN_ANSWER, 0, nth, 1, TPM2_RC_FAILURE};
			failed += (operation == 0 ? unseal(&talk) : extend_index(&talk)) != ERR_OK;
			given->plan = (struct given_plan){0};
			assert_int_equal(unseal(&talk), ERR_OK);
			loaded_are(&talk, 0, 1);
		}
	assert_true(failed >= 8);
	talk_gone(&talk);
}

/* -- several threads -------------------------------------------------------------------------- */

static void *work(void *argument)
{
	struct talk *talk = argument;
	uintptr_t failed = 0;

	for (unsigned i = 0; i < 30; i++)
		failed += (i % 3 == 0 ? unseal(talk) : read_index(talk)) != ERR_OK;
	return (void *)failed;
}

static void threads_take_turns(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &talk), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		void *failed = NULL;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	loaded_are(&talk, 0, 1);
	talk_gone(&talk);
}

/* -- secrets ---------------------------------------------------------------------------------- */

#if !KINKO_SANITIZED
/* How often a secret stands in this process's writable memory, outside of struct secret's own
 * guarded pages. The pattern is compared byte by byte against an inverted copy, so that the
 * search finds nothing of its own. */
static unsigned count_in(const uint8_t *begin, size_t size, const uint8_t inverted[16])
{
	unsigned count = 0;

	for (size_t at = 0; at + 16 <= size; at++) {
		size_t same = 0;

		while (same < 16 && (begin[at + same] ^ inverted[same]) == 0xFF)
			same++;
		count += same == 16;
	}
	return count;
}

static unsigned residue_of(const struct secret *secret)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint8_t inverted[16];
	char line[512];
	unsigned count = 0;

	assert_non_null(maps);
	for (size_t i = 0; i < sizeof inverted; i++)
		inverted[i] = (uint8_t)~secret_view(secret)[i + 8];
	while (fgets(line, sizeof line, maps) != NULL) {
		uintptr_t begin, end;
		char rights[8];

		if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) == 3 && rights[0] == 'r' &&
		    rights[1] == 'w' && strstr(line, "[v") == NULL)
			count += count_in((const uint8_t *)begin, end - begin, inverted);
	}
	(void)fclose(maps);
	return count;
}

static void no_copy_of_half_or_password_stays_in_memory(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct talk talk = given_talk(given);

	(void)state;
	assert_int_equal(unseal(&talk), ERR_OK);
	assert_int_equal(extend_index(&talk), ERR_OK);
	/* The one copy each is in the test's own struct secret. */
	assert_int_equal(residue_of(talk.half), 1);
	assert_int_equal(residue_of(talk.auth), 1);
	talk_gone(&talk);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_tpm_is_waited_for),
		cmocka_unit_test(a_tpm_that_stays_busy_is_said_in_bounded_time),
		cmocka_unit_test(every_way_to_lose_a_session_is_mended),
		cmocka_unit_test(a_session_that_really_went_is_begun_anew),
		cmocka_unit_test(a_lasting_trouble_is_said_after_a_few_tries),
		cmocka_unit_test(an_extension_is_never_sent_twice_by_itself),
		cmocka_unit_test(a_thousand_operations_leave_nothing_in_the_tpm),
		cmocka_unit_test(no_failure_at_any_command_leaves_anything_in_the_tpm),
		cmocka_unit_test(threads_take_turns),
#if !KINKO_SANITIZED
		cmocka_unit_test(no_copy_of_half_or_password_stays_in_memory),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
