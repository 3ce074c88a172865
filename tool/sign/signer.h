/* signer.h - who signs, and the way to the key: a digest goes out, a signature comes back.
 *
 * The key is in the vault. This folder never sees it and calls no function of OpenSSL that takes
 * one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/signing.h"
#include "vault/cert/certificate.h"

struct signer {
	const struct bytes *certificate; /* DER */
	const struct bytes_list *chain;  /* DER, in any order; goes into the signature */
	enum key_kind key_kind;
	/* As the vault answers: RSA as it is, ECDSA as r || s. */
	enum err (*sign)(void *context, enum sign_scheme scheme, enum sign_hash hash,
			 const struct bytes *digest, struct bytes *out_signature);
	void *context;
};

/* How this kind of key signs documents: RSA by PKCS#1 v1.5 with SHA-256, which every verifier of
 * applications knows; a curve with the hash of its own strength (RFC 5753, 7.1.1). ERR_SIGN_KEY
 * for any other: Ed25519 in CMS (RFC 8419) is read by hardly any program that reads PDF. */
enum err signer_scheme(enum key_kind kind, enum sign_scheme *out_scheme,
		       enum sign_hash *out_hash) MUST_CHECK;
