/* original_name.c - what an original is called on a stick (original.h): names that every file
 * system and every shell takes, whatever a certificate says.
 */
#include "usbimport/original.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/base/utf8.h"

enum { NAME_CHARACTERS_MAX = 100, JST_SECONDS = 9 * 60 * 60 };

static bool is_plain(uint32_t character)
{
	return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
	       (character >= '0' && character <= '9') || character == '.' || character == '_' ||
	       character == '-';
}

/* A leading dot would hide the file (or climb out: ".."), a leading hyphen looks like an option. */
static void make_plain(const char *text, char out_name[NAME_CHARACTERS_MAX + 1])
{
	size_t size = strlen(text);
	size_t count = 0;

	for (size_t at = 0, taken = 0; at < size && count < NAME_CHARACTERS_MAX; at += taken) {
		uint32_t character = utf8_next(text + at, size - at, &taken);
		bool is_fine = is_plain(character) &&
			       (count > 0 || (character != '.' && character != '-'));
		out_name[count++] = is_fine ? (char)character : '_';
	}
	out_name[count] = '\0';
}

/* The day it was in Japan, where the certificate's dialog shows it. */
static enum err day_of(int64_t moment, char out_day[static 9])
{
	time_t in_japan = (time_t)moment + JST_SECONDS;
	struct tm day;

	if (gmtime_r(&in_japan, &day) == NULL || strftime(out_day, 9, "%Y%m%d", &day) != 8)
		return err_note(ERR_CERT_PARSE, "the year of notBefore has not four digits");
	return ERR_OK;
}

enum err original_file_name(const struct certificate *certificate, char **out_name)
{
	char plain[NAME_CHARACTERS_MAX + 1];
	char day[9];
	AUTO_TEXT id = NULL;

	TRY(certificate_user_id(certificate, &id));
	if (*id == '\0') {
		free(TAKE(id));
		TRY(certificate_serial(certificate, &id));
	}
	make_plain(id, plain);
	TRY(day_of(certificate_not_before(certificate), day));
	return asprintf(out_name, "Kinko/%s-%s.p12", plain, day) < 0 ? ERR_MEMORY : ERR_OK;
}
