/* path.h - the 証明のパス page: from the certificate up to its root, among the certificates that
 * the original brought. No root store is asked: these issuers are in none.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/cert/certificate.h"

enum { PATH_LENGTH_MAX = BYTES_LIST_MAX + 1 };

struct path {
	size_t count;
	struct certificate *steps[PATH_LENGTH_MAX]; /* [0] is the certificate itself */
	bool is_complete;                           /* ends at a self-signed certificate */
};

/* Order and duplicates in `chain` do not matter; foreign certificates in it are ignored, each
 * link's signature is verified, a loop ends the path. */
enum err path_build(const struct bytes *certificate, const struct bytes_list *chain,
		    struct path **out_path) MUST_CHECK;
void path_free(struct path *path);
OWN_DEFINE(path, path_free)
