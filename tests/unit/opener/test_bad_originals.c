/* Each thing that can be wrong with an original has its own answer. */
#include "tests/unit/opener/given.h"

#include <stdio.h>

#include "tests/unit/opener/given_pfx.h"

struct bad {
	const char *file;
	const char *pin;
	enum err err;
	const char *detail;
};

static const struct bad bads[] = {
	{"no-mac.p12", DEMO_PIN, ERR_ORIGINAL_NO_MAC, ""},
	{"no-mac.p12", "wrong000", ERR_ORIGINAL_NO_MAC, ""},
	{"no-key.p12", DEMO_PIN, ERR_ORIGINAL_NO_KEY, ""},
	{"no-certificate.p12", DEMO_PIN, ERR_ORIGINAL_NO_CERT, ""},
	{"empty-pin.p12", "", ERR_ORIGINAL_EMPTY_PIN, ""},
	{"empty-pin.p12", DEMO_PIN, ERR_ORIGINAL_EMPTY_PIN, ""},
	{"openssl-modern.p12", "", ERR_PIN_TEXT, ""},
	{"openssl-modern.p12", "\xFF\xFE", ERR_PIN_TEXT, ""},
	{"openssl-modern.p12", "DEMO1234", ERR_ORIGINAL_PIN, ""},
	{"two-keys.p12", DEMO_PIN, ERR_ORIGINAL_TWO_KEYS, "rsa-2048 (first), p-256 (second)"},
	{"certificate.pem", DEMO_PIN, ERR_ORIGINAL_PEM, ""},
	{"bags.pem", DEMO_PIN, ERR_ORIGINAL_PEM, ""},
	{"certificate.der", DEMO_PIN, ERR_ORIGINAL_BARE_CERT, ""},
	{"key.der", DEMO_PIN, ERR_ORIGINAL_NOT_PKCS12, ""},
	{"make.sh", DEMO_PIN, ERR_ORIGINAL_NOT_PKCS12, ""},
	{"key-rsa-1024.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "rsa-1024"},
	{"key-secp256k1.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "secp256k1"},
	{"key-brainpoolP256r1.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "brainpoolP256r1"},
	{"key-explicit.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "ec, explicit parameters"},
	{"key-ed448.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "ed448"},
	{"key-rsa-pss.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "rsa-pss"},
	{"key-dsa.p12", DEMO_PIN, ERR_ORIGINAL_KEY_KIND, "dsa"},
	{"gnutls-gost28147-tc26z.p12", DEMO_PIN, ERR_ORIGINAL_ALGORITHM,
	 "HMAC GOST R 34.11-2012 (512)"},
};

static void assert_refused(const struct library *library, const char *pin,
			   const struct secret *original, enum err expected, const char *detail)
{
	enum err err = opening(library, OPENER_CHECK, pin, original);

	assert_string_equal(err_word(err), err_word(expected));
	assert_string_equal(err_detail_text(), detail);
}

static void every_bad_original_is_named_for_what_it_is(void **state)
{
	for (size_t i = 0; i < COUNT_OF(bads); i++) {
		AUTO(secret) original = given_file(bads[i].file);
		assert_refused(*state, bads[i].pin, original, bads[i].err, bads[i].detail);
	}
}

static struct piece demo_key(void)
{
	return key_bag(file("key.der"), empty());
}

static struct piece demo_certificate(void)
{
	return certificate_bag(file("certificate.der"), empty());
}

static void assert_built_refused(const struct library *library, struct secret *original,
				 enum err expected, const char *detail)
{
	assert_refused(library, DEMO_PIN, original, expected, detail);
	secret_free(original);
}

static void a_file_cut_anywhere_is_truncated(void **state)
{
	AUTO(secret) original = given_file("one-round.p12");
	AUTO(secret) indefinite_one = given_file("nss-aes.p12");

	for (size_t size = 0; size < secret_size(original); size++) {
		AUTO(secret) part = given_secret(secret_view(original), size);
		assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, part),
				 ERR_ORIGINAL_TRUNCATED);
	}
	for (size_t size = 0; size < secret_size(indefinite_one); size++) {
		AUTO(secret) part = given_secret(secret_view(indefinite_one), size);
		assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, part),
				 ERR_ORIGINAL_TRUNCATED);
	}
}

static void foreign_bytes_at_the_end_are_seen(void **state)
{
	static const char *const files[] = {"openssl-modern.p12", "nss-aes.p12"};

	for (size_t i = 0; i < COUNT_OF(files); i++)
		assert_built_refused(*state, finish(join(file(files[i]), raw("\n", 1))),
				     ERR_ORIGINAL_TRAILING, "");
}

static void more_than_a_mebibyte_is_too_large(void **state)
{
	struct secret *large = NULL;

	assert_int_equal(secret_new(ORIGINAL_SIZE_MAX + 1, &large), ERR_OK);
	assert_built_refused(*state, large, ERR_ORIGINAL_TOO_LARGE, "");
}

static void a_damaged_byte_under_the_mac_cannot_be_told_from_a_wrong_pin(void **state)
{
	AUTO(secret) original = given_file("openssl-modern.p12");

	secret_bytes(original)[secret_size(original) / 2] ^= 1;
	assert_refused(*state, DEMO_PIN, original, ERR_ORIGINAL_PIN, "");
}

static void a_key_of_another_certificate_does_not_match(void **state)
{
	struct piece bags =
		join(demo_key(), certificate_bag(file("other-certificate.der"), empty()));

	assert_built_refused(*state, pfx(data_safe(bags), DEMO_PIN), ERR_ORIGINAL_MISMATCH, "");
}

/* A key whose public half was copied from the certificate passes a comparison; it must sign. */
static void a_forged_key_is_found_by_its_signature(void **state)
{
	struct piece key = file("other-key.der");
	/* SEQUENCE, version, algorithm, OCTET STRING, SEQUENCE, version, OCTET STRING: d */
	const size_t at = 40;

	key.bytes[at] ^= 1;
	struct piece bags = join(key_bag(key, empty()),
				 certificate_bag(file("other-certificate.der"), empty()));
	assert_built_refused(*state, pfx(data_safe(bags), DEMO_PIN), ERR_ORIGINAL_KEY_FORGED, "");
}

static void nothing_in_the_safe_is_no_key(void **state)
{
	assert_built_refused(*state, pfx(data_safe(empty()), DEMO_PIN), ERR_ORIGINAL_NO_KEY, "");
	assert_built_refused(*state, pfx(empty(), DEMO_PIN), ERR_ORIGINAL_NO_KEY, "");
}

static void unknown_protections_are_named(void **state)
{
	struct piece rc5 = sequence(oid("1.2.840.113549.3.9"), empty());
	struct piece kdf =
		sequence(oid("1.2.840.113549.1.5.12"), sequence(octets(text("00")), number(1)));
	struct piece pbes2_rc5 = sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, rc5));
	struct piece foreign = sequence(oid("1.3.6.1.4.1.99999.7"), empty());

	assert_built_refused(*state,
			     pfx(data_safe(shrouded_bag(pbes2_rc5, text("00"), empty())), DEMO_PIN),
			     ERR_ORIGINAL_ALGORITHM, "RC5");
	assert_built_refused(*state,
			     pfx(data_safe(shrouded_bag(foreign, text("00"), empty())), "other"),
			     ERR_ORIGINAL_ALGORITHM, "1.3.6.1.4.1.99999.7");
}

