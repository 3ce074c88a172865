/* text.c - see text.h */
#include "vault/base/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/program.h"
#include "vault/base/utf8.h"

#define DOMAIN "kinko"

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

/* POSIX.1-2017, 8.2: the first of these that is set and not empty decides. */
static const char *wished_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (is_set(names[i]))
			return getenv(names[i]);
	return "C";
}

/* ja_JP.UTF-8 and ja_JP.eucJP mean the language "ja"; output stays UTF-8. */
static void wish_language(const char *locale)
{
	char language[32];

	(void)snprintf(language, sizeof language, "%.*s", (int)strcspn(locale, ".@"), locale);
	(void)setenv("LANGUAGE", language, 1);
}

void text_init(void)
{
	const char *wished = wished_locale();
	AUTO_TEXT folder = NULL;

	if (setlocale(LC_ALL, "") == NULL && strcmp(wished, "C") != 0 &&
	    strcmp(wished, "POSIX") != 0) {
		(void)setlocale(LC_ALL, "C.UTF-8");
		if (!is_set("LANGUAGE"))
			wish_language(wished);
	}
	(void)setlocale(LC_NUMERIC, "C");
	if (program_locale_folder(&folder) == ERR_OK)
		(void)bindtextdomain(DOMAIN, folder);
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
	(void)textdomain(DOMAIN);
}

bool text_is_japanese(void)
{
	/* TRANSLATORS: the language code of this translation, e.g. "ja". */
	return strcmp(_("language:en"), "ja") == 0;
}

/* `id` translated, its {} replaced by the detail. */
static enum err text_filled(const char *id, const char *detail, char **out_text)
{
	const char *pattern = id[0] == '\0' ? "" : _(id);
	const char *hole = strstr(pattern, "{}");
	AUTO_TEXT safe = NULL;

	TRY(utf8_escape(detail == NULL ? "" : detail, &safe));
	if (hole == NULL) {
		*out_text = strdup(pattern);
		return *out_text == NULL ? ERR_MEMORY : ERR_OK;
	}
	return asprintf(out_text, "%.*s%s%s", (int)(hole - pattern), pattern, safe, hole + 2) < 0
		       ? ERR_MEMORY
		       : ERR_OK;
}

enum err text_of_message(enum err err, const char *detail, char **out_message)
{
	return text_filled(err_message_id(err), detail, out_message);
}

enum err text_of_advice(enum err err, const char *detail, char **out_advice)
{
	return text_filled(err_advice_id(err), detail, out_advice);
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text);
	size_t end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* A message that ends in a detail has no end mark of its own. */
enum err text_join(const char *message, const char *advice, char **out_sentence)
{
	bool is_japanese = text_is_japanese();
	bool is_ended = ends_with(message, is_japanese ? "。" : ".");
	const char *mark = is_japanese ? "。" : ". ";

	if (advice[0] == '\0')
		mark = "";
	else if (is_ended)
		mark = is_japanese ? "" : " ";
	return asprintf(out_sentence, "%s%s%s", message, mark, advice) < 0 ? ERR_MEMORY : ERR_OK;
}

enum err text_of_error(enum err err, const char *detail, char **out_sentence)
{
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	TRY(text_of_message(err, detail, &message));
	TRY(text_of_advice(err, detail, &advice));
	return text_join(message, advice, out_sentence);
}
