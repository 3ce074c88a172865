/* openssl.h - OpenSSL in this folder: public certificates, CMS and hashes; never a private key.
 */
#pragma once

#include <stddef.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/signing.h"

/* No openssl.cnf of anybody decides what a signature is. Costs nothing again. */
enum err openssl_ready(void) MUST_CHECK;
const EVP_MD *openssl_hash(enum sign_hash hash);

/* ERR_MEMORY, or ERR_INTERNAL with what OpenSSL complained of; its queue is empty afterwards. */
enum err openssl_failed(const char *what);

/* Copied out of OpenSSL's memory. */
enum err openssl_certificate_bytes(X509 *x509, struct bytes *out_der) MUST_CHECK;

#define OPENSSL_OWN(name, type, destroy)            \
	static inline void name##_end(type **owned) \
	{                                           \
		destroy(*owned);                    \
	}
OPENSSL_OWN(own_cms, CMS_ContentInfo, CMS_ContentInfo_free)
OPENSSL_OWN(own_x509, X509, X509_free)
OPENSSL_OWN(own_asn1_time, ASN1_TIME, ASN1_TIME_free)
#define AUTO_CMS       __attribute__((cleanup(own_cms_end))) CMS_ContentInfo *
#define AUTO_X509      __attribute__((cleanup(own_x509_end))) X509 *
#define AUTO_ASN1_TIME __attribute__((cleanup(own_asn1_time_end))) ASN1_TIME *
