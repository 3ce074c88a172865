/* ID and PIN become JSON without a detour through ordinary memory, whatever is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/download/request_body.h"

static int start(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

static enum err body_of(const char *id, const void *pin, size_t pin_size, struct secret **out_body)
{
	AUTO(secret) secret = NULL;

	TRY(secret_new(pin_size, &secret));
	memcpy(secret_bytes(secret), pin, pin_size);
	return request_body_retrieve(id, secret, out_body);
}

static void assert_body(const struct secret *body, const char *expected)
{
	assert_int_equal(secret_size(body), strlen(expected));
	assert_memory_equal(secret_view(body), expected, strlen(expected));
}

static void an_ordinary_pin_is_sent_as_it_is(void **state)
{
	AUTO(secret) body = NULL;

	(void)state;
	assert_int_equal(body_of("9000000015", "h3pi38d3", 8, &body), ERR_OK);
	assert_body(body, "{\"id\":\"9000000015\",\"pin\":\"h3pi38d3\"}");
}

static void no_pin_can_break_out_of_its_quotes(void **state)
{
	static const char pin[] = "\",\"id\":\"x\\\n\x1F 金";
	AUTO(secret) body = NULL;

	(void)state;
	assert_int_equal(body_of("A-1", pin, strlen(pin), &body), ERR_OK);
	assert_body(body, "{\"id\":\"A-1\",\"pin\":\"\\u0022,\\u0022id\\u0022:\\u0022x"
			  "\\u005C\\u000A\\u001F 金\"}");
}

static void the_longest_pin_of_quotes_fits(void **state)
{
	AUTO(secret) body = NULL;
	char pin[255];

	(void)state;
	memset(pin, '"', sizeof pin);
	assert_int_equal(body_of("1", pin, sizeof pin, &body), ERR_OK);
	assert_int_equal(secret_size(body), strlen("{\"id\":\"1\",\"pin\":\"\"}") + 255 * 6);
}

static void what_cannot_be_a_pin_is_not_sent(void **state)
{
	AUTO(secret) body = NULL;
	char long_pin[256];

	(void)state;
	memset(long_pin, 'a', sizeof long_pin);
	assert_int_equal(body_of("1", "", 0, &body), ERR_PIN_TEXT);
	assert_int_equal(body_of("1", "a\0b", 3, &body), ERR_PIN_TEXT);
	assert_int_equal(body_of("1", "\xFF", 1, &body), ERR_PIN_TEXT);
	assert_int_equal(body_of("1", long_pin, sizeof long_pin, &body), ERR_PIN_TEXT);
}

static void what_cannot_be_an_id_is_not_sent(void **state)
{
	static const char *const wrong[] = {"",
					    "a b",
					    "a\"b",
					    "a/b",
					    "１２３",
					    "a\nb",
					    ("12345678901234567890123456789012345678901234567890"
					     "123456789012345")};
	AUTO(secret) body = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(body_of(wrong[i], "a", 1, &body), ERR_ID_TEXT);
}

static void a_confirmation_names_ticket_and_digest(void **state)
{
	AUTO(secret) body = NULL;
	struct digest digest;

	(void)state;
	memset(digest.bytes, 0xAB, sizeof digest.bytes);
	assert_int_equal(request_body_saved("t-1", &digest, &body), ERR_OK);
	assert_body(body, "{\"ticket\":\"t-1\",\"sha256\":\""
			  "abababababababababababababababab"
			  "abababababababababababababababab\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_pin_is_sent_as_it_is),
		cmocka_unit_test(no_pin_can_break_out_of_its_quotes),
		cmocka_unit_test(the_longest_pin_of_quotes_fits),
		cmocka_unit_test(what_cannot_be_a_pin_is_not_sent),
		cmocka_unit_test(what_cannot_be_an_id_is_not_sent),
		cmocka_unit_test(a_confirmation_names_ticket_and_digest),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
