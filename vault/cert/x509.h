/* x509.h - what is inside a struct certificate, for the files of this folder only.
 */
#pragma once

#include <openssl/x509.h>

#include "vault/cert/certificate.h"

struct certificate {
	struct bytes der;
	struct digest id;
	X509 *x509;    /* the same bytes, parsed; only read from here on, also by several threads */
	EVP_PKEY *key; /* a loan from x509; NULL when OpenSSL does not know the kind */
	int64_t not_before;
	int64_t not_after;
	enum key_kind key_kind;
};

/* NID of the hash under a signature algorithm, RSA-PSS included (RFC 4055); NID_undef where
 * there is none (Ed25519) or it is not known. */
int x509_signature_hash(const X509 *x509);
