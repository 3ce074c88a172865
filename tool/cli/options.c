/* options.c - see options.h */
#include "tool/cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "tool/cli/command.h"

static const struct option_row rows[OPTION_COUNT] = {
	[OPTION_JSON] = {"--json", NULL, N_("prints one JSON document instead of text")},
	[OPTION_HELP] = {"--help", NULL, N_("prints this page")},
	[OPTION_VERSION] = {"--version", NULL, N_("prints the version")},
	[OPTION_ID] = {"--id", "ID", N_("the ID number of the letter")},
	[OPTION_STICK] = {"--stick", "NAME|DIR", N_("the USB stick for the original")},
	[OPTION_TO] = {"--to", "DIR", N_("the folder for the original")},
	[OPTION_RESET_PIN] = {"--reset-pin", NULL,
			      N_("if it is there already: back to the PIN of the original")},
	[OPTION_USE] = {"--use", NULL, N_("makes it the active certificate")},
	[OPTION_USER] = {"--user", "NAME", N_("of another user (administrators only)")},
	[OPTION_PEM] = {"--pem", NULL, N_("prints the certificate itself as PEM text")},
	[OPTION_DER] = {"--der", NULL, N_("prints the certificate itself as DER bytes")},
	[OPTION_CONFIRM] = {"--confirm", NULL, N_("asks again whether it agrees with the letter")},
	[OPTION_YES] = {"--yes", NULL, N_("asks no question")},
	[OPTION_NO_ORIGINAL] = {"--no-original", NULL,
				N_("with --yes: also when no original is known to exist")},
	[OPTION_PIN_FD] = {"--pin-fd", "N",
			   N_("reads PINs from this descriptor, one a line, and asks nothing")},
	[OPTION_SINCE] = {"--since", "WHEN", N_("only what was done since then: 2026-11-24")},
	[OPTION_CSV] = {"--csv", NULL, N_("prints lines for a spreadsheet")},
	[OPTION_VERIFY] = {"--verify", NULL, N_("proves that nothing was changed or removed")},
	[OPTION_NSS] = {"--nss", "DIR", N_("only the NSS database in this folder")},
	[OPTION_CERT] = {"--cert", "CERT", N_("the certificate to sign with; else the active one")},
	[OPTION_OUTPUT] = {"--output", "FILE|-",
			   N_("the signed file, - for standard output (also -o)")},
	[OPTION_IN_PLACE] = {"--in-place", NULL, N_("puts the signature into the file itself")},
	[OPTION_FORCE] = {"--force", NULL, N_("overwrites the result of an earlier run")},
	[OPTION_FORMAT] = {"--format", "pdf|cms",
			   N_("cms: a signature beside the file (FILE.p7s), for any kind of file")},
	[OPTION_PROFILE] = {"--profile", "pades-b-b", N_("signs a PDF as PAdES baseline B-B")},
	[OPTION_VISIBLE] = {"--visible", NULL, N_("shows a seal on the last page")},
	[OPTION_PAGE] = {"--page", "N", N_("with --visible: on this page")},
	[OPTION_NAME] = {"--name", "NAME", N_("the name in the signature; else the holder's")},
	[OPTION_REASON] = {"--reason", "TEXT", N_("why it is signed")},
	[OPTION_LOCATION] = {"--location", "TEXT", N_("where it is signed")},
	[OPTION_CONTENT] = {"--content", "FILE", N_("what a .p7s signs; else the file beside it")},
	[OPTION_CA] = {"--ca", "FILE", N_("certificates of issuers to trust, as PEM text")},
};

const struct option_row *option_row(enum option option)
{
	return &rows[option];
}

static enum err not_understood(const char *word)
{
	return err_detail(ERR_USAGE, "%s", word);
}

/* "-h", "-V" and "-o" are habits of forty years; no other short form exists. */
static const char *long_form(const char *word)
{
	if (strcmp(word, "-h") == 0)
		return rows[OPTION_HELP].name;
	if (strcmp(word, "-V") == 0)
		return rows[OPTION_VERSION].name;
	if (strcmp(word, "-o") == 0)
		return rows[OPTION_OUTPUT].name;
	return word;
}

