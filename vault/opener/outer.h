/* outer.h - the outer shell of an original: is it a PKCS#12 at all, is all of it there, and
 * does the MAC say that the PIN is right (RFC 7292, 4)?
 */
#pragma once

#include "vault/base/err.h"
#include "vault/opener/ber.h"
#include "vault/opener/mac.h"

/* Points into the original, except for content that came in pieces. */
struct outer {
	struct octets safes; /* the AuthenticatedSafe, still encoded: what the MAC covers */
	struct mac mac;
};
void outer_clear(struct outer *outer);
OWN_DEFINE_HELD(outer, outer_clear)

/* Each cause has its error: a PEM text, a bare certificate, something else, truncated,
 * trailing bytes, no MAC, an unknown MAC, a damaged shell. */
enum err outer_read(const uint8_t *bytes, size_t size, struct outer *out_outer) MUST_CHECK;
