/* given_pfx.c - see given_pfx.h */
#include "tests/unit/opener/given_pfx.h"

#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>

#include "tests/unit/opener/given.h"
#include "vault/base/digest.h"

struct piece raw(const void *bytes, size_t size)
{
	struct piece piece = {.bytes = malloc(size + 1), .size = size};

	assert_non_null(piece.bytes);
	if (size > 0)
		memcpy(piece.bytes, bytes, size);
	return piece;
}

struct piece text(const char *hex)
{
	uint8_t bytes[256];
	size_t size = strlen(hex) / 2;

	assert_true(size <= sizeof bytes && hex_parse(hex, bytes, size));
	return raw(bytes, size);
}

struct piece file(const char *name)
{
	struct secret *secret = given_file(name);
	struct piece piece = raw(secret_view(secret), secret_size(secret));

	secret_free(secret);
	return piece;
}

struct piece empty(void)
{
	return raw("", 0);
}

struct piece copy_of(const struct piece *piece)
{
	return raw(piece->bytes, piece->size);
}

void drop(struct piece *piece)
{
	free(piece->bytes);
	*piece = (struct piece){.size = 0};
}

struct piece join(struct piece a, struct piece b)
{
	struct piece both = {.bytes = malloc(a.size + b.size + 1), .size = a.size + b.size};

	assert_non_null(both.bytes);
	memcpy(both.bytes, a.bytes, a.size);
	memcpy(both.bytes + a.size, b.bytes, b.size);
	drop(&a);
	drop(&b);
	return both;
}

struct piece element(uint8_t tag, struct piece content)
{
	uint8_t header[6] = {tag};
	size_t size = content.size;

	if (size < 0x80) {
		header[1] = (uint8_t)size;
		return join(raw(header, 2), content);
	}
	header[1] = 0x84;
	for (int i = 0; i < 4; i++)
		header[2 + i] = (uint8_t)(size >> (8 * (3 - i)));
	return join(raw(header, 6), content);
}

struct piece indefinite(uint8_t tag, struct piece content)
{
	const uint8_t header[] = {tag, 0x80};

	return join(join(raw(header, 2), content), raw("\0\0", 2));
}

struct piece sequence(struct piece a, struct piece b)
{
	return element(0x30, join(a, b));
}

struct piece octets(struct piece content)
{
	return element(0x04, content);
}

struct piece in_pieces(struct piece content, size_t size)
{
	struct piece pieces = empty();

	for (size_t at = 0; at < content.size; at += size) {
		size_t some = content.size - at < size ? content.size - at : size;
		pieces = join(pieces, octets(raw(content.bytes + at, some)));
	}
	drop(&content);
	return indefinite(0x24, pieces);
}

struct piece number(uint64_t value)
{
	uint8_t bytes[9];

	for (int i = 0; i < 9; i++)
		bytes[i] = (uint8_t)(i == 0 ? 0 : value >> (8 * (8 - i)));
	size_t skipped = 0; /* as short as it may be (X.690, 8.3.2) */
	while (skipped < 8 && bytes[skipped] == 0 && bytes[skipped + 1] < 0x80)
		skipped++;
	return element(0x02, raw(bytes + skipped, sizeof bytes - skipped));
}

struct piece oid(const char *dotted)
{
	ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);
	unsigned char *der = NULL;
	int size = i2d_ASN1_OBJECT(object, &der);
	struct piece piece = raw(der, (size_t)size);

	OPENSSL_free(der);
	ASN1_OBJECT_free(object);
	return piece;
}

static struct piece salt(size_t size)
{
	struct piece piece = {.bytes = calloc(1, size + 1), .size = size};

	assert_non_null(piece.bytes);
	memset(piece.bytes, 0x5A, size);
	return octets(piece);
}

struct piece pbes2(uint64_t rounds, size_t salt_size)
{
	struct piece prf = sequence(oid("1.2.840.113549.2.9"), element(0x05, empty()));
	struct piece kdf =
		sequence(oid("1.2.840.113549.1.5.12"),
			 element(0x30, join(salt(salt_size), join(number(rounds), prf))));
	struct piece cipher = sequence(oid("2.16.840.1.101.3.4.1.42"), salt(16));

	return sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, cipher));
}

struct piece pbe_3des(uint64_t rounds)
{
	return sequence(oid("1.2.840.113549.1.12.1.3"), sequence(salt(8), number(rounds)));
}

struct piece encrypted(struct piece algorithm, struct piece plain, const char *pin)
{
	return encrypted_under(algorithm, plain, pin, strlen(pin));
}

