/* What an open login is for: signatures that anybody can verify, by many threads at once, until it
 * ends. OpenSSL verifies here, by the certificate alone.
 */
#include "tests/unit/keeper/given.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { THREADS = 6, SIGNATURES = 40 };

struct fixture {
	struct place_for_vault *place;
	struct keeper *keeper;
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	assert_non_null(fixture);
	given_process();
	fixture->place = given_place();
	fixture->keeper = given_keeper(fixture->place);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	keeper_free(fixture->keeper);
	given_place_gone(fixture->place);
	free(fixture);
	return 0;
}

static struct login *given_open_login(struct keeper *keeper, const struct given_identity *identity,
				      const char *text)
{
	AUTO(secret) pin = given_pin(text);
	struct login *login = NULL;
	uint8_t left = 0;

	assert_int_equal(
		keeper_login(keeper, GIVEN_UID, &identity->id, pin, GIVEN_TRIES, &left, &login),
		ERR_OK);
	return login;
}

static struct login *given_login_of_new(struct fixture *fixture,
					const struct given_identity *identity)
{
	given_imported(fixture->keeper, GIVEN_UID, identity, "demo1234", IMPORT_IMPORTED);
	return given_open_login(fixture->keeper, identity, "demo1234");
}

static const EVP_MD *md_of(enum sign_hash hash)
{
	return EVP_get_digestbyname(sign_hash_word(hash));
}

static EVP_PKEY *public_key(const struct given_identity *identity)
{
	const unsigned char *at = identity->certificate.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)identity->certificate.size);
	EVP_PKEY *key = X509_get_pubkey(x509);

	assert_non_null(key);
	X509_free(x509);
	return key;
}

static bool ecdsa_verifies(EVP_PKEY_CTX *context, const struct bytes *input,
			   const struct bytes *signature)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	int half = (int)signature->size / 2;
	unsigned char *der = NULL;
	int size;
	bool is_right;

	assert_true(ECDSA_SIG_set0(pair, BN_bin2bn(signature->data, half, NULL),
				   BN_bin2bn(signature->data + half, half, NULL)));
	size = i2d_ECDSA_SIG(pair, &der);
	is_right = EVP_PKEY_verify(context, der, (size_t)size, input->data, input->size) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return is_right;
}

static bool eddsa_verifies(EVP_PKEY *key, const struct bytes *input, const struct bytes *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_right = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
			EVP_DigestVerify(context, signature->data, signature->size, input->data,
					 input->size) == 1;

	EVP_MD_CTX_free(context);
	return is_right;
}

static void set_rsa(EVP_PKEY_CTX *context, enum sign_scheme scheme, enum sign_hash hash)
{
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, scheme == SIGN_RSA_PSS
								       ? RSA_PKCS1_PSS_PADDING
								       : RSA_PKCS1_PADDING),
			 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, md_of(hash)), 1);
	if (scheme == SIGN_RSA_PSS) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, md_of(hash)), 1);
		assert_int_equal(
			EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)sign_hash_size(hash)), 1);
	}
}

static bool verifies(const struct given_identity *identity, enum sign_scheme scheme,
		     enum sign_hash hash, const struct bytes *input, const struct bytes *signature)
{
	EVP_PKEY *key = public_key(identity);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool is_right;

	if (scheme == SIGN_EDDSA) {
		is_right = eddsa_verifies(key, input, signature);
	} else {
		assert_int_equal(EVP_PKEY_verify_init(context), 1);
		if (scheme != SIGN_ECDSA)
			set_rsa(context, scheme, hash);
		is_right = scheme == SIGN_ECDSA
				   ? ecdsa_verifies(context, input, signature)
				   : EVP_PKEY_verify(context, signature->data, signature->size,
						     input->data, input->size) == 1;
	}
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	return is_right;
}

static void assert_signs(struct login *login, const struct given_identity *identity,
			 enum sign_scheme scheme, enum sign_hash hash, size_t signature_size)
{
	uint8_t digest[SIGN_HASH_SIZE_MAX];
	const struct bytes input = {digest, sign_hash_size(hash)};
	AUTO_HELD(bytes) signature = {NULL, 0};

	random_fill(digest, sizeof digest);
	assert_int_equal(login_sign(login, scheme, hash, &input, &signature), ERR_OK);
	assert_int_equal(signature.size, signature_size);
	assert_true(verifies(identity, scheme, hash, &input, &signature));
	digest[0] ^= 1;
	assert_false(verifies(identity, scheme, hash, &input, &signature));
}

