/* terminal.c - see terminal.h */
#include "tool/cli/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tool/cli/terminal_line.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

enum { LINE_SIZE = 1024 };

static const uint32_t wide_blank = 0x3000;  /* IDEOGRAPHIC SPACE */
static const uint32_t wide_first = 0xFF01;  /* FULLWIDTH EXCLAMATION MARK: "!" + 0xFEE0 */
static const uint32_t wide_last = 0xFF5E;   /* FULLWIDTH TILDE */
static const uint32_t wide_offset = 0xFEE0; /* Unicode, Halfwidth and Fullwidth Forms */

enum err terminal_ask_secret(struct terminal *terminal, const char *prompt,
			     struct secret **out_secret)
{
	AUTO(secret) line = NULL;
	AUTO(secret) exact = NULL;
	enum err err;
	size_t size = 0;

	TRY(secret_new(LINE_SIZE, &line));
	err = terminal_read_hidden_line(terminal, prompt, secret_bytes(line), LINE_SIZE, &size);
	if (err == ERR_CANCELLED)
		terminal_say(terminal, "\n");
	TRY(err);
	TRY(secret_new(size, &exact));
	memcpy(secret_bytes(exact), secret_view(line), size);
	*out_secret = TAKE(exact);
	return ERR_OK;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

enum err terminal_ask_line(struct terminal *terminal, const char *prompt, char **out_line)
{
	char line[LINE_SIZE];
	size_t size = 0;
	size_t first = 0;
	enum err err;

	terminal_say(terminal, "%s", prompt);
	err = terminal_read_line(terminal, line, sizeof line, &size);
	if (err == ERR_CANCELLED)
		terminal_say(terminal, "\n");
	TRY(err == ERR_PIN_TEXT ? err_detail(ERR_USAGE, "...") : err);
	while (size > first && is_blank(line[size - 1]))
		size--;
	while (first < size && is_blank(line[first]))
		first++;
	*out_line = strndup(line + first, size - first);
	return *out_line == NULL ? ERR_MEMORY : ERR_OK;
}

void terminal_make_half_width(char *text)
{
	size_t size = strlen(text);
	size_t end = 0;

	for (size_t at = 0, taken; at < size; at += taken) {
		uint32_t c = utf8_next(text + at, size - at, &taken);
		if (c >= wide_first && c <= wide_last)
			text[end++] = (char)(c - wide_offset);
		else if (c == wide_blank)
			text[end++] = ' ';
		else
			for (size_t i = 0; i < taken; i++)
				text[end++] = text[at + i];
	}
	text[end] = '\0';
}

static bool is_one_of(const char *answer, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(answer, words[i]) == 0)
			return true;
	return false;
}

static bool means_yes(const char *answer)
{
	static const char *const words[] = {"y", "yes", "はい"};

	return is_one_of(answer, words, COUNT_OF(words));
}

static bool means_no(const char *answer)
{
	static const char *const words[] = {"n", "no", "いいえ"};

	return is_one_of(answer, words, COUNT_OF(words));
}

enum err terminal_ask_yes(struct terminal *terminal, const char *question, bool *out_yes)
{
	AUTO_TEXT answer = NULL;

	TRY(terminal_ask_line(terminal, question, &answer));
	terminal_make_half_width(answer);
	*out_yes = means_yes(answer);
	return ERR_OK;
}

enum err terminal_ask_yes_or_no(struct terminal *terminal, const char *question, bool *out_yes)
{
	for (;;) {
		AUTO_TEXT answer = NULL;

		TRY(terminal_ask_line(terminal, question, &answer));
		terminal_make_half_width(answer);
		*out_yes = means_yes(answer);
		if (*out_yes || means_no(answer))
			return ERR_OK;
	}
}

enum err terminal_choose(struct terminal *terminal, const char *title, char *const *items,
			 size_t count, size_t *out_index)
{
	terminal_say(terminal, "%s\n", title);
	for (size_t i = 0; i < count; i++)
		terminal_say(terminal, "  %zu. %s\n", i + 1, items[i]);
	for (;;) {
		AUTO_TEXT answer = NULL;
		char *end = NULL;
		unsigned long number;

		TRY(terminal_ask_line(terminal, _("Number (Enter alone: cancel): "), &answer));
		if (answer[0] == '\0')
			return ERR_CANCELLED;
		terminal_make_half_width(answer);
		number = strtoul(answer, &end, 10);
		if (*end == '\0' && number >= 1 && number <= count) {
			*out_index = number - 1;
			return ERR_OK;
		}
	}
}
