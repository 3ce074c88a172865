/* writer.c - see writer.h */
#include "tool/sign/writer.h"

#include <stdlib.h>

/* On the heap: the stream knows where its bytes and their size are kept, so the struct may not
 * move. */
enum err writer_new(struct writer **out_writer)
{
	AUTO(writer) writer = calloc(1, sizeof *writer);

	if (writer == NULL)
		return ERR_MEMORY;
	writer->stream = open_memstream(&writer->data, &writer->size);
	if (writer->stream == NULL)
		return ERR_MEMORY;
	*out_writer = TAKE(writer);
	return ERR_OK;
}

size_t writer_at(const struct writer *writer)
{
	off_t at = ftello(writer->stream);

	return at < 0 ? 0 : (size_t)at;
}

enum err writer_end(struct writer *writer, struct bytes *out_bytes)
{
	int failed = ferror(writer->stream);

	if (fclose(TAKE(writer->stream)) != 0 || failed != 0)
		return ERR_MEMORY;
	out_bytes->data = (uint8_t *)writer->data;
	out_bytes->size = writer->size;
	writer->data = NULL;
	return ERR_OK;
}

void writer_free(struct writer *writer)
{
	if (writer == NULL)
		return;
	if (writer->stream != NULL)
		(void)fclose(writer->stream);
	free(writer->data);
	free(writer);
}
