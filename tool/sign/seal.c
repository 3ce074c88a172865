/* seal.c - see seal.h */
#include "tool/sign/seal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool/sign/font.h"
#include "tool/sign/pdf_text.h"
#include "tool/sign/writer.h"
#include "vault/base/utf8.h"

/* The word of the round seal, in two lines. */
#define UPPER    "電子"
#define LOWER    "署名"
#define ELLIPSIS "…"

enum { DATE_SIZE = 64 };

static const char vermilion[] = "0.80 0.14 0.10 RG 0.80 0.14 0.10 rg\n";
static const char ink[] = "0.10 0.10 0.10 rg\n";

static const double seal_x = 33;
static const double seal_y = 32;
static const double seal_radius = 24;
static const double text_x = 66;
static const double text_width = SEAL_WIDTH - 66 - 8;

/* The hour in Japan, without seconds. */
static void write_date(int64_t at, char out_text[DATE_SIZE])
{
	time_t there = (time_t)(at + JAPAN_SECONDS);
	struct tm parts;

	out_text[0] = '\0';
	if (gmtime_r(&there, &parts) != NULL)
		(void)snprintf(out_text, DATE_SIZE, "%d年%d月%d日 %02d:%02d (JST)",
			       parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
			       parts.tm_min);
}

static void put(FILE *out, double number)
{
	pdf_text_write_number(out, number);
	(void)fputc(' ', out);
}

static void curve(FILE *out, double x, double y, const double by[6])
{
	for (int i = 0; i < 6; i += 2) {
		put(out, x + by[i]);
		put(out, y + by[i + 1]);
	}
	(void)fputs("c\n", out);
}

/* Four curves, each a quarter (the usual approximation, off by less than 0.03 %). */
static void circle(FILE *out, double x, double y, double r, double line)
{
	const double k = r * 0.5523;
	const double quarters[4][6] = {
		{r, k, k, r, 0, r},
		{-k, r, -r, k, -r, 0},
		{-r, -k, -k, -r, 0, -r},
		{k, -r, r, -k, r, 0},
	};

	put(out, line);
	(void)fputs("w ", out);
	put(out, x + r);
	put(out, y);
	(void)fputs("m\n", out);
	for (int i = 0; i < 4; i++)
		curve(out, x, y, quarters[i]);
	(void)fputs("h S\n", out);
}

static void frame(FILE *out, double inset, double line)
{
	put(out, line);
	(void)fputs("w ", out);
	put(out, inset);
	put(out, inset);
	put(out, SEAL_WIDTH - 2 * inset);
	put(out, SEAL_HEIGHT - 2 * inset);
	(void)fputs("re S\n", out);
}

static void centred(const struct font *font, FILE *out, const char *text, double y, double size)
{
	font_draw(font, out, text, seal_x - font_width(font, text) * size / 2, y, size);
}

/* As large as it fits, but not smaller than readable: then the end is left out. */
static enum err fitted(const struct font *font, FILE *out, const char *text, double y, double size,
		       double smallest)
{
	double fits = fmin(size, text_width / fmax(font_width(font, text), 0.01));
	AUTO_TEXT cut = NULL;

	if (fits >= smallest) {
		font_draw(font, out, text, text_x, y, fits);
		return ERR_OK;
	}
	for (size_t keep = strlen(text); keep > 0; keep = utf8_cut(text, keep - 1)) {
		free(TAKE(cut));
		if (asprintf(&cut, "%.*s" ELLIPSIS, (int)keep, text) < 0)
			return ERR_MEMORY;
		if (font_width(font, cut) * smallest <= text_width)
			break;
	}
	if (cut != NULL)
		font_draw(font, out, cut, text_x, y, smallest);
	return ERR_OK;
}

static enum err write_words(const struct font *font, FILE *out, const struct seal_text *text,
			    const char *date)
{
	bool has_reason = text->reason[0] != '\0';

	(void)fputs(ink, out);
	TRY(fitted(font, out, text->name, has_reason ? 40 : 35, 15, 6));
	TRY(fitted(font, out, date, has_reason ? 25 : 18, 8.5, 6));
	return has_reason ? fitted(font, out, text->reason, 11, 8.5, 6) : ERR_OK;
}

enum err seal_draw(const struct seal_text *text, struct bytes *out_drawing)
{
	char date[DATE_SIZE];
	AUTO(writer) writer = NULL;
	AUTO(font) font = NULL;

	write_date(text->at, date);
	const char *const texts[] = {UPPER, LOWER, ELLIPSIS, date, text->name, text->reason};
	TRY(font_open(texts, COUNT_OF(texts), &font));
	TRY(writer_new(&writer));
	(void)fprintf(writer->stream, "q\n%s", vermilion);
	frame(writer->stream, 1, 1.2);
	frame(writer->stream, 3.5, 0.4);
	circle(writer->stream, seal_x, seal_y, seal_radius, 1.6);
	centred(font, writer->stream, UPPER, seal_y + 2.5, 16);
	centred(font, writer->stream, LOWER, seal_y - 15, 16);
	TRY(write_words(font, writer->stream, text, date));
	(void)fputs("Q\n", writer->stream);
	return writer_end(writer, out_drawing);
}
