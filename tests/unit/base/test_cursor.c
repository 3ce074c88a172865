/* One function writes and reads; what does not fit spoils the whole, and never the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/cursor.h"

enum { TEXT_MAX = 20, BYTES_MAX = 16 };

/* One of everything. */
struct everything {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	bool yes;
	uint8_t fixed[3];
	struct digest digest;
	struct bytes bytes;
	struct bytes_list list;
	char *text;
	struct secret *secret;
};

static void everything_code(struct cursor *cursor, struct everything *all)
{
	cursor_literal(cursor, "KNK1", 4);
	cursor_u8(cursor, &all->u8);
	cursor_u16(cursor, &all->u16);
	cursor_u32(cursor, &all->u32);
	cursor_u64(cursor, &all->u64);
	cursor_i64(cursor, &all->i64);
	cursor_bool(cursor, &all->yes);
	cursor_fixed(cursor, all->fixed, sizeof all->fixed);
	cursor_digest(cursor, &all->digest);
	cursor_bytes(cursor, &all->bytes, BYTES_MAX);
	cursor_bytes_list(cursor, &all->list, BYTES_MAX);
	cursor_text(cursor, &all->text, TEXT_MAX);
	cursor_secret(cursor, &all->secret, BYTES_MAX);
}

static void everything_clear(struct everything *all)
{
	bytes_clear(&all->bytes);
	bytes_list_clear(&all->list);
	free(all->text);
	secret_free(all->secret);
	*all = (struct everything){0};
}
OWN_DEFINE_HELD(everything, everything_clear)

static struct everything given_everything(void)
{
	struct everything all = {
		.u8 = 0xFE,
		.u16 = 0xFEDC,
		.u32 = 0xFEDCBA98,
		.u64 = 0xFEDCBA9876543210,
		.i64 = INT64_MIN,
		.yes = true,
		.fixed = {1, 2, 3},
		.text = strdup("金庫"),
	};
	char pin[] = "1234";

	digest_of("x", 1, &all.digest);
	assert_int_equal(bytes_copy("abc", 3, &all.bytes), ERR_OK);
	assert_int_equal(bytes_copy("de", 2, &all.list.items[0]), ERR_OK);
	all.list.count = 2; /* the second is empty */
	assert_int_equal(secret_take(pin, 4, &all.secret), ERR_OK);
	return all;
}

static size_t write_everything(uint8_t *packet, size_t capacity)
{
	AUTO_HELD(everything) all = given_everything();
	struct cursor cursor = cursor_to_write(packet, capacity);

	everything_code(&cursor, &all);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	return cursor.at;
}

static void what_was_written_is_read(void **state)
{
	uint8_t packet[512];
	size_t size = write_everything(packet, sizeof packet);
	AUTO_HELD(everything) sent = given_everything();
	AUTO_HELD(everything) read = {0};
	struct cursor cursor = cursor_to_read(packet, size);

	(void)state;
	everything_code(&cursor, &read);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_int_equal(read.u8, sent.u8);
	assert_int_equal(read.u16, sent.u16);
	assert_int_equal(read.u32, sent.u32);
	assert_true(read.u64 == sent.u64);
	assert_true(read.i64 == sent.i64);
	assert_true(read.yes);
	assert_memory_equal(read.fixed, sent.fixed, 3);
	assert_true(digest_equal(&read.digest, &sent.digest));
	assert_true(bytes_equal(&read.bytes, &sent.bytes));
	assert_int_equal(read.list.count, 2);
	assert_true(bytes_equal(&read.list.items[0], &sent.list.items[0]));
	assert_int_equal(read.list.items[1].size, 0);
	assert_string_equal(read.text, sent.text);
	assert_true(secret_equal(read.secret, sent.secret));
}

static void numbers_stand_with_the_big_end_first(void **state)
{
	uint8_t packet[15];
	static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 9};
	uint8_t one = 1;
	uint16_t two = 0x0203;
	uint32_t four = 0x04050607;
	uint64_t eight = 9;
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	(void)state;
	cursor_u8(&cursor, &one);
	cursor_u16(&cursor, &two);
	cursor_u32(&cursor, &four);
	cursor_u64(&cursor, &eight);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_memory_equal(packet, expected, sizeof expected);
}

static void a_packet_cut_short_anywhere_is_bad(void **state)
{
	uint8_t packet[512];
	size_t size = write_everything(packet, sizeof packet);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		AUTO_HELD(everything) read = {0};
		AUTO_HELD(bytes) exact = {0}; /* so that a byte read too far is noticed */
		struct cursor cursor;
		assert_int_equal(bytes_copy(packet, cut, &exact), ERR_OK);
		cursor = cursor_to_read(exact.data, exact.size);
		everything_code(&cursor, &read);
		assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	}
}

static void too_little_room_is_bad_wherever_it_ends(void **state)
{
	uint8_t packet[512];
	size_t size = write_everything(packet, sizeof packet);

	(void)state;
	for (size_t room = 0; room < size; room++) {
		AUTO_HELD(everything) all = given_everything();
		AUTO_HELD(bytes) exact = {0};
		struct cursor cursor;
		assert_int_equal(bytes_zeroed(room, &exact), ERR_OK);
		cursor = cursor_to_write(exact.data, exact.size);
		everything_code(&cursor, &all);
		assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	}
}

