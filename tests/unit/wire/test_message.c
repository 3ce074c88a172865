/* What is written is what is read, and nothing shorter, longer or larger is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/wire/message.h"

static int start(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

static size_t given_a_pin_request(uint8_t *packet, size_t capacity)
{
	char old_text[] = "furui123";
	char new_text[] = "atarashii9";
	struct pin_request request = {.id = {{7}}};
	struct cursor cursor = cursor_to_write(packet, capacity);

	assert_int_equal(secret_take(old_text, 8, &request.old_pin), ERR_OK);
	assert_int_equal(secret_take(new_text, 10, &request.new_pin), ERR_OK);
	wire_pin_request(&cursor, &request);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	pin_request_clear(&request);
	return cursor.at;
}

static void a_message_reads_as_it_was_written(void **state)
{
	uint8_t packet[256];
	size_t size = given_a_pin_request(packet, sizeof packet);
	AUTO_HELD(pin_request) request = {.id = {{0}}};
	struct cursor cursor = cursor_to_read(packet, size);

	(void)state;
	wire_pin_request(&cursor, &request);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_int_equal(request.id.bytes[0], 7);
	assert_int_equal(secret_size(request.old_pin), 8);
	assert_memory_equal(secret_view(request.new_pin), "atarashii9", 10);
}

static void every_shorter_or_longer_message_is_refused(void **state)
{
	uint8_t packet[256] = {0};
	size_t size = given_a_pin_request(packet, sizeof packet);

	(void)state;
	for (size_t cut = 0; cut <= size + 1; cut++) {
		AUTO_HELD(pin_request) request = {.id = {{0}}};
		struct cursor cursor = cursor_to_read(packet, cut);
		wire_pin_request(&cursor, &request);
		if (cut != size)
			assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	}
}

static void a_size_over_its_limit_allocates_nothing(void **state)
{
	uint8_t packet[40] = {0};
	struct bytes bytes = {NULL, 0};
	struct cursor cursor = cursor_to_read(packet, sizeof packet);

	(void)state;
	memset(packet, 0xFF, 4);
	cursor_bytes(&cursor, &bytes, WIRE_CERTIFICATE_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_null(bytes.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_reads_as_it_was_written),
		cmocka_unit_test(every_shorter_or_longer_message_is_refused),
		cmocka_unit_test(a_size_over_its_limit_allocates_nothing),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
