/* rows.h - what is inside the sealed rows of a certificate and of an owner.
 *
 * One codec for both directions each. A key row is the PKCS#8 bytes as they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/cert/entry.h"
#include "vault/keeper/keeper.h"

enum { SALT_SIZE = 16, COMMITMENT_SIZE = 32, PROOFS_MAX = 16 };

/* One proven copy of the original. */
struct proof {
	struct digest file;
	int64_t verified_at;
	char *where;
};

struct meta {
	uint32_t uid;
	uint64_t number;
	char *label;
	struct summary summary;
	int64_t confirmed_at;
	uint8_t proof_count;
	struct proof proofs[PROOFS_MAX]; /* the newest last */
	struct bytes certificate;
	struct bytes_list chain;
};

struct pin_row {
	uint8_t salt[SALT_SIZE];
	struct keeper_cost cost;
	uint8_t commitment[COMMITMENT_SIZE];
	uint8_t tries_left;
	bool follows_rule;
};

struct owner_row {
	uint32_t uid;
	uint64_t next_number;
	bool has_active;
	struct record_id active; /* zero when there is none */
};

void meta_clear(struct meta *meta);
OWN_DEFINE_HELD(meta, meta_clear)

enum err meta_encode(const struct meta *meta, struct bytes *out_plain) MUST_CHECK;
enum err meta_decode(const struct bytes *plain, struct meta *out_meta) MUST_CHECK;
enum err pin_row_encode(const struct pin_row *row, struct bytes *out_plain) MUST_CHECK;
enum err pin_row_decode(const struct bytes *plain, struct pin_row *out_row) MUST_CHECK;
enum err owner_row_encode(const struct owner_row *row, struct bytes *out_plain) MUST_CHECK;
enum err owner_row_decode(const struct bytes *plain, struct owner_row *out_row) MUST_CHECK;

/* Remembers a proven copy; the same file at the same place is one proof. */
enum err meta_add_proof(struct meta *meta, const struct digest *file, int64_t at,
			const char *where) MUST_CHECK;
