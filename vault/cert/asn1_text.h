/* asn1_text.h - the string kinds of ASN.1 (X.680) as UTF-8 text.
 *
 * Whatever a string holds, the text is valid UTF-8, not cut, and one line: control characters
 * become \u{HHHH} and bytes that are no character \xHH, as the edge writes what it escapes
 * (utf8_escape). So no name can forge a line beside its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <openssl/asn1.h>

enum { RAW_MAX = 4 };

/* One character, or up to RAW_MAX bytes that are none. */
struct letter {
	uint32_t character;
	size_t raw_size; /* 0: a character */
	uint8_t raw[RAW_MAX];
};

struct letters {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	int type;
};

/* Whether the kind of string holds characters at all (a BIT STRING does not). */
bool asn1_is_text(const ASN1_STRING *string);

struct letters letters_of(const ASN1_STRING *string);
bool letters_next(struct letters *letters, struct letter *out_letter);
bool letter_is_control(uint32_t character); /* C0, DEL, C1 */

/* What people read. Kinds without characters are written as hex. */
void asn1_write_text(FILE *out, const ASN1_STRING *string);
/* "0a 1b 2c", 16 bytes a line. */
void asn1_write_hex(FILE *out, const uint8_t *bytes, size_t size);
/* "#0403...": the DER form of the value (RFC 4514, 2.4). */
void asn1_write_der_hex(FILE *out, const ASN1_STRING *string);
