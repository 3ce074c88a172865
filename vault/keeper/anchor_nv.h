/* anchor_nv.h - the anchor's second kind: an NV index of a TPM. Called by anchor.c only, which
 * says the contract. An index that is not there, or not ours, is the rollback alarm: it was made
 * before vault.key was written.
 */
#pragma once

#include "vault/keeper/anchor.h"

enum err anchor_nv_read(const struct anchor *anchor, enum anchor_answer *out_answer,
			struct digest *out_value) MUST_CHECK;
enum err anchor_nv_move(const struct anchor *anchor, const struct digest *token,
			const struct digest *next) MUST_CHECK;
