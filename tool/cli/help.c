/* help.c - kinko help [COMMAND]: of "original" or "policy" alone, each of its commands. */
#include <stdio.h>
#include <string.h>

#include "tool/cli/command.h"
#include "tool/cli/overview.h"
#include "tool/cli/run.h"

static bool begins_with_word(const char *name, const char *word)
{
	size_t size = strlen(word);

	return strncmp(name, word, size) == 0 && name[size] == ' ';
}

/* Every command whose first word this is; *out_count says how many there were. */
static enum err help_for_family(struct run *run, const char *word, size_t *out_count)
{
	for (size_t i = 0; i < command_count(); i++) {
		if (!begins_with_word(command_at(i)->name, word))
			continue;
		if ((*out_count)++ > 0)
			(void)fputc('\n', stdout);
		TRY(overview_command(run, command_at(i)));
	}
	return ERR_OK;
}

enum err command_help(struct run *run)
{
	const struct options *options = &run->options;
	const struct command *command = NULL;
	size_t taken = 0;
	size_t count = 0;

	if (options->argument_count == 0)
		return overview_commands(run);
	if (options->argument_count == 1 && !run->is_json)
		TRY(help_for_family(run, options->arguments[0], &count));
	if (count > 0)
		return ERR_OK;
	TRY(command_find(options->arguments, options->argument_count, &command, &taken));
	return overview_command(run, command);
}
