/* err.c - see err.h */
#include "vault/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vault/base/utf8.h"

enum { TEXT_SIZE = 512 };

static _Thread_local char detail_text[TEXT_SIZE];
static _Thread_local char note_text[TEXT_SIZE];

struct row {
	enum err err;
	int exit_code;
	const char *word;
	const char *message;
	const char *advice;
};

static const struct row table[] = {
#define X(name, wire, exit_code, word, message, advice) {name, exit_code, word, message, advice},
	ERR_TABLE(X)
#undef X
};

static const struct row *row_of(enum err err)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].err == err)
			return &table[i];
	return &table[1]; /* ERR_INTERNAL */
}

enum err err_from_wire(uint32_t number)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if ((uint32_t)table[i].err == number)
			return table[i].err;
	return ERR_WIRE;
}

const char *err_word(enum err err)
{
	return row_of(err)->word;
}

int err_exit_code(enum err err)
{
	return row_of(err)->exit_code;
}

const char *err_message_id(enum err err)
{
	return row_of(err)->message;
}

const char *err_advice_id(enum err err)
{
	return row_of(err)->advice;
}

/* The arguments may be the text itself ("FILE: old detail"), so it is written aside first; one
 * that is too long ends at a whole character, because a detail crosses the wire as UTF-8. */
static void fill(char text[TEXT_SIZE], const char *format, va_list list)
{
	char fresh[TEXT_SIZE + 4];
	size_t size;

	(void)vsnprintf(fresh, sizeof fresh, format, list);
	size = utf8_cut(fresh, TEXT_SIZE - 1);
	memcpy(text, fresh, size);
	text[size] = '\0';
}

enum err(err_detail)(enum err err, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fill(detail_text, format, list);
	va_end(list);
	return err;
}

enum err(err_note)(enum err err, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fill(note_text, format, list);
	va_end(list);
	return err;
}

const char *err_detail_text(void)
{
	return detail_text;
}

const char *err_note_text(void)
{
	return note_text;
}

void err_forget(void)
{
	detail_text[0] = '\0';
	note_text[0] = '\0';
}
