/* audit_seal.h - one sealed frame of the audit log (docs/store.md).
 *
 *   magic "KLog" | kind u8 | size u16 | number u64 | previous hash 32 | nonce 24 | ciphertext | tag
 * 16
 *
 * Every frame has the same size, so an entry is found by its number. What stands before the
 * ciphertext is in clear and is associated data, after the vault id. The hash of a frame is the
 * next one's `previous`: an entry cannot be taken out, moved or written anew without the key,
 * and with the key not without changing every later one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/audit_entry.h"
#include "vault/base/digest.h"
#include "vault/keeper/keys.h"

enum { AUDIT_FRAME_SIZE = 512 };
enum audit_frame_kind { AUDIT_FRAME_HEAD = 1, AUDIT_FRAME_ENTRY = 2 };

struct audit_frame {
	uint8_t bytes[AUDIT_FRAME_SIZE];
};

/* Whose frames these are. */
struct audit_sealer {
	const struct keys *keys; /* borrowed */
	struct vault_id vault;
};

/* First frame of a file: number of its first entry, and from where on entries are kept. */
struct audit_head {
	uint64_t first;
	uint64_t oldest;
	struct digest previous; /* hash of the entry before the first */
};

enum err audit_seal_entry(const struct audit_sealer *sealer, const struct digest *previous,
			  const struct audit_entry *entry,
			  struct audit_frame *out_frame) MUST_CHECK;
enum err audit_seal_head(const struct audit_sealer *sealer, const struct audit_head *head,
			 struct audit_frame *out_frame) MUST_CHECK;

/* False for anything that this vault did not seal. The entry has its number. */
bool audit_open_entry(const struct audit_sealer *sealer, const struct audit_frame *frame,
		      struct digest *out_previous, struct audit_entry *out_entry);
bool audit_open_head(const struct audit_sealer *sealer, const struct audit_frame *frame,
		     struct audit_head *out_head);

void audit_frame_hash(const struct audit_frame *frame, struct digest *out_hash);
/* Only zeros: nothing was ever written there. */
bool audit_frame_is_empty(const struct audit_frame *frame);
