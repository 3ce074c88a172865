/* Where OpenSSL's legacy provider is not installed, old originals are refused by name, and all
 * others open as ever.
 */
#include "tests/unit/opener/given.h"

/* This process looks for providers where there are none; kinko-opener itself is started with an
 * empty environment. */
static int given_no_legacy_provider(void **state)
{
	return setenv("OPENSSL_MODULES", "/nonexistent", 1) != 0 ? -1 : given_library(state);
}

static void an_old_original_is_refused_by_the_name_of_its_algorithm(void **state)
{
	AUTO(secret) old = given_file("openssl-legacy.p12");
	AUTO(secret) rc4 = given_file("PBE-SHA1-RC4-128.p12");

	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, old), ERR_ORIGINAL_ALGORITHM);
	assert_string_equal(err_detail_text(), "RC2-40");
	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, rc4), ERR_ORIGINAL_ALGORITHM);
	assert_string_equal(err_detail_text(), "RC4-128");
}

static void triple_des_and_modern_originals_do_not_need_it(void **state)
{
	AUTO(secret) modern = given_file("openssl-modern.p12");
	AUTO(secret) triple_des = given_file("PBE-SHA1-3DES.p12");

	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, modern), ERR_OK);
	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, triple_des), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_original_is_refused_by_the_name_of_its_algorithm),
		cmocka_unit_test(triple_des_and_modern_originals_do_not_need_it),
	};

	return cmocka_run_group_tests(tests, given_no_legacy_provider, drop_library);
}
