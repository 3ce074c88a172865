/* trust.h - the issuers that this computer trusts, and whether a certificate leads to one.
 *
 * The certificates of judicial scriveners lead to issuers that are in no list of this kind: not
 * known is the usual answer, and no fault of the signature.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct trust;

/* The system's list, when there is one, and `more_path` (PEM; NULL: none): ERR_FILE_READ. */
enum err trust_open(const char *more_path, struct trust **out_trust) MUST_CHECK;
void trust_close(struct trust *trust);
OWN_DEFINE(trust, trust_close)

/* `others` (DER) may help to find the way. At that moment, in seconds since 1970. */
bool trust_knows(const struct trust *trust, const struct bytes *certificate,
		 const struct bytes_list *others, int64_t at);
