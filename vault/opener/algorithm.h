/* algorithm.h - what originals are protected with, by object identifier, and the names of it.
 *
 * A row without an OpenSSL name is known by name only: it is refused, and the sentence can say
 * what it was.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hash_kind {
	const char *oid;      /* as a digest */
	const char *hmac_oid; /* as HMAC or PRF; NULL when it has none */
	const char *name;     /* for people */
	const char *openssl;
	bool is_weak;
};

struct cipher_kind {
	const char *oid; /* NULL: only a scheme names it */
	const char *name;
	const char *openssl; /* NULL: not supported */
	unsigned key_size;   /* 0: it has no fixed one, the file says it */
	unsigned iv_size;
	bool is_weak;
};

/* Where the key comes from when the AlgorithmIdentifier names hash and cipher at once. */
enum derivation { DERIVATION_PKCS12, DERIVATION_PBKDF1, DERIVATION_PBKDF2, DERIVATION_SCRYPT };

struct scheme_kind {
	const char *oid;
	const char *name;
	enum derivation derivation;
	const char *hash;   /* name of a hash_kind */
	const char *cipher; /* name of a cipher_kind; NULL: not supported */
};

/* NULL when there is no such row. */
const struct hash_kind *hash_by_oid(const char *oid);
const struct hash_kind *hash_by_hmac_oid(const char *oid);
const struct hash_kind *hash_by_name(const char *name);
const struct cipher_kind *cipher_by_oid(const char *oid);
const struct cipher_kind *cipher_by_name(const char *name);
const struct scheme_kind *scheme_by_oid(const char *oid);
