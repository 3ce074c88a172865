/* increment.c - see increment.h */
#include "tool/sign/increment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/digest.h"

enum {
	TAIL_SIZE = 1054,       /* where qpdf, and every reader, looks for the last startxref */
	OFFSET_SIZE = 4,        /* of an entry in a cross-reference stream: PDF_SIZE_MAX fits */
	ID_SIZE = 16,           /* of the second part of a file's /ID */
	GENERATION_MAX = 65535, /* 7.5.4 */
	OBJECT_ID_MAX = 8388607 /* annex C */
};

static bool is_white(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == '\0';
}

/* "startxref 1234": the last one counts. */
static enum err find_previous(const struct pdf *pdf, size_t *out_offset)
{
	static const char word[] = "startxref";
	size_t word_size = sizeof word - 1;
	size_t first = pdf->size > TAIL_SIZE ? pdf->size - TAIL_SIZE : 0;
	size_t at = pdf->size - word_size;
	size_t offset = 0;
	bool is_number = false;

	for (; memcmp(pdf->bytes + at, word, word_size) != 0; at--)
		if (at == first)
			return pdf_broken(pdf, "no startxref");
	for (at += word_size; at < pdf->size && is_white(pdf->bytes[at]); at++)
		;
	for (; at < pdf->size && pdf->bytes[at] >= '0' && pdf->bytes[at] <= '9'; at++) {
		offset = offset * 10 + (size_t)(pdf->bytes[at] - '0');
		is_number = true;
		if (offset >= pdf->size)
			return pdf_broken(pdf, "startxref beyond the end");
	}
	*out_offset = offset;
	return is_number ? ERR_OK : pdf_broken(pdf, "startxref without a number");
}

static enum err find_kind(const struct pdf *pdf, size_t offset, bool *out_is_stream)
{
	while (offset < pdf->size && is_white(pdf->bytes[offset]))
		offset++;
	if (pdf->size - offset >= 4 && memcmp(pdf->bytes + offset, "xref", 4) == 0)
		*out_is_stream = false;
	else if (offset < pdf->size && pdf->bytes[offset] >= '0' && pdf->bytes[offset] <= '9')
		*out_is_stream = true;
	else
		return pdf_broken(pdf, "no cross-references where startxref says");
	return ERR_OK;
}

enum err increment_open(const struct pdf *pdf, struct increment *out_increment)
{
	AUTO_HELD(increment) increment = {.pdf = pdf};

	TRY(find_previous(pdf, &increment.previous));
	TRY(find_kind(pdf, increment.previous, &increment.is_stream));
	TRY(writer_new(&increment.writer));
	if (pdf->bytes[pdf->size - 1] != '\n')
		(void)fputc('\n', increment.writer->stream);
	*out_increment = increment;
	increment = (struct increment){0};
	return ERR_OK;
}

enum err increment_new_object(const struct increment *increment, qpdf_oh *out_object)
{
	qpdf_data qpdf = increment->pdf->qpdf;
	qpdf_oh object = qpdf_make_indirect_object(qpdf, qpdf_oh_new_dictionary(qpdf));

	if (qpdf_has_error(qpdf) || !qpdf_oh_is_indirect(qpdf, object))
		return pdf_broken(increment->pdf, "objects");
	*out_object = object;
	return ERR_OK;
}

size_t increment_at(const struct increment *increment)
{
	return increment->pdf->size + writer_at(increment->writer);
}

enum err increment_begin_object(struct increment *increment, qpdf_oh object)
{
	qpdf_data qpdf = increment->pdf->qpdf;
	struct placed placed = {
		.id = qpdf_oh_get_object_id(qpdf, object),
		.generation = qpdf_oh_get_generation(qpdf, object),
		.offset = increment_at(increment),
	};

	if (placed.id <= 0 || placed.id > OBJECT_ID_MAX || placed.generation < 0 ||
	    placed.generation > GENERATION_MAX)
		return pdf_broken(increment->pdf, "number of an object");
	if (increment->count == INCREMENT_OBJECTS_MAX)
		return err_note(ERR_INTERNAL, "increment: too many objects");
	increment->placed[increment->count++] = placed;
	(void)fprintf(increment->writer->stream, "%d %d obj\n", placed.id, placed.generation);
	return ERR_OK;
}

void increment_end_object(struct increment *increment)
{
	(void)fputs("\nendobj\n", increment->writer->stream);
}

enum err increment_put_object(struct increment *increment, qpdf_oh object)
{
	qpdf_data qpdf = increment->pdf->qpdf;
	const char *text;

	TRY(increment_begin_object(increment, object));
	text = qpdf_oh_unparse_resolved(qpdf, object);
	if (qpdf_has_error(qpdf) || text == NULL || text[0] == '\0')
		return pdf_broken(increment->pdf, "object");
	(void)fputs(text, increment->writer->stream);
	increment_end_object(increment);
	return ERR_OK;
}

/* --- Cross-references ---------------------------------------------------------------------------
 */

