/* algorithm.c - see algorithm.h */
#include "vault/opener/algorithm.h"

#include <string.h>

#include "vault/base/own.h"

/* clang-format off */
/* RFC 8018, B.1.1 and B.1.2; NIST computer security objects register */
static const struct hash_kind hashes[] = {
	/* digest                     HMAC                           name           OpenSSL        weak */
	{"1.2.840.113549.2.5",        "1.2.840.113549.2.6",          "MD5",         "MD5",         true},
	{"1.3.14.3.2.26",             "1.2.840.113549.2.7",          "SHA-1",       "SHA1",        true},
	{"2.16.840.1.101.3.4.2.4",    "1.2.840.113549.2.8",          "SHA-224",     "SHA224",      false},
	{"2.16.840.1.101.3.4.2.1",    "1.2.840.113549.2.9",          "SHA-256",     "SHA256",      false},
	{"2.16.840.1.101.3.4.2.2",    "1.2.840.113549.2.10",         "SHA-384",     "SHA384",      false},
	{"2.16.840.1.101.3.4.2.3",    "1.2.840.113549.2.11",         "SHA-512",     "SHA512",      false},
	{"2.16.840.1.101.3.4.2.5",    "1.2.840.113549.2.12",         "SHA-512/224", "SHA512-224",  false},
	{"2.16.840.1.101.3.4.2.6",    "1.2.840.113549.2.13",         "SHA-512/256", "SHA512-256",  false},
	{"2.16.840.1.101.3.4.2.7",    "2.16.840.1.101.3.4.2.13",     "SHA3-224",    "SHA3-224",    false},
	{"2.16.840.1.101.3.4.2.8",    "2.16.840.1.101.3.4.2.14",     "SHA3-256",    "SHA3-256",    false},
	{"2.16.840.1.101.3.4.2.9",    "2.16.840.1.101.3.4.2.15",     "SHA3-384",    "SHA3-384",    false},
	{"2.16.840.1.101.3.4.2.10",   "2.16.840.1.101.3.4.2.16",     "SHA3-512",    "SHA3-512",    false},
	{"1.3.36.3.2.1",              NULL,                          "RIPEMD-160",  "RIPEMD160",   true},
	{"1.2.840.113549.2.2",        NULL,                          "MD2",         NULL,          true},
	{"1.2.643.2.2.9",             "1.2.643.2.2.10",              "GOST R 34.11-94", NULL,      true},
	{"1.2.643.7.1.1.2.2",         "1.2.643.7.1.1.4.1",           "GOST R 34.11-2012 (256)", NULL, false},
	{"1.2.643.7.1.1.2.3",         "1.2.643.7.1.1.4.2",           "GOST R 34.11-2012 (512)", NULL, false},
};

/* RFC 8018, B.2; RFC 3565; RFC 3657; RFC 5794; RFC 4010 */
static const struct cipher_kind ciphers[] = {
	/* object identifier             name                OpenSSL            key iv  weak */
	{"1.3.14.3.2.7",                 "DES-CBC",          "DES-CBC",           8,  8, true},
	{"1.2.840.113549.3.7",           "3DES-CBC",         "DES-EDE3-CBC",     24,  8, true},
	{NULL,                           "2-key 3DES-CBC",   "DES-EDE-CBC",      16,  8, true},
	{"1.2.840.113549.3.2",           "RC2-CBC",          "RC2-CBC",           0,  8, true},
	{NULL,                           "RC2-40",           "RC2-40-CBC",        5,  8, true},
	{NULL,                           "RC2-64",           "RC2-64-CBC",        8,  8, true},
	{NULL,                           "RC2-128",          "RC2-CBC",          16,  8, true},
	{"1.2.840.113549.3.4",           "RC4",              "RC4",               0,  0, true},
	{NULL,                           "RC4-40",           "RC4-40",            5,  0, true},
	{NULL,                           "RC4-128",          "RC4",              16,  0, true},
	{"1.2.840.113549.3.9",           "RC5",              NULL,                0,  8, true},
	{"1.2.840.113549.3.8",           "RC5",              NULL,                0,  8, true},
	{"1.3.6.1.4.1.3029.1.2",         "Blowfish-CBC",     "BF-CBC",           16,  8, true},
	{"1.3.6.1.4.1.188.7.1.1.2",      "IDEA-CBC",         NULL,               16,  8, true},
	{"1.2.840.113533.7.66.10",       "CAST5-CBC",        "CAST5-CBC",            16,  8, true},
	{"2.16.840.1.101.3.4.1.2",       "AES-128-CBC",      "AES-128-CBC",      16, 16, false},
	{"2.16.840.1.101.3.4.1.22",      "AES-192-CBC",      "AES-192-CBC",      24, 16, false},
	{"2.16.840.1.101.3.4.1.42",      "AES-256-CBC",      "AES-256-CBC",      32, 16, false},
	{"2.16.840.1.101.3.4.1.3",       "AES-128-OFB",      "AES-128-OFB",      16, 16, false},
	{"2.16.840.1.101.3.4.1.23",      "AES-192-OFB",      "AES-192-OFB",      24, 16, false},
	{"2.16.840.1.101.3.4.1.43",      "AES-256-OFB",      "AES-256-OFB",      32, 16, false},
	{"2.16.840.1.101.3.4.1.4",       "AES-128-CFB",      "AES-128-CFB",      16, 16, false},
	{"2.16.840.1.101.3.4.1.24",      "AES-192-CFB",      "AES-192-CFB",      24, 16, false},
	{"2.16.840.1.101.3.4.1.44",      "AES-256-CFB",      "AES-256-CFB",      32, 16, false},
	{"2.16.840.1.101.3.4.1.6",       "AES-128-GCM",      NULL,               16, 12, false},
	{"2.16.840.1.101.3.4.1.26",      "AES-192-GCM",      NULL,               24, 12, false},
	{"2.16.840.1.101.3.4.1.46",      "AES-256-GCM",      NULL,               32, 12, false},
	{"1.2.392.200011.61.1.1.1.2",    "Camellia-128-CBC", "CAMELLIA-128-CBC", 16, 16, false},
	{"1.2.392.200011.61.1.1.1.3",    "Camellia-192-CBC", "CAMELLIA-192-CBC", 24, 16, false},
	{"1.2.392.200011.61.1.1.1.4",    "Camellia-256-CBC", "CAMELLIA-256-CBC", 32, 16, false},
	{"1.2.410.200046.1.1.2",         "ARIA-128-CBC",     "ARIA-128-CBC",     16, 16, false},
	{"1.2.410.200046.1.1.7",         "ARIA-192-CBC",     "ARIA-192-CBC",     24, 16, false},
	{"1.2.410.200046.1.1.12",        "ARIA-256-CBC",     "ARIA-256-CBC",     32, 16, false},
	{"1.2.410.200004.1.4",           "SEED-CBC",         "SEED-CBC",         16, 16, false},
	{"1.2.156.10197.1.104.2",        "SM4-CBC",          "SM4-CBC",          16, 16, false},
	{"1.2.643.2.2.21",               "GOST 28147-89",    NULL,               32,  8, true},
	{"1.2.643.7.1.1.5.1",            "GOST Magma",       NULL,               32,  8, false},
	{"1.2.643.7.1.1.5.2",            "GOST Kuznyechik",  NULL,               32, 16, false},
};

