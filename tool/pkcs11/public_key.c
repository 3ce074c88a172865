/* public_key.c - reads SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 3279, 5480 and 8410). */
#include "tool/pkcs11/public_key.h"

#include <nettle/asn1.h>
#include <string.h>

#include "vault/base/own.h"

typedef struct asn1_der_iterator reader;

/* What stands in AlgorithmIdentifier: the object identifier, and the parameters whole. */
struct algorithm {
	struct part name;
	struct part parameters;
};

static bool read_algorithm(reader *at, struct algorithm *out_algorithm)
{
	reader inner;
	const uint8_t *begin;

	if (at->type != ASN1_SEQUENCE ||
	    asn1_der_decode_constructed(at, &inner) != ASN1_ITERATOR_PRIMITIVE ||
	    inner.type != ASN1_IDENTIFIER)
		return false;
	out_algorithm->name = (struct part){inner.data, inner.length};
	out_algorithm->parameters = (struct part){NULL, 0};
	begin = inner.buffer + inner.pos;
	if (asn1_der_iterator_next(&inner) == ASN1_ITERATOR_PRIMITIVE)
		out_algorithm->parameters =
			(struct part){begin, (size_t)(inner.data + inner.length - begin)};
	return true;
}

static bool is(struct part part, const void *bytes, size_t size)
{
	return part.size == size && memcmp(part.data, bytes, size) == 0;
}

static bool read_number(const reader *at, struct part *out_number)
{
	const uint8_t *data = at->data;
	size_t size = at->length;

	if (at->type != ASN1_INTEGER || size == 0 || (data[0] & 0x80) != 0)
		return false;
	while (size > 1 && data[0] == 0) {
		data++;
		size--;
	}
	*out_number = (struct part){data, size};
	return true;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent } (RFC 8017, A.1.1) */
static void read_rsa(struct part content, struct public_key *key)
{
	reader at, inner;

	if (asn1_der_iterator_first(&at, content.size, content.data) != ASN1_ITERATOR_CONSTRUCTED ||
	    at.type != ASN1_SEQUENCE ||
	    asn1_der_decode_constructed(&at, &inner) != ASN1_ITERATOR_PRIMITIVE ||
	    !read_number(&inner, &key->modulus) ||
	    asn1_der_iterator_next(&inner) != ASN1_ITERATOR_PRIMITIVE ||
	    !read_number(&inner, &key->exponent) || key->modulus.data[0] == 0 ||
	    key->modulus.size > SIGN_RSA_SIZE_MAX)
		return;
	key->bits = (unsigned)key->modulus.size * 8;
	for (unsigned top = key->modulus.data[0]; (top & 0x80) == 0; top <<= 1)
		key->bits--;
	key->signature_size = key->modulus.size;
	key->kind = PUBLIC_KEY_RSA;
}

/* CKA_EC_POINT is the point in a DER OCTET STRING (PKCS#11 3.0, 2.3.3). */
static void wrap_point(struct public_key *key)
{
	uint8_t *to = key->wrapped_point;

	*to++ = ASN1_OCTETSTRING;
	if (key->point.size > 0x7f)
		*to++ = 0x81;
	*to++ = (uint8_t)key->point.size;
	memcpy(to, key->point.data, key->point.size);
	key->wrapped_point_size = (size_t)(to - key->wrapped_point) + key->point.size;
}

/* The named curves P-256, P-384 and P-521; the point not compressed. */
static void read_ec(struct part parameters, struct part content, struct public_key *key)
{
	static const struct {
		unsigned bits;
		uint8_t size;
		uint8_t name[10];
	} curves[] = {
		{256, 10, {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}},
		{384, 7, {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22}},
		{521, 7, {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23}},
	};

	for (size_t i = 0; i < COUNT_OF(curves); i++) {
		size_t size = (curves[i].bits + 7) / 8;
		if (!is(parameters, curves[i].name, curves[i].size) ||
		    content.size != 1 + 2 * size || content.data[0] != 0x04)
			continue;
		key->bits = curves[i].bits;
		key->signature_size = 2 * size;
		key->parameters = parameters;
		key->point = content;
		key->kind = PUBLIC_KEY_EC;
		wrap_point(key);
	}
}

/* PKCS#11 3.0, 2.3.5: the curve by its name, a PrintableString. */
static void read_ed25519(struct part content, struct public_key *key)
{
	static const uint8_t name[] = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
				       'd',  's',  '2', '5', '5', '1', '9'};
	enum { ED25519_SIZE = 32, SIGNATURE_SIZE = 64, BITS = 255 };

	if (content.size != ED25519_SIZE)
		return;
	key->bits = BITS;
	key->signature_size = SIGNATURE_SIZE;
	key->parameters = (struct part){name, sizeof name};
	key->point = content;
	key->kind = PUBLIC_KEY_ED25519;
	wrap_point(key);
}

void public_key_read(struct part key_info, struct public_key *out_key)
{
	static const uint8_t rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
	static const uint8_t ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
	static const uint8_t ed25519[] = {0x2b, 0x65, 0x70};
	struct algorithm algorithm;
	struct part content;
	reader outer, at;

	*out_key = (struct public_key){.kind = PUBLIC_KEY_UNKNOWN};
	if (asn1_der_iterator_first(&outer, key_info.size, key_info.data) !=
		    ASN1_ITERATOR_CONSTRUCTED ||
	    outer.type != ASN1_SEQUENCE ||
	    asn1_der_decode_constructed(&outer, &at) != ASN1_ITERATOR_CONSTRUCTED ||
	    !read_algorithm(&at, &algorithm) ||
	    asn1_der_iterator_next(&at) != ASN1_ITERATOR_PRIMITIVE || at.type != ASN1_BITSTRING ||
	    at.length < 2 || at.data[0] != 0)
		return;
	content = (struct part){at.data + 1, at.length - 1};
	if (is(algorithm.name, rsa, sizeof rsa))
		read_rsa(content, out_key);
	else if (is(algorithm.name, ec, sizeof ec))
		read_ec(algorithm.parameters, content, out_key);
	else if (is(algorithm.name, ed25519, sizeof ed25519))
		read_ed25519(content, out_key);
}
