/* Whatever bytes come, reading ends with texts or with a plain refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "tests/unit/cert/given.h"
#include "vault/base/utf8.h"
#include "vault/cert/entry.h"
#include "vault/cert/fields.h"
#include "vault/cert/path.h"

static void assert_proper(const char *text)
{
	assert_non_null(text);
	assert_true(utf8_is_valid(text, strlen(text)));
}

typedef enum err fields_reader(const struct certificate *certificate, struct fields **out_fields);

static void assert_proper_fields(const struct certificate *certificate, fields_reader *read)
{
	AUTO(fields) fields = NULL;

	assert_int_equal(read(certificate, &fields), ERR_OK);
	for (size_t i = 0; i < fields->count; i++) {
		assert_proper(fields->items[i].name);
		assert_proper(fields->items[i].oid);
		assert_proper(fields->items[i].value);
	}
}

/* Asks everything there is to ask. */
static void read_everything(const struct certificate *certificate)
{
	AUTO_HELD(summary) summary = {0};
	AUTO_TEXT subject_short = NULL;
	AUTO_TEXT issuer_short = NULL;

	assert_int_equal(summary_of(certificate, &summary), ERR_OK);
	assert_proper(summary.subject);
	assert_proper(summary.issuer);
	assert_proper(summary.serial);
	assert_proper(summary.user_id);
	assert_proper(summary.key);
	assert_int_equal(certificate_subject_short(certificate, &subject_short), ERR_OK);
	assert_int_equal(certificate_issuer_short(certificate, &issuer_short), ERR_OK);
	assert_proper(subject_short);
	assert_proper(issuer_short);
	assert_proper_fields(certificate, fields_of);
	assert_proper_fields(certificate, fields_of_subject);
	(void)certificate_signature_is_weak(certificate);
	(void)certificate_is_issued_by(certificate, certificate);
	(void)certificate_verifies(certificate, "message", 7, "signature", 9);
}

/* Every extension that is shown in words. */
static struct bytes given_rich_certificate(void)
{
	X509 *x509 = given_certificate("太郎", "太郎", given_key("P-256"));

