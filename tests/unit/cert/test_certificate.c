/* What a certificate says about itself is read rightly, whatever it is written in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/unit/cert/given.h"

typedef enum err text_reader(const struct certificate *certificate, char **out_text);

static void assert_says(const struct certificate *certificate, text_reader *read,
			const char *expected)
{
	char *text = NULL;

	assert_int_equal(read(certificate, &text), ERR_OK);
	assert_string_equal(text, expected);
	free(text);
}

/* A certificate whose subject is one CN of this kind. */
static struct certificate *given_holder(int type, const char *name, int size)
{
	X509 *x509 = given_certificate(NULL, "Demo CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};

	given_attribute(X509_get_subject_name(x509), "CN", type, name, size);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	return given_parsed(&der);
}

static void a_members_certificate_reads_as_on_the_letter(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(certificate) certificate = given_parsed(&der);

	(void)state;
	assert_says(certificate, certificate_subject,
		    "UID=1234567890,CN=Taro Yamada,O=Demo Federation of Shiho-shoshi,C=JP");
	assert_says(certificate, certificate_issuer,
		    "OU=Demo Passport,O=Demo Trust Co.\\, Ltd.,C=JP");
	assert_says(certificate, certificate_subject_short, "Taro Yamada");
	assert_says(certificate, certificate_issuer_short, "Demo Passport");
	assert_says(certificate, certificate_user_id, "1234567890");
	assert_says(certificate, certificate_serial, "1234");
	assert_says(certificate, certificate_key_name, "rsa-2048");
	assert_int_equal(certificate_not_before(certificate), 1769871600);
	assert_int_equal(certificate_not_after(certificate), 1927637999);
	assert_false(certificate_signature_is_weak(certificate));
}

static void the_bytes_are_kept_and_name_the_certificate(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(certificate) certificate = given_parsed(&der);
	struct digest expected;
	struct digest id;

	(void)state;
	digest_of(der.data, der.size, &expected);
	certificate_id(certificate, &id);
	assert_true(digest_equal(&id, &expected));
	assert_true(bytes_equal(certificate_der(certificate), &der));
}

static void every_kind_of_string_becomes_utf8(void **state)
{
	static const struct {
		int type;
		const char *bytes;
		int size;
		const char *text;
	} cases[] = {
		{V_ASN1_UTF8STRING, "司法　太郎", -1, "司法　太郎"},
		{V_ASN1_UTF8STRING, "𠮷田", -1, "𠮷田"},
		{V_ASN1_BMPSTRING, "\x53\xf8\x6c\xd5", 4, "司法"},
		{V_ASN1_UNIVERSALSTRING, "\0\2\x0b\xb7", 4, "𠮷"},
		{V_ASN1_PRINTABLESTRING, "Taro", -1, "Taro"},
		{V_ASN1_IA5STRING, "a@b.jp", -1, "a@b.jp"},
		{V_ASN1_T61STRING,
		 "Stra\xdf"
		 "e",
		 -1, "Straße"},
		{V_ASN1_T61STRING, "司法", -1, "司法"},
		{V_ASN1_PRINTABLESTRING, "A\xff", -1, "A\\xFF"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(certificate)
		holder = given_holder(cases[i].type, cases[i].bytes, cases[i].size);
		assert_says(holder, certificate_subject_short, cases[i].text);
	}
}

static void a_name_cannot_hide_behind_nul_or_escape(void **state)
{
	AUTO(certificate) holder = given_holder(V_ASN1_UTF8STRING, "Taro\0Evil\x1b[2J\nO = X", 19);

	(void)state;
	assert_says(holder, certificate_subject_short,
		    "Taro\\u{0000}Evil\\u{001B}[2J\\u{000A}O = X");
	assert_says(holder, certificate_subject, "CN=Taro\\00Evil\\1B[2J\\0AO = X");
}

static void special_characters_are_escaped_as_in_rfc_4514(void **state)
{
	AUTO(certificate) holder = given_holder(V_ASN1_UTF8STRING, "# a,b+c\"d\\e<f>g;h=i ", -1);
	AUTO(certificate) spaces = given_holder(V_ASN1_UTF8STRING, " a b ", -1);
	AUTO(certificate) blank = given_holder(V_ASN1_UTF8STRING, " ", -1);

	(void)state;
	assert_says(holder, certificate_subject, "CN=\\# a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=i\\ ");
	assert_says(spaces, certificate_subject, "CN=\\ a b\\ ");
	assert_says(blank, certificate_subject, "CN=\\ ");
}

static void several_attributes_in_one_place_are_joined_by_plus(void **state)
{
	X509 *x509 = given_certificate("Taro", "Demo CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO(certificate) certificate = NULL;

	(void)state;
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "UID",
						    V_ASN1_UTF8STRING, (const uint8_t *)"77", -1,
						    -1, -1),
			 1);
	given_attribute(X509_get_subject_name(x509), "1.2.3.4", V_ASN1_UTF8STRING, "x", -1);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	certificate = given_parsed(&der);
	assert_says(certificate, certificate_subject, "1.2.3.4=#0c0178,UID=77+CN=Taro");
	assert_says(certificate, certificate_user_id, "77");
}

static void a_holder_without_cn_is_called_by_what_there_is(void **state)
{
	static const char *const kinds[] = {"O", "OU", "CN"};
	static const char *const names[] = {"Office", "Branch", "Taro"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		X509 *x509 = given_certificate(NULL, "Demo CA", given_key("P-256"));
		AUTO_HELD(bytes) der = {0};
		AUTO(certificate) certificate = NULL;
		for (size_t j = 0; j <= i; j++)
			given_attribute(X509_get_subject_name(x509), kinds[j], V_ASN1_UTF8STRING,
					names[j], -1);
		der = given_signed(x509, given_key("P-256"), EVP_sha256());
		certificate = given_parsed(&der);
		assert_says(certificate, certificate_subject_short, names[i]);
	}
}

static void an_unnamed_holder_has_an_empty_name(void **state)
{
	X509 *x509 = given_certificate(NULL, NULL, given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO(certificate) certificate = NULL;

	(void)state;
	given_attribute(X509_get_issuer_name(x509), "C", V_ASN1_PRINTABLESTRING, "JP", -1);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	certificate = given_parsed(&der);
	assert_says(certificate, certificate_subject, "");
	assert_says(certificate, certificate_subject_short, "");
	assert_says(certificate, certificate_user_id, "");
	assert_says(certificate, certificate_issuer_short, "C=JP");
}

static void serial_numbers_are_hex_of_any_size(void **state)
{
	static const struct {
		const char *number;
		const char *hex;
	} cases[] = {
		{"0", "00"},
		{"255", "ff"},
		{"0x0102030405060708090a0b0c0d0e0f1011121314",
		 "0102030405060708090a0b0c0d0e0f1011121314"},
		{"-1", "-01"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		X509 *x509 = given_certificate("Taro", "Demo CA", given_key("P-256"));
		ASN1_INTEGER *serial = s2i_ASN1_INTEGER(NULL, cases[i].number);
		AUTO_HELD(bytes) der = {0};
		AUTO(certificate) certificate = NULL;
		assert_int_equal(X509_set_serialNumber(x509, serial), 1);
		ASN1_INTEGER_free(serial);
		der = given_signed(x509, given_key("P-256"), EVP_sha256());
		certificate = given_parsed(&der);
		assert_says(certificate, certificate_serial, cases[i].hex);
	}
}

static void dates_before_1970_and_after_2050_are_right(void **state)
{
	X509 *x509 = given_certificate("Taro", "Demo CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO(certificate) certificate = NULL;

	(void)state;
	given_dates(x509, "600101000000Z", "20600101000000Z");
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	certificate = given_parsed(&der);
	assert_int_equal(certificate_not_before(certificate), -315619200);
	assert_int_equal(certificate_not_after(certificate), 2840140800);
}

static void a_date_that_is_none_is_refused(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("P-256"), given_key("P-256"));
	struct certificate *certificate = NULL;

	(void)state;
	given_patched(&der, "260131150000Z", "261331150000Z", 13);
	assert_int_equal(certificate_parse(der.data, der.size, &certificate), ERR_CERT_PARSE);
	assert_null(certificate);
}

/* Signs as the vault does: PKCS#1 v1.5 or ECDSA with SHA-256, or Ed25519. */
static struct bytes given_signature(EVP_PKEY *key, const char *message)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const EVP_MD *hash = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
	struct bytes signature = {0};
	size_t size = 1024;

	assert_int_equal(bytes_zeroed(size, &signature), ERR_OK);
	assert_int_equal(EVP_DigestSignInit(context, NULL, hash, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, signature.data, &size, (const uint8_t *)message,
					strlen(message)),
			 1);
	signature.size = size;
	EVP_MD_CTX_free(context);
	return signature;
}

static void each_kind_of_key_is_named_and_verifies(void **state)
{
	static const struct {
		const char *kind;
		enum key_kind expected;
		unsigned bits;
		const char *name;
	} cases[] = {
		{"RSA", KEY_RSA, 2048, "rsa-2048"},       {"P-256", KEY_P256, 256, "p-256"},
		{"P-384", KEY_P384, 384, "p-384"},        {"P-521", KEY_P521, 521, "p-521"},
		{"ED25519", KEY_ED25519, 256, "ed25519"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		EVP_PKEY *key = given_key(cases[i].kind);
		AUTO_HELD(bytes)
		der = given_signed(given_certificate("Taro", "Demo CA", key), given_key("P-256"),
				   EVP_sha256());
		AUTO(certificate) certificate = given_parsed(&der);
		AUTO_HELD(bytes) signature = given_signature(key, "challenge");
		assert_int_equal(certificate_key_kind(certificate), cases[i].expected);
		assert_int_equal(certificate_key_bits(certificate), cases[i].bits);
		assert_says(certificate, certificate_key_name, cases[i].name);
		assert_true(certificate_verifies(certificate, "challenge", 9, signature.data,
						 signature.size));
		assert_false(certificate_verifies(certificate, "Challenge", 9, signature.data,
						  signature.size));
		signature.data[signature.size / 2] ^= 1;
		assert_false(certificate_verifies(certificate, "challenge", 9, signature.data,
						  signature.size));
		assert_false(certificate_verifies(certificate, "challenge", 9, NULL, 0));
	}
}

static void an_unknown_kind_of_key_is_said_to_be_unknown(void **state)
{
	static const char *const kinds[] = {"X25519", "RSA-PSS", "ED448"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		AUTO_HELD(bytes)
		der = given_signed(given_certificate("Taro", "Demo CA", given_key(kinds[i])),
				   given_key("P-256"), EVP_sha256());
		AUTO(certificate) certificate = given_parsed(&der);
		assert_int_equal(certificate_key_kind(certificate), KEY_UNKNOWN);
		assert_says(certificate, certificate_key_name, "unknown");
		assert_false(certificate_verifies(certificate, "x", 1, "y", 1));
	}
}

static void a_curve_written_out_is_not_taken_for_a_named_one(void **state)
{
	EVP_PKEY *key = given_new_key("P-256");
	AUTO_HELD(bytes) der = {0};
	AUTO(certificate) certificate = NULL;

	(void)state;
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
	der = given_signed(given_certificate("Taro", "Demo CA", key), given_key("P-256"),
			   EVP_sha256());
	certificate = given_parsed(&der);
	assert_int_equal(certificate_key_kind(certificate), KEY_UNKNOWN);
	EVP_PKEY_free(key);
}

static void md5_and_sha1_signatures_are_weak(void **state)
{
	const struct {
		const EVP_MD *hash;
		bool is_weak;
	} cases[] = {
		{EVP_md5(), true},     {EVP_sha1(), true},    {EVP_sha256(), false},
		{EVP_sha384(), false}, {EVP_sha512(), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_HELD(bytes)
		der = given_signed(given_certificate("Taro", "Demo CA", given_key("P-256")),
				   given_key("RSA"), cases[i].hash);
		AUTO(certificate) certificate = given_parsed(&der);
		assert_int_equal(certificate_signature_is_weak(certificate), cases[i].is_weak);
	}
}

static bool pss_is_weak(const EVP_MD *hash)
{
	X509 *x509 = given_certificate("Taro", "Demo CA", given_key("P-256"));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context = NULL;
	AUTO(certificate) certificate = NULL;
	unsigned char *der = NULL;
	int size;

	assert_int_equal(EVP_DigestSignInit(context, &key_context, hash, NULL, given_key("RSA")),
			 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING), 1);
	assert_true(X509_sign_ctx(x509, context) > 0);
	size = i2d_X509(x509, &der);
	assert_int_equal(certificate_parse(der, (size_t)size, &certificate), ERR_OK);
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	X509_free(x509);
	return certificate_signature_is_weak(certificate);
}

static void the_hash_of_rsa_pss_is_looked_up_in_its_parameters(void **state)
{
	(void)state;
	assert_true(pss_is_weak(EVP_sha1())); /* left out of the parameters: the default */
	assert_false(pss_is_weak(EVP_sha256()));
}

static void an_ed25519_signature_is_not_weak(void **state)
{
	AUTO_HELD(bytes)
	der = given_signed(given_certificate("Taro", "CA", given_key("P-256")),
			   given_key("ED25519"), NULL);
	AUTO(certificate) certificate = given_parsed(&der);

	(void)state;
	assert_false(certificate_signature_is_weak(certificate));
}

static void an_issuer_is_proven_by_key_and_name(void **state)
{
	AUTO_HELD(bytes)
	root_der = given_signed(given_certificate("CA", "CA", given_key("RSA")), given_key("RSA"),
				EVP_sha256());
	AUTO_HELD(bytes)
	same_name = given_signed(given_certificate("CA", "CA", given_key("P-384")),
				 given_key("P-384"), EVP_sha256());
	AUTO_HELD(bytes)
	other_name = given_signed(given_certificate("X", "X", given_key("RSA")), given_key("RSA"),
				  EVP_sha256());
	AUTO_HELD(bytes)
	leaf_der = given_signed(given_certificate("Taro", "CA", given_key("P-256")),
				given_key("RSA"), EVP_sha256());
	AUTO(certificate) root = given_parsed(&root_der);
	AUTO(certificate) impostor = given_parsed(&same_name);
	AUTO(certificate) stranger = given_parsed(&other_name);
	AUTO(certificate) leaf = given_parsed(&leaf_der);

	(void)state;
	assert_true(certificate_is_issued_by(leaf, root));
	assert_true(certificate_is_issued_by(root, root));
	assert_false(certificate_is_issued_by(leaf, impostor));
	assert_false(certificate_is_issued_by(leaf, stranger));
	assert_false(certificate_is_issued_by(root, leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_members_certificate_reads_as_on_the_letter),
		cmocka_unit_test(the_bytes_are_kept_and_name_the_certificate),
		cmocka_unit_test(every_kind_of_string_becomes_utf8),
		cmocka_unit_test(a_name_cannot_hide_behind_nul_or_escape),
		cmocka_unit_test(special_characters_are_escaped_as_in_rfc_4514),
		cmocka_unit_test(several_attributes_in_one_place_are_joined_by_plus),
		cmocka_unit_test(a_holder_without_cn_is_called_by_what_there_is),
		cmocka_unit_test(an_unnamed_holder_has_an_empty_name),
		cmocka_unit_test(serial_numbers_are_hex_of_any_size),
		cmocka_unit_test(dates_before_1970_and_after_2050_are_right),
		cmocka_unit_test(a_date_that_is_none_is_refused),
		cmocka_unit_test(each_kind_of_key_is_named_and_verifies),
		cmocka_unit_test(an_unknown_kind_of_key_is_said_to_be_unknown),
		cmocka_unit_test(a_curve_written_out_is_not_taken_for_a_named_one),
		cmocka_unit_test(md5_and_sha1_signatures_are_weak),
		cmocka_unit_test(the_hash_of_rsa_pss_is_looked_up_in_its_parameters),
		cmocka_unit_test(an_ed25519_signature_is_not_weak),
		cmocka_unit_test(an_issuer_is_proven_by_key_and_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
