/* What an original holds is found wherever it lies and however it was written. */
#include "tests/unit/opener/given.h"

#include "tests/unit/opener/given_pfx.h"

static struct piece demo_key(const char *id)
{
	return key_bag(file("key.der"), id == NULL ? empty() : id_attribute(id));
}

static struct piece demo_certificate(const char *id)
{
	return certificate_bag(file("certificate.der"), id == NULL ? empty() : id_attribute(id));
}

static struct piece other_certificate(void)
{
	return certificate_bag(file("other-certificate.der"), empty());
}

static void assert_leaf_is(const struct opened *opened, const char *name)
{
	AUTO(secret) expected = given_file(name);

	assert_int_equal(opened->certificate.size, secret_size(expected));
	assert_memory_equal(opened->certificate.data, secret_view(expected), secret_size(expected));
}

static void the_leaf_is_the_certificate_of_the_key_in_any_order(void **state)
{
	for (int order = 0; order < 2; order++) {
		struct piece first = order == 0 ? demo_certificate(NULL) : other_certificate();
		struct piece last = order == 0 ? other_certificate() : demo_certificate(NULL);
		struct piece safes = join(data_safe(join(first, last)), data_safe(demo_key(NULL)));
		AUTO(secret) original = pfx(safes, DEMO_PIN);
		AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);
		assert_leaf_is(opened, "certificate.der");
		assert_int_equal(opened->chain.count, 1);
	}
}

static void the_same_key_or_certificate_twice_is_one(void **state)
{
	struct piece keys = join(demo_key("01"), demo_key("02"));
	struct piece certificates = join(demo_certificate("01"), demo_certificate("02"));
	AUTO(secret) original = pfx(data_safe(join(keys, certificates)), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_int_equal(opened->chain.count, 0);
}

static void two_keys_without_names_are_told_by_their_ids(void **state)
{
	struct piece keys = join(demo_key("0A0B"), key_bag(file("other-key.der"), empty()));
	AUTO(secret) original = pfx(data_safe(keys), DEMO_PIN);

	assert_int_equal(opening(*state, OPENER_SHOW, DEMO_PIN, original), ERR_ORIGINAL_TWO_KEYS);
	assert_string_equal(err_detail_text(), "rsa-2048 (0a0b), p-256");
}

/* The certificate with something else at one place: the same key, another certificate. */
static struct piece altered_certificate(const char *place, size_t offset, char with)
{
	struct piece der = file("certificate.der");
	uint8_t *at = memmem(der.bytes, der.size, place, strlen(place));

	assert_non_null(at);
	at[offset] = (uint8_t)with;
	return der;
}

/* "DEMO Taro" as "DEMO Xaro": a certificate for the same key, as old as the other. */
static struct piece renamed_certificate(char with)
{
	return altered_certificate("DEMO Taro", 5, with);
}

/* Valid for 36,500 days, until a year that begins with 21; this one until 20.. */
static struct piece shorter_certificate(void)
{
	struct piece der = file("certificate.der");

	for (size_t at = 0; at + 4 < der.size; at++)
		if (memcmp(der.bytes + at,
			   "\x18\x0f"
			   "21",
			   4) == 0)
			der.bytes[at + 3] = '0';
	return der;
}

static void of_two_certificates_for_a_key_the_later_one_is_the_leaf(void **state)
{
	for (int order = 0; order < 2; order++) {
		struct piece old = certificate_bag(shorter_certificate(), empty());
		struct piece both = order == 0 ? join(old, demo_certificate(NULL))
					       : join(demo_certificate(NULL), old);
		AUTO(secret) original = pfx(data_safe(join(demo_key(NULL), both)), DEMO_PIN);
		AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);
		assert_leaf_is(opened, "certificate.der");
		assert_int_equal(opened->chain.count, 1);
	}
}

