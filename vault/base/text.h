/* text.h - the language people read.
 *
 * English message ids, gettext, po/ja.po. Works also where the wished locale was never
 * generated: then characters are handled as C.UTF-8 and the language is taken from LC_ALL,
 * LC_MESSAGES or LANG, in this order.
 */
#pragma once

#include <libintl.h>
#include <stdbool.h>

#include "vault/base/err.h"

#define _(text) gettext(text)

/* Once at the start of a program, before any thread. */
void text_init(void);

/* Whether people read Japanese in this process. */
bool text_is_japanese(void);

/* The whole failure for people, translated: "what happened. what to do.", with `{}` replaced
 * by the escaped detail. Owned by the caller. Never NULL-terminated halfway: on no memory it
 * is ERR_MEMORY. */
enum err text_of_error(enum err err, const char *detail, char **out_sentence) MUST_CHECK;
/* The same of its two parts: the message gets the end mark that it has not. */
enum err text_join(const char *message, const char *advice, char **out_sentence) MUST_CHECK;
/* The two parts of it apart. */
enum err text_of_message(enum err err, const char *detail, char **out_message) MUST_CHECK;
enum err text_of_advice(enum err err, const char *detail, char **out_advice) MUST_CHECK;
