/* Originals of every program people have are opened: OpenSSL, old Windows, GnuTLS, NSS, Java. */
#include "tests/unit/opener/given.h"

#include <stdio.h>

struct good {
	const char *file;
	const char *pin;
	const char *name;       /* friendlyName */
	const char *protection; /* how it begins */
	size_t chain_count;
	bool is_weak;
};

/* clang-format off */
static const struct good goods[] = {
	{"openssl-modern", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC, HMAC-SHA-256, 2048 rounds; MAC HMAC-SHA-256, 2048 rounds", 0, true},
	{"openssl-legacy", DEMO_PIN, DEMO_NAME, "RC2-40, SHA-1, 2048 rounds; 3DES-CBC, SHA-1, 2048 rounds; MAC HMAC-SHA-1, 2048 rounds", 0, true},
	{"windows-old", DEMO_PIN, DEMO_NAME, "RC2-40, SHA-1", 0, true},
	{"pbes2-AES-128-CBC", DEMO_PIN, DEMO_NAME, "PBES2 AES-128-CBC", 0, true},
	{"pbes2-AES-192-CBC", DEMO_PIN, DEMO_NAME, "PBES2 AES-192-CBC", 0, true},
	{"pbes2-AES-256-CBC", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC", 0, true},
	{"pbes2-AES-256-CFB", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CFB", 0, true},
	{"pbes2-AES-256-OFB", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-OFB", 0, true},
	{"pbes2-DES-CBC", DEMO_PIN, DEMO_NAME, "PBES2 DES-CBC", 0, true},
	{"pbes2-DES-EDE3-CBC", DEMO_PIN, DEMO_NAME, "PBES2 3DES-CBC", 0, true},
	{"pbes2-RC2-CBC", DEMO_PIN, DEMO_NAME, "PBES2 RC2-CBC", 0, true},
	{"pbes2-CAMELLIA-128-CBC", DEMO_PIN, DEMO_NAME, "PBES2 Camellia-128-CBC", 0, true},
	{"pbes2-CAMELLIA-256-CBC", DEMO_PIN, DEMO_NAME, "PBES2 Camellia-256-CBC", 0, true},
	{"pbes2-ARIA-128-CBC", DEMO_PIN, DEMO_NAME, "PBES2 ARIA-128-CBC", 0, true},
	{"pbes2-ARIA-256-CBC", DEMO_PIN, DEMO_NAME, "PBES2 ARIA-256-CBC", 0, true},
	{"pbes2-SEED-CBC", DEMO_PIN, DEMO_NAME, "PBES2 SEED-CBC", 0, true},
	{"pbes2-SM4-CBC", DEMO_PIN, DEMO_NAME, "PBES2 SM4-CBC", 0, true},
	{"pbes2-BF-CBC", DEMO_PIN, DEMO_NAME, "PBES2 Blowfish-CBC", 0, true},
	{"pbes2-CAST5-CBC", DEMO_PIN, DEMO_NAME, "PBES2 CAST5-CBC", 0, true},
	{"PBE-SHA1-RC4-128", DEMO_PIN, DEMO_NAME, "RC4-128, SHA-1", 0, true},
	{"PBE-SHA1-RC4-40", DEMO_PIN, DEMO_NAME, "RC4-40, SHA-1", 0, true},
	{"PBE-SHA1-3DES", DEMO_PIN, DEMO_NAME, "3DES-CBC, SHA-1", 0, true},
	{"PBE-SHA1-2DES", DEMO_PIN, DEMO_NAME, "2-key 3DES-CBC, SHA-1", 0, true},
	{"PBE-SHA1-RC2-128", DEMO_PIN, DEMO_NAME, "RC2-128, SHA-1", 0, true},
	{"PBE-SHA1-RC2-40", DEMO_PIN, DEMO_NAME, "RC2-40, SHA-1", 0, true},
	{"PBE-MD5-DES", DEMO_PIN, DEMO_NAME, "DES-CBC, MD5", 0, true},
	{"PBE-SHA1-DES", DEMO_PIN, DEMO_NAME, "DES-CBC, SHA-1", 0, true},
	{"PBE-MD5-RC2-64", DEMO_PIN, DEMO_NAME, "RC2-64, MD5", 0, true},
	{"PBE-SHA1-RC2-64", DEMO_PIN, DEMO_NAME, "RC2-64, SHA-1", 0, true},
	{"mac-md5", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha1", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha224", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha256", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha384", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha512", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha512-256", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-sha3-256", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"mac-ripemd160", DEMO_PIN, DEMO_NAME, "", 0, true},
	{"plain-certificate", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC", 0, true},
	{"plain-key", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC, HMAC-SHA-256, 2048 rounds; PKCS#8 without encryption", 0, true},
	{"one-round", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC, HMAC-SHA-256, 1 rounds", 0, true},
	{"no-name", DEMO_PIN, "", "PBES2 AES-256-CBC", 0, true},
	{"chain", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC", 2, true},
	{"key-rsa-4096", DEMO_PIN, DEMO_NAME, "PBES2", 0, true},
	{"key-rsa-8192", DEMO_PIN, DEMO_NAME, "PBES2", 0, true},
	{"key-P-256", DEMO_PIN, DEMO_NAME, "PBES2", 0, true},
	{"key-P-384", DEMO_PIN, DEMO_NAME, "PBES2", 0, true},
	{"key-P-521", DEMO_PIN, DEMO_NAME, "PBES2", 0, true},
	{"key-ed25519", DEMO_PIN, DEMO_NAME, "PBES2", 0, true},
	{"pin-kana-modern", "ひらがな金庫", "", "PBES2", 0, true},
	{"pin-kana-legacy", "ひらがな金庫", "", "RC2-40", 0, true},
	{"pin-surrogate-modern", "ピン𠮷1", "", "PBES2", 0, true},
	{"pin-surrogate-legacy", "ピン𠮷1", "", "RC2-40", 0, true},
	{"pin-latin-modern", "café", "", "PBES2", 0, true},
	{"pin-latin-legacy", "café", "", "RC2-40", 0, true},
	{"gnutls-3des", DEMO_PIN, "名前𠮷", "PBES2 3DES-CBC", 0, true},
	{"gnutls-3des-pkcs12", DEMO_PIN, "名前𠮷", "3DES-CBC, SHA-1, 600000 rounds", 0, true},
	{"gnutls-aes-128", DEMO_PIN, "名前𠮷", "PBES2 AES-128-CBC", 0, false},
	{"gnutls-aes-192", DEMO_PIN, "名前𠮷", "PBES2 AES-192-CBC", 0, false},
	{"gnutls-aes-256", DEMO_PIN, "名前𠮷", "PBES2 AES-256-CBC, HMAC-SHA-256, 600000 rounds", 0, false},
	{"gnutls-rc2-40", DEMO_PIN, "名前𠮷", "RC2-40", 0, true},
	{"gnutls-arcfour", DEMO_PIN, "名前𠮷", "RC4-128", 0, true},
	{"gnutls-pin", "ピン𠮷1", "名前𠮷", "PBES2 AES-256-CBC", 0, false},
	{"nss-default", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC, HMAC-SHA-256, 600000 rounds; PBES2 AES-128-CBC", 0, false},
	{"nss-aes", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC", 0, false},
	{"nss-camellia", DEMO_PIN, DEMO_NAME, "PBES2 Camellia-256-CBC", 0, false},
	{"nss-rc2-40", DEMO_PIN, DEMO_NAME, "RC2-40", 0, true},
	{"nss-3des", DEMO_PIN, DEMO_NAME, "3DES-CBC", 0, true},
	{"nss-rc4", DEMO_PIN, DEMO_NAME, "RC4-128", 0, true},
	{"nss-pin-pbes2", "ピン𠮷1", DEMO_NAME, "PBES2 AES-256-CBC", 0, false},
	{"nss-pin-rc2-40", "ピン𠮷1", DEMO_NAME, "RC2-40", 0, true},
	{"java-default", DEMO_PIN, DEMO_NAME, "PBES2 AES-256-CBC, HMAC-SHA-256, 10000 rounds", 2, false},
	{"java-legacy", DEMO_PIN, DEMO_NAME, "3DES-CBC, SHA-1, 50000 rounds; RC2-40", 2, true},
	{"java-prf-SHA1", DEMO_PIN, DEMO_NAME, "PBES2 AES-128-CBC, HMAC-SHA-1, 10000 rounds; PBES2 AES-256-CBC, HMAC-SHA-1", 2, false},
	{"java-prf-SHA224", DEMO_PIN, DEMO_NAME, "PBES2 AES-128-CBC, HMAC-SHA-224", 2, false},
	{"java-prf-SHA256", DEMO_PIN, DEMO_NAME, "PBES2 AES-128-CBC, HMAC-SHA-256", 2, false},
	{"java-prf-SHA384", DEMO_PIN, DEMO_NAME, "PBES2 AES-128-CBC, HMAC-SHA-384", 2, false},
	{"java-prf-SHA512", DEMO_PIN, DEMO_NAME, "PBES2 AES-128-CBC, HMAC-SHA-512", 2, false},
};
/* clang-format on */

static struct secret *file_of(const struct good *good)
{
	char file[64];

	(void)snprintf(file, sizeof file, "%s.p12", good->file);
	return given_file(file);
}

static void every_good_original_opens_with_its_name_and_chain(void **state)
{
	for (size_t i = 0; i < COUNT_OF(goods); i++) {
		AUTO(secret) original = file_of(&goods[i]);
		AUTO(opened)
		opened = opened_original(*state, OPENER_KEY, goods[i].pin, original);
		assert_string_equal(opened->friendly_name, goods[i].name);
		assert_int_equal(opened->chain.count, goods[i].chain_count);
		assert_memory_equal(opened->protection, goods[i].protection,
				    strlen(goods[i].protection));
		assert_int_equal(opened->is_weakly_protected, goods[i].is_weak);
		assert_non_null(opened->key);
		assert_true(opened->certificate.size > 0);
	}
}

static void another_pin_is_refused(void **state)
{
	for (size_t i = 0; i < COUNT_OF(goods); i++) {
		AUTO(secret) original = file_of(&goods[i]);
		if (strncmp(goods[i].file, "gnutls", 6) == 0 ||
		    strncmp(goods[i].file, "nss", 3) == 0)
			continue; /* 600,000 rounds each; their way to say no is the same */
		assert_int_equal(opening(*state, OPENER_KEY, "another0", original),
				 ERR_ORIGINAL_PIN);
	}
}

static void the_key_that_comes_out_is_the_one_that_went_in(void **state)
{
	static const char *const files[] = {"openssl-modern.p12", "openssl-legacy.p12",
					    "gnutls-rc2-40.p12", "nss-aes.p12", "plain-key.p12"};
	AUTO(secret) key = given_file("key.der");
	AUTO(secret) certificate = given_file("certificate.der");

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		AUTO(secret) original = given_file(files[i]);
		AUTO(opened) opened = opened_original(*state, OPENER_KEY, DEMO_PIN, original);
		assert_true(secret_equal(opened->key, key));
		assert_int_equal(opened->certificate.size, secret_size(certificate));
		assert_memory_equal(opened->certificate.data, secret_view(certificate),
				    secret_size(certificate));
	}
}

static void only_the_daemons_job_brings_the_key_out(void **state)
{
	AUTO(secret) original = given_file("openssl-modern.p12");
	AUTO(opened) shown = opened_original(*state, OPENER_SHOW, DEMO_PIN, original);
	AUTO(opened) checked = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);
	AUTO(opened) rebuilt = opened_original(*state, OPENER_PIN, DEMO_PIN, original);

	assert_null(shown->key);
	assert_null(checked->key);
	assert_null(rebuilt->key);
	assert_null(shown->rebuilt);
	assert_int_equal(rebuilt->certificate.size, 0);
	assert_int_equal(rebuilt->chain.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_good_original_opens_with_its_name_and_chain),
		cmocka_unit_test(another_pin_is_refused),
		cmocka_unit_test(the_key_that_comes_out_is_the_one_that_went_in),
		cmocka_unit_test(only_the_daemons_job_brings_the_key_out),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