static void the_local_id_says_more_than_the_date(void **state)
{
	struct piece old = certificate_bag(shorter_certificate(), id_attribute("0101"));
	struct piece bags = join(demo_key("0101"), join(demo_certificate("0202"), old));
	struct piece expected = shorter_certificate();
	AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_int_equal(opened->certificate.size, expected.size);
	assert_memory_equal(opened->certificate.data, expected.bytes, expected.size);
	drop(&expected);
}

static void of_too_many_certificates_sixteen_go_along(void **state)
{
	struct piece bags = join(demo_key("01"), demo_certificate("01"));

	for (char with = 'a'; with < 'a' + 20; with++)
		bags = join(bags, certificate_bag(renamed_certificate(with), empty()));
	AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_leaf_is(opened, "certificate.der");
	assert_int_equal(opened->chain.count, BYTES_LIST_MAX);
}

/* 司 and 𠮷, which is a surrogate pair. */
static void names_with_surrogate_pairs_are_read(void **state)
{
	struct piece name = name_attribute(0x1E, text("53F8D842DFB7"));
	struct piece bags = join(demo_key(NULL), certificate_bag(file("certificate.der"), name));
	AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_SHOW, DEMO_PIN, original);

	assert_string_equal(opened->friendly_name, "司𠮷");
}

static void the_certificates_name_goes_before_the_keys(void **state)
{
	for (int has_own = 0; has_own < 2; has_own++) {
		struct piece own = has_own ? name_attribute(0x0C, raw("leaf", 4)) : empty();
		struct piece key = key_bag(file("key.der"), name_attribute(0x1E, text("006B")));
		struct piece bags = join(key, certificate_bag(file("certificate.der"), own));
		AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
		AUTO(opened) opened = opened_original(*state, OPENER_SHOW, DEMO_PIN, original);
		assert_string_equal(opened->friendly_name, has_own ? "leaf" : "k");
	}
}

