/* bmp.h - BMPString, which in PKCS#12 means UTF-16 big-endian: characters above U+FFFF (𠮷) are
 * surrogate pairs. Names and PINs come in it (RFC 7292, B.1 and RFC 2985, 5.5.1).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

/* Text for people: ends at a NUL, half pairs become U+FFFD, at most `size_max` bytes of UTF-8,
 * cut at a character. Where each character is a byte and the bytes are UTF-8, they are taken as
 * that: so GnuTLS and OpenSSL before 1.1.0 write names. Owned by the caller. */
enum err bmp_to_text(const uint8_t *bmp, size_t size, size_t size_max, char **out_text) MUST_CHECK;

/* Writes valid UTF-8 as BMPString without a final NUL; returns the bytes written, at most
 * 2 * size. */
size_t bmp_of_text(const char *text, size_t size, uint8_t *out_bmp);
