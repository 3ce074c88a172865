/* bmp.c - see bmp.h */
#include "vault/opener/bmp.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/utf8.h"

static uint32_t unit_at(const uint8_t *bmp)
{
	return (uint32_t)bmp[0] << 8 | bmp[1];
}

/* The next character, and how many bytes it took (RFC 2781, 2.2). */
static uint32_t next_character(const uint8_t *bmp, size_t size, size_t *out_taken)
{
	uint32_t high = unit_at(bmp);

	*out_taken = 2;
	if (high < 0xD800 || high > 0xDBFF || size < 4)
		return high; /* a lone half becomes U+FFFD when it is written */
	uint32_t low = unit_at(bmp + 2);
	if (low < 0xDC00 || low > 0xDFFF)
		return high;
	*out_taken = 4;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* At most size_max bytes and a NUL. */
static void write_text(const uint8_t *bmp, size_t size, size_t size_max, char *out_text)
{
	size_t length = 0;

	for (size_t at = 0, taken; size - at >= 2; at += taken) {
		char character[4];
		uint32_t value = next_character(bmp + at, size - at, &taken);
		size_t count = utf8_put(value, character);
		if (value == 0 || length + count > size_max)
			break;
		memcpy(out_text + length, character, count);
		length += count;
	}
	out_text[length] = '\0';
}

/* Whether each character is a byte, and the bytes up to a NUL are UTF-8 beyond ASCII. Then they
 * are put into `text`, which has room for one byte a character. */
static bool mend_widened_bytes(const uint8_t *bmp, size_t size, char *text)
{
	size_t length = 0;
	bool is_beyond_ascii = false;

	for (; length < size / 2 && bmp[2 * length + 1] != 0; length++) {
		if (bmp[2 * length] != 0)
			return false;
		text[length] = (char)bmp[2 * length + 1];
		is_beyond_ascii = is_beyond_ascii || bmp[2 * length + 1] > 0x7F;
	}
	text[length] = '\0';
	return is_beyond_ascii && utf8_is_valid(text, length);
}

enum err bmp_to_text(const uint8_t *bmp, size_t size, size_t size_max, char **out_text)
{
	char *text = malloc((size / 2 > size_max ? size / 2 : size_max) + 1);

	if (text == NULL)
		return ERR_MEMORY;
	if (mend_widened_bytes(bmp, size, text))
		text[utf8_cut(text, size_max)] = '\0';
	else
		write_text(bmp, size, size_max, text);
	*out_text = text;
	return ERR_OK;
}

size_t bmp_of_text(const char *text, size_t size, uint8_t *out_bmp)
{
	uint8_t *out = out_bmp;

	for (size_t at = 0, taken; at < size; at += taken) {
		uint32_t value = utf8_next(text + at, size - at, &taken);
		if (value > 0xFFFF) {
			uint32_t high = 0xD800 + ((value - 0x10000) >> 10);
			*out++ = (uint8_t)(high >> 8);
			*out++ = (uint8_t)high;
			value = 0xDC00 + ((value - 0x10000) & 0x3FF);
		}
		*out++ = (uint8_t)(value >> 8);
		*out++ = (uint8_t)value;
	}
	return (size_t)(out - out_bmp);
}
