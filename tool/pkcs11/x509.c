/* x509.c - see x509.h */
#include "tool/pkcs11/x509.h"

#include <nettle/asn1.h>
#include <string.h>

#include "vault/base/utf8.h"

typedef struct asn1_der_iterator reader;

/* The element that the next step reads, whole: from here to where the reader then stands. */
static const uint8_t *begin_of_next(const reader *at)
{
	return at->buffer + at->pos;
}

static struct part whole(const uint8_t *begin, const reader *at)
{
	return (struct part){begin, (size_t)(at->data + at->length - begin)};
}

/* Steps over one element of any kind. */
static bool take(reader *at, struct part *out_part)
{
	const uint8_t *begin = begin_of_next(at);
	enum asn1_iterator_result found = asn1_der_iterator_next(at);

	if (found != ASN1_ITERATOR_PRIMITIVE && found != ASN1_ITERATOR_CONSTRUCTED)
		return false;
	*out_part = whole(begin, at);
	return true;
}

/* False also for one that is empty: the reader then stands on nothing. */
static bool enter(reader *at, enum asn1_type type, reader *out_inner)
{
	enum asn1_iterator_result found;

	if (at->type != type)
		return false;
	found = asn1_der_decode_constructed(at, out_inner);
	return found == ASN1_ITERATOR_PRIMITIVE || found == ASN1_ITERATOR_CONSTRUCTED;
}

/* UTCTime: years 50 and later are of the last century (RFC 5280, 4.1.2.5.1). */
static bool read_time(const reader *at, char out_date[9])
{
	enum { GENERALIZED_TIME = 24, UTC_SIZE = 13, GENERALIZED_SIZE = 15 };
	const char *digits = (const char *)at->data;

	if (at->type == ASN1_UTC && at->length >= UTC_SIZE - 2) {
		memcpy(out_date, digits[0] >= '5' ? "19" : "20", 2);
		memcpy(out_date + 2, digits, 6);
	} else if (at->type == (enum asn1_type)GENERALIZED_TIME &&
		   at->length >= GENERALIZED_SIZE - 2) {
		memcpy(out_date, digits, 8);
	} else {
		return false;
	}
	out_date[8] = '\0';
	return strspn(out_date, "0123456789") == 8;
}

static bool read_validity(reader *at, struct x509 *x509)
{
	reader inner;

	return enter(at, ASN1_SEQUENCE, &inner) && read_time(&inner, x509->not_before) &&
	       asn1_der_iterator_next(&inner) == ASN1_ITERATOR_PRIMITIVE &&
	       read_time(&inner, x509->not_after);
}

/* BIT STRING, the first bit being the highest of its first octet. */
static unsigned read_usage(const struct part *value)
{
	enum { HEADER = 3 };
	unsigned usage = 0;

	if (value->size <= HEADER || value->data[0] != ASN1_BITSTRING)
		return 0;
	for (unsigned bit = 0; bit < 8; bit++)
		if ((value->data[HEADER] & (0x80U >> bit)) != 0)
			usage |= 1U << bit;
	return usage;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... } */
static bool says_authority(const struct part *value)
{
	reader at, inner;

	return asn1_der_iterator_first(&at, value->size, value->data) ==
		       ASN1_ITERATOR_CONSTRUCTED &&
	       enter(&at, ASN1_SEQUENCE, &inner) && inner.type == ASN1_BOOLEAN &&
	       inner.length == 1 && inner.data[0] != 0;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } */
static void read_extension(reader *at, struct x509 *x509)
{
	static const uint8_t key_usage[] = {0x55, 0x1d, 0x0f};
	static const uint8_t basic_constraints[] = {0x55, 0x1d, 0x13};
	reader inner;
	struct part name, value;

	if (!enter(at, ASN1_SEQUENCE, &inner) || inner.type != ASN1_IDENTIFIER)
		return;
	name = (struct part){inner.data, inner.length};
	if (asn1_der_iterator_next(&inner) != ASN1_ITERATOR_PRIMITIVE)
		return;
	if (inner.type == ASN1_BOOLEAN && asn1_der_iterator_next(&inner) != ASN1_ITERATOR_PRIMITIVE)
		return;
	value = (struct part){inner.data, inner.length};
	if (inner.type != ASN1_OCTETSTRING || name.size != sizeof key_usage)
		return;
	if (memcmp(name.data, key_usage, sizeof key_usage) == 0)
		x509->usage = read_usage(&value);
	else if (memcmp(name.data, basic_constraints, sizeof basic_constraints) == 0)
		x509->is_authority = says_authority(&value);
}