static void other_ways_of_sealing_a_whole_file_are_named(void **state)
{
	struct piece signed_data = sequence(oid("1.2.840.113549.1.7.2"), element(0xA0, empty()));
	struct piece enveloped = sequence(oid("1.2.840.113549.1.7.3"), element(0xA0, empty()));

	assert_built_refused(*state, finish(sequence(text("020103"), signed_data)),
			     ERR_ORIGINAL_ALGORITHM, "signedData");
	assert_built_refused(*state, pfx(enveloped, DEMO_PIN), ERR_ORIGINAL_ALGORITHM,
			     "envelopedData");
}

static void what_is_wrong_behind_a_right_mac_is_damage(void **state)
{
	assert_built_refused(*state, pfx(text("3003020105"), DEMO_PIN), ERR_ORIGINAL_DAMAGED,
			     "ASN.1");
	assert_built_refused(
		*state,
		pfx(data_safe(join(demo_key(), certificate_bag(text("3000"), empty()))), DEMO_PIN),
		ERR_ORIGINAL_DAMAGED, "X.509");
	assert_built_refused(
		*state,
		pfx(data_safe(join(key_bag(text("3000"), empty()), demo_certificate())), DEMO_PIN),
		ERR_ORIGINAL_DAMAGED, "ASN.1");
	assert_built_refused(
		*state,
		pfx(data_safe(shrouded_bag(pbe_3des(1), text("0011223344556677"), empty())),
		    DEMO_PIN),
		ERR_ORIGINAL_DAMAGED, "3DES-CBC");
}

