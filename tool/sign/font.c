/* font.c - see font.h */
#include "tool/sign/font.h"

#include <stdlib.h>
#include <string.h>

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include "tool/sign/pdf_text.h"
#include "vault/base/utf8.h"

struct font {
	FT_Library library;
	FT_Face face;
};

struct texts {
	const char *const *items;
	size_t count;
};

static enum err choose(const struct texts *texts, char **out_file, int *out_index);

enum err font_open(const char *const *texts, size_t text_count, struct font **out_font)
{
	struct texts all = {.items = texts, .count = text_count};
	AUTO(font) font = calloc(1, sizeof *font);
	AUTO_TEXT file = NULL;
	int index = 0;

	if (font == NULL)
		return ERR_MEMORY;
	TRY(choose(&all, &file, &index));
	if (FT_Init_FreeType(&font->library) != 0)
		return ERR_MEMORY;
	if (FT_New_Face(font->library, file, index, &font->face) != 0 ||
	    !FT_IS_SCALABLE(font->face) || font->face->units_per_EM == 0)
		return err_note(ERR_SEAL_FONT, "%s", file);
	*out_font = TAKE(font);
	return ERR_OK;
}

void font_close(struct font *font)
{
	if (font == NULL)
		return;
	if (font->face != NULL)
		(void)FT_Done_Face(font->face);
	if (font->library != NULL)
		(void)FT_Done_FreeType(font->library);
	free(font);
}

/* --- Choosing -----------------------------------------------------------------------------------
 */

/* Fontconfig's things, dropped together. */
struct search {
	FcConfig *config;
	FcPattern *pattern;
	FcFontSet *fonts;
};

static void search_clear(struct search *search)
{
	if (search->fonts != NULL)
		FcFontSetDestroy(search->fonts);
	if (search->pattern != NULL)
		FcPatternDestroy(search->pattern);
	if (search->config != NULL)
		FcConfigDestroy(search->config);
}
OWN_DEFINE_HELD(search, search_clear)

/* Fonts as the system prefers them for Japanese. */
static enum err find_fonts(struct search *search)
{
	FcResult result = FcResultMatch;

	search->config = FcInitLoadConfigAndFonts();
	search->pattern = FcNameParse((const FcChar8 *)"sans-serif:lang=ja:scalable=true");
	if (search->config == NULL || search->pattern == NULL)
		return ERR_MEMORY;
	(void)FcConfigSubstitute(search->config, search->pattern, FcMatchPattern);
	FcDefaultSubstitute(search->pattern);
	search->fonts = FcFontSort(search->config, search->pattern, FcFalse, NULL, &result);
	return search->fonts != NULL ? ERR_OK : err_detail(ERR_SEAL_FONT, "?");
}

/* The first character of the texts that is not in the set; 0 when all are. */
static uint32_t missing_from(const FcCharSet *set, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = texts->items[i];
		size_t size = strlen(text);
		for (size_t at = 0, taken = 0; at < size; at += taken) {
			uint32_t character = utf8_next(text + at, size - at, &taken);
			if (!FcCharSetHasChar(set, character))
				return character;
		}
	}
	return 0;
}

static bool is_outline(FcPattern *font)
{
	FcBool has_outline = FcFalse;
	FcBool is_variable = FcFalse;

	(void)FcPatternGetBool(font, FC_OUTLINE, 0, &has_outline);
	(void)FcPatternGetBool(font, FC_VARIABLE, 0, &is_variable);
	return has_outline && !is_variable;
}

static enum err take_font(FcPattern *font, char **out_file, int *out_index)
{
	FcChar8 *file = NULL;

	if (FcPatternGetString(font, FC_FILE, 0, &file) != FcResultMatch)
		return ERR_SEAL_FONT;
	(void)FcPatternGetInteger(font, FC_INDEX, 0, out_index);
	*out_file = strdup((const char *)file);
	return *out_file != NULL ? ERR_OK : ERR_MEMORY;
}

static enum err choose(const struct texts *texts, char **out_file, int *out_index)
{
	AUTO_HELD(search) search = {0};
	uint32_t missing = 0;
	char character[5] = "";

