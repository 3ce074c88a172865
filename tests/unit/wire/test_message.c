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
	cursor_bytes(&cursor, &bytes, CERTIFICATE_SIZE_MAX);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	assert_null(bytes.data);
}

/* sign (18): id, scheme, hash, u32 size, input. */
static void a_request_to_sign_is_these_bytes(void **state)
{
	static const uint8_t golden[] = {
		0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33,
		0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33,
		0x33, 0x33, 0x33, 0x33, 2,    1,    0,    0,    0,    3,    0xAA, 0xBB, 0xCC};
	uint8_t input[] = {0xAA, 0xBB, 0xCC};
	struct sign_request request = {
		.scheme = SIGN_RSA_PSS, .hash = SIGN_SHA256, .input = {input, sizeof input}};
	AUTO_HELD(sign_request) again = {0};
	uint8_t packet[64];
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	(void)state;
	assert_int_equal(MESSAGE_sign, 18);
	assert_int_equal(MESSAGE_decrypt, 19);
	memset(request.id.bytes, 0x33, sizeof request.id.bytes);
	wire_sign_request(&cursor, &request);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_int_equal(cursor.at, sizeof golden);
	assert_memory_equal(packet, golden, sizeof golden);
	cursor = cursor_to_read(golden, sizeof golden);
	wire_sign_request(&cursor, &again);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_true(digest_equal(&again.id, &request.id));
	assert_int_equal(again.scheme, SIGN_RSA_PSS);
	assert_int_equal(again.hash, SIGN_SHA256);
	assert_true(bytes_equal(&again.input, &request.input));
}

/* Writes `size` bytes of input and reads them again. */
static enum err cross_sign(size_t size)
{
	static uint8_t packet[WIRE_PACKET_MAX];
	static uint8_t input[SIGN_MESSAGE_MAX + 1];
	struct sign_request request = {.input = {size == 0 ? NULL : input, size}};
	AUTO_HELD(sign_request) again = {0};
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	wire_sign_request(&cursor, &request);
	if (size > SIGN_MESSAGE_MAX) { /* by hand, as no writer would */
		assert_int_equal(cursor_end(&cursor), ERR_WIRE);
		cursor = cursor_to_write(packet, sizeof packet);
		cursor.at = DIGEST_SIZE + 2;
		uint32_t count = (uint32_t)size;
		cursor_u32(&cursor, &count);
		cursor.at += size;
	}
	size = cursor.at;
	cursor = cursor_to_read(packet, size);
	wire_sign_request(&cursor, &again);
	return cursor_end(&cursor);
}

static void what_is_signed_has_at_most_64_kib(void **state)
{
	(void)state;
	assert_int_equal(cross_sign(0), ERR_OK);
	assert_int_equal(cross_sign(32), ERR_OK);
	assert_int_equal(cross_sign(SIGN_MESSAGE_MAX), ERR_OK);
	assert_int_equal(cross_sign(SIGN_MESSAGE_MAX + 1), ERR_WIRE);
}

static void a_signature_has_at_most_that_of_rsa_8192(void **state)
{
	static uint8_t bytes[SIGN_RSA_SIZE_MAX + 1];
	struct sign_reply reply = {.signature = {bytes, SIGN_RSA_SIZE_MAX}};
	struct decrypt_request request = {.input = {bytes, SIGN_RSA_SIZE_MAX + 1}};
	uint8_t packet[2048];
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	(void)state;
	wire_sign_reply(&cursor, &reply);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	reply.signature.size++;
	cursor = cursor_to_write(packet, sizeof packet);
	wire_sign_reply(&cursor, &reply);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	cursor = cursor_to_write(packet, sizeof packet);
	wire_decrypt_request(&cursor, &request);
	assert_int_equal(cursor_end(&cursor), ERR_WIRE);
}

static void nothing_that_was_enciphered_is_read_as_none(void **state)
{
	struct decrypt_reply reply = {NULL};
	AUTO_HELD(decrypt_reply) again = {NULL};
	uint8_t packet[8];
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	(void)state;
	wire_decrypt_reply(&cursor, &reply);
	assert_int_equal(cursor.at, 4);
	cursor = cursor_to_read(packet, 4);
	wire_decrypt_reply(&cursor, &again);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_null(again.plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_reads_as_it_was_written),
		cmocka_unit_test(every_shorter_or_longer_message_is_refused),
		cmocka_unit_test(a_size_over_its_limit_allocates_nothing),
		cmocka_unit_test(a_request_to_sign_is_these_bytes),
		cmocka_unit_test(what_is_signed_has_at_most_64_kib),
		cmocka_unit_test(a_signature_has_at_most_that_of_rsa_8192),
		cmocka_unit_test(nothing_that_was_enciphered_is_read_as_none),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
