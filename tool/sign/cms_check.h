/* cms_check.h - verifies the signers of one CMS SignedData (RFC 5652), as it came from strangers:
 * BER or DER, several signers, with or without signed attributes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/sign/openssl.h"
#include "tool/sign/verify.h"
#include "vault/base/err.h"

/* Digests of what was signed, made when one is wanted. */
struct content {
	enum err (*digest)(void *context, enum sign_hash kind, struct bytes *out_digest);
	void *context;
};

struct cms_rules {
	const struct trust *trust;
	bool names_certificate; /* CAdES: the signer's certificate must be named in what is signed
				 */
};

/* Binary; what follows it must be zero when `may_be_padded`, else nothing. NULL: it is none. */
CMS_ContentInfo *cms_read(const uint8_t *bytes, size_t size, bool may_be_padded);
/* One report for each signer. `since` and `covers_all` are the caller's to say. ERR_MEMORY,
 * or what content->digest answers; everything wrong with the CMS is in the reports. */
enum err cms_check(CMS_ContentInfo *cms, const struct content *content,
		   const struct cms_rules *rules, struct signature_reports *reports) MUST_CHECK;