	TRY(find_fonts(&search));
	for (int i = 0; i < search.fonts->nfont; i++) {
		FcPattern *font = search.fonts->fonts[i];
		FcCharSet *set = NULL;
		uint32_t lacks;

		if (!is_outline(font) ||
		    FcPatternGetCharSet(font, FC_CHARSET, 0, &set) != FcResultMatch)
			continue;
		lacks = missing_from(set, texts);
		if (lacks == 0)
			return take_font(font, out_file, out_index);
		if (missing == 0)
			missing = lacks;
	}
	(void)utf8_put(missing == 0 ? '?' : missing, character);
	return err_detail(ERR_SEAL_FONT, "%s", character);
}

/* --- Drawing ------------------------------------------------------------------------------------
 */

static bool load(const struct font *font, uint32_t character)
{
	return FT_Load_Char(font->face, character,
			    FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING) == 0 &&
	       font->face->glyph->format == FT_GLYPH_FORMAT_OUTLINE;
}

double font_width(const struct font *font, const char *text)
{
	size_t size = strlen(text);
	double units = 0;

	for (size_t at = 0, taken = 0; at < size; at += taken)
		if (load(font, utf8_next(text + at, size - at, &taken)))
			units += (double)font->face->glyph->metrics.horiAdvance;
	return units / font->face->units_per_EM;
}

/* An outline on its way, in the units of the font. */
struct pen {
	FILE *out;
	long x; /* where the glyph begins */
	FT_Vector last;
	bool is_open;
};

static void put_point(const struct pen *pen, double x, double y)
{
	pdf_text_write_number(pen->out, x + (double)pen->x);
	(void)fputc(' ', pen->out);
	pdf_text_write_number(pen->out, y);
	(void)fputc(' ', pen->out);
}

static int move_to(const FT_Vector *to, void *context)
{
	struct pen *pen = context;

	if (pen->is_open)
		(void)fputs("h\n", pen->out);
	put_point(pen, (double)to->x, (double)to->y);
	(void)fputs("m\n", pen->out);
	pen->last = *to;
	pen->is_open = true;
	return 0;
}

static int line_to(const FT_Vector *to, void *context)
{
	struct pen *pen = context;

	put_point(pen, (double)to->x, (double)to->y);
	(void)fputs("l\n", pen->out);
	pen->last = *to;
	return 0;
}

static int cubic_to(const FT_Vector *first, const FT_Vector *second, const FT_Vector *to,
		    void *context)
{
	struct pen *pen = context;

	put_point(pen, (double)first->x, (double)first->y);
	put_point(pen, (double)second->x, (double)second->y);
	put_point(pen, (double)to->x, (double)to->y);
	(void)fputs("c\n", pen->out);
	pen->last = *to;
	return 0;
}

/* A quadratic curve is the cubic one whose handles lie two thirds of the way to its own. */
static int conic_to(const FT_Vector *handle, const FT_Vector *to, void *context)
{
	struct pen *pen = context;
	double x = (double)handle->x * 2;
	double y = (double)handle->y * 2;

	put_point(pen, ((double)pen->last.x + x) / 3, ((double)pen->last.y + y) / 3);
	put_point(pen, ((double)to->x + x) / 3, ((double)to->y + y) / 3);
	put_point(pen, (double)to->x, (double)to->y);
	(void)fputs("c\n", pen->out);
	pen->last = *to;
	return 0;
}

static void draw_glyph(const struct font *font, FILE *out, long x)
{
	static const FT_Outline_Funcs steps = {
		.move_to = move_to,
		.line_to = line_to,
		.conic_to = conic_to,
		.cubic_to = cubic_to,
	};
	struct pen pen = {.out = out, .x = x};

	(void)FT_Outline_Decompose(&font->face->glyph->outline, &steps, &pen);
	if (pen.is_open)
		(void)fputs("h f\n", out);
}

void font_draw(const struct font *font, FILE *out, const char *text, double x, double y,
	       double size)
{
	const double scale = size / font->face->units_per_EM;
	const double matrix[] = {scale, 0, 0, scale, x, y};
	size_t text_size = strlen(text);
	long at_x = 0;

	(void)fputs("q ", out);
	for (size_t i = 0; i < COUNT_OF(matrix); i++) {
		pdf_text_write_number(out, matrix[i]);
		(void)fputc(' ', out);
	}
	(void)fputs("cm\n", out);
	for (size_t at = 0, taken = 0; at < text_size; at += taken) {
		if (!load(font, utf8_next(text + at, text_size - at, &taken)))
			continue;
		draw_glyph(font, out, at_x);
		at_x += font->face->glyph->metrics.horiAdvance;
	}
	(void)fputs("Q\n", out);
}
