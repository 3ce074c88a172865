/* own_openssl.h - OpenSSL's objects under the house's ownership words.
 *
 * OpenSSL's types are typedefs of these struct tags, which is what AUTO takes.
 */
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "vault/base/own.h"

OWN_DEFINE(bio_st, BIO_free_all)
OWN_DEFINE(evp_pkey_st, EVP_PKEY_free)
OWN_DEFINE(x509_st, X509_free)
OWN_DEFINE(X509_name_st, X509_NAME_free)
OWN_DEFINE(PKCS12_st, PKCS12_free)
OWN_DEFINE(stack_st_GENERAL_NAME, GENERAL_NAMES_free)
OWN_DEFINE(stack_st_DIST_POINT, CRL_DIST_POINTS_free)