struct piece encrypted_under(struct piece algorithm, struct piece plain, const void *passphrase,
			     size_t passphrase_size)
{
	const unsigned char *at = algorithm.bytes;
	X509_ALGOR *algor = d2i_X509_ALGOR(NULL, &at, (long)algorithm.size);
	unsigned char *data = NULL;
	int size = 0;

	assert_non_null(algor);
	assert_non_null(PKCS12_pbe_crypt(algor, passphrase, (int)passphrase_size, plain.bytes,
					 (int)plain.size, &data, &size, 1));
	struct piece piece = raw(data, (size_t)size);
	OPENSSL_free(data);
	X509_ALGOR_free(algor);
	drop(&algorithm);
	drop(&plain);
	return piece;
}

struct piece name_attribute(uint8_t tag, struct piece value)
{
	return sequence(oid("1.2.840.113549.1.9.20"), element(0x31, element(tag, value)));
}

struct piece id_attribute(const char *hex)
{
	return sequence(oid("1.2.840.113549.1.9.21"), element(0x31, octets(text(hex))));
}

struct piece bag(const char *type, struct piece value, struct piece attributes)
{
	struct piece set = attributes.size == 0 ? attributes : element(0x31, attributes);

	return sequence(oid(type), join(element(0xA0, value), set));
}

struct piece certificate_bag(struct piece der, struct piece attributes)
{
	return bag("1.2.840.113549.1.12.10.1.3",
		   sequence(oid("1.2.840.113549.1.9.22.1"), element(0xA0, octets(der))),
		   attributes);
}

struct piece key_bag(struct piece pkcs8, struct piece attributes)
{
	return bag("1.2.840.113549.1.12.10.1.1", pkcs8, attributes);
}

struct piece shrouded_bag(struct piece algorithm, struct piece data, struct piece attributes)
{
	return bag("1.2.840.113549.1.12.10.1.2", sequence(algorithm, octets(data)), attributes);
}

struct piece data_safe(struct piece bags)
{
	return sequence(oid("1.2.840.113549.1.7.1"), element(0xA0, octets(element(0x30, bags))));
}

struct piece encrypted_safe(struct piece algorithm, struct piece bags, const char *pin)
{
	struct piece same = copy_of(&algorithm);
	struct piece data = encrypted(algorithm, element(0x30, bags), pin);
	struct piece info = sequence(oid("1.2.840.113549.1.7.1"), join(same, element(0x80, data)));

	return sequence(oid("1.2.840.113549.1.7.6"), element(0xA0, sequence(number(0), info)));
}

struct piece mac_data(const struct piece *authenticated_safe, const char *pin)
{
	uint8_t key[32], value[32];
	unsigned char mac_salt[8];

	memset(mac_salt, 0x5A, sizeof mac_salt);
	assert_int_equal(PKCS12_key_gen_utf8(pin, (int)strlen(pin), mac_salt, sizeof mac_salt, 3, 1,
					     sizeof key, key, EVP_sha256()),
			 1);
	assert_non_null(HMAC(EVP_sha256(), key, sizeof key, authenticated_safe->bytes,
			     authenticated_safe->size, value, NULL));
	struct piece digest =
		sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), element(0x05, empty())),
			 octets(raw(value, sizeof value)));
	return sequence(digest, join(salt(8), number(1)));
}

struct piece pbmac1_data(const struct piece *authenticated_safe, const char *pin)
{
	uint8_t key[32], value[32];
	unsigned char mac_salt[8];
	struct piece hmac = sequence(oid("1.2.840.113549.2.9"), element(0x05, empty()));
	struct piece prf = copy_of(&hmac);
	struct piece params = join(join(salt(8), number(2000)), join(number(32), prf));
	struct piece kdf = sequence(oid("1.2.840.113549.1.5.12"), element(0x30, params));

	memset(mac_salt, 0x5A, sizeof mac_salt);
	assert_int_equal(PKCS5_PBKDF2_HMAC(pin, (int)strlen(pin), mac_salt, sizeof mac_salt, 2000,
					   EVP_sha256(), sizeof key, key),
			 1);
	assert_non_null(HMAC(EVP_sha256(), key, sizeof key, authenticated_safe->bytes,
			     authenticated_safe->size, value, NULL));
	struct piece algorithm = sequence(oid("1.2.840.113549.1.5.14"), sequence(kdf, hmac));
	return sequence(sequence(algorithm, octets(raw(value, sizeof value))),
			join(salt(8), number(1)));
}

struct secret *finish(struct piece piece)
{
	struct secret *secret = given_secret(piece.bytes, piece.size);

	drop(&piece);
	return secret;
}

struct secret *pfx_with_mac(struct piece authenticated_safe, struct piece mac)
{
	struct piece content =
		sequence(oid("1.2.840.113549.1.7.1"), element(0xA0, octets(authenticated_safe)));

	return finish(element(0x30, join(text("020103"), join(content, mac))));
}

struct secret *pfx(struct piece safes, const char *pin)
{
	struct piece all = element(0x30, safes);
	struct piece mac = mac_data(&all, pin);

	return pfx_with_mac(all, mac);
}