	given_extension(x509, NID_subject_key_identifier, "hash");
	given_extension(x509, NID_authority_key_identifier, "keyid:always,issuer:always");
	given_extension(x509, NID_subject_alt_name,
			"DNS:a.jp,email:a@b.jp,URI:https://a.jp/,IP:192.0.2.1,IP:2001:db8::1,"
			"RID:1.2.3.4,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:太郎");
	given_extension(x509, NID_crl_distribution_points, "URI:http://a.jp/crl");
	given_extension(x509, NID_key_usage, "critical,digitalSignature,decipherOnly");
	given_extension(x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:3");
	given_extension(x509, NID_ext_key_usage, "clientAuth,1.2.3.4");
	given_extension(x509, NID_info_access, "OCSP;URI:http://ocsp.a.jp/");
	return given_signed(x509, given_key("P-256"), EVP_sha256());
}

static void read_if_it_is_one(const uint8_t *bytes, size_t size)
{
	AUTO(certificate) certificate = NULL;
	enum err err = certificate_parse(bytes, size, &certificate);

	if (err == ERR_OK)
		read_everything(certificate);
	else
		assert_int_equal(err, ERR_CERT_PARSE);
}

static void assert_refused(const void *bytes, size_t size)
{
	AUTO(certificate) certificate = NULL;

	assert_int_equal(certificate_parse(bytes, size, &certificate), ERR_CERT_PARSE);
	assert_null(certificate);
}

static void every_shorter_certificate_is_refused(void **state)
{
	AUTO_HELD(bytes) der = given_rich_certificate();

	(void)state;
	for (size_t size = 0; size < der.size; size++) {
		/* A copy of exactly this size, so that a byte read too far is noticed. */
		AUTO_HELD(bytes) cut = {0};
		assert_int_equal(bytes_copy(der.data, size, &cut), ERR_OK);
		assert_refused(cut.data, cut.size);
	}
}

static void bytes_after_the_end_are_refused(void **state)
{
	AUTO_HELD(bytes) der = given_rich_certificate();
	AUTO_HELD(bytes) longer = {0};

	(void)state;
	assert_int_equal(bytes_zeroed(der.size + 1, &longer), ERR_OK);
	memcpy(longer.data, der.data, der.size);
	assert_refused(longer.data, longer.size);
}

static void every_changed_byte_is_survived_in(struct bytes *der)
{
	static const uint8_t changes[] = {0x01, 0x20, 0x80, 0xFF};

	for (size_t at = 0; at < der->size; at++)
		for (size_t i = 0; i < COUNT_OF(changes); i++) {
			der->data[at] ^= changes[i];
			read_if_it_is_one(der->data, der->size);
			der->data[at] ^= changes[i];
		}
}

static void every_changed_byte_is_survived(void **state)
{
	AUTO_HELD(bytes) rich = given_rich_certificate();
	AUTO_HELD(bytes) member = given_member_certificate(given_key("P-384"), given_key("P-256"));

	(void)state;
	every_changed_byte_is_survived_in(&rich);
	every_changed_byte_is_survived_in(&member);
}

static void what_is_no_certificate_is_refused(void **state)
{
	static const uint8_t nested[64] = {[0 ... 63] = 0x30};
	AUTO_HELD(bytes) large = {0};

	(void)state;
	assert_refused("", 0);
	assert_refused("-----BEGIN CERTIFICATE-----", 27);
	assert_refused("\x30\x80\0\0", 4);
	assert_refused("\x30\x84\xff\xff\xff\xff", 6);
	assert_refused(nested, sizeof nested);
	assert_int_equal(bytes_zeroed(CERTIFICATE_SIZE_MAX + 1, &large), ERR_OK);
	assert_refused(large.data, large.size);
}

static void strange_values_of_known_extensions_are_shown_as_hex(void **state)
{
	static const char *const oids[] = {
		"2.5.29.14", "2.5.29.35", "2.5.29.17", "2.5.29.18", "2.5.29.31",
		"2.5.29.32", "2.5.29.15", "2.5.29.19", "2.5.29.37", "1.3.6.1.5.5.7.1.1"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(oids); i++) {
		X509 *x509 = given_certificate("Taro", "Demo CA", given_key("P-256"));
		AUTO_HELD(bytes) der = {0};
		AUTO(certificate) certificate = NULL;
		AUTO(fields) fields = NULL;
		const struct field *shown;
		given_raw_extension(x509, oids[i], true, "\x30\x05\xff", 3);
		der = given_signed(x509, given_key("P-256"), EVP_sha256());
		certificate = given_parsed(&der);
		assert_int_equal(fields_of(certificate, &fields), ERR_OK);
		shown = &fields->items[fields->count - 3]; /* two thumbprints follow */
		assert_string_equal(shown->oid, oids[i]);
		assert_string_equal(shown->value, "30 05 ff");
	}
}

static void bytes_hidden_behind_an_extension_are_shown(void **state)
{
	X509 *x509 = given_certificate("Taro", "Demo CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO(certificate) certificate = NULL;
	AUTO(fields) fields = NULL;

	(void)state;
	given_raw_extension(x509, "2.5.29.15", true, "\x03\x02\x06\xc0\x05", 5);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	certificate = given_parsed(&der);
	assert_int_equal(fields_of(certificate, &fields), ERR_OK);
	assert_string_equal(fields->items[fields->count - 3].value, "03 02 06 c0 05");
}

static void a_name_of_50000_letters_is_read_and_summed_up(void **state)
{
	X509 *x509 = given_certificate(NULL, "Demo CA", given_key("P-256"));
	AUTO_HELD(bytes) name = {0};
	AUTO_HELD(bytes) der = {0};
	AUTO(certificate) certificate = NULL;
	AUTO_HELD(summary) summary = {0};
	AUTO_TEXT subject = NULL;

	(void)state;
	assert_int_equal(bytes_zeroed(50000, &name), ERR_OK);
	memset(name.data, 'x', name.size);
	/* UTF8String of any size: the upper bound of X.520 is not kept by a hostile issuer. */
	X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_txt(NULL, "description",
							       V_ASN1_UTF8STRING, name.data, 50000);
	assert_int_equal(X509_NAME_add_entry(X509_get_subject_name(x509), entry, -1, 0), 1);
	X509_NAME_ENTRY_free(entry);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	certificate = given_parsed(&der);
	read_everything(certificate);
	assert_int_equal(certificate_subject(certificate, &subject), ERR_OK);
	assert_int_equal(strlen(subject), strlen("description=") + 50000);
	assert_int_equal(summary_of(certificate, &summary), ERR_OK);
	assert_true(strlen(summary.subject) <= ENTRY_TEXT_MAX);
	assert_string_equal(summary.subject + strlen(summary.subject) - 4, "x...");
}

/* OpenSSL itself refuses half characters in a name; a refusal is all that is wanted. */
static void half_characters_in_a_name_are_refused_or_shown(void **state)
{
	static const char *const replacements[] = {"\xd8\x42", "\xdf\xb7", "\xff\xfe", "\0\0"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(replacements); i++) {
		X509 *x509 = given_certificate(NULL, "Demo CA", given_key("P-256"));
		AUTO_HELD(bytes) der = {0};
		given_attribute(X509_get_subject_name(x509), "CN", V_ASN1_BMPSTRING,
				"\x53\xf8\x6c\xd5", 4);
		der = given_signed(x509, given_key("P-256"), EVP_sha256());
		given_patched(&der, "\x53\xf8", replacements[i], 2);
		read_if_it_is_one(der.data, der.size);
	}
}

static void a_huge_chain_position_of_garbage_is_no_obstacle(void **state)
{
	AUTO_HELD(bytes) der = given_rich_certificate();
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	for (; chain.count < BYTES_LIST_MAX; chain.count++)
		assert_int_equal(bytes_copy(der.data, chain.count * 7, &chain.items[chain.count]),
				 ERR_OK);
	assert_int_equal(path_build(&der, &chain, &path), ERR_OK);
	assert_int_equal(path->count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shorter_certificate_is_refused),
		cmocka_unit_test(bytes_after_the_end_are_refused),
		cmocka_unit_test(every_changed_byte_is_survived),
		cmocka_unit_test(what_is_no_certificate_is_refused),
		cmocka_unit_test(strange_values_of_known_extensions_are_shown_as_hex),
		cmocka_unit_test(bytes_hidden_behind_an_extension_are_shown),
		cmocka_unit_test(a_name_of_50000_letters_is_read_and_summed_up),
		cmocka_unit_test(half_characters_in_a_name_are_refused_or_shown),
		cmocka_unit_test(a_huge_chain_position_of_garbage_is_no_obstacle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
