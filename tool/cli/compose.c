/* compose.c - see compose.h */
#include "tool/cli/compose.h"

#include <stdarg.h>
#include <stdio.h>

enum err compose(char **out_text, const char *format, ...)
{
	va_list list;
	char *text = NULL;
	int size;

	va_start(list, format);
	size = vasprintf(&text, format, list);
	va_end(list);
	if (size < 0)
		return ERR_MEMORY;
	*out_text = text;
	return ERR_OK;
}
