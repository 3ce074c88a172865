/* seal.h - one sealed row (docs/store.md).
 *
 *   magic "KNKO" | format u8 | record id 16 | version u64 | nonce 24 | ciphertext | tag 16
 *
 * What stands before the nonce is in clear and is associated data, after the vault id and the
 * kind, which are never stored beside the row: a row moved to another vault, kind, record or
 * version does not open. The plaintext is padded. There is one algorithm and one tag length.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/keeper/keys.h"
#include "vault/store/store.h"

enum { TAG_SIZE = 16 };

/* What tells one version of one row from every other: the vault knows it of each row. */
struct mark {
	uint64_t version;
	uint8_t tag[TAG_SIZE];
};

/* Where a row belongs. */
struct seat {
	const struct vault_id *vault;
	struct row_id row;
	uint64_t version;
};

/* Key of a row that no PIN guards. The caller wipes it. */
void seal_key(const struct keys *keys, const struct seat *seat, uint8_t out_key[KEY_SIZE]);
/* Record id of an owner's row. */
void seal_owner_id(const struct keys *keys, uint32_t uid, struct record_id *out_id);

enum err seal_close(const struct seat *seat, const uint8_t key[KEY_SIZE], const void *plain,
		    size_t size, struct bytes *out_sealed) MUST_CHECK;
/* ERR_VAULT_DAMAGED for anything that is not exactly what seal_close made for this seat. */
enum err seal_open(const struct seat *seat, const uint8_t key[KEY_SIZE], const struct bytes *sealed,
		   struct bytes *out_plain) MUST_CHECK;
enum err seal_open_secret(const struct seat *seat, const uint8_t key[KEY_SIZE],
			  const struct bytes *sealed, struct secret **out_plain) MUST_CHECK;

/* Version and tag as the row itself says; nothing is proven by that. ERR_VAULT_DAMAGED when it
 * is no row of this record. */
enum err seal_mark(const struct row_id *row, const struct bytes *sealed,
		   struct mark *out_mark) MUST_CHECK;
bool mark_equal(const struct mark *a, const struct mark *b);
