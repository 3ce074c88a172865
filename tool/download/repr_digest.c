/* repr_digest.c - see repr_digest.h */
#include "tool/download/repr_digest.h"

#include <string.h>

/* 32 bytes are 42 full base64 characters, one with two bits of padding, and "=". */
enum { BASE64_SIZE = 44 };

static int sextet_of(char character)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = character == '\0' ? NULL : strchr(alphabet, character);

	return at == NULL ? -1 : (int)(at - alphabet);
}

static bool decode(const char *text, uint8_t out_bytes[DIGEST_SIZE])
{
	unsigned pending = 0;
	int pending_bits = 0;
	size_t done = 0;

	for (size_t i = 0; i < BASE64_SIZE - 1; i++) {
		int sextet = sextet_of(text[i]);
		if (sextet < 0)
			return false;
		pending = (pending << 6 | (unsigned)sextet) & 0xFFFF;
		pending_bits += 6;
		if (pending_bits >= 8) {
			pending_bits -= 8;
			out_bytes[done++] = (uint8_t)(pending >> pending_bits);
		}
	}
	return text[BASE64_SIZE - 1] == '=' && (pending & 3) == 0;
}

/* ":base64:" of exactly one digest, then the end, a comma or a parameter. */
static bool parse_member(const char *value, size_t size, struct digest *out_digest)
{
	return size >= BASE64_SIZE + 2 && value[0] == ':' && value[BASE64_SIZE + 1] == ':' &&
	       (size == BASE64_SIZE + 2 || strchr(" \t;", value[BASE64_SIZE + 2]) != NULL) &&
	       decode(value + 1, out_digest->bytes);
}

bool repr_digest_parse(const char *value, struct digest *out_digest)
{
	static const char name[] = "sha-256=";
	size_t name_size = sizeof name - 1;

	while (*value != '\0') {
		size_t size;

		value += strspn(value, " \t,");
		size = strcspn(value, ",");
		if (size > name_size && memcmp(value, name, name_size) == 0)
			return parse_member(value + name_size, size - name_size, out_digest);
		value += size;
	}
	return false;
}
