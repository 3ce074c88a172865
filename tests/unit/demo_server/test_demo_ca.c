/* The demo certificates look like the real ones, and their files hold what they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>

#include <cmocka.h>

#include "tests/server/demo_ca.h"
#include "tests/server/original_make.h"

enum { NOW = 1795562404 /* 2026-11-25 08:20:04 in Japan */ };

struct given {
	struct original_algorithms *algorithms;
	struct demo_ca *ca;
	EVP_PKEY *key;
	X509 *certificate;
};

static const struct demo_subject holder = {"DEMO-1", "YOSHIDA HANAKO", "𠮷田　花子"};

static int start(void **state)
{
	struct given *given = calloc(1, sizeof *given);
	struct demo_period period = demo_period_of(NOW, 0);

	if (given == NULL)
		return -1;
	given->key = EVP_EC_gen("P-256");
	assert_int_equal(original_algorithms_open(&given->algorithms), ERR_OK);
	assert_int_equal(demo_ca_new(NOW, &given->ca), ERR_OK);
	assert_int_equal(
		demo_ca_issue(given->ca, &holder, &period, given->key, &given->certificate),
		ERR_OK);
	*state = given;
	return 0;
}

static int end(void **state)
{
	struct given *given = *state;

	X509_free(given->certificate);
	EVP_PKEY_free(given->key);
	demo_ca_free(given->ca);
	original_algorithms_close(given->algorithms);
	free(given);
	return 0;
}

static void periods_are_five_years_of_whole_days_in_japan(void **state)
{
	struct demo_period period = demo_period_of(NOW, 0);

	(void)state;
	assert_int_equal(period.not_before, 1795532400); /* 2026-11-24T15:00:00Z */
	assert_int_equal(period.not_after, 1953385199);  /* 2031-11-25T14:59:59Z */
	assert_int_equal(demo_period_of(NOW, 1).not_before, 1795532400 - 86400);
}

static void the_issuer_is_known_by_its_ou(void **state)
{
	const struct given *given = *state;
	const X509_NAME *issuer = X509_get_issuer_name(given->certificate);

	assert_int_equal(X509_NAME_get_index_by_NID(issuer, NID_commonName, -1), -1);
	assert_int_not_equal(X509_NAME_get_index_by_NID(issuer, NID_organizationalUnitName, -1),
			     -1);
}

static void the_chain_verifies(void **state)
{
	const struct given *given = *state;

	assert_int_equal(X509_verify(given->certificate, X509_get0_pubkey(given->ca->issuing)), 1);
	assert_int_equal(X509_verify(given->ca->issuing, X509_get0_pubkey(given->ca->root)), 1);
}

static PKCS12 *given_file(const struct given *given, enum original_protection protection,
			  const char *name)
{
	struct bytes bytes = {NULL, 0};
	const unsigned char *at;
	PKCS12 *file;

	assert_int_equal(original_make(given->ca, given->certificate, given->key, name, "abcd",
				       protection, &bytes),
			 ERR_OK);
	at = bytes.data;
	file = d2i_PKCS12(NULL, &at, (long)bytes.size);
	bytes_clear(&bytes);
	assert_non_null(file);
	return file;
}

static void originals_of_both_kinds_open_with_their_pin(void **state)
{
	static const enum original_protection kinds[] = {PROTECTION_AES, PROTECTION_LEGACY};
	const struct given *given = *state;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		PKCS12 *file = given_file(given, kinds[i], "名");
		EVP_PKEY *key = NULL;
		X509 *certificate = NULL;
		STACK_OF(X509) *chain = NULL;

		assert_int_equal(PKCS12_parse(file, "abce", &key, &certificate, &chain), 0);
		assert_int_equal(PKCS12_parse(file, "abcd", &key, &certificate, &chain), 1);
		assert_int_equal(X509_cmp(certificate, given->certificate), 0);
		assert_int_equal(EVP_PKEY_eq(key, given->key), 1);
		assert_int_equal(sk_X509_num(chain), 2);
		EVP_PKEY_free(key);
		X509_free(certificate);
		sk_X509_pop_free(chain, X509_free);
		PKCS12_free(file);
	}
}

static void a_name_outside_the_bmp_is_written_as_surrogates(void **state)
{
	static const unsigned char name[] = {0xD8, 0x42, 0xDF, 0xB7, 0x75, 0x30}; /* 𠮷田 */
	PKCS12 *file = given_file(*state, PROTECTION_AES, "𠮷田");
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(file);
	STACK_OF(PKCS12_SAFEBAG) *bags =
		PKCS12_unpack_p7encdata(sk_PKCS7_value(safes, 0), "abcd", 4);
	const ASN1_TYPE *value =
		PKCS12_SAFEBAG_get0_attr(sk_PKCS12_SAFEBAG_value(bags, 0), NID_friendlyName);

	assert_non_null(value);
	assert_int_equal(value->type, V_ASN1_BMPSTRING);
	assert_int_equal(value->value.bmpstring->length, sizeof name);
	assert_memory_equal(value->value.bmpstring->data, name, sizeof name);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	PKCS12_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_are_five_years_of_whole_days_in_japan),
		cmocka_unit_test(the_issuer_is_known_by_its_ou),
		cmocka_unit_test(the_chain_verifies),
		cmocka_unit_test(originals_of_both_kinds_open_with_their_pin),
		cmocka_unit_test(a_name_outside_the_bmp_is_written_as_surrogates),
	};
	return cmocka_run_group_tests(tests, start, end);
}
