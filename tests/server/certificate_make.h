/* certificate_make.h - the parts every demo certificate is made of.
 */
#pragma once

#include <stdint.h>

#include "tests/server/own_openssl.h"
#include "vault/base/err.h"

/* One RDN; a list of them ends with nid 0. */
struct name_part {
	int nid;
	const char *text; /* UTF-8 */
};

enum err name_make(const struct name_part *parts, struct X509_name_st **out_name) MUST_CHECK;

/* Version 3, random serial number, names, dates and public key; neither extensions nor
 * signature yet. */
enum err certificate_begin(const struct name_part *subject, const X509 *issuer, int64_t not_before,
			   int64_t not_after, EVP_PKEY *key,
			   struct x509_st **out_certificate) MUST_CHECK;

/* An extension in the words of x509v3_config(5). */
enum err certificate_add(X509 *certificate, X509 *issuer, int nid, const char *value) MUST_CHECK;
/* subjectAltName or issuerAltName with one directoryName: built by hand, because x509v3_config's
 * dirName encodes UTF-8 twice. */
enum err certificate_add_directory_name(X509 *certificate, int nid,
					const struct name_part *parts) MUST_CHECK;
/* A CRL distribution point that is a directory name and no URI, as in older directories. */
enum err certificate_add_crl_point(X509 *certificate, const struct name_part *parts) MUST_CHECK;

/* SHA-256. */
enum err certificate_sign(X509 *certificate, EVP_PKEY *key) MUST_CHECK;

/* The note of what OpenSSL complained about. */
enum err openssl_failed(const char *what);
