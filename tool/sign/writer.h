/* writer.h - grows bytes piece by piece; the only check is at its end.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct writer {
	FILE *stream; /* write here */
	char *data;
	size_t size;
};

enum err writer_new(struct writer **out_writer) MUST_CHECK;
size_t writer_at(const struct writer *writer); /* how many bytes so far */
/* Hands the bytes over; ERR_MEMORY when any write did not succeed. */
enum err writer_end(struct writer *writer, struct bytes *out_bytes) MUST_CHECK;
void writer_free(struct writer *writer);
OWN_DEFINE(writer, writer_free)
