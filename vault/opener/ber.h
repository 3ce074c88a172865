/* ber.h - reads BER (X.690), the encoding of every original: definite and indefinite lengths,
 * strings in one piece or in many.
 *
 * It never copies what lies in one piece, never follows more than BER_DEPTH_MAX open elements
 * and never looks beyond the end it was given. What is wrong is ERR_ORIGINAL_DAMAGED.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

enum { BER_DEPTH_MAX = 32, BER_OID_TEXT_SIZE = 160 };

enum ber_tag {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_OID = 0x06,
	BER_UTF8 = 0x0C,
	BER_BMP = 0x1E,
	BER_CONSTRUCTED = 0x20,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_CONTEXT_0 = 0xA0,
	BER_CONTEXT_0_PLAIN = 0x80,
};

/* What is still to be read. A copy is a second reader. */
struct ber {
	const uint8_t *at;
	const uint8_t *end;
};

struct ber_element {
	uint8_t tag; /* enum ber_tag, or any other first octet */
	const uint8_t *content;
	size_t size; /* of the content, without an end mark */
	const uint8_t *whole;
	size_t whole_size;
};

struct ber ber_over(const uint8_t *bytes, size_t size);
struct ber ber_inside(const struct ber_element *element);
bool ber_is_empty(const struct ber *ber);

enum err ber_next(struct ber *ber, struct ber_element *out_element) MUST_CHECK;
/* The next one, which must have this tag. */
enum err ber_expect(struct ber *ber, uint8_t tag, struct ber_element *out_element) MUST_CHECK;
/* The next one if it has this tag; otherwise false, and the reader stays. */
bool ber_next_is(const struct ber *ber, uint8_t tag);
/* For a whole file: ERR_ORIGINAL_TRUNCATED when the element is longer than what there is. */
enum err ber_outermost(struct ber *ber, struct ber_element *out_element) MUST_CHECK;

/* Not negative; more than 8 bytes are UINT64_MAX, which no limit allows. */
enum err ber_number(const struct ber_element *integer, uint64_t *out_number) MUST_CHECK;
/* "1.2.840.113549.1.7.1" */
enum err ber_oid_text(const struct ber_element *oid, char out_text[BER_OID_TEXT_SIZE]) MUST_CHECK;

/* The content of a string, where it lies or, when it came in pieces, put together. */
struct octets {
	const uint8_t *bytes;
	size_t size;
	struct secret *pieces; /* NULL when it lay in one */
};
void octets_clear(struct octets *octets);
OWN_DEFINE_HELD(octets, octets_clear)

/* An OCTET STRING, also one under an implicit tag. The element's bytes must stay. */
enum err ber_octets(const struct ber_element *element, struct octets *out_octets) MUST_CHECK;
