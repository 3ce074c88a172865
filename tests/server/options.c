/* options.c - see options.h */
#include "tests/server/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR_SECONDS = 60 * 60, DAY_SECONDS = 24 * HOUR_SECONDS, WINDOW_DAYS = 30 };

const char options_usage[] =
	"usage: kinko-demo-server DIR --port N [--delete-after SECONDS] [--window-days DAYS]\n"
	"\n"
	"A download server for trying Kinko, on this computer only (127.0.0.1). It keeps all of\n"
	"itself in DIR: DIR/ca.crt is its CA, DIR/letters.csv holds ID number and PIN of its\n"
	"invented members. Prints its address when it is ready. Port 0 takes a free one.\n"
	"\n"
	"  --delete-after SECONDS  from the confirmation to the deletion (3600)\n"
	"  --window-days DAYS      how long a certificate can be downloaded (30)\n";

struct number_option {
	const char *name;
	long max;
	long *value;
};

static enum err parse_number(const char *text, const struct number_option *option)
{
	char *end = NULL;
	long number;

	if (text == NULL)
		return err_detail(ERR_USAGE, "%s", option->name);
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || number < 0 || number > option->max)
		return err_detail(ERR_USAGE, "%s %s", option->name, text);
	*option->value = number;
	return ERR_OK;
}

static enum err parse_word(char *const *words, int *at, const struct number_option *options,
			   size_t option_count, struct options *out_options)
{
	const char *word = words[*at];

	for (size_t i = 0; i < option_count; i++)
		if (strcmp(word, options[i].name) == 0)
			return parse_number(words[++*at], &options[i]);
	if (word[0] == '-' || out_options->folder != NULL)
		return err_detail(ERR_USAGE, "%s", word);
	out_options->folder = word;
	return ERR_OK;
}

enum err options_parse(int count, char *const *words, struct options *out_options)
{
	long port = -1;
	long delete_after = HOUR_SECONDS;
	long window_days = WINDOW_DAYS;
	const struct number_option numbers[] = {
		{"--port", UINT16_MAX, &port},
		{"--delete-after", 365L * DAY_SECONDS, &delete_after},
		{"--window-days", 3650, &window_days},
	};
	struct options options = {.folder = NULL};

	for (int at = 1; at < count; at++)
		TRY(parse_word(words, &at, numbers, COUNT_OF(numbers), &options));
	if (options.folder == NULL)
		return err_detail(ERR_USAGE, "DIR");
	if (port < 0)
		return err_detail(ERR_USAGE, "--port");
	options.port = (uint16_t)port;
	options.delete_after_seconds = delete_after;
	options.window_seconds = (int64_t)window_days * DAY_SECONDS;
	*out_options = options;
	return ERR_OK;
}
