/* hash.h - the running hash of what is signed: any size, piece by piece.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/signing.h"

struct hash;

enum err hash_new(enum sign_hash kind, struct hash **out_hash) MUST_CHECK;
enum err hash_add(struct hash *hash, const void *bytes, size_t size) MUST_CHECK;
/* Ends it: nothing may be added afterwards. */
enum err hash_end(struct hash *hash, struct bytes *out_digest) MUST_CHECK;
void hash_free(struct hash *hash);
OWN_DEFINE(hash, hash_free)
