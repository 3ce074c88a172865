/* secret.h - the only place where a PIN, a key or the bytes of an original may live.
 *
 * The bytes lie in guarded, locked pages that no core dump holds, and are wiped when
 * freed. There is no resize, no print and no copy into plain memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct secret;

/* Must be called once per process before the first secret: makes libsodium ready. */
enum err secret_init(void) MUST_CHECK;

/* Zero bytes of `size`; size 0 is allowed. ERR_MEMORY when no page can be had. */
enum err secret_new(size_t size, struct secret **out_secret) MUST_CHECK;

/* Moves plain bytes over: the source is wiped before this returns, also on failure. */
enum err secret_take(void *bytes, size_t size, struct secret **out_secret) MUST_CHECK;

/* A second secret with the same bytes. */
enum err secret_clone(const struct secret *secret, struct secret **out_secret) MUST_CHECK;

/* A process that is forked from now on finds zeros there, and may not free it. */
void secret_stays_here(const struct secret *secret);

uint8_t *secret_bytes(struct secret *secret);
const uint8_t *secret_view(const struct secret *secret);
size_t secret_size(const struct secret *secret);

/* Constant time for equal sizes; different sizes are unequal. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* How many secrets so far could not be locked into memory: `status` reports it. */
unsigned secret_unlocked_count(void);

void secret_free(struct secret *secret); /* wipes; accepts NULL */
OWN_DEFINE(secret, secret_free)

/* For the few moments a secret must stand on the stack (a hash state, a derived half). */
void secret_wipe(void *bytes, size_t size);
