/* pdf_text.c - see pdf_text.h */
#include "tool/sign/pdf_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/base/utf8.h"

enum { PARTS_OF_ONE = 100000 };

static bool is_plain(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			return false;
	return true;
}

static void write_unit(FILE *out, uint32_t unit)
{
	(void)fprintf(out, "%04X", (unsigned)unit);
}

/* RFC 2781, 2.1 */
static void write_utf16(FILE *out, const char *text)
{
	size_t size = strlen(text);

	(void)fputs("<FEFF", out);
	for (size_t at = 0, taken = 0; at < size; at += taken) {
		uint32_t character = utf8_next(text + at, size - at, &taken);
		if (character < 0x10000) {
			write_unit(out, character);
		} else {
			write_unit(out, 0xD800 + ((character - 0x10000) >> 10));
			write_unit(out, 0xDC00 + ((character - 0x10000) & 0x3FF));
		}
	}
	(void)fputc('>', out);
}

void pdf_text_write(FILE *out, const char *text)
{
	if (!is_plain(text)) {
		write_utf16(out, text);
		return;
	}
	(void)fputc('(', out);
	for (const char *at = text; *at != '\0'; at++) {
		if (strchr("()\\", *at) != NULL)
			(void)fputc('\\', out);
		(void)fputc(*at, out);
	}
	(void)fputc(')', out);
}

void pdf_text_write_date(FILE *out, int64_t at)
{
	time_t there = (time_t)(at + JAPAN_SECONDS);
	char text[32] = "";
	struct tm parts;

	if (gmtime_r(&there, &parts) != NULL)
		(void)strftime(text, sizeof text, "%Y%m%d%H%M%S", &parts);
	(void)fprintf(out, "(D:%s+09'00')", text);
}

/* Two or four digits at *at, which moves on; `otherwise` when the text has ended. */
static bool digits(const char **at, unsigned count, int otherwise, int *out_value)
{
	*out_value = otherwise;
	if (**at < '0' || **at > '9')
		return **at == '\0' || strchr("+-Z", **at) != NULL;
	*out_value = 0;
	for (unsigned i = 0; i < count; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*out_value = *out_value * 10 + (**at - '0');
	}
	return true;
}

/* "+09'00'", "-05", "Z", "" */
static int zone_seconds(const char *at)
{
	int sign = *at == '-' ? -1 : 1;
	int hours = 0;
	int minutes = 0;

	if (*at != '+' && *at != '-')
		return 0;
	at++;
	if (!digits(&at, 2, 0, &hours))
		return 0;
	if (*at == '\'')
		at++;
	if (!digits(&at, 2, 0, &minutes))
		minutes = 0;
	return sign * (hours * 3600 + minutes * 60);
}

int64_t pdf_text_date(const char *text)
{
	struct tm parts = {0};
	const char *at = strncmp(text, "D:", 2) == 0 ? text + 2 : text;
	int64_t seconds;

	if (!digits(&at, 4, 0, &parts.tm_year) || !digits(&at, 2, 1, &parts.tm_mon) ||
	    !digits(&at, 2, 1, &parts.tm_mday) || !digits(&at, 2, 0, &parts.tm_hour) ||
	    !digits(&at, 2, 0, &parts.tm_min) || !digits(&at, 2, 0, &parts.tm_sec) ||
	    parts.tm_year == 0)
		return 0;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	seconds = (int64_t)timegm(&parts);
	return seconds <= 0 ? 0 : seconds - zone_seconds(at);
}

void pdf_text_write_number(FILE *out, double number)
{
	long long parts = isfinite(number) ? llround(number * PARTS_OF_ONE) : 0;
	char text[32];
	int size = snprintf(text, sizeof text, "%s%lld.%05lld", parts < 0 ? "-" : "",
			    llabs(parts) / PARTS_OF_ONE, llabs(parts) % PARTS_OF_ONE);

	while (size > 0 && text[size - 1] == '0')
		size--;
	if (size > 0 && text[size - 1] == '.')
		size--;
	(void)fwrite(text, 1, (size_t)size, out);
}
