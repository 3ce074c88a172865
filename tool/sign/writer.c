/* writer.c - see writer.h */
#include "tool/sign/writer.h"

#include <stdlib.h>

enum err writer_open(struct writer *out_writer)
{
	*out_writer = (struct writer){0};
	out_writer->stream = open_memstream(&out_writer->data, &out_writer->size);
	return out_writer->stream != NULL ? ERR_OK : ERR_MEMORY;
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
	*out_bytes = (struct bytes){.data = (uint8_t *)TAKE(writer->data), .size = writer->size};
	return ERR_OK;
}

void writer_clear(struct writer *writer)
{
	if (writer->stream != NULL)
		(void)fclose(writer->stream);
	free(writer->data);
	*writer = (struct writer){0};
}
