/* The 詳細 page shows what the certificate dialog shows, in its order and words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "tests/unit/cert/given.h"
#include "vault/cert/fields.h"

static const struct field *field_named(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (strcmp(fields->items[i].name, name) == 0)
			return &fields->items[i];
	fail_msg("no field %s", name);
	return NULL;
}

static void assert_field(const struct fields *fields, const char *name, const char *oid,
			 const char *value)
{
	const struct field *field = field_named(fields, name);

	assert_string_equal(field->oid, oid);
	assert_string_equal(field->value, value);
}

static struct fields *fields_of_der(const struct bytes *der)
{
	AUTO(certificate) certificate = given_parsed(der);
	struct fields *fields = NULL;

	assert_int_equal(fields_of(certificate, &fields), ERR_OK);
	return fields;
}

static struct fields *given_fields_with(int nid, const char *value)
{
	X509 *x509 = given_certificate("CA", "CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};

	given_extension(x509, nid, value);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	return fields_of_der(&der);
}

static void the_fields_stand_in_the_order_of_the_dialog(void **state)
{
	static const char *const expected[] = {"Version",
					       "Serial number",
					       "Signature algorithm",
					       "Signature hash algorithm",
					       "Issuer",
					       "Valid from",
					       "Valid to",
					       "Subject",
					       "Public key",
					       "Public key parameters",
					       "Subject Alternative Name",
					       "Issuer Alternative Name",
					       "CRL Distribution Points",
					       "Certificate Policies",
					       "Key Usage",
					       "Thumbprint",
					       "Thumbprint (SHA-256)"};
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(fields) fields = fields_of_der(&der);

	(void)state;
	assert_int_equal(fields->count, COUNT_OF(expected));
	for (size_t i = 0; i < fields->count; i++)
		assert_string_equal(fields->items[i].name, expected[i]);
}

static void a_members_certificate_reads_as_in_the_dialog(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(fields) fields = fields_of_der(&der);

	(void)state;
	assert_field(fields, "Version", "", "V3");
	assert_field(fields, "Serial number", "", "1234");
	assert_field(fields, "Signature algorithm", "", "sha256ECDSA");
	assert_field(fields, "Signature hash algorithm", "", "sha256");
	assert_field(fields, "Issuer", "", "OU = Demo Passport\nO = Demo Trust Co., Ltd.\nC = JP");
	assert_field(fields, "Valid from", "", "2026-02-01 00:00:00 JST");
	assert_field(fields, "Valid to", "", "2031-01-31 23:59:59 JST");
	assert_field(fields, "Subject", "",
		     "0.9.2342.19200300.100.1.1 = 1234567890\nCN = Taro Yamada\n"
		     "O = Demo Federation of Shiho-shoshi\nC = JP");
	assert_field(fields, "Public key parameters", "", "05 00");
	assert_field(fields, "Key Usage", "2.5.29.15", "Digital Signature, Non-Repudiation (c0)");
	assert_true(field_named(fields, "Key Usage")->is_critical);
	assert_false(field_named(fields, "Subject Alternative Name")->is_critical);
}

static void japanese_alternative_names_are_readable(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(fields) fields = fields_of_der(&der);

	(void)state;
	assert_field(
		fields, "Subject Alternative Name", "2.5.29.17",
		"Directory Address:\n     CN = 司法　太郎\n     O = 日本司法書士会\n     C = JP");
	assert_field(fields, "Issuer Alternative Name", "2.5.29.18",
		     "Directory Address:\n     O = 電子認証局\n     C = JP");
}

static void a_crl_in_a_directory_needs_no_address(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(fields) fields = fields_of_der(&der);

	(void)state;
	assert_field(fields, "CRL Distribution Points", "2.5.29.31",
		     "[1]CRL Distribution Point\n     Distribution Point Name:\n"
		     "          Full Name:\n               Directory Address:\n"
		     "                    CN = CRL1\n"
		     "                    O = Demo Trust Co., Ltd.\n                    C = JP");
}

static void a_critical_policy_is_accepted_and_shown(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(fields) fields = fields_of_der(&der);

	(void)state;
	assert_field(fields, "Certificate Policies", "2.5.29.32",
		     "[1]Certificate Policy:\n"
		     "     Policy Identifier=1.2.392.200091.100.721\n"
		     "     [1,1]Policy Qualifier Info:\n"
		     "          Policy Qualifier Id=CPS\n"
		     "          Qualifier:\n"
		     "               https://ca.example.jp/cps/\n"
		     "     [1,2]Policy Qualifier Info:\n"
		     "          Policy Qualifier Id=User Notice\n"
		     "          Qualifier:\n"
		     "               Notice Text=電子署名専用。");
	assert_true(field_named(fields, "Certificate Policies")->is_critical);
}

static void every_kind_of_alternative_name_is_shown(void **state)
{
	AUTO(fields)
	fields = given_fields_with(
		NID_subject_alt_name,
		"DNS:a.jp,email:a@b.jp,URI:https://a.jp/,IP:192.0.2.1,IP:2001:db8::1,RID:1.2.3.4,"
		"otherName:1.3.6.1.4.1.311.20.2.3;UTF8:taro@a.jp");

	(void)state;
	assert_field(fields, "Subject Alternative Name", "2.5.29.17",
		     "DNS Name=a.jp\nRFC822 Name=a@b.jp\nURL=https://a.jp/\nIP Address=192.0.2.1\n"
		     "IP Address=2001:db8::1\nRegistered ID=1.2.3.4\n"
		     "Other Name:\n     1.3.6.1.4.1.311.20.2.3=taro@a.jp");
}

/* GeneralNames with an x400Address and an ediPartyName (partyName UTF8String "X"). */
static void names_of_forgotten_networks_are_shown(void **state)
{
	static const uint8_t der_names[] = "\x30\x0b\xa3\x02\x30\x00\xa5\x05\xa1\x03\x0c\x01X";
	X509 *x509 = given_certificate("Taro", "CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO(fields) fields = NULL;

	(void)state;
	given_raw_extension(x509, "2.5.29.17", false, der_names, sizeof der_names - 1);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	fields = fields_of_der(&der);
	assert_non_null(
		strstr(field_named(fields, "Subject Alternative Name")->value, "EDI Party Name=X"));
	assert_non_null(
		strstr(field_named(fields, "Subject Alternative Name")->value, "X.400 Address="));
}

static void an_authority_is_described(void **state)
{
	AUTO(fields)
	limited = given_fields_with(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
	AUTO(fields) plain = given_fields_with(NID_basic_constraints, "CA:FALSE");
	AUTO(fields) usage = given_fields_with(NID_key_usage, "keyCertSign,cRLSign,decipherOnly");

	(void)state;
	assert_field(limited, "Basic Constraints", "2.5.29.19",
		     "Subject Type=CA\nPath Length Constraint=0");
	assert_field(plain, "Basic Constraints", "2.5.29.19",
		     "Subject Type=End Entity\nPath Length Constraint=None");
	assert_field(
		usage, "Key Usage", "2.5.29.15",
		"Certificate Signing, Off-line CRL Signing, CRL Signing, Decipher Only (06 80)");
}

static void purposes_and_services_are_named(void **state)
{
	AUTO(fields) purposes = given_fields_with(NID_ext_key_usage, "clientAuth,1.2.3.4");
	AUTO(fields) access = given_fields_with(NID_info_access, "OCSP;URI:http://ocsp.a.jp/");

	(void)state;
	assert_field(purposes, "Extended Key Usage", "2.5.29.37",
		     "TLS Web Client Authentication (1.3.6.1.5.5.7.3.2)\n"
		     "Unknown Key Usage (1.2.3.4)");
	assert_field(access, "Authority Information Access", "1.3.6.1.5.5.7.1.1",
		     "[1]Authority Info Access\n     Access Method=OCSP (1.3.6.1.5.5.7.48.1)\n"
		     "     Alternative Name:\n          URL=http://ocsp.a.jp/");
}

static void an_unknown_extension_is_called_by_its_oid(void **state)
{
	X509 *x509 = given_certificate("Taro", "CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO(fields) fields = NULL;

	(void)state;
	given_raw_extension(x509, "1.2.392.9999.1", true,
			    "\x0c\x03"
			    "abcdefghijklmnop",
			    18);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	fields = fields_of_der(&der);
	assert_field(fields, "1.2.392.9999.1", "1.2.392.9999.1",
		     "0c 03 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e\n6f 70");
	assert_true(field_named(fields, "1.2.392.9999.1")->is_critical);
}

static void a_value_is_shown_to_its_last_byte(void **state)
{
	X509 *x509 = given_certificate("Taro", "CA", given_key("P-256"));
	AUTO_HELD(bytes) der = {0};
	AUTO_HELD(bytes) value = {0};
	AUTO(fields) fields = NULL;

	(void)state;
	assert_int_equal(bytes_zeroed(20000, &value), ERR_OK);
	given_raw_extension(x509, "1.2.392.9999.1", false, value.data, value.size);
	der = given_signed(x509, given_key("P-256"), EVP_sha256());
	fields = fields_of_der(&der);
	assert_int_equal(strlen(field_named(fields, "1.2.392.9999.1")->value), 3 * 20000 - 1);
}

static void keys_are_described_by_kind_and_size(void **state)
{
	static const struct {
		const char *kind;
		const char *begins;
		const char *parameters;
	} cases[] = {
		{"RSA", "RSA (2048 Bits)\n30 82 01 0a ", "05 00"},
		{"P-256", "ECC (256 Bits)\n04 ", "ECDSA_P256"},
		{"P-384", "ECC (384 Bits)\n04 ", "ECDSA_P384"},
		{"P-521", "ECC (521 Bits)\n04 ", "ECDSA_P521"},
		{"ED25519", "ED25519 (256 Bits)\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_HELD(bytes)
		der = given_signed(given_certificate("Taro", "CA", given_key(cases[i].kind)),
				   given_key("P-256"), EVP_sha256());
		AUTO(fields) fields = fields_of_der(&der);
		const char *value = field_named(fields, "Public key")->value;
		assert_memory_equal(value, cases[i].begins, strlen(cases[i].begins));
		assert_field(fields, "Public key parameters", "", cases[i].parameters);
	}
}

static void signature_algorithms_have_the_names_of_the_dialog(void **state)
{
	const struct {
		const char *kind;
		const EVP_MD *hash;
		const char *algorithm;
		const char *hash_name;
	} cases[] = {
		{"RSA", EVP_sha1(), "sha1RSA", "sha1"},
		{"RSA", EVP_sha512(), "sha512RSA", "sha512"},
		{"P-384", EVP_sha384(), "sha384ECDSA", "sha384"},
		{"RSA-PSS", EVP_sha256(), "RSASSA-PSS", "sha256"},
		{"ED25519", NULL, "ED25519", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_HELD(bytes)
		der = given_signed(given_certificate("Taro", "CA", given_key("P-256")),
				   given_key(cases[i].kind), cases[i].hash);
		AUTO(fields) fields = fields_of_der(&der);
		assert_field(fields, "Signature algorithm", "", cases[i].algorithm);
		assert_field(fields, "Signature hash algorithm", "", cases[i].hash_name);
	}
}

static void the_thumbprint_is_that_of_the_whole_certificate(void **state)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("P-256"), given_key("P-256"));
	AUTO(fields) fields = fields_of_der(&der);
	struct digest digest;
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_of(der.data, der.size, &digest);
	hex_of(digest.bytes, DIGEST_SIZE, hex);
	assert_field(fields, "Thumbprint (SHA-256)", "", hex);
	assert_int_equal(strlen(field_named(fields, "Thumbprint")->value), 40);
}

static void the_attributes_of_a_name_are_listed_in_reverse(void **state)
{
	static const char *const expected[][3] = {
		{"0.9.2342.19200300.100.1.1", "0.9.2342.19200300.100.1.1", "1234567890"},
		{"CN", "2.5.4.3", "Taro Yamada"},
		{"O", "2.5.4.10", "Demo Federation of Shiho-shoshi"},
		{"C", "2.5.4.6", "JP"},
	};
	AUTO_HELD(bytes) der = given_member_certificate(given_key("P-256"), given_key("P-256"));
	AUTO(certificate) certificate = given_parsed(&der);
	AUTO(fields) subject = NULL;

	(void)state;
	assert_int_equal(fields_of_subject(certificate, &subject), ERR_OK);
	assert_int_equal(subject->count, COUNT_OF(expected));
	for (size_t i = 0; i < subject->count; i++) {
		assert_string_equal(subject->items[i].name, expected[i][0]);
		assert_string_equal(subject->items[i].oid, expected[i][1]);
		assert_string_equal(subject->items[i].value, expected[i][2]);
	}
}

static void no_name_can_forge_a_line_of_the_page(void **state)
{
	X509 *x509 = given_certificate("Taro\nO = Ministry", "CA", given_key("P-256"));
	AUTO_HELD(bytes) der = given_signed(x509, given_key("P-256"), EVP_sha256());
	AUTO(fields) fields = fields_of_der(&der);

	(void)state;
	assert_field(fields, "Subject", "", "CN = Taro\\u{000A}O = Ministry");
}

static void dates_are_those_of_japan(void **state)
{
	static const struct {
		int64_t at;
		const char *text;
	} cases[] = {
		{0, "1970-01-01 09:00:00 JST"},
		{1927637999, "2031-01-31 23:59:59 JST"},
		{-1, "1970-01-01 08:59:59 JST"},
		{253402300799, "10000-01-01 08:59:59 JST"},
	};
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(fields_date(cases[i].at, &text), ERR_OK);
		assert_string_equal(text, cases[i].text);
		free(text);
	}
	assert_int_equal(fields_date(INT64_MAX, &text), ERR_INTERNAL);
	assert_int_equal(fields_date(INT64_MIN, &text), ERR_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fields_stand_in_the_order_of_the_dialog),
		cmocka_unit_test(a_members_certificate_reads_as_in_the_dialog),
		cmocka_unit_test(japanese_alternative_names_are_readable),
		cmocka_unit_test(a_crl_in_a_directory_needs_no_address),
		cmocka_unit_test(a_critical_policy_is_accepted_and_shown),
		cmocka_unit_test(every_kind_of_alternative_name_is_shown),
		cmocka_unit_test(names_of_forgotten_networks_are_shown),
		cmocka_unit_test(an_authority_is_described),
		cmocka_unit_test(purposes_and_services_are_named),
		cmocka_unit_test(an_unknown_extension_is_called_by_its_oid),
		cmocka_unit_test(a_value_is_shown_to_its_last_byte),
		cmocka_unit_test(keys_are_described_by_kind_and_size),
		cmocka_unit_test(signature_algorithms_have_the_names_of_the_dialog),
		cmocka_unit_test(the_thumbprint_is_that_of_the_whole_certificate),
		cmocka_unit_test(the_attributes_of_a_name_are_listed_in_reverse),
		cmocka_unit_test(no_name_can_forge_a_line_of_the_page),
		cmocka_unit_test(dates_are_those_of_japan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
