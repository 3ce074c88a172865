/* passphrase.h - the bytes a PIN turns into before a key is derived from it.
 *
 * For ASCII all programs agree. Beyond it they do not, so there is a short list to try, the
 * likeliest first:
 *
 *   wide (PKCS#12's own derivation: MAC, RC2, 3DES)      written by
 *   BMPString with NUL (RFC 7292, B.1)                   everybody who follows the standard
 *   each byte of the UTF-8 form as one character         OpenSSL before 1.1.0, old GnuTLS
 *
 *   narrow (PBES2, PBMAC1, PKCS#5)
 *   UTF-8 (RFC 8018, 3)                                  everybody who follows the standard
 *   BMPString with NUL, without                          old NSS
 *   ISO-8859-1, one byte a character                     programs in an old Western locale
 */
#pragma once

#include <stddef.h>

#include "vault/base/err.h"
#include "vault/base/secret.h"

enum passphrase_kind { PASSPHRASE_WIDE, PASSPHRASE_NARROW };
enum { PASSPHRASE_KINDS = 2, PASSPHRASE_COUNT_MAX = 4 };

/* A PIN that may be tried at all: UTF-8 without NUL. ERR_PIN_TEXT. NULL is the empty PIN. */
enum err passphrase_check(const struct secret *pin) MUST_CHECK;

/* The nth form of the PIN (valid UTF-8); NULL when it has no such form of its own. */
enum err passphrase_make(const struct secret *pin, enum passphrase_kind kind, size_t nth,
			 struct secret **out_passphrase) MUST_CHECK;