/* The option that `word` names, with or without "=value"; OPTION_COUNT when none does. */
static enum option option_of(const char *word, const char **out_value)
{
	size_t size = strcspn(word, "=");

	*out_value = word[size] == '=' ? word + size + 1 : NULL;
	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (strlen(rows[i].name) == size && strncmp(rows[i].name, word, size) == 0)
			return (enum option)i;
	return OPTION_COUNT;
}

/* Takes the option at words[*at] and, where it has one, its value. */
static enum err take_option(int word_count, const char *const *words, int *at,
			    struct options *options)
{
	const char *word = long_form(words[*at]);
	const char *value = NULL;
	enum option option = option_of(word, &value);

	if (option == OPTION_COUNT)
		return not_understood(words[*at]);
	if (rows[option].value == NULL) {
		if (value != NULL)
			return not_understood(words[*at]);
		options->values[option] = "";
		return ERR_OK;
	}
	if (value == NULL && *at + 1 < word_count)
		value = words[++*at];
	if (value == NULL || value[0] == '\0')
		return err_detail(ERR_ARGUMENT_MISSING, "%s %s", rows[option].name,
				  rows[option].value);
	options->values[option] = value;
	return ERR_OK;
}

static enum err sort_words(int word_count, const char *const *words, struct options *options)
{
	bool are_over = false;

	for (int at = 0; at < word_count; at++) {
		const char *word = words[at];
		if (!are_over && strcmp(word, "--") == 0)
			are_over = true;
		else if (!are_over && word[0] == '-' && word[1] != '\0')
			TRY(take_option(word_count, words, &at, options));
		else
			options->arguments[options->argument_count++] = word;
	}
	return ERR_OK;
}

static enum err find_command(struct options *options)
{
	size_t taken = 0;

	if (options->argument_count == 0)
		return ERR_OK;
	TRY(command_find(options->arguments, options->argument_count, &options->command, &taken));
	options->argument_count -= taken;
	memmove(options->arguments, options->arguments + taken,
		options->argument_count * sizeof *options->arguments);
	return ERR_OK;
}

/* Every option that was given must be one of the command's. */
static enum err check_options(const struct options *options)
{
	uint64_t always = OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP);
	uint64_t allowed = always | (options->command == NULL ? OPTION_BIT(OPTION_VERSION)
							      : options->command->options);

	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (options->values[i] != NULL && (allowed & OPTION_BIT(i)) == 0)
			return not_understood(rows[i].name);
	return ERR_OK;
}

static enum err check_arguments(const struct options *options)
{
	const struct command *command = options->command;

	if (command == NULL || options_has(options, OPTION_HELP))
		return ERR_OK;
	if (command->argument_max != ARGUMENTS_ANY &&
	    options->argument_count > command->argument_max)
		return not_understood(options->arguments[command->argument_max]);
	if (options->argument_count < command->argument_min)
		return err_detail(ERR_ARGUMENT_MISSING, "kinko %s %s", command->name,
				  command->usage);
	return ERR_OK;
}

enum err options_parse(int word_count, const char *const *words, struct options *out_options)
{
	AUTO_HELD(options) options = {0};

	options.arguments = calloc((size_t)word_count + 1, sizeof *options.arguments);
	if (options.arguments == NULL)
		return ERR_MEMORY;
	TRY(sort_words(word_count, words, &options));
	TRY(find_command(&options));
	TRY(check_options(&options));
	TRY(check_arguments(&options));
	*out_options = options;
	options = (struct options){0};
	return ERR_OK;
}

void options_clear(struct options *options)
{
	free(options->arguments);
	*options = (struct options){0};
}

bool options_has(const struct options *options, enum option option)
{
	return options->values[option] != NULL;
}

const char *options_argument(const struct options *options, size_t index)
{
	return index < options->argument_count ? options->arguments[index] : NULL;
}

bool options_want_json(int word_count, const char *const *words)
{
	for (int i = 0; i < word_count && strcmp(words[i], "--") != 0; i++)
		if (strcmp(words[i], rows[OPTION_JSON].name) == 0)
			return true;
	return false;
}