/* RFC 7292, C; RFC 8018, A.3 */
static const struct scheme_kind schemes[] = {
	{"1.2.840.113549.1.12.1.1", "RC4-128",        DERIVATION_PKCS12, "SHA-1", "RC4-128"},
	{"1.2.840.113549.1.12.1.2", "RC4-40",         DERIVATION_PKCS12, "SHA-1", "RC4-40"},
	{"1.2.840.113549.1.12.1.3", "3DES",           DERIVATION_PKCS12, "SHA-1", "3DES-CBC"},
	{"1.2.840.113549.1.12.1.4", "2-key 3DES",     DERIVATION_PKCS12, "SHA-1", "2-key 3DES-CBC"},
	{"1.2.840.113549.1.12.1.5", "RC2-128",        DERIVATION_PKCS12, "SHA-1", "RC2-128"},
	{"1.2.840.113549.1.12.1.6", "RC2-40",         DERIVATION_PKCS12, "SHA-1", "RC2-40"},
	{"1.2.840.113549.1.5.1",    "PBE-MD2-DES",    DERIVATION_PBKDF1, "MD2",   NULL},
	{"1.2.840.113549.1.5.3",    "PBE-MD5-DES",    DERIVATION_PBKDF1, "MD5",   "DES-CBC"},
	{"1.2.840.113549.1.5.4",    "PBE-MD2-RC2-64", DERIVATION_PBKDF1, "MD2",   NULL},
	{"1.2.840.113549.1.5.6",    "PBE-MD5-RC2-64", DERIVATION_PBKDF1, "MD5",   "RC2-64"},
	{"1.2.840.113549.1.5.10",   "PBE-SHA1-DES",   DERIVATION_PBKDF1, "SHA-1", "DES-CBC"},
	{"1.2.840.113549.1.5.11",   "PBE-SHA1-RC2-64", DERIVATION_PBKDF1, "SHA-1", "RC2-64"},
	{"1.2.410.200004.1.15",     "PBE-SHA1-SEED",  DERIVATION_PBKDF1, "SHA-1", NULL},
};
/* clang-format on */

static bool is_same(const char *field, const char *wanted)
{
	return field != NULL && strcmp(field, wanted) == 0;
}

const struct hash_kind *hash_by_oid(const char *oid)
{
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		if (is_same(hashes[i].oid, oid))
			return &hashes[i];
	return NULL;
}

const struct hash_kind *hash_by_hmac_oid(const char *oid)
{
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		if (is_same(hashes[i].hmac_oid, oid))
			return &hashes[i];
	return NULL;
}

const struct hash_kind *hash_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		if (is_same(hashes[i].name, name))
			return &hashes[i];
	return NULL;
}

const struct cipher_kind *cipher_by_oid(const char *oid)
{
	for (size_t i = 0; i < COUNT_OF(ciphers); i++)
		if (is_same(ciphers[i].oid, oid))
			return &ciphers[i];
	return NULL;
}

const struct cipher_kind *cipher_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(ciphers); i++)
		if (is_same(ciphers[i].name, name))
			return &ciphers[i];
	return NULL;
}

const struct scheme_kind *scheme_by_oid(const char *oid)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (is_same(schemes[i].oid, oid))
			return &schemes[i];
	return NULL;
}