static void every_key_signs_by_every_scheme_that_fits_it(void **state)
{
	static const struct {
		enum given_kind kind;
		enum sign_scheme first, last;
		size_t size;
	} ways[] = {
		{GIVEN_RSA, SIGN_RSA_PKCS1, SIGN_RSA_PSS, 256},
		{GIVEN_P256, SIGN_ECDSA, SIGN_ECDSA, 64},
		{GIVEN_P384, SIGN_ECDSA, SIGN_ECDSA, 96},
		{GIVEN_P521, SIGN_ECDSA, SIGN_ECDSA, 132},
	};

	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct given_identity *identity = given_identity(ways[i].kind, "DEMO Taro");
		AUTO(login) login = given_login_of_new(*state, identity);
		for (unsigned scheme = ways[i].first; scheme <= ways[i].last; scheme++)
			for (unsigned hash = SIGN_SHA256; hash <= SIGN_SHA512; hash++)
				assert_signs(login, identity, (enum sign_scheme)scheme,
					     (enum sign_hash)hash, ways[i].size);
		given_identity_gone(identity);
	}
}

static void an_ecdsa_signature_keeps_its_leading_zeros(void **state)
{
	struct given_identity *identity = given_identity(GIVEN_P521, "DEMO Taro");
	AUTO(login) login = given_login_of_new(*state, identity);

	for (unsigned i = 0; i < 24; i++) /* the first byte of r is 0 or 1 */
		assert_signs(login, identity, SIGN_ECDSA, SIGN_SHA512, 132);
	given_identity_gone(identity);
}

/* An original of tests/originals, as OpenSSL reads it. */
static struct given_identity *given_rsa_8192(void)
{
	struct given_identity *identity = calloc(1, sizeof *identity);
	FILE *file = fopen(KINKO_SOURCE "/tests/originals/key-rsa-8192.p12", "re");
	PKCS12 *p12;
	EVP_PKEY *key = NULL;
	X509 *x509 = NULL;
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *der = NULL;
	int size;

	assert_non_null(identity);
	assert_non_null(file);
	p12 = d2i_PKCS12_fp(file, NULL);
	assert_int_equal(PKCS12_parse(p12, "demo1234", &key, &x509, NULL), 1);
	size = i2d_X509(x509, &der);
	assert_int_equal(bytes_copy(der, (size_t)size, &identity->certificate), ERR_OK);
	OPENSSL_free(der);
	der = NULL;
	info = EVP_PKEY2PKCS8(key);
	size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	assert_int_equal(secret_take(der, (size_t)size, &identity->key), ERR_OK);
	OPENSSL_free(der);
	digest_of(identity->certificate.data, identity->certificate.size, &identity->id);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
	X509_free(x509);
	PKCS12_free(p12);
	(void)fclose(file);
	return identity;
}

static void the_largest_rsa_key_signs(void **state)
{
	struct given_identity *identity = given_rsa_8192();
	AUTO(login) login = given_login_of_new(*state, identity);

	assert_int_equal(login_facts(login)->rsa_bits, 8192);
	assert_signs(login, identity, SIGN_RSA_PKCS1, SIGN_SHA256, 1024);
	assert_signs(login, identity, SIGN_RSA_PSS, SIGN_SHA512, 1024);
	given_identity_gone(identity);
}

static void ed25519_signs_the_message_itself(void **state)
{
	static uint8_t message[SIGN_MESSAGE_MAX + 1];
	static const size_t sizes[] = {1, 32, 64, 1000, SIGN_MESSAGE_MAX};
	struct given_identity *identity = given_identity(GIVEN_ED25519, "DEMO Taro");
	AUTO(login) login = given_login_of_new(*state, identity);
	const struct bytes too_much = {message, sizeof message};
	AUTO_HELD(bytes) none = {NULL, 0};

	random_fill(message, sizeof message);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		const struct bytes input = {message, sizes[i]};
		AUTO_HELD(bytes) signature = {NULL, 0};
		assert_int_equal(login_sign(login, SIGN_EDDSA, SIGN_SHA512, &input, &signature),
				 ERR_OK);
		assert_true(verifies(identity, SIGN_EDDSA, SIGN_SHA512, &input, &signature));
	}
	assert_int_equal(login_sign(login, SIGN_EDDSA, SIGN_SHA512, &too_much, &none),
			 ERR_SIGN_INPUT);
	given_identity_gone(identity);
}

static bool is_right_way(enum given_kind kind, unsigned scheme, unsigned hash, size_t size)
{
	if (kind == GIVEN_ED25519)
		return scheme == SIGN_EDDSA && hash == SIGN_SHA512;
	if (size == 0 || sign_hash_size((enum sign_hash)hash) != size)
		return false;
	return kind == GIVEN_RSA ? scheme == SIGN_RSA_PKCS1 || scheme == SIGN_RSA_PSS
				 : scheme == SIGN_ECDSA;
}

