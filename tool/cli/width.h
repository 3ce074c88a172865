/* width.h - how many columns a text takes on a terminal: a Japanese character takes two.
 */
#pragma once

#include <stddef.h>

#include "vault/base/err.h"

/* Once after text_init: characters are handled as UTF-8 even where the locale says "C". */
void width_init(void);

/* Columns of a text that is already safe to show (utf8_escape). */
size_t width_of(const char *text);
/* A copy of at most `columns` columns; what was cut ends in "..". Owned by the caller. */
enum err width_cut(const char *text, size_t columns, char **out_text) MUST_CHECK;

/* How many bytes of a text make its first line of at most `columns` columns: broken at blanks,
 * after a slash and between Japanese characters, but not before a mark that may not begin a line.
 * More than none as long as there is text. Blanks that follow are the caller's to leave out. */
size_t width_line(const char *text, size_t columns);
