/* repr_digest.h - the Repr-Digest header: a dictionary of byte sequences (RFC 9530, 3; RFC 8941,
 * 3.2 and 3.3.5).
 */
#pragma once

#include <stdbool.h>

#include "vault/base/digest.h"

/* Its sha-256 member; others are skipped. False when there is none, or it is not well formed. */
bool repr_digest_parse(const char *value, struct digest *out_digest);
