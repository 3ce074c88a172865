/* cms_make.h - a detached CMS SignedData (RFC 5652) around a digest that the vault signs.
 *
 * OpenSSL builds and encodes it; only the signature itself comes from elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tool/sign/signer.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"

struct cms_wish {
	int64_t at; /* signing time, seconds since 1970 */
	/* ETSI EN 319 142-1, 6.3: the certificate is named in what is signed (ESS
	 * signing-certificate-v2, RFC 5035), and the time stands only in the PDF. */
	bool is_pades;
};

/* `digest`: of the content, with the hash that signer_scheme names. */
enum err cms_make(const struct signer *signer, const struct cms_wish *wish,
		  const struct bytes *digest, struct bytes *out_der) MUST_CHECK;
/* No signature of this signer and wish will be larger. Signs nothing. */
enum err cms_size_max(const struct signer *signer, const struct cms_wish *wish,
		      size_t *out_size) MUST_CHECK;
