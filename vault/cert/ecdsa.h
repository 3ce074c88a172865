/* ecdsa.h - the form of an ECDSA signature that X.509 and CMS have (RFC 3279, 2.2.3), from the one
 * that the vault answers.
 */
#pragma once

#include "vault/base/bytes.h"
#include "vault/base/err.h"

/* `halves`: r | s, both as long as the curve's order. ERR_WIRE: they are no such thing. */
enum err ecdsa_der(const struct bytes *halves, struct bytes *out_der) MUST_CHECK;
