/* bmp.c - see bmp.h */
#include "vault/opener/bmp.h"

#include <stdlib.h>

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

enum err bmp_to_text(const uint8_t *bmp, size_t size, size_t size_max, char **out_text)
{
	char *text = malloc(size_max + 1);
	size_t length = 0;

	if (text == NULL)
		return ERR_MEMORY;
	for (size_t at = 0, taken; size - at >= 2; at += taken) {
		char character[4];
		uint32_t value = next_character(bmp + at, size - at, &taken);
		size_t count = utf8_put(value, character);
		if (value == 0 || length + count > size_max)
			break;
		for (size_t i = 0; i < count; i++)
			text[length++] = character[i];
	}
	text[length] = '\0';
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
