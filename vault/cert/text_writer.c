/* text_writer.c - see text_writer.h */
#include "vault/cert/text_writer.h"

#include <stdlib.h>

enum err text_writer_open(struct text_writer *out_writer)
{
	*out_writer = (struct text_writer){0};
	out_writer->stream = open_memstream(&out_writer->text, &out_writer->size);
	return out_writer->stream == NULL ? ERR_MEMORY : ERR_OK;
}

enum err text_writer_end(struct text_writer *writer, char **out_text)
{
	int failed = ferror(writer->stream);

	/* A memory stream owns nothing but its text, which fclose brings up to date. */
	failed |= fclose(TAKE(writer->stream));
	if (failed != 0 || writer->text == NULL)
		return ERR_MEMORY;
	*out_text = TAKE(writer->text);
	return ERR_OK;
}

void text_writer_clear(struct text_writer *writer)
{
	if (writer->stream != NULL)
		(void)fclose(writer->stream);
	free(writer->text);
	*writer = (struct text_writer){0};
}
