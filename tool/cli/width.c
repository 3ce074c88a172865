/* width.c - see width.h */
#include "tool/cli/width.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "vault/base/utf8.h"

static const char cut_mark[] = "..";
enum { CUT_MARK_WIDTH = sizeof cut_mark - 1 };

void width_init(void)
{
	/* wcwidth(3) knows the widths of Japanese only in a UTF-8 locale. */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Characters that wcwidth does not know count as one column. */
static size_t character_width(uint32_t character)
{
	int width = wcwidth((wchar_t)character);

	return width < 0 ? 1 : (size_t)width;
}

/* Bytes of the longest beginning that takes at most `columns`. */
static size_t fitting_size(const char *text, size_t columns)
{
	size_t size = strlen(text);
	size_t at = 0;
	size_t taken = 0;

	for (size_t width = 0; at < size; at += taken) {
		width += character_width(utf8_next(text + at, size - at, &taken));
		if (width > columns)
			break;
	}
	return at;
}

size_t width_of(const char *text)
{
	size_t size = strlen(text);
	size_t width = 0;

	for (size_t at = 0, taken; at < size; at += taken)
		width += character_width(utf8_next(text + at, size - at, &taken));
	return width;
}

enum err width_cut(const char *text, size_t columns, char **out_text)
{
	size_t size = strlen(text);
	char *copy;

	if (width_of(text) <= columns || columns < CUT_MARK_WIDTH) {
		*out_text = strdup(text);
		return *out_text == NULL ? ERR_MEMORY : ERR_OK;
	}
	size = fitting_size(text, columns - CUT_MARK_WIDTH);
	copy = malloc(size + sizeof cut_mark);
	if (copy == NULL)
		return ERR_MEMORY;
	memcpy(copy, text, size);
	memcpy(copy + size, cut_mark, sizeof cut_mark);
	*out_text = copy;
	return ERR_OK;
}

/* JIS X 4051: marks that stand at no beginning of a line, and those that stand at no end. */
static const char not_first[] = "、。，．・：；？！ー）」』】〉》,.:;?!)]}%";
static const char not_last[] = "（「『【〈《([{";

static bool is_among(const char *marks, const char *text, size_t size)
{
	AUTO_TEXT character = strndup(text, size);

	return character != NULL && strstr(marks, character) != NULL;
}

/* Between these two neighbours, both given by their place and size in the text. */
static bool may_break(const char *left, size_t left_size, const char *right, size_t right_size)
{
	size_t taken = 0;
	bool is_wide = character_width(utf8_next(left, left_size, &taken)) > 1 ||
		       character_width(utf8_next(right, right_size, &taken)) > 1;

	if (*left == ' ' || *right == ' ' || *left == '/')
		return true;
	return is_wide && !is_among(not_first, right, right_size) &&
	       !is_among(not_last, left, left_size);
}

size_t width_line(const char *text, size_t columns)
{
	size_t size = strlen(text);
	size_t fitting = fitting_size(text, columns);
	size_t good = 0;
	size_t before = 0;

	if (fitting == size)
		return size;
	for (size_t at = 0, taken = 0; at <= fitting && at < size; before = taken, at += taken) {
		(void)utf8_next(text + at, size - at, &taken);
		if (at > 0 && may_break(text + at - before, before, text + at, taken))
			good = at;
	}
	if (good > 0)
		return good;
	(void)utf8_next(text, size, &before);
	return fitting > 0 ? fitting : before; /* one long word, or a very narrow screen */
}
