/* cursor.h - walks over a flat, big-endian run of bytes, to write it or to read it.
 *
 * One function per message, row or file both writes and reads it, so that the two sides
 * cannot disagree: it gives each field to the cursor, and the cursor's direction decides.
 * Once something does not fit, the cursor is bad and stays bad: the fields that follow are
 * left alone, and cursor_end says so. Sizes are always checked against a named maximum
 * before anything is allocated.
 *
 * Objects that reading allocates belong to the caller's struct, who clears it also on failure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"

struct cursor {
	uint8_t *bytes;
	size_t size; /* reading: what there is; writing: what fits */
	size_t at;   /* next byte */
	bool writing;
	enum err bad; /* ERR_OK while all is well; ERR_WIRE or ERR_MEMORY */
};

struct cursor cursor_to_write(uint8_t *bytes, size_t capacity);
/* Does not change the bytes; const is cast away because writing shares the type. */
struct cursor cursor_to_read(const uint8_t *bytes, size_t size);

void cursor_u8(struct cursor *cursor, uint8_t *value);
void cursor_u16(struct cursor *cursor, uint16_t *value);
void cursor_u32(struct cursor *cursor, uint32_t *value);
void cursor_u64(struct cursor *cursor, uint64_t *value);
void cursor_i64(struct cursor *cursor, int64_t *value);
void cursor_bool(struct cursor *cursor, bool *value); /* one byte, 0 or 1; else bad */
void cursor_fixed(struct cursor *cursor, uint8_t *bytes, size_t size);
void cursor_digest(struct cursor *cursor, struct digest *digest);

/* A literal that must stand here: magic numbers. */
void cursor_literal(struct cursor *cursor, const void *bytes, size_t size);

/* u32 size, then that many bytes; reading allocates. */
void cursor_bytes(struct cursor *cursor, struct bytes *bytes, size_t size_max);
/* u8 count, then each as cursor_bytes. */
void cursor_bytes_list(struct cursor *cursor, struct bytes_list *list, size_t size_max);
/* u16 size, then UTF-8 without NUL; reading allocates a NUL-terminated text (never NULL).
 * Writing takes NULL as "". Bad when it is not valid UTF-8. */
void cursor_text(struct cursor *cursor, char **text, size_t size_max);
/* u32 size, then the bytes, in secret memory on both sides; NULL is written as size 0 and
 * size 0 is read as NULL. */
void cursor_secret(struct cursor *cursor, struct secret **secret, size_t size_max);

/* All bytes read, or everything written: ERR_OK. Something over, short or over a limit:
 * ERR_WIRE. */
enum err cursor_end(const struct cursor *cursor) MUST_CHECK;