/* The shapes of CVE-2024-0727 (absent contents) and CVE-2026-22795 (wrong types). */
static void absent_and_mistyped_fields_are_damage_and_no_crash(void **state)
{
	static const char *const safes[] = {
		"300B06092A864886F70D010701",         /* data without content */
		"300B06092A864886F70D010706",         /* encryptedData without content */
		"300F06092A864886F70D010706A0023000", /* empty encryptedData */
		"300F06092A864886F70D010701A0020500", /* NULL for OCTET STRING */
		"300D06092A864886F70D010701A000",     /* nothing inside [0] */
	};

	for (size_t i = 0; i < COUNT_OF(safes); i++)
		assert_built_refused(*state, pfx(text(safes[i]), DEMO_PIN), ERR_ORIGINAL_DAMAGED,
				     "ASN.1");
	assert_built_refused(*state, finish(text("3003020103")), ERR_ORIGINAL_DAMAGED, "ASN.1");
	assert_built_refused(*state, finish(text("3010020103300B06092A864886F70D010701")),
			     ERR_ORIGINAL_DAMAGED, "ASN.1");
}

static void a_name_of_a_wrong_type_is_no_name(void **state)
{
	static const uint8_t tags[] = {0x01, 0x02, 0x05, 0x0C, 0x30, 0x16};

	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		struct piece name = name_attribute(tags[i], raw("\xFF\xFE\0", 3));
		struct piece bags =
			join(demo_key(), certificate_bag(file("certificate.der"), name));
		AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
		AUTO(opened) opened = opened_original(*state, OPENER_SHOW, DEMO_PIN, original);
		assert_string_equal(opened->friendly_name, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bad_original_is_named_for_what_it_is),
		cmocka_unit_test(a_file_cut_anywhere_is_truncated),
		cmocka_unit_test(foreign_bytes_at_the_end_are_seen),
		cmocka_unit_test(more_than_a_mebibyte_is_too_large),
		cmocka_unit_test(a_damaged_byte_under_the_mac_cannot_be_told_from_a_wrong_pin),
		cmocka_unit_test(a_key_of_another_certificate_does_not_match),
		cmocka_unit_test(a_forged_key_is_found_by_its_signature),
		cmocka_unit_test(nothing_in_the_safe_is_no_key),
		cmocka_unit_test(unknown_protections_are_named),
		cmocka_unit_test(other_ways_of_sealing_a_whole_file_are_named),
		cmocka_unit_test(what_is_wrong_behind_a_right_mac_is_damage),
		cmocka_unit_test(absent_and_mistyped_fields_are_damage_and_no_crash),
		cmocka_unit_test(a_name_of_a_wrong_type_is_no_name),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
