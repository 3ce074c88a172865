/* The name of an original on a stick suits every system, whatever the certificate says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given_certificate.h"
#include "usbimport/original.h"

static void assert_name(const char *user_id, const char *not_before, const char *expected)
{
	struct certificate *certificate = given_certificate(user_id, 0xABC123, not_before);
	char *name = NULL;

	assert_int_equal(original_file_name(certificate, &name), ERR_OK);
	assert_string_equal(name, expected);
	free(name);
	certificate_free(certificate);
}

static void it_is_the_user_id_and_the_first_day_in_japan(void **state)
{
	(void)state;
	assert_name("S1234567890123", "20260131150000Z", "Kinko/S1234567890123-20260201.p12");
	assert_name("S1234567890123", "20260131145959Z", "Kinko/S1234567890123-20260131.p12");
}

static void without_a_user_id_it_is_the_serial(void **state)
{
	(void)state;
	assert_name(NULL, "20260131150000Z", "Kinko/abc123-20260201.p12");
}

static void what_could_harm_becomes_an_underscore(void **state)
{
	(void)state;
	assert_name("a/b\\c d:e", "20260201000000Z", "Kinko/a_b_c_d_e-20260201.p12");
	assert_name("..", "20260201000000Z", "Kinko/_.-20260201.p12");
	assert_name("-rf", "20260201000000Z", "Kinko/_rf-20260201.p12");
	assert_name("司法*", "20260201000000Z", "Kinko/___-20260201.p12");
}

static void a_very_long_user_id_is_cut(void **state)
{
	char user_id[301];
	struct certificate *certificate = NULL;
	char *name = NULL;

	(void)state;
	memset(user_id, 'x', 300);
	user_id[300] = '\0';
	certificate = given_certificate(user_id, 1, "20260201000000Z");
	assert_int_equal(original_file_name(certificate, &name), ERR_OK);
	assert_int_equal(strlen(name), strlen("Kinko/-20260201.p12") + 100);
	free(name);
	certificate_free(certificate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_user_id_and_the_first_day_in_japan),
		cmocka_unit_test(without_a_user_id_it_is_the_serial),
		cmocka_unit_test(what_could_harm_becomes_an_underscore),
		cmocka_unit_test(a_very_long_user_id_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
