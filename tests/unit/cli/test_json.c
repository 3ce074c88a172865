/* Documents: the fields scripts rely on, with absent as null. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "given.h"
#include "tool/cli/json.h"
#include "tool/cli/moment.h"
#include "vault/base/vault.h"

static char *text_of(const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT);

	assert_non_null(text);
	return text;
}

static void an_entry_has_every_field_of_the_contract(void **state)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_JSON object = NULL;
	AUTO_TEXT text = NULL;

	(void)state;
	given_entry("山田 太郎", "abcd", &entry);
	entry.is_active = true;
	assert_int_equal(json_of_entry(&entry, &object), ERR_OK);
	text = text_of(object);
	assert_string_equal(
		text,
		"{\"id\":\"abcd000000000000000000000000000000000000000000000000000000000000\","
		"\"label\":\"山田 太郎\","
		"\"subject\":\"0.9.2342.19200300.100.1.1=#0C08,CN=YAMADA TARO,C=JP\","
		"\"issuer\":\"OU=SECOM Passport for G-ID,C=JP\",\"serial\":\"0a1b\","
		"\"user_id\":\"12345678\",\"not_before\":\"2001-09-09T01:46:40Z\","
		"\"not_after\":\"2096-10-02T07:06:40Z\",\"key\":\"rsa-2048\",\"active\":true,"
		"\"state\":\"ready\",\"tries_left\":5,\"pin_rule\":true,\"original\":null,"
		"\"confirmed_at\":null}");
}

static void what_is_known_of_the_original_is_told(void **state)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_JSON object = NULL;
	AUTO_TEXT text = NULL;

	(void)state;
	given_entry("A", "abcd", &entry);
	free(entry.where);
	entry.where = strdup("KINKO-USB");
	entry.verified_at = 1000000000;
	entry.confirmed_at = 1000000001;
	entry.summary.user_id[0] = '\0';
	entry.tries_left = 0;
	assert_int_equal(json_of_entry(&entry, &object), ERR_OK);
	text = text_of(object);
	assert_non_null(strstr(text, "\"original\":{\"verified_at\":\"2001-09-09T01:46:40Z\","
				     "\"where\":\"KINKO-USB\"}"));
	assert_non_null(strstr(text, "\"confirmed_at\":\"2001-09-09T01:46:41Z\""));
	assert_non_null(strstr(text, "\"user_id\":null"));
	assert_non_null(strstr(text, "\"state\":\"locked\",\"tries_left\":0"));
}

static void what_was_not_told_is_null(void **state)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_JSON object = NULL;
	AUTO_TEXT text = NULL;
	struct entry limited;

	(void)state;
	given_entry("A", "abcd", &entry);
	entry.is_active = true;
	limited = entry_limited(&entry, 999999999); /* a second before it is valid */
	assert_true(entry_is_limited(&limited));
	assert_false(entry_is_limited(&entry));
	assert_int_equal(json_of_entry(&limited, &object), ERR_OK);
	text = text_of(object);
	assert_non_null(strstr(text, "\"subject\":null,\"issuer\":null,\"serial\":null,"
				     "\"user_id\":null,\"not_before\":null,"
				     "\"not_after\":\"2096-10-02T07:06:40Z\",\"key\":null,"
				     "\"active\":null,\"state\":\"not-yet-valid\","
				     "\"tries_left\":null,\"pin_rule\":null,\"original\":null,"
				     "\"confirmed_at\":null}"));
}

static void text_goes_out_raw_and_always_as_utf8(void **state)
{
	AUTO_JSON raw = json_text("a\x1B\xE2\x80\xAE\"b");
	AUTO_JSON broken = json_text("x\xFFy");

	(void)state;
	assert_string_equal(json_string_value(raw), "a\x1B\xE2\x80\xAE\"b");
	assert_string_equal(json_string_value(broken), "x\\xFFy");
}

static void warnings_are_words(void **state)
{
	AUTO_JSON array = NULL;
	AUTO_TEXT text = NULL;

	(void)state;
	assert_int_equal(json_of_warnings(WARNING_EXPIRED | WARNING_ON_THIS_COMPUTER, &array),
			 ERR_OK);
	text = text_of(array);
	assert_string_equal(text, "[\"expired\",\"original-on-this-computer\"]");
}

static void people_read_the_day_in_japan(void **state)
{
	AUTO_TEXT day = NULL;
	AUTO_TEXT minute = NULL;

	(void)state;
	/* 2031-01-31T14:59:59Z is the last second of that day in Japan. */
	assert_int_equal(moment_day(1927637999, &day), ERR_OK);
	assert_string_equal(day, "2031-01-31");
	assert_int_equal(moment_minute(1927637999, &minute), ERR_OK);
	assert_string_equal(minute, "2031-01-31 23:59 JST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_every_field_of_the_contract),
		cmocka_unit_test(what_is_known_of_the_original_is_told),
		cmocka_unit_test(what_was_not_told_is_null),
		cmocka_unit_test(text_goes_out_raw_and_always_as_utf8),
		cmocka_unit_test(warnings_are_words),
		cmocka_unit_test(people_read_the_day_in_japan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