static void what_does_not_fit_the_key_is_refused(void **state)
{
	static const enum given_kind kinds[] = {GIVEN_RSA, GIVEN_P256, GIVEN_ED25519};
	uint8_t digest[80] = {0};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct given_identity *identity = given_identity(kinds[i], "DEMO Taro");
		AUTO(login) login = given_login_of_new(*state, identity);
		for (unsigned scheme = 0; scheme < 256; scheme++)
			for (unsigned hash = 0; hash < 6; hash++)
				for (size_t size = 0; size <= sizeof digest; size += 16) {
					const struct bytes input = {digest, size};
					AUTO_HELD(bytes) signature = {NULL, 0};
					if (is_right_way(kinds[i], scheme, hash, size))
						continue;
					assert_int_equal(login_sign(login, (enum sign_scheme)scheme,
								    (enum sign_hash)hash, &input,
								    &signature),
							 ERR_SIGN_INPUT);
					assert_null(signature.data);
				}
		given_identity_gone(identity);
	}
}

static void a_login_that_has_ended_signs_no_more(void **state)
{
	struct fixture *fixture = *state;
	struct given_identity *identity = given_identity(GIVEN_P256, "DEMO Taro");
	struct login *login = given_login_of_new(fixture, identity);
	struct login *holder = login_share(login);
	uint8_t digest[32] = {0};
	const struct bytes input = {digest, sizeof digest};
	AUTO_HELD(bytes) signature = {NULL, 0};
	AUTO(secret) plain = NULL;

	login_end(login);
	assert_false(login_is_open(holder));
	assert_int_equal(login_sign(holder, SIGN_ECDSA, SIGN_SHA256, &input, &signature),
			 ERR_LOGIN_NEEDED);
	assert_int_equal(login_decrypt(holder, SIGN_SHA256, &input, &plain), ERR_LOGIN_NEEDED);
	login_free(login);
	assert_int_equal(login_sign(holder, SIGN_ECDSA, SIGN_SHA256, &input, &signature),
			 ERR_LOGIN_NEEDED);
	login_free(holder);
	given_identity_gone(identity);
}

/* --- Several threads --- */

struct signers {
	struct login *login;
	const struct given_identity *identity;
	atomic_uint signed_count;
	atomic_uint wrong;
};

static void *sign_till_the_end(void *context)
{
	struct signers *signers = context;
	uint8_t digest[32];
	const struct bytes input = {digest, sizeof digest};

	for (;;) {
		AUTO_HELD(bytes) signature = {NULL, 0};
		enum err err;
		random_fill(digest, sizeof digest);
		err = login_sign(signers->login, SIGN_ECDSA, SIGN_SHA256, &input, &signature);
		if (err == ERR_LOGIN_NEEDED)
			return NULL;
		if (err != ERR_OK ||
		    !verifies(signers->identity, SIGN_ECDSA, SIGN_SHA256, &input, &signature))
			atomic_fetch_add(&signers->wrong, 1);
		atomic_fetch_add(&signers->signed_count, 1);
	}
}

static void start_signers(struct signers *signers, pthread_t *threads)
{
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_till_the_end, signers), 0);
	while (atomic_load(&signers->signed_count) < SIGNATURES)
		(void)usleep(1000);
}

static void wait_for_signers(struct signers *signers, const pthread_t *threads)
{
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&signers->wrong), 0);
}

static void threads_sign_side_by_side_until_the_login_ends(void **state)
{
	struct given_identity *identity = given_identity(GIVEN_P256, "DEMO Taro");
	AUTO(login) login = given_login_of_new(*state, identity);
	struct signers signers = {.login = login, .identity = identity};
	pthread_t threads[THREADS];

	start_signers(&signers, threads);
	login_end(login);
	wait_for_signers(&signers, threads);
	given_identity_gone(identity);
}

static void a_pin_change_ends_signing_in_the_middle(void **state)
{
	struct fixture *fixture = *state;
	struct given_identity *identity = given_identity(GIVEN_P256, "DEMO Taro");
	AUTO(login) login = given_login_of_new(fixture, identity);
	AUTO(secret) pin = given_pin("demo1234");
	AUTO(secret) other = given_pin("demo5678");
	AUTO_HELD(entry) entry = {0};
	struct signers signers = {.login = login, .identity = identity};
	pthread_t threads[THREADS];
	uint8_t left = 0;

	start_signers(&signers, threads);
	assert_int_equal(keeper_change_pin(fixture->keeper, GIVEN_UID, &identity->id, pin, other,
					   true, GIVEN_TRIES, &left, &entry),
			 ERR_OK);
	assert_false(login_is_open(login));
	wait_for_signers(&signers, threads);
	given_identity_gone(identity);
}

