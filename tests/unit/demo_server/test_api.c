/* The API keeps its promises at every hour of a letter: time is an argument here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/server/api.h"
#include "tests/server/pin_hash.h"
#include "vault/base/secret.h"

enum { ISSUED_AT = 1000000, HOUR = 3600, DAY = 24 * HOUR };

static const char ORIGINAL[] = "the bytes of an original";
static const char TICKET[] = "0123456789012345678901234567890123456789012";

struct given {
	char folder[64];
	char path[96];
	struct ledger *ledger;
	struct rate *rate;
	struct api api;
	struct answer answer;
	int64_t now_ms;
};

static void add_letter(struct given *given, const char *id, const char *pin)
{
	struct letter letter = {.issued_at = ISSUED_AT};
	struct bytes original = {NULL, 0};

	assert_int_equal(bytes_copy(ORIGINAL, sizeof ORIGINAL, &original), ERR_OK);
	(void)snprintf(letter.id, sizeof letter.id, "%s", id);
	(void)snprintf(letter.ticket, sizeof letter.ticket, "%s", TICKET);
	assert_int_equal(pin_hash(pin, letter.salt, letter.pin_hash), ERR_OK);
	digest_of(original.data, original.size, &letter.digest);
	assert_int_equal(ledger_add_letter(given->ledger, &letter, &original), ERR_OK);
	bytes_clear(&original);
}

static int start(void **state)
{
	struct given *given = calloc(1, sizeof *given);

	if (given == NULL || secret_init() != ERR_OK)
		return -1;
	(void)snprintf(given->folder, sizeof given->folder, "/tmp/kinko-api-XXXXXX");
	if (mkdtemp(given->folder) == NULL)
		return -1;
	(void)snprintf(given->path, sizeof given->path, "%s/server.db", given->folder);
	assert_int_equal(ledger_open(given->path, &given->ledger), ERR_OK);
	assert_int_equal(rate_new(&given->rate), ERR_OK);
	given->api = (struct api){given->ledger, given->rate, HOUR, 30 * DAY};
	add_letter(given, "1", "right");
	*state = given;
	return 0;
}

static int end(void **state)
{
	struct given *given = *state;

	answer_clear(&given->answer);
	ledger_close(given->ledger);
	rate_free(given->rate);
	(void)unlink(given->path);
	(void)rmdir(given->folder);
	free(given);
	return 0;
}

/* The status; the answer stays in `given`. A minute of boot time passes each time. */
static unsigned post(struct given *given, const char *path, const char *body, int64_t now)
{
	struct api_request request = {.method = "POST",
				      .path = path,
				      .content_type = "application/json",
				      .accept_language = "en",
				      .body = body,
				      .body_size = strlen(body)};

	given->now_ms += 60000;
	assert_int_equal(api_answer(&given->api, &request, now, given->now_ms, &given->answer),
			 ERR_OK);
	return given->answer.status;
}

static unsigned retrieve(struct given *given, const char *id, const char *pin, int64_t now)
{
	char body[256];

	(void)snprintf(body, sizeof body, "{\"id\":\"%s\",\"pin\":\"%s\"}", id, pin);
	return post(given, "/v1/originals:retrieve", body, now);
}

static unsigned saved(struct given *given, int64_t now)
{
	char body[256];
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;

	digest_of(ORIGINAL, sizeof ORIGINAL, &digest);
	hex_of(digest.bytes, DIGEST_SIZE, hex);
	(void)snprintf(body, sizeof body, "{\"ticket\":\"%s\",\"sha256\":\"%s\"}", TICKET, hex);
	return post(given, "/v1/originals:saved", body, now);
}

static bool body_has(const struct given *given, const char *text)
{
	return memmem(given->answer.body.data, given->answer.body.size, text, strlen(text)) != NULL;
}

