/* manifest.h - what the vault holds, in one small row rewritten with every change.
 *
 * The set hash is the XOR of one PRF value per row, so that a change costs the same with one
 * certificate and with ten thousand. The manifest itself is not in its set.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/cursor.h"
#include "vault/base/digest.h"
#include "vault/keeper/anchor.h"
#include "vault/keeper/seal.h"

/* The last move of one anchor: from `from` by `token` to `to` = SHA-256(from | token). */
struct anchor_step {
	enum anchor_kind kind;
	uint32_t nv_handle;
	struct digest from;
	struct digest token;
	struct digest to;
};

struct manifest {
	struct digest set_hash;
	uint64_t row_count;
	struct anchor_step anchor;
	struct anchor_step next_anchor; /* while the anchor changes its kind; else ANCHOR_NONE */
	uint64_t audit_number;          /* last durable entry of the audit log; 0: none */
	struct digest audit_hash;
};

/* Adds the row to the set, or takes it out again: both are the same XOR. */
void manifest_toggle(struct manifest *manifest, const struct keys *keys, const struct row_id *row,
		     const struct mark *mark);
/* A fresh move from where the last one went. */
void manifest_draw_move(struct manifest *manifest);
void anchor_step_draw(struct anchor_step *step);
/* Whether its token leads from where it begins to where it ends. */
bool anchor_step_is_move(const struct anchor_step *step);

enum err manifest_encode(const struct manifest *manifest, struct bytes *out_plain) MUST_CHECK;
enum err manifest_decode(const struct bytes *plain, struct manifest *out_manifest) MUST_CHECK;