/* --- Opening --- */

static void encipher(const struct given_identity *identity, enum sign_hash hash,
		     const struct bytes *plain, struct bytes *out_sealed)
{
	EVP_PKEY *key = public_key(identity);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

	assert_int_equal(bytes_zeroed(256, out_sealed), ERR_OK);
	assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(context, md_of(hash)), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, md_of(hash)), 1);
	assert_int_equal(EVP_PKEY_encrypt(context, out_sealed->data, &out_sealed->size, plain->data,
					  plain->size),
			 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

static void what_was_enciphered_for_a_key_is_opened(void **state)
{
	struct given_identity *identity = given_identity(GIVEN_RSA_FOR_CIPHER, "DEMO Taro");
	AUTO(login) login = given_login_of_new(*state, identity);
	uint8_t text[] = "a session key";

	assert_true(login_facts(login)->may_decrypt);
	for (unsigned hash = SIGN_SHA256; hash <= SIGN_SHA512; hash++) {
		for (size_t size = 0; size <= sizeof text; size += sizeof text) {
			const struct bytes plain = {text, size};
			AUTO_HELD(bytes) sealed = {NULL, 0};
			AUTO(secret) opened = NULL;
			encipher(identity, (enum sign_hash)hash, &plain, &sealed);
			assert_int_equal(
				login_decrypt(login, (enum sign_hash)hash, &sealed, &opened),
				ERR_OK);
			assert_int_equal(secret_size(opened), size);
			assert_memory_equal(secret_view(opened), text, size);
		}
	}
	given_identity_gone(identity);
}

static void everything_else_is_one_failure(void **state)
{
	struct given_identity *identity = given_identity(GIVEN_RSA_FOR_CIPHER, "DEMO Taro");
	AUTO(login) login = given_login_of_new(*state, identity);
	uint8_t text[] = "a session key";
	const struct bytes plain = {text, sizeof text};
	AUTO_HELD(bytes) sealed = {NULL, 0};
	AUTO(secret) opened = NULL;

	encipher(identity, SIGN_SHA256, &plain, &sealed);
	assert_int_equal(login_decrypt(login, SIGN_SHA384, &sealed, &opened), ERR_DECRYPT);
	assert_int_equal(login_decrypt(login, (enum sign_hash)0, &sealed, &opened), ERR_DECRYPT);
	assert_int_equal(login_decrypt(login, (enum sign_hash)255, &sealed, &opened), ERR_DECRYPT);
	for (size_t at = 0; at < sealed.size; at += 17) {
		sealed.data[at] ^= 1;
		assert_int_equal(login_decrypt(login, SIGN_SHA256, &sealed, &opened), ERR_DECRYPT);
		assert_string_equal(err_note_text(), "");
		sealed.data[at] ^= 1;
	}
	sealed.size--;
	assert_int_equal(login_decrypt(login, SIGN_SHA256, &sealed, &opened), ERR_DECRYPT);
	sealed.size++;
	assert_int_equal(login_decrypt(login, SIGN_SHA256, &sealed, &opened), ERR_OK);
	given_identity_gone(identity);
}

static void a_key_whose_usage_is_signing_opens_nothing(void **state)
{
	static const enum given_kind kinds[] = {GIVEN_RSA, GIVEN_P256};
	uint8_t anything[256] = {0};
	const struct bytes input = {anything, sizeof anything};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct given_identity *identity = given_identity(kinds[i], "DEMO Taro");
		AUTO(login) login = given_login_of_new(*state, identity);
		AUTO(secret) opened = NULL;
		assert_false(login_facts(login)->may_decrypt);
		assert_int_equal(login_decrypt(login, SIGN_SHA256, &input, &opened), ERR_DECRYPT);
		given_identity_gone(identity);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_signs_by_every_scheme_that_fits_it),
		cmocka_unit_test(an_ecdsa_signature_keeps_its_leading_zeros),
		cmocka_unit_test(the_largest_rsa_key_signs),
		cmocka_unit_test(ed25519_signs_the_message_itself),
		cmocka_unit_test(what_does_not_fit_the_key_is_refused),
		cmocka_unit_test(a_login_that_has_ended_signs_no_more),
		cmocka_unit_test(threads_sign_side_by_side_until_the_login_ends),
		cmocka_unit_test(a_pin_change_ends_signing_in_the_middle),
		cmocka_unit_test(what_was_enciphered_for_a_key_is_opened),
		cmocka_unit_test(everything_else_is_one_failure),
		cmocka_unit_test(a_key_whose_usage_is_signing_opens_nothing),
	};
	return cmocka_run_group_tests(tests, start, end);
}
