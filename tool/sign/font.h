/* font.h - outlines of characters, from a font of this computer, as drawing operators of a PDF.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct font;

/* The first font for Japanese that has every character of all texts. ERR_SEAL_FONT names a
 * character that keeps it from being found. */
enum err font_open(const char *const *texts, size_t text_count, struct font **out_font) MUST_CHECK;
void font_close(struct font *font);
OWN_DEFINE(font, font_close)

/* Of the text in a size of 1. */
double font_width(const struct font *font, const char *text);
/* The text with its base line beginning at this point, filled with the current colour. */
void font_draw(const struct font *font, FILE *out, const char *text, double x, double y,
	       double size);
