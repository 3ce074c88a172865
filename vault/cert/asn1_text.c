/* asn1_text.c - see asn1_text.h
 *
 * OpenSSL's own conversion (ASN1_STRING_to_UTF8) is not used: it refuses surrogate pairs, which
 * rare kanji in a BMPString need, and stops at the first strange byte.
 */
#include "vault/cert/asn1_text.h"

#include "vault/base/own.h"
#include "vault/base/utf8.h"

enum { TAG_BYTES_MAX = 8, LATIN1 = -2, HEX_BYTES_A_LINE = 16 };

bool asn1_is_text(const ASN1_STRING *string)
{
	static const int kinds[] = {
		V_ASN1_UTF8STRING,      V_ASN1_NUMERICSTRING, V_ASN1_PRINTABLESTRING,
		V_ASN1_T61STRING,       V_ASN1_IA5STRING,     V_ASN1_VISIBLESTRING,
		V_ASN1_UNIVERSALSTRING, V_ASN1_BMPSTRING,     V_ASN1_GENERALSTRING,
		V_ASN1_VIDEOTEXSTRING,
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (ASN1_STRING_type(string) == kinds[i])
			return true;
	return false;
}

/* T.61 is read as ISO 8859-1 by everybody, except where it plainly is UTF-8. */
struct letters letters_of(const ASN1_STRING *string)
{
	struct letters letters = {
		.bytes = ASN1_STRING_get0_data(string),
		.size = (size_t)ASN1_STRING_length(string),
		.type = ASN1_STRING_type(string),
	};

	if (letters.type == V_ASN1_T61STRING && letters.size > 0 &&
	    !utf8_is_valid((const char *)letters.bytes, letters.size))
		letters.type = LATIN1;
	return letters;
}

static void take_raw(struct letters *letters, size_t size, struct letter *letter)
{
	size_t left = letters->size - letters->at;

	letter->raw_size = left < size ? left : size;
	for (size_t i = 0; i < letter->raw_size; i++)
		letter->raw[i] = letters->bytes[letters->at + i];
	letters->at += letter->raw_size;
}

static void next_utf8(struct letters *letters, struct letter *letter)
{
	size_t taken = 0;
	uint32_t character = utf8_next((const char *)letters->bytes + letters->at,
				       letters->size - letters->at, &taken);

	/* A real U+FFFD takes three bytes. */
	if (character == 0xFFFD && taken == 1) {
		take_raw(letters, 1, letter);
		return;
	}
	letter->character = character;
	letters->at += taken;
}

static uint32_t unit_at(const struct letters *letters, size_t at, size_t size)
{
	uint32_t unit = 0;

	if (at + size > letters->size)
		return UINT32_MAX;
	for (size_t i = 0; i < size; i++)
		unit = unit << 8 | letters->bytes[at + i];
	return unit;
}

static bool is_between(uint32_t value, uint32_t low, uint32_t high)
{
	return value >= low && value <= high;
}

/* A BMPString is UCS-2, in practice UTF-16 (RFC 2781). */
static void next_bmp(struct letters *letters, struct letter *letter)
{
	uint32_t first = unit_at(letters, letters->at, 2);
	uint32_t second = unit_at(letters, letters->at + 2, 2);

	if (is_between(first, 0xD800, 0xDBFF) && is_between(second, 0xDC00, 0xDFFF)) {
		letter->character = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
		letters->at += 4;
	} else if (is_between(first, 0xD800, 0xDFFF) || first == UINT32_MAX) {
		take_raw(letters, 2, letter);
	} else {
		letter->character = first;
		letters->at += 2;
	}
}

static void next_universal(struct letters *letters, struct letter *letter)
{
	uint32_t unit = unit_at(letters, letters->at, 4);

	if (unit > 0x10FFFF || is_between(unit, 0xD800, 0xDFFF)) {
		take_raw(letters, 4, letter);
		return;
	}
	letter->character = unit;
	letters->at += 4;
}

bool letters_next(struct letters *letters, struct letter *out_letter)
{
	if (letters->at >= letters->size)
		return false;
	*out_letter = (struct letter){0};
	if (letters->type == V_ASN1_BMPSTRING)
		next_bmp(letters, out_letter);
	else if (letters->type == V_ASN1_UNIVERSALSTRING)
		next_universal(letters, out_letter);
	else if (letters->type == LATIN1)
		out_letter->character = letters->bytes[letters->at++];
	else
		next_utf8(letters, out_letter);
	return true;
}

bool letter_is_control(uint32_t character)
{
	return character < 0x20 || is_between(character, 0x7F, 0x9F);
}

static void write_character(FILE *out, uint32_t character)
{
	char text[4];
	size_t size = utf8_put(character, text);

	if (letter_is_control(character))
		(void)fprintf(out, "\\u{%04X}", (unsigned)character);
	else
		(void)fwrite(text, 1, size, out);
}

static void write_letter(FILE *out, const struct letter *letter)
{
	for (size_t i = 0; i < letter->raw_size; i++)
		(void)fprintf(out, "\\x%02X", (unsigned)letter->raw[i]);
	if (letter->raw_size == 0)
		write_character(out, letter->character);
}

void asn1_write_text(FILE *out, const ASN1_STRING *string)
{
	struct letters letters = letters_of(string);
	struct letter letter;

	if (!asn1_is_text(string)) {
		asn1_write_hex(out, letters.bytes, letters.size);
		return;
	}
	while (letters_next(&letters, &letter))
		write_letter(out, &letter);
}

void asn1_write_hex(FILE *out, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "%s%02x",
			      i == 0                      ? ""
			      : i % HEX_BYTES_A_LINE == 0 ? "\n"
							  : " ",
			      (unsigned)bytes[i]);
}

static void write_plain_hex(FILE *out, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "%02x", (unsigned)bytes[i]);
}

/* Written by hand: i2d_ASN1_TYPE follows pointers that a strange tag makes wrong. */
void asn1_write_der_hex(FILE *out, const ASN1_STRING *string)
{
	int type = ASN1_STRING_type(string);
	bool is_bits = type == V_ASN1_BIT_STRING;
	int size = ASN1_STRING_length(string);
	uint8_t head[TAG_BYTES_MAX];
	uint8_t *end = head;

	(void)fputc('#', out);
	/* OpenSSL keeps these with their own tag and size in front. */
	if (type != V_ASN1_SEQUENCE && type != V_ASN1_SET && type != V_ASN1_OTHER) {
		ASN1_put_object(&end, 0, size + (is_bits ? 1 : 0), type, V_ASN1_UNIVERSAL);
		if (is_bits) /* unused bits in the last byte: X.690, 8.6.2 */
			*end++ = (string->flags & ASN1_STRING_FLAG_BITS_LEFT) != 0
					 ? (uint8_t)(string->flags & 7)
					 : 0;
		write_plain_hex(out, head, (size_t)(end - head));
	}
	write_plain_hex(out, ASN1_STRING_get0_data(string), (size_t)size);
}
