/* ber.c - see ber.h */
#include "vault/opener/ber.h"

#include <stdio.h>
#include <string.h>

enum { LENGTH_BYTES_MAX = 8 };

/* The first octets of an element (X.690, 8.1.2 and 8.1.3). */
struct header {
	uint8_t tag;
	size_t header_size;
	size_t size;
	bool is_indefinite;
};

struct ber ber_over(const uint8_t *bytes, size_t size)
{
	return (struct ber){.at = bytes, .end = bytes + size};
}

struct ber ber_inside(const struct ber_element *element)
{
	return ber_over(element->content, element->size);
}

bool ber_is_empty(const struct ber *ber)
{
	return ber->at == ber->end;
}

static enum err damaged(void)
{
	return err_detail(ERR_ORIGINAL_DAMAGED, "ASN.1");
}

/* The long form of the length, which stands after the first length octet. */
static enum err long_length(const uint8_t *at, size_t left, uint8_t first, struct header *header)
{
	size_t count = first & 0x7F;
	uint64_t size = 0;

	if (count > LENGTH_BYTES_MAX)
		return damaged();
	if (count > left)
		return ERR_ORIGINAL_TRUNCATED;
	for (size_t i = 0; i < count; i++)
		size = size << 8 | at[i];
	if (size > SIZE_MAX / 2)
		return damaged();
	header->header_size += count;
	header->size = (size_t)size;
	return ERR_OK;
}

static enum err read_header(const uint8_t *at, size_t left, struct header *out_header)
{
	if (left < 2)
		return ERR_ORIGINAL_TRUNCATED;
	*out_header = (struct header){.tag = at[0], .header_size = 2, .size = at[1]};
	if ((at[0] & 0x1F) == 0x1F) /* a tag of several octets: no format of ours has one */
		return damaged();
	if (at[1] == 0x80) {
		out_header->is_indefinite = true;
		out_header->size = 0;
		return (at[0] & BER_CONSTRUCTED) != 0 ? ERR_OK : damaged();
	}
	return at[1] < 0x80 ? ERR_OK : long_length(at + 2, left - 2, at[1], out_header);
}

/* From behind the header of an indefinite element to its end mark (X.690, 8.1.5): how much
 * lies between. Walks headers only, without recursion. */
static enum err measure_indefinite(const uint8_t *start, size_t left, size_t *out_size)
{
	unsigned open = 1;
	size_t at = 0;

	for (;;) {
		struct header header;
		TRY(read_header(start + at, left - at, &header));
		bool is_end = header.tag == 0 && header.size == 0 && header.header_size == 2;
		if (is_end && --open == 0)
			break;
		if (header.is_indefinite && ++open > BER_DEPTH_MAX)
			return damaged();
		if (header.size > left - at - header.header_size)
			return ERR_ORIGINAL_TRUNCATED;
		at += header.header_size + header.size;
	}
	*out_size = at;
	return ERR_OK;
}

enum err ber_outermost(struct ber *ber, struct ber_element *out_element)
{
	size_t left = (size_t)(ber->end - ber->at);
	struct header header;
	size_t end_mark = 0;

	TRY(read_header(ber->at, left, &header));
	left -= header.header_size;
	if (header.is_indefinite) {
		TRY(measure_indefinite(ber->at + header.header_size, left, &header.size));
		end_mark = 2;
	}
	if (header.size > left)
		return ERR_ORIGINAL_TRUNCATED;
	*out_element = (struct ber_element){
		.tag = header.tag,
		.content = ber->at + header.header_size,
		.size = header.size,
		.whole = ber->at,
		.whole_size = header.header_size + header.size + end_mark,
	};
	ber->at += out_element->whole_size;
	return ERR_OK;
}

enum err ber_next(struct ber *ber, struct ber_element *out_element)
{
	enum err err = ber_outermost(ber, out_element);

