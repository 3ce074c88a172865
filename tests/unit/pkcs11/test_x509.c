/* A certificate is read without OpenSSL: the same parts, and nothing from what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include "tests/unit/pkcs11/given.h"
#include "tool/pkcs11/x509.h"
#include "vault/base/own.h"

static void assert_part(struct part part, uint8_t *der, int size)
{
	assert_true(size > 0);
	assert_int_equal(part.size, size);
	assert_memory_equal(part.data, der, part.size);
	OPENSSL_free(der);
}

static void its_parts_are_those_that_openssl_finds(void **state)
{
	static const char *const kinds[] = {"RSA", "P-256", "P-384", "P-521", "ED25519"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		AUTO_HELD(bytes) der = given_certificate(kinds[i], "司法書士");
		const uint8_t *at = der.data;
		X509 *wanted = d2i_X509(NULL, &at, (long)der.size);
		uint8_t *out = NULL;
		struct x509 x509;
		int size;
		assert_true(x509_read(der.data, der.size, &x509));
		size = i2d_X509_NAME(X509_get_subject_name(wanted), &out);
		assert_part(x509.subject, out, size);
		out = NULL;
		size = i2d_X509_NAME(X509_get_issuer_name(wanted), &out);
		assert_part(x509.issuer, out, size);
		out = NULL;
		size = i2d_ASN1_INTEGER(X509_get_serialNumber(wanted), &out);
		assert_part(x509.serial, out, size);
		out = NULL;
		size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(wanted), &out);
		assert_part(x509.key_info, out, size);
		assert_string_equal(x509.not_before, "20260203");
		assert_string_equal(x509.not_after, "20510203");
		assert_int_equal(x509.usage, X509_DIGITAL_SIGNATURE | X509_NON_REPUDIATION);
		assert_false(x509.is_authority);
		X509_free(wanted);
	}
}

static void its_name_is_text_cut_between_characters(void **state)
{
	AUTO_HELD(bytes) der = given_certificate("P-256", "司法書士 山田太郎");
	struct x509 x509;
	char name[64], cut[9];

	(void)state;
	assert_true(x509_read(der.data, der.size, &x509));
	x509_name_text(x509.subject, name, sizeof name);
	assert_string_equal(name, "司法書士 山田太郎");
	x509_name_text(x509.subject, cut, sizeof cut);
	assert_string_equal(cut, "司法");
	x509_name_text((struct part){der.data, 1}, name, sizeof name);
	assert_string_equal(name, "");
}

static void a_certificate_that_is_cut_off_is_none(void **state)
{
	AUTO_HELD(bytes) der = given_certificate("RSA", "DEMO");
	struct x509 x509;

	(void)state;
	for (size_t size = 0; size < der.size; size++) {
		AUTO_HELD(bytes) cut; /* of its own size, so that reading on is seen */
		assert_int_equal(bytes_copy(der.data, size, &cut), ERR_OK);
		assert_false(x509_read(cut.data, cut.size, &x509));
	}
}

/* Whatever is found lies inside; the sanitizer watches. */
static void touch(struct part part, const struct bytes *der)
{
	if (part.size == 0)
		return;
	assert_true(part.data >= der->data && part.size <= der->size &&
		    part.data + part.size <= der->data + der->size);
}

static void no_changed_byte_leads_outside(void **state)
{
	static const char *const kinds[] = {"RSA", "P-256", "ED25519"};
	static const uint8_t values[] = {0x00, 0x01, 0x03, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xff};

	(void)state;
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		AUTO_HELD(bytes) der = given_certificate(kinds[k], "DEMO");
		for (size_t i = 0; i < der.size * COUNT_OF(values); i++) {
			uint8_t *changed = &der.data[i / COUNT_OF(values)];
			uint8_t before = *changed;
			struct public_key key;
			struct x509 x509;
			char name[32];
			*changed = values[i % COUNT_OF(values)];
			if (x509_read(der.data, der.size, &x509)) {
				touch(x509.subject, &der);
				touch(x509.issuer, &der);
				touch(x509.key_info, &der);
				x509_name_text(x509.subject, name, sizeof name);
				public_key_read(x509.key_info, &key);
				touch(key.modulus, &der);
				touch(key.exponent, &der);
				touch(key.point, &der);
			}
			*changed = before;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_parts_are_those_that_openssl_finds),
		cmocka_unit_test(its_name_is_text_cut_between_characters),
		cmocka_unit_test(a_certificate_that_is_cut_off_is_none),
		cmocka_unit_test(no_changed_byte_leads_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
