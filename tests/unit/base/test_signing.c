/* The numbers of schemes and hashes are the protocol's, their words policy.conf's and the log's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault/base/signing.h"

static void numbers_and_words_never_change(void **state)
{
	(void)state;
	assert_int_equal(SIGN_RSA_PKCS1, 1);
	assert_int_equal(SIGN_EDDSA, 4);
	assert_string_equal(sign_scheme_word((enum sign_scheme)1), "rsa-pkcs1");
	assert_string_equal(sign_scheme_word((enum sign_scheme)2), "rsa-pss");
	assert_string_equal(sign_scheme_word((enum sign_scheme)3), "ecdsa");
	assert_string_equal(sign_scheme_word((enum sign_scheme)4), "eddsa");
	assert_string_equal(sign_hash_word((enum sign_hash)1), "sha256");
	assert_string_equal(sign_hash_word((enum sign_hash)2), "sha384");
	assert_string_equal(sign_hash_word((enum sign_hash)3), "sha512");
	assert_int_equal(sign_hash_size(SIGN_SHA256), 32);
	assert_int_equal(sign_hash_size(SIGN_SHA384), 48);
	assert_int_equal(sign_hash_size(SIGN_SHA512), 64);
}

static void other_numbers_are_none(void **state)
{
	(void)state;
	for (unsigned number = 0; number < 256; number++) {
		if (number == 0 || number > 3) {
			assert_null(sign_hash_word((enum sign_hash)number));
			assert_int_equal(sign_hash_size((enum sign_hash)number), 0);
		}
		if (number == 0 || number > 4)
			assert_null(sign_scheme_word((enum sign_scheme)number));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_words_never_change),
		cmocka_unit_test(other_numbers_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
