/* What OpenSSL signs is verified here, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/pkcs11/given.h"
#include "vault/base/own.h"

static const struct {
	const char *kind;
	enum sign_scheme scheme;
	enum hash_kind hash;
	unsigned bits;
} ways[] = {
	{"RSA", SIGN_RSA_PKCS1, HASH_SHA1, 2048},   {"RSA", SIGN_RSA_PKCS1, HASH_SHA256, 2048},
	{"RSA", SIGN_RSA_PKCS1, HASH_SHA384, 2048}, {"RSA", SIGN_RSA_PKCS1, HASH_SHA512, 2048},
	{"RSA", SIGN_RSA_PSS, HASH_SHA256, 2048},   {"RSA", SIGN_RSA_PSS, HASH_SHA384, 2048},
	{"RSA", SIGN_RSA_PSS, HASH_SHA512, 2048},   {"P-256", SIGN_ECDSA, HASH_SHA1, 256},
	{"P-256", SIGN_ECDSA, HASH_SHA256, 256},    {"P-256", SIGN_ECDSA, HASH_SHA512, 256},
	{"P-384", SIGN_ECDSA, HASH_SHA384, 384},    {"P-521", SIGN_ECDSA, HASH_SHA256, 521},
	{"P-521", SIGN_ECDSA, HASH_SHA512, 521},    {"ED25519", SIGN_EDDSA, HASH_NONE, 255},
};

/* The input of public_key_verifies: a digest, or for Ed25519 the message. */
static struct part input_of(size_t way, const char *message, uint8_t digest[HASH_SIZE_MAX])
{
	struct hash hash;

	if (ways[way].hash == HASH_NONE)
		return (struct part){(const uint8_t *)message, strlen(message)};
	hash_begin(&hash, ways[way].hash);
	hash_add(&hash, message, strlen(message));
	hash_end(&hash, digest);
	return (struct part){digest, hash_size(ways[way].hash)};
}

static void read_key(const struct bytes *der, struct public_key *key)
{
	struct x509 x509;

	assert_true(x509_read(der->data, der->size, &x509));
	public_key_read(x509.key_info, key);
}

static bool verifies(const struct public_key *key, size_t way, const char *message,
		     const struct bytes *signature)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct part input = input_of(way, message, digest);

	return public_key_verifies(key, ways[way].scheme, ways[way].hash, input,
				   (struct part){signature->data, signature->size});
}

static void a_good_signature_verifies_and_a_changed_one_does_not(void **state)
{
	(void)state;
	for (size_t way = 0; way < COUNT_OF(ways); way++) {
		AUTO_HELD(bytes) der = given_certificate(ways[way].kind, "DEMO");
		AUTO_HELD(bytes)
		signature = given_signature(ways[way].kind, ways[way].scheme, ways[way].hash,
					    "a message");
		struct public_key key;
		read_key(&der, &key);
		assert_int_equal(key.bits, ways[way].bits);
		assert_int_equal(signature.size, key.signature_size);
		assert_true(verifies(&key, way, "a message", &signature));
		assert_false(verifies(&key, way, "another message", &signature));
		for (size_t i = 0; i < signature.size; i += 7) {
			signature.data[i] ^= 0x10;
			assert_false(verifies(&key, way, "a message", &signature));
			signature.data[i] ^= 0x10;
		}
		signature.size--;
		assert_false(verifies(&key, way, "a message", &signature));
		memset(signature.data, 0, signature.size++);
		assert_false(verifies(&key, way, "a message", &signature));
	}
}

static void a_scheme_of_another_kind_of_key_never_verifies(void **state)
{
	(void)state;
	for (size_t way = 0; way < COUNT_OF(ways); way++)
		for (size_t other = 0; other < COUNT_OF(ways); other++) {
			AUTO_HELD(bytes) der = given_certificate(ways[other].kind, "DEMO");
			AUTO_HELD(bytes)
			signature = given_signature(ways[way].kind, ways[way].scheme,
						    ways[way].hash, "a message");
			struct public_key key;
			read_key(&der, &key);
			if (strcmp(ways[way].kind, ways[other].kind) != 0)
				assert_false(verifies(&key, way, "a message", &signature));
		}
}

static void a_point_off_the_curve_verifies_nothing(void **state)
{
	AUTO_HELD(bytes) der = given_certificate("P-256", "DEMO");
	AUTO_HELD(bytes) signature = given_signature("P-256", SIGN_ECDSA, HASH_SHA256, "a message");
	uint8_t point[65];
	struct public_key key;

	(void)state;
	read_key(&der, &key);
	memcpy(point, key.point.data, sizeof point);
	point[64] ^= 1;
	key.point.data = point;
	for (size_t way = 0; way < COUNT_OF(ways); way++)
		assert_false(verifies(&key, way, "a message", &signature));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_signature_verifies_and_a_changed_one_does_not),
		cmocka_unit_test(a_scheme_of_another_kind_of_key_never_verifies),
		cmocka_unit_test(a_point_off_the_curve_verifies_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
