/* original_make.h - writes a PKCS#12 as an issuer would, in a new or an old way.
 */
#pragma once

#include "tests/server/demo_ca.h"
#include "tests/server/own_openssl.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"

enum original_protection {
	PROTECTION_AES,    /* AES-256, SHA-256: what issuers write today */
	PROTECTION_LEGACY, /* RC2-40 and 3DES, SHA-1: what they wrote before */
};

/* OpenSSL's old algorithms live in a provider of their own. Open while anything of OpenSSL is
 * used: closing also ends the loading of the common ones. */
struct original_algorithms;
enum err original_algorithms_open(struct original_algorithms **out_algorithms) MUST_CHECK;
void original_algorithms_close(struct original_algorithms *algorithms);
OWN_DEFINE(original_algorithms, original_algorithms_close)

/* `friendly_name` is UTF-8; characters outside the BMP are written as surrogate pairs. The chain
 * (issuing CA and root) goes along. */
enum err original_make(const struct demo_ca *ca, X509 *certificate, EVP_PKEY *key,
		       const char *friendly_name, const char *pin,
		       enum original_protection protection, struct bytes *out_original) MUST_CHECK;
