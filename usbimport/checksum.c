/* checksum.c - see checksum.h and the output of sha256sum(1). */
#include "usbimport/checksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/digest.h"

/* Two characters for each that has to be escaped. */
static char *escaped(const char *name)
{
	char *text = calloc(2, strlen(name) + 1);
	char *to = text;

	for (const char *from = name; text != NULL && *from != '\0'; from++) {
		if (*from != '\\' && *from != '\n' && *from != '\r') {
			*to++ = *from;
			continue;
		}
		*to++ = '\\';
		*to++ = *from == '\n' ? 'n' : *from == '\r' ? 'r' : *from;
	}
	return text;
}

enum err checksum_line(const char *name, const struct secret *bytes, struct secret **out_line)
{
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;
	AUTO_TEXT text = escaped(name);
	AUTO_TEXT line = NULL;

	if (text == NULL)
		return ERR_MEMORY;
	digest_of(secret_view(bytes), secret_size(bytes), &digest);
	hex_of(digest.bytes, DIGEST_SIZE, hex);
	const char *mark = strcmp(text, name) == 0 ? "" : "\\";
	int line_size = asprintf(&line, "%s%s  %s\n", mark, hex, text);
	return line_size < 0 ? ERR_MEMORY : secret_take(line, (size_t)line_size, out_line);
}
