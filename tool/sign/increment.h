/* increment.h - what is added to the end of a PDF (ISO 32000-1, 7.5.6): new and replaced objects,
 * and a cross-reference section of the kind that the file has.
 *
 * Not one byte that is there is touched: so every earlier signature stays valid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/sign/pdf.h"
#include "tool/sign/writer.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

enum { INCREMENT_OBJECTS_MAX = 16 };

struct placed {
	int id;
	int generation;
	size_t offset; /* in the whole file */
};

struct increment {
	const struct pdf *pdf;
	struct writer *writer;
	size_t previous; /* where the file's last cross-reference section is */
	bool is_stream;  /* that section is a cross-reference stream (7.5.8) */
	size_t count;
	struct placed placed[INCREMENT_OBJECTS_MAX];
};

/* Finds the last cross-reference section. ERR_PDF_BROKEN. */
enum err increment_open(const struct pdf *pdf, struct increment *out_increment) MUST_CHECK;
/* A new object, empty so far, of a number that the file does not use. */
enum err increment_new_object(const struct increment *increment, qpdf_oh *out_object) MUST_CHECK;

/* Where the next byte will stand in the whole file. */
size_t increment_at(const struct increment *increment);
/* Between these two the object's own text goes to writer->stream. */
enum err increment_begin_object(struct increment *increment, qpdf_oh object) MUST_CHECK;
void increment_end_object(struct increment *increment);
/* An object as qpdf holds it, with what was changed in it. */
enum err increment_put_object(struct increment *increment, qpdf_oh object) MUST_CHECK;

/* Cross-references and trailer; the increment is complete. */
enum err increment_end(struct increment *increment, struct bytes *out_bytes) MUST_CHECK;
void increment_clear(struct increment *increment);
OWN_DEFINE_HELD(increment, increment_clear)
