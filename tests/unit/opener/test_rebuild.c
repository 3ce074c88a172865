/* A new PIN for a file: the same contents, strong protection, readable by everybody. */
#include "tests/unit/opener/given.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#define NEW_PIN "newpin12"

/* Every way a PIN's file may have been written before. */
static const struct {
	const char *file;
	const char *pin;
} files[] = {
	{"openssl-legacy.p12", DEMO_PIN}, {"chain.p12", DEMO_PIN},
	{"java-legacy.p12", DEMO_PIN},    {"key-P-384.p12", DEMO_PIN},
	{"key-ed25519.p12", DEMO_PIN},    {"gnutls-pin.p12", "ピン𠮷1"},
};

static void assert_same(const struct opened *before, const struct opened *after)
{
	assert_true(secret_equal(before->key, after->key));
	assert_true(bytes_equal(&before->certificate, &after->certificate));
	assert_string_equal(before->friendly_name, after->friendly_name);
	assert_int_equal(before->chain.count, after->chain.count);
	for (size_t i = 0; i < before->chain.count; i++)
		assert_true(bytes_equal(&before->chain.items[i], &after->chain.items[i]));
}

static void key_chain_and_name_survive_a_new_pin(void **state)
{
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		AUTO(secret) original = given_file(files[i].file);
		AUTO(opened)
		before = opened_original(*state, OPENER_KEY, files[i].pin, original);
		AUTO(opened)
		rebuilt = opened_original(*state, OPENER_PIN, files[i].pin, original);
		AUTO(opened)
		after = opened_original(*state, OPENER_KEY, NEW_PIN, rebuilt->rebuilt);
		assert_same(before, after);
		assert_false(after->is_weakly_protected);
		assert_string_equal(after->protection,
				    "PBES2 AES-256-CBC, HMAC-SHA-256, 100000 rounds; "
				    "MAC HMAC-SHA-256, 100000 rounds");
	}
}

static void openssl_itself_reads_the_rebuilt_file(void **state)
{
	AUTO(secret) original = given_file("chain.p12");
	AUTO(opened) rebuilt = opened_original(*state, OPENER_PIN, DEMO_PIN, original);
	const unsigned char *at = secret_view(rebuilt->rebuilt);
	PKCS12 *pkcs12 = d2i_PKCS12(NULL, &at, (long)secret_size(rebuilt->rebuilt));
	EVP_PKEY *key = NULL;
	X509 *certificate = NULL;
	STACK_OF(X509) *others = NULL;

	assert_int_equal(PKCS12_parse(pkcs12, NEW_PIN, &key, &certificate, &others), 1);
	assert_int_equal(X509_check_private_key(certificate, key), 1);
	assert_int_equal(sk_X509_num(others), 2);
	sk_X509_pop_free(others, X509_free);
	X509_free(certificate);
	EVP_PKEY_free(key);
	PKCS12_free(pkcs12);
}

static void the_old_pin_no_longer_opens_it(void **state)
{
	AUTO(secret) original = given_file("openssl-modern.p12");
	AUTO(opened) rebuilt = opened_original(*state, OPENER_PIN, DEMO_PIN, original);

	assert_int_equal(opening(*state, OPENER_SHOW, DEMO_PIN, rebuilt->rebuilt),
			 ERR_ORIGINAL_PIN);
}

static void a_wrong_old_pin_builds_nothing(void **state)
{
	AUTO(secret) original = given_file("openssl-modern.p12");

	assert_int_equal(opening(*state, OPENER_PIN, "another0", original), ERR_ORIGINAL_PIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_chain_and_name_survive_a_new_pin),
		cmocka_unit_test(openssl_itself_reads_the_rebuilt_file),
		cmocka_unit_test(the_old_pin_no_longer_opens_it),
		cmocka_unit_test(a_wrong_old_pin_builds_nothing),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