static void bytes_left_over_are_bad(void **state)
{
	uint8_t packet[512] = {0};
	size_t size = write_everything(packet, sizeof packet);
	AUTO_HELD(everything) read = {0};
	struct cursor cursor = cursor_to_read(packet, size + 1);

	(void)state;
	everything_code(&cursor, &read);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
}

static void every_changed_byte_is_survived(void **state)
{
	uint8_t packet[512];
	size_t size = write_everything(packet, sizeof packet);

	(void)state;
	for (size_t at = 0; at < size; at++)
		for (unsigned value = 0; value < 256; value++) {
			AUTO_HELD(everything) read = {0};
			uint8_t before = packet[at];
			struct cursor cursor = cursor_to_read(packet, size);
			packet[at] = (uint8_t)value;
			everything_code(&cursor, &read);
			assert_true(cursor_end(&cursor) == ERR_OK ||
				    cursor_end(&cursor) == ERR_WIRE);
			packet[at] = before;
		}
}

static void once_bad_the_cursor_leaves_all_fields_alone(void **state)
{
	static const uint8_t packet[] = {2, 7, 7};
	struct cursor cursor = cursor_to_read(packet, sizeof packet);
	bool yes = true;
	uint8_t number = 42;

	(void)state;
	cursor_bool(&cursor, &yes); /* 2 is neither yes nor no */
	cursor_u8(&cursor, &number);
	assert_true(yes);
	assert_int_equal(number, 42);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
}

static void a_size_is_checked_before_memory_is_asked_for(void **state)
{
	static const uint8_t four_gigabytes[] = {0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3};
	AUTO_HELD(bytes) bytes = {0};
	AUTO(secret) secret = NULL;
	struct cursor cursor = cursor_to_read(four_gigabytes, sizeof four_gigabytes);

	(void)state;
	cursor_bytes(&cursor, &bytes, SIZE_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_null(bytes.data);
	cursor = cursor_to_read(four_gigabytes, sizeof four_gigabytes);
	cursor_secret(&cursor, &secret, SIZE_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_null(secret);
}

static void more_than_the_named_maximum_is_bad_both_ways(void **state)
{
	uint8_t packet[64];
	char text[] = "123456789012345678901"; /* 21 bytes */
	char *texts[] = {text};
	struct cursor cursor = cursor_to_write(packet, sizeof packet);
	AUTO_TEXT read = NULL;

	(void)state;
	cursor_text(&cursor, &texts[0], TEXT_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	cursor = cursor_to_write(packet, sizeof packet);
	cursor_text(&cursor, &texts[0], TEXT_MAX + 1);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	cursor = cursor_to_read(packet, cursor.at);
	cursor_text(&cursor, &read, TEXT_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_null(read);
}

static void a_text_is_utf8_without_nul(void **state)
{
	static const uint8_t nul[] = {0, 3, 'a', 0, 'b'};
	static const uint8_t half[] = {0, 2, 0xE9, 0x87};
	AUTO_TEXT read = NULL;
	char bad[] = "\xFF";
	char *written = bad;
	uint8_t packet[8];
	struct cursor cursor = cursor_to_read(nul, sizeof nul);

	(void)state;
	cursor_text(&cursor, &read, TEXT_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	cursor = cursor_to_read(half, sizeof half);
	cursor_text(&cursor, &read, TEXT_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	cursor = cursor_to_write(packet, sizeof packet);
	cursor_text(&cursor, &written, TEXT_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_null(read);
}

static void nothing_is_written_as_empty(void **state)
{
	uint8_t packet[16];
	char *text = NULL;
	struct secret *secret = NULL;
	AUTO_TEXT read_text = NULL;
	AUTO(secret) read_secret = NULL;
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	(void)state;
	cursor_text(&cursor, &text, TEXT_MAX);
	cursor_secret(&cursor, &secret, BYTES_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	cursor = cursor_to_read(packet, cursor.at);
	cursor_text(&cursor, &read_text, TEXT_MAX);
	cursor_secret(&cursor, &read_secret, BYTES_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_string_equal(read_text, "");
	assert_null(read_secret);
}

static void a_list_longer_than_any_is_bad(void **state)
{
	uint8_t packet[1 + 4 * (BYTES_LIST_MAX + 1)] = {BYTES_LIST_MAX + 1};
	AUTO_HELD(bytes_list) list = {0};
	struct cursor cursor = cursor_to_read(packet, sizeof packet);

	(void)state;
	cursor_bytes_list(&cursor, &list, BYTES_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_int_equal(list.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(numbers_stand_with_the_big_end_first),
		cmocka_unit_test(a_packet_cut_short_anywhere_is_bad),
		cmocka_unit_test(too_little_room_is_bad_wherever_it_ends),
		cmocka_unit_test(bytes_left_over_are_bad),
		cmocka_unit_test(every_changed_byte_is_survived),
		cmocka_unit_test(once_bad_the_cursor_leaves_all_fields_alone),
		cmocka_unit_test(a_size_is_checked_before_memory_is_asked_for),
		cmocka_unit_test(more_than_the_named_maximum_is_bad_both_ways),
		cmocka_unit_test(a_text_is_utf8_without_nul),
		cmocka_unit_test(nothing_is_written_as_empty),
		cmocka_unit_test(a_list_longer_than_any_is_bad),
	};
	if (secret_init() != ERR_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