static int by_id(const void *a, const void *b)
{
	const struct placed *first = a;
	const struct placed *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* How many objects from `first` on have numbers in a row. */
static size_t row_size(const struct increment *increment, size_t first)
{
	size_t size = 1;

	while (first + size < increment->count &&
	       increment->placed[first + size].id == increment->placed[first].id + (int)size)
		size++;
	return size;
}

/* One more than the largest number of an object, which the trailer has to say. */
static int size_of_all(const struct increment *increment)
{
	const struct pdf *pdf = increment->pdf;
	int largest = increment->placed[increment->count - 1].id;
	int before = 0;

	(void)qpdf_oh_get_value_as_int(pdf->qpdf,
				       pdf_key(pdf, qpdf_get_trailer(pdf->qpdf), "/Size"), &before);
	return before > largest ? before : largest + 1;
}

static void write_id_part(FILE *out, const void *bytes, size_t size)
{
	(void)fputc('<', out);
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "%02X", ((const uint8_t *)bytes)[i]);
	(void)fputc('>', out);
}

/* The first part stays, the second is another for every change (14.4). */
static void write_id(const struct increment *increment, qpdf_oh id)
{
	qpdf_data qpdf = increment->pdf->qpdf;
	FILE *out = increment->writer->stream;
	uint8_t fresh[ID_SIZE];
	const char *first = NULL;
	size_t size = 0;

	if (!qpdf_oh_is_array(qpdf, id) || qpdf_oh_get_array_n_items(qpdf, id) == 0 ||
	    !qpdf_oh_is_string(qpdf, qpdf_oh_get_array_item(qpdf, id, 0)))
		return;
	first = qpdf_oh_get_binary_string_value(qpdf, qpdf_oh_get_array_item(qpdf, id, 0), &size);
	random_fill(fresh, sizeof fresh);
	(void)fputs("\n/ID [", out);
	write_id_part(out, first, size);
	write_id_part(out, fresh, sizeof fresh);
	(void)fputc(']', out);
}

static void write_trailer_keys(const struct increment *increment)
{
	const struct pdf *pdf = increment->pdf;
	FILE *out = increment->writer->stream;
	qpdf_oh trailer = qpdf_get_trailer(pdf->qpdf);
	qpdf_oh info = pdf_key(pdf, trailer, "/Info");

	(void)fprintf(out, "/Size %d\n/Prev %zu\n/Root %s", size_of_all(increment),
		      increment->previous, qpdf_oh_unparse(pdf->qpdf, qpdf_get_root(pdf->qpdf)));
	if (pdf_is_reference(pdf, info))
		(void)fprintf(out, "\n/Info %s", qpdf_oh_unparse(pdf->qpdf, info));
	write_id(increment, pdf_key(pdf, trailer, "/ID"));
}

static void write_table(const struct increment *increment)
{
	FILE *out = increment->writer->stream;

	(void)fputs("xref\n", out);
	for (size_t first = 0; first < increment->count; first += row_size(increment, first)) {
		size_t size = row_size(increment, first);
		(void)fprintf(out, "%d %zu\n", increment->placed[first].id, size);
		for (size_t i = first; i < first + size; i++)
			(void)fprintf(out, "%010zu %05d n\r\n", increment->placed[i].offset,
				      increment->placed[i].generation);
	}
	(void)fputs("trailer\n<<\n", out);
	write_trailer_keys(increment);
	(void)fputs("\n>>\n", out);
}

/* Type 1, offset, generation; big-endian (table 18). */
static void write_entry(FILE *out, const struct placed *placed)
{
	(void)fputc(1, out);
	for (int shift = 8 * (OFFSET_SIZE - 1); shift >= 0; shift -= 8)
		(void)fputc((int)(placed->offset >> shift & 0xFF), out);
	(void)fputc(placed->generation >> 8 & 0xFF, out);
	(void)fputc(placed->generation & 0xFF, out);
}

static void write_stream(const struct increment *increment)
{
	FILE *out = increment->writer->stream;

	(void)fprintf(out, "<<\n/Type /XRef\n/W [1 %d 2]\n/Index [", OFFSET_SIZE);
	for (size_t first = 0; first < increment->count; first += row_size(increment, first))
		(void)fprintf(out, "%s%d %zu", first == 0 ? "" : " ", increment->placed[first].id,
			      row_size(increment, first));
	(void)fprintf(out, "]\n/Length %zu\n", increment->count * (1 + OFFSET_SIZE + 2));
	write_trailer_keys(increment);
	(void)fputs("\n>>\nstream\n", out);
	for (size_t i = 0; i < increment->count; i++)
		write_entry(out, &increment->placed[i]);
	(void)fputs("\nendstream", out);
}

/* A cross-reference stream is an object, too, and lists itself. */
static enum err write_references(struct increment *increment)
{
	qpdf_oh self = 0;

	if (increment->is_stream) {
		TRY(increment_new_object(increment, &self));
		TRY(increment_begin_object(increment, self));
	}
	qsort(increment->placed, increment->count, sizeof increment->placed[0], by_id);
	if (!increment->is_stream) {
		write_table(increment);
		return ERR_OK;
	}
	write_stream(increment);
	increment_end_object(increment);
	return ERR_OK;
}

enum err increment_end(struct increment *increment, struct bytes *out_bytes)
{
	size_t at = increment_at(increment);

	TRY(write_references(increment));
	(void)fprintf(increment->writer->stream, "startxref\n%zu\n%%%%EOF\n", at);
	return writer_end(increment->writer, out_bytes);
}

void increment_clear(struct increment *increment)
{
	writer_free(increment->writer);
	*increment = (struct increment){0};
}
