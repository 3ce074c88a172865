/* An ECDSA signature in the form of certificates, from its two halves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vault/cert/ecdsa.h"

static void expect(const uint8_t *halves, size_t size, const void *der, size_t der_size)
{
	const struct bytes given = {(uint8_t *)(uintptr_t)halves, size};
	AUTO_HELD(bytes) made = {0};

	assert_int_equal(ecdsa_der(&given, &made), ERR_OK);
	assert_int_equal(made.size, der_size);
	assert_memory_equal(made.data, der, der_size);
}

static void both_numbers_are_as_short_as_they_can_be_and_never_negative(void **state)
{
	static const uint8_t plain[] = {0x01, 0x02, 0x03, 0x04};
	static const uint8_t with_zeros[] = {0x00, 0x02, 0x00, 0x00};
	static const uint8_t with_high_bit[] = {0x80, 0x02, 0x00, 0xff};

	(void)state;
	expect(plain, 4, "\x30\x08\x02\x02\x01\x02\x02\x02\x03\x04", 10);
	expect(with_zeros, 4, "\x30\x06\x02\x01\x02\x02\x01\x00", 8);
	expect(with_high_bit, 4, "\x30\x09\x02\x03\x00\x80\x02\x02\x02\x00\xff", 11);
}

static void the_largest_curve_needs_a_long_length(void **state)
{
	uint8_t halves[132];
	const struct bytes given = {halves, sizeof halves};
	AUTO_HELD(bytes) made = {0};

	(void)state;
	memset(halves, 0x11, sizeof halves);
	assert_int_equal(ecdsa_der(&given, &made), ERR_OK);
	assert_int_equal(made.size, 3 + 2 * (2 + 66));
	assert_memory_equal(made.data, "\x30\x81\x88\x02\x42\x11", 6);
}

static void what_has_no_halves_is_refused(void **state)
{
	static const size_t sizes[] = {0, 1, 63, 133, 134};
	uint8_t halves[134] = {1};
	AUTO_HELD(bytes) made = {0};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const struct bytes given = {halves, sizes[i]};
		assert_int_equal(ecdsa_der(&given, &made), ERR_WIRE);
		assert_null(made.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_numbers_are_as_short_as_they_can_be_and_never_negative),
		cmocka_unit_test(the_largest_curve_needs_a_long_length),
		cmocka_unit_test(what_has_no_halves_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
