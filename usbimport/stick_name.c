/* stick_name.c - see stick_name.h. */
#include "usbimport/stick_name.h"

#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/digest.h"
#include "vault/base/utf8.h"

static enum err decoded(const char *encoded, char **out_text);
static void trim(char *text);
static enum err as_utf8(char **text);

enum err stick_name_make(const char *label, const char *vendor, const char *model,
			 const char *device, char **out_name)
{
	AUTO_TEXT name = NULL;
	AUTO_TEXT maker = NULL;
	AUTO_TEXT kind = NULL;

	TRY(decoded(label, &name));
	TRY(decoded(vendor, &maker));
	TRY(decoded(model, &kind));
	if (*name != '\0')
		return utf8_escape(name, out_name);
	if (*maker == '\0' && *kind == '\0')
		return utf8_escape(device, out_name);
	free(TAKE(name));
	if (asprintf(&name, "%s%s%s", maker, *maker == '\0' || *kind == '\0' ? "" : " ", kind) < 0)
		return ERR_MEMORY;
	return utf8_escape(name, out_name);
}

/* udev writes every byte that could do harm as "\xHH". NULL becomes "". */
static enum err decoded(const char *encoded, char **out_text)
{
	AUTO_TEXT text = strdup(encoded == NULL ? "" : encoded);
	char *to = text;

	if (text == NULL)
		return ERR_MEMORY;
	for (const char *from = text; *from != '\0'; to++) {
		char pair[3] = {0};
		uint8_t byte = 0;

		if (from[0] == '\\' && from[1] == 'x' && from[2] != '\0')
			memcpy(pair, from + 2, 2);
		if (hex_parse(pair, &byte, 1) && byte != 0) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	trim(text);
	TRY(as_utf8(&text));
	*out_text = TAKE(text);
	return ERR_OK;
}

/* Models and FAT labels are padded with spaces. */
static void trim(char *text)
{
	size_t start = strspn(text, " ");
	size_t size = strlen(text + start);

	memmove(text, text + start, size + 1);
	while (size > 0 && text[size - 1] == ' ')
		text[--size] = '\0';
}

/* A FAT label is in the code page of the computer that wrote it: in Japan 932. What is neither
 * UTF-8 nor that stays as it is, to be escaped. */
static enum err as_utf8(char **text)
{
	size_t left = strlen(*text);
	size_t room = 4 * left;
	AUTO_TEXT converted = calloc(1, room + 1);
	char *from = *text;
	char *to = converted;

	if (converted == NULL)
		return ERR_MEMORY;
	if (utf8_is_valid(*text, left))
		return ERR_OK;
	iconv_t way = iconv_open("UTF-8", "CP932");
	if (way == (iconv_t)-1)
		return ERR_OK; /* a system without that table */
	bool is_converted = iconv(way, &from, &left, &to, &room) != (size_t)-1 && left == 0;
	(void)iconv_close(way);
	if (is_converted) {
		free(*text);
		*text = TAKE(converted);
	}
	return ERR_OK;
}
