/* bytes.h - a run of public bytes that somebody owns: certificates, sealed rows, replies.
 *
 * Secrets never go here (see secret.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct bytes {
	uint8_t *data; /* NULL when size is 0 */
	size_t size;
};

enum err bytes_copy(const void *data, size_t size, struct bytes *out_bytes) MUST_CHECK;
enum err bytes_zeroed(size_t size, struct bytes *out_bytes) MUST_CHECK;
bool bytes_equal(const struct bytes *a, const struct bytes *b);
void bytes_clear(struct bytes *bytes); /* leaves empty bytes; accepts NULL */
OWN_DEFINE_HELD(bytes, bytes_clear)

/* Several runs in order: a certificate chain. */
enum { BYTES_LIST_MAX = 16 };
struct bytes_list {
	size_t count;
	struct bytes items[BYTES_LIST_MAX];
};

void bytes_list_clear(struct bytes_list *list);
OWN_DEFINE_HELD(bytes_list, bytes_list_clear)
