/* Originals made to do harm are refused before they cost anything. */
#include "tests/unit/opener/given.h"

#include <stdio.h>

#include "tests/unit/opener/given_pfx.h"

/* Far less than the second that the whole opener may take: nothing was derived. */
static const double seconds_max = 0.5;

static void assert_too_expensive(const struct library *library, struct secret *original,
				 const char *detail)
{
	double before = cpu_seconds();

	assert_string_equal(err_word(opening(library, OPENER_CHECK, DEMO_PIN, original)),
			    err_word(ERR_ORIGINAL_EXPENSIVE));
	assert_string_equal(err_detail_text(), detail);
	assert_true(cpu_seconds() - before < seconds_max);
	secret_free(original);
}

static void rounds_of_the_mac_are_limited(void **state)
{
	struct piece safes = element(0x30, empty());
	struct piece digest =
		sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), empty()), octets(text("00")));
	struct piece mac = sequence(digest, join(octets(text("00")), number(2147483647)));

	assert_too_expensive(*state, pfx_with_mac(safes, mac), "MAC, 2147483647 > 1000000");
}

static void rounds_that_stand_in_clear_are_limited_before_the_pin_is_tried(void **state)
{
	struct piece bags = shrouded_bag(pbe_3des(2147483647), text("0011223344556677"), empty());
	struct piece more = shrouded_bag(pbes2(UINT64_MAX, 8), text("00"), empty());

	assert_too_expensive(*state, pfx(data_safe(bags), "another PIN"),
			     "3DES-CBC, 2147483647 > 1000000");
	assert_too_expensive(*state, pfx(data_safe(more), DEMO_PIN),
			     "AES-256-CBC, 18446744073709551615 > 1000000");
}

static void rounds_hidden_inside_an_encrypted_safe_are_limited(void **state)
{
	struct piece bags = shrouded_bag(pbe_3des(2147483647), text("0011223344556677"), empty());

	assert_too_expensive(*state, pfx(encrypted_safe(pbes2(1, 8), bags, DEMO_PIN), DEMO_PIN),
			     "3DES-CBC, 2147483647 > 1000000");
}

static void many_bags_of_permitted_rounds_are_too_many_together(void **state)
{
	struct piece bags = empty();

	for (int i = 0; i < 4; i++)
		bags = join(bags,
			    shrouded_bag(pbe_3des(1000000), text("0011223344556677"), empty()));
	assert_too_expensive(*state, pfx(data_safe(bags), DEMO_PIN), "3DES-CBC, 3000001 > 3000000");
}

static void a_hundred_thousand_bags_are_too_many(void **state)
{
	struct piece bag = sequence(oid("1.2.3"), element(0xA0, text("0500")));
	const size_t count = 60000; /* as many as a mebibyte holds */
	struct piece bags = {.bytes = malloc(bag.size * count), .size = bag.size * count};

	assert_non_null(bags.bytes);
	for (size_t i = 0; i < count; i++)
		memcpy(bags.bytes + i * bag.size, bag.bytes, bag.size);
	drop(&bag);
	assert_too_expensive(*state, pfx(data_safe(bags), DEMO_PIN), "SafeBag, 257 > 256");
}

static void bags_within_bags_are_limited(void **state)
{
	struct piece bags = empty();

	for (int i = 0; i < 6; i++)
		bags = bag("1.2.840.113549.1.12.10.1.6", element(0x30, bags), empty());
	assert_too_expensive(*state, pfx(data_safe(bags), DEMO_PIN), "SafeContents, 5 > 4");
}

static void a_salt_is_limited(void **state)
{
	struct piece bags = shrouded_bag(pbes2(1, 500000), text("00"), empty());

	assert_too_expensive(*state, pfx(data_safe(bags), DEMO_PIN), "salt, 500000 > 1024");
}