/* extensions [3] EXPLICIT SEQUENCE OF Extension, behind two optional unique identifiers. */
static void read_extensions(reader *at, struct x509 *x509)
{
	const enum asn1_type extensions =
		(enum asn1_type)(ASN1_CLASS_CONTEXT_SPECIFIC | ASN1_TYPE_CONSTRUCTED | 3);
	enum asn1_iterator_result found;
	reader outer, list;

	do {
		found = asn1_der_iterator_next(at);
		if (found != ASN1_ITERATOR_PRIMITIVE && found != ASN1_ITERATOR_CONSTRUCTED)
			return;
	} while (at->type != extensions);
	if (asn1_der_decode_constructed(at, &outer) == ASN1_ITERATOR_CONSTRUCTED &&
	    outer.type == ASN1_SEQUENCE)
		for (found = asn1_der_decode_constructed(&outer, &list);
		     found == ASN1_ITERATOR_CONSTRUCTED; found = asn1_der_iterator_next(&list))
			read_extension(&list, x509);
}

/* TBSCertificate (4.1): an optional [0] version comes first. */
static bool read_to_be_signed(reader *at, struct x509 *x509)
{
	const enum asn1_type version =
		(enum asn1_type)(ASN1_CLASS_CONTEXT_SPECIFIC | ASN1_TYPE_CONSTRUCTED | 0);
	const uint8_t *begin = at->data;
	struct part part;
	reader inner;

	if (!enter(at, ASN1_SEQUENCE, &inner))
		return false;
	x509->serial = whole(begin, &inner);
	if (inner.type == version && !take(&inner, &x509->serial))
		return false;
	return inner.type == ASN1_INTEGER && take(&inner, &part) && take(&inner, &x509->issuer) &&
	       inner.type == ASN1_SEQUENCE && take(&inner, &part) && read_validity(&inner, x509) &&
	       take(&inner, &x509->subject) && inner.type == ASN1_SEQUENCE &&
	       take(&inner, &x509->key_info) && inner.type == ASN1_SEQUENCE &&
	       (read_extensions(&inner, x509), true);
}

bool x509_read(const uint8_t *der, size_t size, struct x509 *out_x509)
{
	struct x509 x509 = {.usage = X509_ANY_USAGE};
	reader outer, inner;

	if (asn1_der_iterator_first(&outer, size, der) != ASN1_ITERATOR_CONSTRUCTED ||
	    !enter(&outer, ASN1_SEQUENCE, &inner) || !read_to_be_signed(&inner, &x509))
		return false;
	*out_x509 = x509;
	return true;
}

/* BMPString is UTF-16 in practice; what else it holds becomes U+FFFD. */
static size_t text_of_bmp(struct part from, char *out_text, size_t text_size)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < from.size && used + 4 < text_size; i += 2)
		used += utf8_put((uint32_t)(from.data[i] << 8 | from.data[i + 1]), out_text + used);
	return used;
}

static void set_text(enum asn1_type type, struct part from, char *out_text, size_t text_size)
{
	size_t used = 0;

	if (type == ASN1_BMPSTRING) {
		used = text_of_bmp(from, out_text, text_size);
	} else if (utf8_is_valid((const char *)from.data, from.size)) {
		used = from.size < text_size ? from.size : text_size - 1;
		while (used > 0 && used < from.size && (from.data[used] & 0xC0) == 0x80)
			used--; /* no character is cut */
		memcpy(out_text, from.data, used);
	}
	out_text[used] = '\0';
}

/* RelativeDistinguishedName ::= SET OF SEQUENCE { type, value }. True for a common name. */
static bool read_relative_name(reader *at, char *out_text, size_t text_size)
{
	static const uint8_t common_name[] = {0x55, 0x04, 0x03};
	reader set, pair;
	bool is_common;

	if (!enter(at, ASN1_SET, &set) || !enter(&set, ASN1_SEQUENCE, &pair) ||
	    pair.type != ASN1_IDENTIFIER)
		return false;
	is_common = pair.length == sizeof common_name &&
		    memcmp(pair.data, common_name, sizeof common_name) == 0;
	if (asn1_der_iterator_next(&pair) != ASN1_ITERATOR_PRIMITIVE)
		return false;
	set_text(pair.type, (struct part){pair.data, pair.length}, out_text, text_size);
	return is_common;
}

void x509_name_text(struct part name, char *out_text, size_t text_size)
{
	enum asn1_iterator_result found;
	reader at, inner;

	out_text[0] = '\0';
	if (asn1_der_iterator_first(&at, name.size, name.data) != ASN1_ITERATOR_CONSTRUCTED)
		return;
	for (found = asn1_der_decode_constructed(&at, &inner); found == ASN1_ITERATOR_CONSTRUCTED;
	     found = asn1_der_iterator_next(&inner))
		if (read_relative_name(&inner, out_text, text_size))
			return;
}
