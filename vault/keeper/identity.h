/* identity.h - an unsealed private key, in OpenSSL's secure heap for as long as it lives.
 *
 * Exists only while a login is open or an original is being proven. Nothing here gives the key
 * back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/signing.h"

struct identity;

/* Before any other use of OpenSSL in the process: no configuration file, memory wiped when
 * freed, a secure heap for `count_max` keys of the largest kind. */
enum err identity_init(unsigned count_max) MUST_CHECK;
/* Whether the secure heap could be locked into memory. */
bool identity_memory_is_locked(void);

/* PKCS#8 in DER: RSA to 8192 bits, P-256, P-384, P-521, Ed25519. ERR_ORIGINAL_KEY_KIND for
 * others, ERR_LOGIN_LIMIT when the secure heap is full, ERR_ORIGINAL_DAMAGED otherwise. */
enum err identity_of(const struct secret *pkcs8, struct identity **out_identity) MUST_CHECK;
/* For the proof at import: RSA PKCS#1 v1.5 or ECDSA with SHA-256, or Ed25519. */
enum err identity_sign(const struct identity *identity, const void *message, size_t size,
		       struct bytes *out_signature) MUST_CHECK;
/* `input`: the digest, for Ed25519 the message. ECDSA gives r | s, each as long as the order.
 * ERR_SIGN_INPUT: scheme, hash or length do not fit the key. By many threads at once. */
enum err identity_sign_input(const struct identity *identity, enum sign_scheme scheme,
			     enum sign_hash hash, const struct bytes *input,
			     struct bytes *out_signature) MUST_CHECK;
/* RSA-OAEP; ERR_DECRYPT whatever was wrong. By many threads at once. */
enum err identity_decrypt(const struct identity *identity, enum sign_hash hash,
			  const struct bytes *input, struct secret **out_plain) MUST_CHECK;
unsigned identity_rsa_bits(const struct identity *identity); /* 0: not RSA */
void identity_free(struct identity *identity);               /* wipes; accepts NULL */
OWN_DEFINE(identity, identity_free)
