/* anchor.h - 32 bytes outside the database that an old database cannot match.
 *
 * A move goes from A to A' = SHA-256(A | token), and only after the manifest that names A, token
 * and A' is on disk. The file kind writes A'; an NV index of type extend is extended by the token
 * and arrives at the same value.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/keeper/vault_key.h"

#define ANCHOR_NAME "anchor"

struct tpm;

struct anchor {
	enum anchor_kind kind;
	int folder; /* of the file kind; borrowed */
	/* Of the NV kind, all borrowed. */
	struct tpm *tpm;
	uint32_t nv_handle;
	const struct secret *nv_auth;
};

enum anchor_answer { ANCHOR_UNWRITTEN, ANCHOR_WRITTEN };

/* Of the file kind: whether the name exists, whatever it is. */
bool anchor_exists(int folder);
/* Whether it ever had a value. */
enum err anchor_is_there(const struct anchor *anchor, bool *out_is_there) MUST_CHECK;
/* Absent or empty is ANCHOR_UNWRITTEN with zeros. ERR_ROLLED_BACK: it is no anchor. ERR_DISK: it
 * cannot be read. Of an NV index also the TPM's troubles. */
enum err anchor_read(const struct anchor *anchor, enum anchor_answer *out_answer,
		     struct digest *out_value) MUST_CHECK;
/* From the value before to `next`, by `token`. When it fails nobody knows where the anchor
 * stands until it has been read. */
enum err anchor_move(const struct anchor *anchor, const struct digest *token,
		     const struct digest *next) MUST_CHECK;
/* Makes sure that the value just read would survive a power cut. */
enum err anchor_confirm(const struct anchor *anchor, const struct digest *value) MUST_CHECK;
