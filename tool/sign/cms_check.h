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
	/* CAdES: the signer's certificate must be named in what is signed. */
	bool names_certificate;
	int64_t at; /* when it was signed, where that is known already; 0 */
};

/* Binary; what follows it must be zero when `may_be_padded`, else nothing. NULL: it is none. */
CMS_ContentInfo *cms_read(const uint8_t *bytes, size_t size, bool may_be_padded);
/* FAULT_WEAK_HASH, or FAULT_KIND for one that is not known. */
enum signature_fault cms_hash_of(const X509_ALGOR *algorithm, enum sign_hash *out_hash);
/* One report for each signer. `since` and `covers_all` are the caller's to say. ERR_MEMORY,
 * or what content->digest answers; everything wrong with the CMS is in the reports. */
enum err cms_check(CMS_ContentInfo *cms, const struct content *content,
		   const struct cms_rules *rules, struct signature_reports *reports) MUST_CHECK;
