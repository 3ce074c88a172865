/* key.h - a private key as an original holds it (PKCS#8: RFC 5208 and RFC 5958), what kind it
 * is, and whether it works.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/opener/library.h"

enum { KEY_KIND_SIZE = 160 };

struct key {
	EVP_PKEY *pkey;           /* NULL: a kind that is not supported */
	char kind[KEY_KIND_SIZE]; /* "rsa-2048", "p-256", "ed25519"; also "rsa-1024", "dsa" */
};
void key_clear(struct key *key);
OWN_DEFINE_HELD(key, key_clear)

/* A key of another kind is read as far as its name. ERR_ORIGINAL_DAMAGED when it is none. */
enum err key_read(const uint8_t *pkcs8, size_t size, const struct library *library,
		  struct key *out_key) MUST_CHECK;
bool key_equal(const struct key *a, const struct key *b); /* the public halves */

/* Signs with the key and verifies with the certificate: ERR_ORIGINAL_KEY_FORGED. Comparing
 * public halves is not enough, they may have been copied. */
enum err key_prove(const struct key *key, const X509 *certificate,
		   const struct library *library) MUST_CHECK;

/* PKCS#8 DER, unencrypted. */
enum err key_encode(const struct key *key, struct secret **out_pkcs8) MUST_CHECK;