static struct piece scrypt(uint64_t n, uint64_t r, uint64_t p)
{
	struct piece kdf = sequence(oid("1.3.6.1.4.1.11591.4.11"),
				    element(0x30, join(join(octets(text("5A5A")), number(n)),
						       join(number(r), number(p)))));
	struct piece cipher = sequence(oid("2.16.840.1.101.3.4.1.42"),
				       octets(text("5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A")));

	return sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, cipher));
}

static void scrypt_is_limited_in_memory_and_time(void **state)
{
	struct piece large = shrouded_bag(scrypt(UINT64_C(1) << 30, 8, 1), text("00"), empty());
	struct piece long_one = shrouded_bag(scrypt(16384, 8, 1000000), text("00"), empty());

	assert_too_expensive(*state, pfx(data_safe(large), DEMO_PIN),
			     "scrypt N=1073741824 r=8 p=1");
	assert_too_expensive(*state, pfx(data_safe(long_one), DEMO_PIN),
			     "scrypt N=16384 r=8 p=1000000");
}

static void scrypt_of_a_usual_size_works(void **state)
{
	struct piece key = encrypted(scrypt(16384, 8, 1), file("key.der"), DEMO_PIN);
	struct piece bags = join(shrouded_bag(scrypt(16384, 8, 1), key, empty()),
				 certificate_bag(file("certificate.der"), empty()));
	AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_CHECK, DEMO_PIN, original);

	assert_memory_equal(opened->protection, "PBES2 AES-256-CBC, scrypt N=16384 r=8 p=1", 41);
}

static void deep_nesting_and_lying_lengths_are_damage(void **state)
{
	static uint8_t deep[200000];
	AUTO(secret) lying = finish(text("3084FFFFFFFF020103"));
	AUTO(secret) inner = finish(text("300B0201033084FFFFFFFF0500"));

	for (size_t i = 0; i < sizeof deep; i += 2) {
		deep[i] = 0x30;
		deep[i + 1] = 0x80;
	}
	AUTO(secret)
	nested = finish(indefinite(0x30, join(text("020103"), raw(deep, sizeof deep))));
	double before = cpu_seconds();
	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, nested), ERR_ORIGINAL_DAMAGED);
	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, lying), ERR_ORIGINAL_TRUNCATED);
	assert_int_equal(opening(*state, OPENER_CHECK, DEMO_PIN, inner), ERR_ORIGINAL_DAMAGED);
	assert_true(cpu_seconds() - before < seconds_max);
}

static void a_long_name_is_cut(void **state)
{
	struct piece name = {.bytes = malloc(500000), .size = 500000};

	assert_non_null(name.bytes);
	for (size_t i = 0; i < name.size; i += 2)
		memcpy(name.bytes + i, "\x91\xD1", 2); /* 金 */
	struct piece bags =
		join(key_bag(file("key.der"), empty()),
		     certificate_bag(file("certificate.der"), name_attribute(0x1E, name)));
	AUTO(secret) original = pfx(data_safe(bags), DEMO_PIN);
	AUTO(opened) opened = opened_original(*state, OPENER_SHOW, DEMO_PIN, original);
	assert_int_equal(strlen(opened->friendly_name), 1023);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_of_the_mac_are_limited),
		cmocka_unit_test(rounds_that_stand_in_clear_are_limited_before_the_pin_is_tried),
		cmocka_unit_test(rounds_hidden_inside_an_encrypted_safe_are_limited),
		cmocka_unit_test(many_bags_of_permitted_rounds_are_too_many_together),
		cmocka_unit_test(a_hundred_thousand_bags_are_too_many),
		cmocka_unit_test(bags_within_bags_are_limited),
		cmocka_unit_test(a_salt_is_limited),
		cmocka_unit_test(scrypt_is_limited_in_memory_and_time),
		cmocka_unit_test(scrypt_of_a_usual_size_works),
		cmocka_unit_test(deep_nesting_and_lying_lengths_are_damage),
		cmocka_unit_test(a_long_name_is_cut),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
