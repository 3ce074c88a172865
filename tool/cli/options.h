/* options.h - the words of the command line.
 *
 * Options stand before or after the command and its arguments; `--` ends them; a value follows
 * as the next word or after `=`. Nothing is guessed or abbreviated: a word that is not understood
 * is ERR_USAGE and quotes the word.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

enum option {
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_ID,
	OPTION_STICK,
	OPTION_TO,
	OPTION_RESET_PIN,
	OPTION_USE,
	OPTION_USER,
	OPTION_PEM,
	OPTION_DER,
	OPTION_CONFIRM,
	OPTION_YES,
	OPTION_NO_ORIGINAL,
	OPTION_PIN_FD,
	OPTION_SINCE,
	OPTION_CSV,
	OPTION_VERIFY,
	OPTION_NSS,
	OPTION_CERT,
	OPTION_OUTPUT,
	OPTION_IN_PLACE,
	OPTION_FORCE,
	OPTION_FORMAT,
	OPTION_PROFILE,
	OPTION_VISIBLE,
	OPTION_PAGE,
	OPTION_NAME,
	OPTION_REASON,
	OPTION_LOCATION,
	OPTION_CONTENT,
	OPTION_CA,
	OPTION_COUNT
};
#define OPTION_BIT(option) (UINT64_C(1) << (option))

struct option_row {
	const char *name;    /* "--id" */
	const char *value;   /* "ID"; NULL when it takes none */
	const char *meaning; /* message id, for the help page */
};
const struct option_row *option_row(enum option option);

struct command;

struct options {
	const struct command *command;    /* NULL: none was named */
	const char *values[OPTION_COUNT]; /* NULL: not given; "" when it takes no value */
	size_t argument_count;
	const char **arguments; /* what follows the command's own words; owned, texts borrowed */
};

/* The texts of `words` are borrowed for the life of the options. */
enum err options_parse(int word_count, const char *const *words,
		       struct options *out_options) MUST_CHECK;
void options_clear(struct options *options); /* accepts a zeroed struct */
OWN_DEFINE_HELD(options, options_clear)

bool options_has(const struct options *options, enum option option);
/* The argument at this place, or NULL. */
const char *options_argument(const struct options *options, size_t index);

/* Whether the words ask for a document, however wrong the rest may be: then a failure to
 * understand them is a document too. */
bool options_want_json(int word_count, const char *const *words);
