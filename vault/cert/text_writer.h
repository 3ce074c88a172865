/* text_writer.h - grows a text piece by piece; the only check is at its end.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct text_writer {
	FILE *stream; /* write here, UTF-8 and never a NUL byte */
	char *text;
	size_t size;
};

enum err text_writer_open(struct text_writer *out_writer) MUST_CHECK;
/* The text so far, owned by the caller. ERR_MEMORY when any write did not succeed. */
enum err text_writer_end(struct text_writer *writer, char **out_text) MUST_CHECK;
void text_writer_clear(struct text_writer *writer); /* accepts a zeroed struct */
OWN_DEFINE_HELD(text_writer, text_writer_clear)
