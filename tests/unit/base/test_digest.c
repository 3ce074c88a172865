/* Digests and hex, against published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"

/* FIPS 180-4 example: SHA-256("abc"). */
static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void a_digest_is_sha_256(void **state)
{
	struct digest whole;
	struct digest parts;
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_of("abc", 3, &whole);
	hex_of(whole.bytes, DIGEST_SIZE, hex);
	assert_string_equal(hex, abc);
	digest_of_two("a", 1, "bc", 2, &parts);
	assert_true(digest_equal(&whole, &parts));
	assert_false(digest_is_zero(&whole));
}

static void digests_differ_by_any_bit(void **state)
{
	struct digest a = {0};
	struct digest b = {0};

	(void)state;
	assert_true(digest_is_zero(&a));
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		b.bytes[i] = 1;
		assert_false(digest_equal(&a, &b));
		assert_false(digest_is_zero(&b));
		b.bytes[i] = 0;
	}
	assert_true(digest_equal(&a, &b));
}

static void hex_is_read_in_either_case_and_nothing_else(void **state)
{
	static const char *const wrong[] = {"",     "0",    "0aF",   "0aFg",  "0aF00",
					    " 0aF", "0a F", "0x0aF", "0aF\n", "0a:F"};
	uint8_t bytes[2] = {0};

	(void)state;
	assert_true(hex_parse("0aFf", bytes, 2));
	assert_int_equal(bytes[0], 0x0A);
	assert_int_equal(bytes[1], 0xFF);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(hex_parse(wrong[i], bytes, 2));
	assert_true(hex_parse("", bytes, 0));
}

static void random_bytes_are_not_the_same_twice(void **state)
{
	struct digest a = {0};
	struct digest b = {0};

	(void)state;
	random_fill(a.bytes, DIGEST_SIZE);
	random_fill(b.bytes, DIGEST_SIZE);
	assert_false(digest_equal(&a, &b));
	assert_false(digest_is_zero(&a));
}

static void empty_bytes_are_equal_to_empty_bytes_only(void **state)
{
	AUTO_HELD(bytes) empty = {0};
	AUTO_HELD(bytes) also = {0};
	AUTO_HELD(bytes) full = {0};

	(void)state;
	assert_int_equal(bytes_copy(NULL, 0, &empty), ERR_OK);
	assert_int_equal(bytes_copy("x", 1, &full), ERR_OK);
	assert_null(empty.data);
	assert_true(bytes_equal(&empty, &also));
	assert_false(bytes_equal(&empty, &full));
	bytes_clear(&full);
	assert_int_equal(full.size, 0);
	bytes_clear(&full);
	bytes_clear(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_is_sha_256),
		cmocka_unit_test(digests_differ_by_any_bit),
		cmocka_unit_test(hex_is_read_in_either_case_and_nothing_else),
		cmocka_unit_test(random_bytes_are_not_the_same_twice),
		cmocka_unit_test(empty_bytes_are_equal_to_empty_bytes_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