static void the_window_is_thirty_days(void **state)
{
	assert_int_equal(retrieve(*state, "1", "right", ISSUED_AT + 30 * DAY - 1), 200);
	assert_int_equal(retrieve(*state, "1", "right", ISSUED_AT + 30 * DAY), 410);
	assert_true(body_has(*state, "\"window-expired\""));
	assert_int_equal(retrieve(*state, "1", "wrong", ISSUED_AT + 30 * DAY), 401);
	assert_int_equal(saved(*state, ISSUED_AT + 30 * DAY), 410);
}

static void one_hour_after_the_first_confirmation_it_is_deleted(void **state)
{
	const int64_t at = ISSUED_AT + DAY;

	assert_int_equal(saved(*state, at), 200);
	assert_true(body_has(*state, "{\"delete_at\":\"1970-01-13T14:46:40Z\"}"));
	assert_int_equal(saved(*state, at + 3000), 200);
	assert_true(body_has(*state, "{\"delete_at\":\"1970-01-13T14:46:40Z\"}"));
	assert_int_equal(retrieve(*state, "1", "right", at + HOUR - 1), 200);
	assert_int_equal(retrieve(*state, "1", "right", at + HOUR), 410);
	assert_true(body_has(*state, "\"deleted-after-save\""));
	assert_int_equal(saved(*state, at + 2 * HOUR), 200);
	assert_true(body_has(*state, "{\"delete_at\":\"1970-01-13T14:46:40Z\"}"));
}

static void a_confirmation_on_the_last_day_still_gives_an_hour(void **state)
{
	const int64_t at = ISSUED_AT + 30 * DAY - 1;

	assert_int_equal(saved(*state, at), 200);
	assert_int_equal(retrieve(*state, "1", "right", at + 100), 200);
	assert_int_equal(retrieve(*state, "1", "right", at + HOUR), 410);
	assert_true(body_has(*state, "\"deleted-after-save\""));
}

static void the_tenth_wrong_pin_locks_known_and_unknown_alike(void **state)
{
	static const char *const ids[] = {"1", "unknown"};

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		for (int tries = 0; tries < API_WRONG_PINS_MAX; tries++)
			assert_int_equal(retrieve(*state, ids[i], "wrong", ISSUED_AT), 401);
		assert_int_equal(retrieve(*state, ids[i], "right", ISSUED_AT), 403);
	}
}

static void strangers_cannot_fill_the_ledger(void **state)
{
	const struct given *given = *state;
	unsigned tries = 0;
	char id[32];

	assert_int_equal(ledger_count_try(given->ledger, "1", ISSUED_AT, &tries), ERR_OK);
	assert_int_equal(ledger_begin(given->ledger), ERR_OK);
	for (int i = 0; i < 10200; i++) {
		(void)snprintf(id, sizeof id, "stranger-%d", i);
		assert_int_equal(ledger_count_try(given->ledger, id, ISSUED_AT + i, &tries),
				 ERR_OK);
	}
	assert_int_equal(ledger_commit(given->ledger), ERR_OK);
	assert_int_equal(ledger_tries(given->ledger, "stranger-0", &tries), ERR_OK);
	assert_int_equal(tries, 0);
	assert_int_equal(ledger_tries(given->ledger, "stranger-10199", &tries), ERR_OK);
	assert_int_equal(tries, 1);
	assert_int_equal(ledger_tries(given->ledger, "1", &tries), ERR_OK);
	assert_int_equal(tries, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_window_is_thirty_days, start, end),
		cmocka_unit_test_setup_teardown(one_hour_after_the_first_confirmation_it_is_deleted,
						start, end),
		cmocka_unit_test_setup_teardown(a_confirmation_on_the_last_day_still_gives_an_hour,
						start, end),
		cmocka_unit_test_setup_teardown(the_tenth_wrong_pin_locks_known_and_unknown_alike,
						start, end),
		cmocka_unit_test_setup_teardown(strangers_cannot_fill_the_ledger, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