	return err == ERR_ORIGINAL_TRUNCATED ? damaged() : err;
}

enum err ber_expect(struct ber *ber, uint8_t tag, struct ber_element *out_element)
{
	TRY(ber_next(ber, out_element));
	return out_element->tag == tag ? ERR_OK : damaged();
}

bool ber_next_is(const struct ber *ber, uint8_t tag)
{
	return !ber_is_empty(ber) && *ber->at == tag;
}

enum err ber_number(const struct ber_element *integer, uint64_t *out_number)
{
	uint64_t number = 0;

	if (integer->tag != BER_INTEGER || integer->size == 0 || (integer->content[0] & 0x80) != 0)
		return damaged();
	for (size_t i = 0; i < integer->size; i++) {
		if (number > UINT64_MAX >> 8) {
			number = UINT64_MAX;
			break;
		}
		number = number << 8 | integer->content[i];
	}
	*out_number = number;
	return ERR_OK;
}

/* One number of an OID: seven bits an octet, the last without the high bit (X.690, 8.19). */
static enum err next_arc(struct ber *ber, uint64_t *out_arc)
{
	uint64_t arc = 0;

	while (!ber_is_empty(ber) && arc <= UINT64_MAX >> 7) {
		uint8_t octet = *ber->at++;
		arc = arc << 7 | (octet & 0x7F);
		if ((octet & 0x80) == 0) {
			*out_arc = arc;
			return ERR_OK;
		}
	}
	return damaged();
}

enum err ber_oid_text(const struct ber_element *oid, char out_text[BER_OID_TEXT_SIZE])
{
	struct ber arcs = ber_inside(oid);
	uint64_t arc = 0;
	int size;

	if (oid->tag != BER_OID)
		return damaged();
	TRY(next_arc(&arcs, &arc));
	uint64_t root = arc < 80 ? arc / 40 : 2;
	size = snprintf(out_text, BER_OID_TEXT_SIZE, "%llu.%llu", (unsigned long long)root,
			(unsigned long long)(arc - 40 * root));
	while (!ber_is_empty(&arcs)) {
		TRY(next_arc(&arcs, &arc));
		size_t room = BER_OID_TEXT_SIZE - (size_t)size;
		int added = snprintf(out_text + size, room, ".%llu", (unsigned long long)arc);
		if (added < 0 || (size_t)added >= room)
			return damaged();
		size += added;
	}
	return ERR_OK;
}

void octets_clear(struct octets *octets)
{
	secret_free(octets->pieces);
	*octets = (struct octets){.size = 0};
}

/* Adds the pieces below `element` to `out` (where there is one); counts their bytes. */
static enum err gather(const struct ber_element *element, unsigned depth, uint8_t *out,
		       size_t *size)
{
	struct ber pieces = ber_inside(element);

	while (!ber_is_empty(&pieces)) {
		struct ber_element piece;
		TRY(ber_next(&pieces, &piece));
		if (piece.tag == (BER_OCTETS | BER_CONSTRUCTED) && depth < BER_DEPTH_MAX) {
			TRY(gather(&piece, depth + 1, out, size));
			continue;
		}
		if (piece.tag != BER_OCTETS)
			return damaged();
		if (out != NULL && piece.size > 0)
			memcpy(out + *size, piece.content, piece.size);
		*size += piece.size;
	}
	return ERR_OK;
}

enum err ber_octets(const struct ber_element *element, struct octets *out_octets)
{
	size_t size = 0;

	*out_octets = (struct octets){.bytes = element->content, .size = element->size};
	if ((element->tag & BER_CONSTRUCTED) == 0)
		return ERR_OK;
	TRY(gather(element, 0, NULL, &size));
	TRY(secret_new(size, &out_octets->pieces));
	out_octets->bytes = secret_view(out_octets->pieces);
	out_octets->size = size;
	size = 0;
	return gather(element, 0, secret_bytes(out_octets->pieces), &size);
}
