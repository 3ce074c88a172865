/* BER is read in all its forms, and never beyond its end. */
#include "tests/unit/opener/given.h"

#include "tests/unit/opener/given_pfx.h"
#include "vault/opener/ber.h"

/* Malloc'd exactly, so that AddressSanitizer sees one byte too many. */
static enum err next_of(struct piece piece, struct ber_element *out)
{
	uint8_t *exact = malloc(piece.size == 0 ? 1 : piece.size);
	enum err err;

	assert_non_null(exact);
	memcpy(exact, piece.bytes, piece.size);
	struct ber ber = ber_over(exact, piece.size);
	err = ber_outermost(&ber, out);
	free(exact);
	drop(&piece);
	return err;
}

static void lengths_of_all_forms_are_read(void **state)
{
	struct ber_element element_read;

	(void)state;
	assert_int_equal(next_of(text("0401AA"), &element_read), ERR_OK);
	assert_int_equal(element_read.size, 1);
	assert_int_equal(next_of(text("048101AA"), &element_read), ERR_OK);
	assert_int_equal(next_of(text("0484000000"
				      "01AA"),
				 &element_read),
			 ERR_OK);
	assert_int_equal(element_read.whole_size, 7);
	assert_int_equal(next_of(text("30800401AA0000"), &element_read), ERR_OK);
	assert_int_equal(element_read.size, 3);
	assert_int_equal(element_read.whole_size, 7);
}

static void what_is_short_is_truncated_and_what_is_wrong_is_damaged(void **state)
{
	struct ber_element element_read;

	(void)state;
	assert_int_equal(next_of(empty(), &element_read), ERR_ORIGINAL_TRUNCATED);
	assert_int_equal(next_of(text("04"), &element_read), ERR_ORIGINAL_TRUNCATED);
	assert_int_equal(next_of(text("0402AA"), &element_read), ERR_ORIGINAL_TRUNCATED);
	assert_int_equal(next_of(text("0482FF"), &element_read), ERR_ORIGINAL_TRUNCATED);
	assert_int_equal(next_of(text("30800401AA"), &element_read), ERR_ORIGINAL_TRUNCATED);
	assert_int_equal(next_of(text("0480"), &element_read), ERR_ORIGINAL_DAMAGED);
	assert_int_equal(next_of(text("1F8101"), &element_read), ERR_ORIGINAL_DAMAGED);
	assert_int_equal(next_of(text("0489010101010101010101"), &element_read),
			 ERR_ORIGINAL_DAMAGED);
	assert_int_equal(next_of(text("0488FFFFFFFFFFFFFFFF"), &element_read),
			 ERR_ORIGINAL_DAMAGED);
}

static void assert_oid(const char *hex, enum err expected, const char *dotted)
{
	struct piece piece = text(hex);
	struct ber ber = ber_over(piece.bytes, piece.size);
	struct ber_element element_read;
	char read[BER_OID_TEXT_SIZE] = "";

	assert_int_equal(ber_next(&ber, &element_read), ERR_OK);
	assert_int_equal(ber_oid_text(&element_read, read), expected);
	if (expected == ERR_OK)
		assert_string_equal(read, dotted);
	drop(&piece);
}

static void object_identifiers_become_text(void **state)
{
	(void)state;
	assert_oid("06092A864886F70D010706", ERR_OK, "1.2.840.113549.1.7.6");
	assert_oid("0603883703", ERR_OK, "2.999.3");
	assert_oid("06032B6570", ERR_OK, "1.3.101.112");
	assert_oid("0600", ERR_ORIGINAL_DAMAGED, "");
	assert_oid("060281FF", ERR_ORIGINAL_DAMAGED, "");
	assert_oid("060BFFFFFFFFFFFFFFFFFFFF7F", ERR_ORIGINAL_DAMAGED, "");
	assert_oid("04012A", ERR_ORIGINAL_DAMAGED, "");
}

static void assert_number(const char *hex, enum err expected, uint64_t value)
{
	struct piece piece = text(hex);
	struct ber ber = ber_over(piece.bytes, piece.size);
	struct ber_element element_read;
	uint64_t read = 0;

	assert_int_equal(ber_next(&ber, &element_read), ERR_OK);
	assert_int_equal(ber_number(&element_read, &read), expected);
	if (expected == ERR_OK)
		assert_true(read == value);
	drop(&piece);
}

static void numbers_are_read_and_too_large_ones_stay_too_large(void **state)
{
	(void)state;
	assert_number("02020800", ERR_OK, 2048);
	assert_number("0209000000000000000800", ERR_OK, 2048);
	assert_number("020900FFFFFFFFFFFFFFFF", ERR_OK, UINT64_MAX);
	assert_number("020A0100000000000000000000", ERR_OK, UINT64_MAX);
	assert_number("0201FF", ERR_ORIGINAL_DAMAGED, 0); /* -1 */
	assert_number("0200", ERR_ORIGINAL_DAMAGED, 0);
}

static void strings_in_pieces_are_put_together(void **state)
{
	struct piece whole = raw("0123456789", 10);
	struct piece inner = in_pieces(raw("456", 3), 2);
	struct piece pieces =
		indefinite(0x24, join(octets(raw("0123", 4)), join(inner, octets(raw("789", 3)))));
	struct ber ber = ber_over(pieces.bytes, pieces.size);
	struct ber_element element_read;
	AUTO_HELD(octets) together = {.size = 0};

	(void)state;
	assert_int_equal(ber_next(&ber, &element_read), ERR_OK);
	assert_int_equal(ber_octets(&element_read, &together), ERR_OK);
	assert_int_equal(together.size, whole.size);
	assert_memory_equal(together.bytes, whole.bytes, whole.size);
	drop(&whole);
	drop(&pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_of_all_forms_are_read),
		cmocka_unit_test(what_is_short_is_truncated_and_what_is_wrong_is_damaged),
		cmocka_unit_test(object_identifiers_become_text),
		cmocka_unit_test(numbers_are_read_and_too_large_ones_stay_too_large),
		cmocka_unit_test(strings_in_pieces_are_put_together),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
