/* given.h - certificates to read: made on the spot with keys of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "vault/base/bytes.h"
#include "vault/cert/certificate.h"

/* RSA-2048 or a curve's name ("P-256", "ED25519"); the same key at each call. */
EVP_PKEY *given_key(const char *kind);
EVP_PKEY *given_new_key(const char *kind); /* a fresh one, freed by the caller */

/* One attribute of a name. `type` is an ASN.1 string kind, `size` -1 for a C string. */
void given_attribute(X509_NAME *name, const char *oid, int type, const char *value, int size);

/* Names CN=`subject` and CN=`issuer`, five years from 2026-02-01 JST, not yet signed. */
X509 *given_certificate(const char *subject, const char *issuer, EVP_PKEY *key);
void given_dates(X509 *x509, const char *not_before, const char *not_after);
/* In the notation of OpenSSL's configuration ("critical,CA:TRUE"). */
void given_extension(X509 *x509, int nid, const char *value);
void given_raw_extension(X509 *x509, const char *oid, bool critical, const void *der, size_t size);

/* Signs (`hash` NULL for Ed25519), encodes and frees it. */
struct bytes given_signed(X509 *x509, EVP_PKEY *issuer_key, const EVP_MD *hash);
struct certificate *given_parsed(const struct bytes *der);

/* What the customer's members hold: C, O, CN and the user ID; Japanese only in the alternative
 * names, CRLs in a directory, a critical policy, issuer without a CN. `with_chain_key` signs. */
struct bytes given_member_certificate(EVP_PKEY *key, EVP_PKEY *issuer_key);

/* Replaces the only place where `from` stands by as many bytes of `to`. */
void given_patched(struct bytes *der, const void *from, const void *to, size_t size);
