/* given_pfx.h - builds originals byte by byte, also such as no honest program writes.
 *
 * A piece is a run of DER; a function that takes pieces uses them up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/secret.h"

struct piece {
	uint8_t *bytes;
	size_t size;
};

struct piece raw(const void *bytes, size_t size);
struct piece text(const char *hex);  /* "020103" */
struct piece file(const char *name); /* of tests/originals */
struct piece join(struct piece a, struct piece b);
struct piece empty(void);
struct piece copy_of(const struct piece *piece);
void drop(struct piece *piece);

struct piece element(uint8_t tag, struct piece content);
struct piece indefinite(uint8_t tag, struct piece content); /* 80 ... 00 00 */
struct piece sequence(struct piece a, struct piece b);
struct piece octets(struct piece content);
struct piece in_pieces(struct piece content, size_t size); /* a constructed OCTET STRING */
struct piece number(uint64_t value);
struct piece oid(const char *dotted);

/* The parts of a PKCS#12. */
struct piece pbes2(uint64_t rounds, size_t salt_size); /* AES-256, HMAC-SHA-256 */
struct piece pbe_3des(uint64_t rounds);
struct piece encrypted(struct piece algorithm, struct piece plain, const char *pin);
/* Under bytes of one's own instead of a PIN as OpenSSL takes it. */
struct piece encrypted_under(struct piece algorithm, struct piece plain, const void *passphrase,
			     size_t size);

struct piece name_attribute(uint8_t tag, struct piece value);
struct piece id_attribute(const char *hex);
struct piece bag(const char *type, struct piece value, struct piece attributes);
struct piece certificate_bag(struct piece der, struct piece attributes);
struct piece key_bag(struct piece pkcs8, struct piece attributes);
struct piece shrouded_bag(struct piece algorithm, struct piece data, struct piece attributes);

struct piece data_safe(struct piece bags); /* ContentInfo: in clear */
struct piece encrypted_safe(struct piece algorithm, struct piece bags, const char *pin);

/* The whole, with a SHA-256 MAC of one round over the safes. */
struct secret *pfx(struct piece safes, const char *pin);
/* The same with a MacData of one's own (empty: none). */
struct secret *pfx_with_mac(struct piece authenticated_safe, struct piece mac);
struct piece mac_data(const struct piece *authenticated_safe, const char *pin);
/* PBMAC1 (RFC 9579) with HMAC-SHA-256. */
struct piece pbmac1_data(const struct piece *authenticated_safe, const char *pin);
struct secret *finish(struct piece piece);
