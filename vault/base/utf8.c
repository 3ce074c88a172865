/* utf8.c - see utf8.h */
#include "vault/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ESCAPE_MAX = 10 }; /* \u{10FFFF} */

static const uint32_t replacement = 0xFFFD;

/* Bytes of the form that starts with `first`, or 0 when nothing starts so. */
static size_t form_size(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		return 2;
	if (first >= 0xE0 && first <= 0xEF)
		return 3;
	if (first >= 0xF0 && first <= 0xF4)
		return 4;
	return 0;
}

/* RFC 3629, 4: the value of the form, or UINT32_MAX when it is not one. */
static uint32_t form_value(const uint8_t *bytes, size_t size)
{
	static const uint8_t first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t value = bytes[0] & first_bits[size];

	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xC0) != 0x80)
			return UINT32_MAX;
		value = value << 6 | (bytes[i] & 0x3F);
	}
	if (value < smallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return UINT32_MAX;
	return value;
}

static uint32_t next_or_none(const char *text, size_t size, size_t *out_taken)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t form = form_size(bytes[0]);

	*out_taken = 1;
	if (form == 0 || form > size)
		return UINT32_MAX;
	uint32_t value = form_value(bytes, form);
	if (value != UINT32_MAX)
		*out_taken = form;
	return value;
}

uint32_t utf8_next(const char *text, size_t size, size_t *out_taken)
{
	uint32_t value = next_or_none(text, size, out_taken);

	return value == UINT32_MAX ? replacement : value;
}

bool utf8_is_valid(const char *text, size_t size)
{
	for (size_t at = 0, taken; at < size; at += taken)
		if (next_or_none(text + at, size - at, &taken) == UINT32_MAX)
			return false;
	return true;
}

size_t utf8_put(uint32_t character, char out_text[4])
{
	static const uint8_t first_mark[] = {0, 0, 0xC0, 0xE0, 0xF0};
	size_t size;

	if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
		character = replacement;
	size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
	for (size_t i = size; i-- > 1; character >>= 6)
		out_text[i] = (char)(0x80 | (character & 0x3F));
	out_text[0] = (char)(first_mark[size] | character);
	return size;
}

size_t utf8_cut(const char *text, size_t size)
{
	if (strlen(text) <= size)
		return strlen(text);
	while (size > 0 && ((uint8_t)text[size] & 0xC0) == 0x80)
		size--;
	return size;
}

/* Unicode 15: categories Cc, Zl, Zp, and the Cf characters that reorder or hide text. */
static bool is_unsafe(uint32_t c)
{
	static const uint32_t ranges[][2] = {
		{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},
		{0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
		{0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
	};

	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

enum err utf8_escape(const char *text, char **out_text)
{
	size_t size = strlen(text);
	char *result = malloc(size * ESCAPE_MAX + 1);
	char *end = result;

	if (result == NULL)
		return ERR_MEMORY;
	for (size_t at = 0, taken; at < size; at += taken) {
		uint32_t c = next_or_none(text + at, size - at, &taken);
		if (c == UINT32_MAX)
			end += snprintf(end, ESCAPE_MAX + 1, "\\x%02X",
					(unsigned)(uint8_t)text[at]);
		else if (is_unsafe(c))
			end += snprintf(end, ESCAPE_MAX + 1, "\\u{%04X}", (unsigned)c);
		else
			end = (char *)memcpy(end, text + at, taken) + taken;
	}
	*end = '\0';
	*out_text = result;
	return ERR_OK;
}
