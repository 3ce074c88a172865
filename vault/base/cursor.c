/* cursor.c - see cursor.h */
#include "vault/base/cursor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/utf8.h"

struct cursor cursor_to_write(uint8_t *bytes, size_t capacity)
{
	return (struct cursor){.bytes = bytes, .size = capacity, .writing = true};
}

struct cursor cursor_to_read(const uint8_t *bytes, size_t size)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} shared = {.in = bytes};

	return (struct cursor){.bytes = shared.out, .size = size};
}

static void cursor_spoil(struct cursor *cursor, enum err err)
{
	if (cursor->bad == ERR_OK)
		cursor->bad = err;
}

/* The next `size` bytes, or NULL when they are not there. */
static uint8_t *cursor_step(struct cursor *cursor, size_t size)
{
	uint8_t *here;

	if (cursor->bad != ERR_OK || size > cursor->size - cursor->at) {
		cursor_spoil(cursor, ERR_WIRE);
		return NULL;
	}
	here = cursor->bytes + cursor->at;
	cursor->at += size;
	return here;
}

static void cursor_number(struct cursor *cursor, uint64_t *value, size_t size)
{
	uint8_t *here = cursor_step(cursor, size);
	uint64_t read = 0;

	if (here == NULL)
		return;
	for (size_t i = 0; i < size; i++) {
		if (cursor->writing)
			here[i] = (uint8_t)(*value >> (8 * (size - 1 - i)));
		read = read << 8 | here[i];
	}
	*value = read;
}

void cursor_u8(struct cursor *cursor, uint8_t *value)
{
	uint64_t wide = *value;

	cursor_number(cursor, &wide, 1);
	*value = (uint8_t)wide;
}

void cursor_u16(struct cursor *cursor, uint16_t *value)
{
	uint64_t wide = *value;

	cursor_number(cursor, &wide, 2);
	*value = (uint16_t)wide;
}

void cursor_u32(struct cursor *cursor, uint32_t *value)
{
	uint64_t wide = *value;

	cursor_number(cursor, &wide, 4);
	*value = (uint32_t)wide;
}

void cursor_u64(struct cursor *cursor, uint64_t *value)
{
	cursor_number(cursor, value, 8);
}

void cursor_i64(struct cursor *cursor, int64_t *value)
{
	uint64_t wide = (uint64_t)*value;

	cursor_number(cursor, &wide, 8);
	*value = (int64_t)wide;
}

void cursor_bool(struct cursor *cursor, bool *value)
{
	uint8_t byte = *value ? 1 : 0;

	cursor_u8(cursor, &byte);
	if (byte > 1)
		cursor_spoil(cursor, ERR_WIRE);
	else
		*value = byte == 1;
}

void cursor_fixed(struct cursor *cursor, uint8_t *bytes, size_t size)
{
	uint8_t *here = cursor_step(cursor, size);

	if (here == NULL || size == 0)
		return;
	assert(bytes != NULL);
	if (cursor->writing)
		memcpy(here, bytes, size);
	else
		memcpy(bytes, here, size);
}

void cursor_digest(struct cursor *cursor, struct digest *digest)
{
	cursor_fixed(cursor, digest->bytes, DIGEST_SIZE);
}

void cursor_literal(struct cursor *cursor, const void *bytes, size_t size)
{
	uint8_t *here = cursor_step(cursor, size);

	if (here == NULL)
		return;
	if (cursor->writing)
		memcpy(here, bytes, size);
	else if (memcmp(here, bytes, size) != 0)
		cursor_spoil(cursor, ERR_WIRE);
}

/* A size field of 2 or 4 bytes, checked before anybody allocates for it. */
static size_t cursor_size(struct cursor *cursor, size_t size, size_t field_size, size_t size_max)
{
	uint64_t wide = size;

	if (cursor->writing && size > size_max)
		cursor_spoil(cursor, ERR_WIRE);
	cursor_number(cursor, &wide, field_size);
	if (wide > size_max || wide > cursor->size - cursor->at)
		cursor_spoil(cursor, ERR_WIRE);
	return cursor->bad == ERR_OK ? (size_t)wide : 0;
}

void cursor_bytes(struct cursor *cursor, struct bytes *bytes, size_t size_max)
{
	size_t size = cursor_size(cursor, cursor->writing ? bytes->size : 0, 4, size_max);

	if (cursor->bad != ERR_OK)
		return;
	if (!cursor->writing) {
		bytes_clear(bytes);
		if (bytes_zeroed(size, bytes) != ERR_OK) {
			cursor_spoil(cursor, ERR_MEMORY);
			return;
		}
	}
	cursor_fixed(cursor, bytes->data, size);
}

void cursor_bytes_list(struct cursor *cursor, struct bytes_list *list, size_t size_max)
{
	uint8_t count = (uint8_t)list->count;

	cursor_u8(cursor, &count);
	if (count > BYTES_LIST_MAX)
		cursor_spoil(cursor, ERR_WIRE);
	for (size_t i = 0; cursor->bad == ERR_OK && i < count; i++) {
		if (!cursor->writing) {
			list->items[i] = (struct bytes){NULL, 0};
			list->count = i + 1;
		}
		cursor_bytes(cursor, &list->items[i], size_max);
	}
}

void cursor_text(struct cursor *cursor, char **text, size_t size_max)
{
	const char *given = cursor->writing && *text != NULL ? *text : "";
	size_t size = cursor_size(cursor, strlen(given), 2, size_max);
	uint8_t *here = cursor_step(cursor, size);

	if (here == NULL)
		return;
	if (cursor->writing)
		memcpy(here, given, size);
	if (!utf8_is_valid((const char *)here, size) || memchr(here, '\0', size) != NULL) {
		cursor_spoil(cursor, ERR_WIRE);
		return;
	}
	if (cursor->writing)
		return;
	free(*text);
	*text = strndup((const char *)here, size);
	if (*text == NULL)
		cursor_spoil(cursor, ERR_MEMORY);
}

void cursor_secret(struct cursor *cursor, struct secret **secret, size_t size_max)
{
	size_t given = cursor->writing && *secret != NULL ? secret_size(*secret) : 0;
	size_t size = cursor_size(cursor, given, 4, size_max);

	if (cursor->bad != ERR_OK)
		return;
	if (!cursor->writing) {
		secret_free(*secret);
		*secret = NULL;
		if (size > 0 && secret_new(size, secret) != ERR_OK) {
			cursor_spoil(cursor, ERR_MEMORY);
			return;
		}
	}
	if (size > 0)
		cursor_fixed(cursor, secret_bytes(*secret), size);
}

enum err cursor_end(const struct cursor *cursor)
{
	if (cursor->bad != ERR_OK)
		return cursor->bad;
	return !cursor->writing && cursor->at != cursor->size ? ERR_WIRE : ERR_OK;
}