static void bags_within_bags_and_other_bags_do_no_harm(void **state)
{
	struct piece inner = element(0x30, join(demo_key(NULL), demo_certificate(NULL)));
	struct piece nested = bag("1.2.840.113549.1.12.10.1.6", inner, empty());
	struct piece crl = bag("1.2.840.113549.1.12.10.1.4", text("3000"), empty());
	struct piece others = bag("1.2.840.113549.1.12.10.1.5", text("3000"), empty());
	AUTO(secret) original = pfx(data_safe(join(join(crl, nested), others)), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_leaf_is(opened, "certificate.der");
}

static void strings_in_pieces_and_indefinite_lengths_are_read(void **state)
{
	struct piece certificate = indefinite(
		0x30,
		join(oid("1.2.840.113549.1.12.10.1.3"),
		     indefinite(0xA0,
				indefinite(0x30,
					   join(oid("1.2.840.113549.1.9.22.1"),
						indefinite(0xA0, in_pieces(file("certificate.der"),
									   100)))))));
	struct piece bags = indefinite(0x30, join(demo_key(NULL), certificate));
	struct piece safe = indefinite(
		0x30, join(oid("1.2.840.113549.1.7.1"), indefinite(0xA0, in_pieces(bags, 7))));
	struct piece all = indefinite(0x30, safe);
	struct piece mac = mac_data(&all, DEMO_PIN);
	struct piece content = indefinite(
		0x30, join(oid("1.2.840.113549.1.7.1"), indefinite(0xA0, in_pieces(all, 33))));
	AUTO(secret)
	original = finish(indefinite(0x30, join(text("020103"), join(content, mac))));
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_leaf_is(opened, "certificate.der");
}

static void a_key_inside_the_encrypted_safe_is_found(void **state)
{
	struct piece key = encrypted(pbe_3des(1), file("key.der"), DEMO_PIN);
	struct piece bags = join(shrouded_bag(pbe_3des(1), key, empty()), demo_certificate(NULL));
	AUTO(secret) original = pfx(encrypted_safe(pbes2(1, 8), bags, DEMO_PIN), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_memory_equal(opened->protection, "PBES2 AES-256-CBC, HMAC-SHA-256, 1 rounds; 3DES",
			    47);
}

/* RFC 5958: version 1 with the public key at the end. */
static void a_key_with_its_public_half_is_read(void **state)
{
	AUTO(secret) plain = given_file("other-key.der");
	struct piece inner = raw(secret_view(plain) + 3, secret_size(plain) - 3);
	struct piece fields = raw(inner.bytes + 3, inner.size - 3);
	struct piece key = element(0x30, join(text("020101"), join(fields, text("8102000A"))));
	struct piece bags = join(key_bag(key, empty()), other_certificate());
	AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	drop(&inner);
	assert_leaf_is(opened, "other-certificate.der");
}

static void pbmac1_is_understood(void **state)
{
	struct piece all = element(0x30, data_safe(join(demo_key(NULL), demo_certificate(NULL))));
	struct piece mac = pbmac1_data(&all, DEMO_PIN);
	AUTO(secret) original = pfx_with_mac(all, mac);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_non_null(strstr(opened->protection, "MAC PBMAC1 HMAC-SHA-256, 2000 rounds"));
	assert_int_equal(opening(*state, OPENER_CHECK, "other000", original), ERR_ORIGINAL_PIN);
}

/* OpenSSL before 1.1.0 took the bytes of a UTF-8 PIN for characters. */
static void a_pin_taken_byte_by_byte_still_opens(void **state)
{
	struct piece all = element(0x30, data_safe(join(demo_key(NULL), demo_certificate(NULL))));
	struct piece mac = mac_data(&all, "\xC3\xA9\xC2\x87\xC2\x91"); /* 金 as three characters */
	AUTO(secret) original = pfx_with_mac(all, mac);

	assert_int_equal(opening(*state, OPENER_CHECK, "金", original), ERR_OK);
}

/* PBES2 should take UTF-8; programs have also given it what PKCS#12's own derivation takes, or
 * the bytes of a Western locale. The certificate's safe follows the standard: each part has its
 * own form. */
static void other_forms_of_a_pin_under_pbes2_open(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} forms[] = {
		{"caf\xC3\xA9", 5},
		{"\0c\0a\0f\0\xE9\0\0", 10},
		{"\0c\0a\0f\0\xE9", 8},
		{"caf\xE9", 4},
	};

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct piece key = encrypted_under(pbes2(1, 8), file("key.der"), forms[i].bytes,
						   forms[i].size);
		struct piece shrouded = data_safe(shrouded_bag(pbes2(1, 8), key, empty()));
		struct piece safe = encrypted_safe(pbes2(1, 8), demo_certificate(NULL), "café");
		AUTO(secret) original = pfx(join(safe, shrouded), "café");
		assert_int_equal(opening(*state, OPENER_CHECK, "café", original), ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_leaf_is_the_certificate_of_the_key_in_any_order),
		cmocka_unit_test(the_same_key_or_certificate_twice_is_one),
		cmocka_unit_test(two_keys_without_names_are_told_by_their_ids),
		cmocka_unit_test(of_two_certificates_for_a_key_the_later_one_is_the_leaf),
		cmocka_unit_test(the_local_id_says_more_than_the_date),
		cmocka_unit_test(of_too_many_certificates_sixteen_go_along),
		cmocka_unit_test(names_with_surrogate_pairs_are_read),
		cmocka_unit_test(the_certificates_name_goes_before_the_keys),
		cmocka_unit_test(bags_within_bags_and_other_bags_do_no_harm),
		cmocka_unit_test(strings_in_pieces_and_indefinite_lengths_are_read),
		cmocka_unit_test(a_key_inside_the_encrypted_safe_is_found),
		cmocka_unit_test(a_key_with_its_public_half_is_read),
		cmocka_unit_test(pbmac1_is_understood),
		cmocka_unit_test(other_forms_of_a_pin_under_pbes2_open),
		cmocka_unit_test(a_pin_taken_byte_by_byte_still_opens),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
