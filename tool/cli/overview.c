/* overview.c - see overview.h */
#include "tool/cli/overview.h"

#include <stdio.h>

#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/base/vault.h"

static const char unreachable_word[] = "unreachable";

/* "2 certificates; active: YAMADA TARO", or "" when the policy does not let this user list. */
static enum err contents(struct client *client, char **out_text)
{
	AUTO(entries) entries = NULL;
	const struct entry *active;
	AUTO_TEXT label = NULL;

	if (entries_load(client, NULL, &entries) != ERR_OK) {
		err_forget();
		return compose(out_text, "%s", "");
	}
	active = entries_active(entries);
	if (active == NULL)
		return compose(out_text, _(" (certificates: %zu, none is active)"), entries->count);
	TRY(utf8_escape(active->label, &label));
	return compose(out_text, _(" (certificates: %zu, active: %s)"), entries->count, label);
}

/* One line, whatever the vault's state; *out_state is its word for programs. */
static enum err state_line(struct run *run, char **out_line, const char **out_state)
{
	struct client *client = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;
	AUTO_TEXT inside = NULL;
	enum err err = run_client(run, &client);

	*out_state = run->client == NULL ? unreachable_word
					 : vault_state_word(client_vault_state(run->client));
	if (err != ERR_OK) {
		TRY(run_words_of(run, err, err_detail_text(), &message, &advice));
		err_forget();
		return text_join(message, advice, out_line);
	}
	TRY(contents(client, &inside));
	return compose(out_line, _("The vault is ready%s."), inside);
}

static enum err commands_json(json_t *document)
{
	json_t *array = NULL;

	TRY(json_array_new(&array));
	TRY(json_set(document, "commands", array));
	for (size_t i = 0; i < command_count(); i++) {
		const struct command *command = command_at(i);
		json_t *object = NULL;
		TRY(json_object_new(&object));
		TRY(json_push(array, object));
		TRY(json_set(object, "name", json_string(command->name)));
		TRY(json_set(object, "japanese", json_string(command->japanese)));
		TRY(json_set(object, "usage", json_string(command->usage)));
		TRY(json_set(object, "summary", json_string(_(command->summary))));
	}
	return ERR_OK;
}

static enum err print_group(enum command_group group)
{
	AUTO(table) table = NULL;

	TRY(table_new(3, &table));
	for (size_t i = 0; i < command_count(); i++) {
		const struct command *command = command_at(i);
		if (command->group != group)
			continue;
		TRY(table_add(table, command->name));
		TRY(table_add(table, command->japanese));
		TRY(table_add(table, _(command->summary)));
	}
	(void)fputc('\n', stdout);
	screen_heading(stdout, _(command_group_title(group)));
	return table_print_pairs(table, stdout, "  ", screen_width());
}

static enum err print_commands(void)
{
	for (unsigned i = 0; i < GROUP_COUNT; i++)
		TRY(print_group((enum command_group)i));
	(void)printf("\n%s\n", _("More about a command: kinko help COMMAND"));
	return ERR_OK;
}

enum err overview_home(struct run *run)
{
	AUTO_TEXT line = NULL;
	AUTO_JSON document = NULL;
	const char *state = NULL;
	json_t *vault = NULL;

	TRY(state_line(run, &line, &state));
	if (!run->is_json) {
		(void)printf("%s\n", line);
		return print_commands();
	}
	TRY(json_object_new(&document));
	TRY(json_object_new(&vault));
	TRY(json_set(document, "vault", vault));
	TRY(json_set(vault, "state", json_string(state)));
	TRY(json_set(vault, "message", json_string(line)));
	TRY(commands_json(document));
	return json_print(document);
}

enum err overview_commands(struct run *run)
{
	AUTO_JSON document = NULL;

	if (!run->is_json) {
		(void)printf("%s\n",
			     _("Kinko keeps electronic certificates in this computer's vault."));
		return print_commands();
	}
	TRY(json_object_new(&document));
	TRY(commands_json(document));
	return json_print(document);
}

static enum err print_options(uint64_t options)
{
	AUTO(table) table = NULL;

	TRY(table_new(2, &table));
	options |= OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP);
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = option_row((enum option)i);
		AUTO_TEXT name = NULL;
		if ((options & OPTION_BIT(i)) == 0)
			continue;
		TRY(compose(&name, "%s%s%s", row->name, row->value == NULL ? "" : " ",
			    row->value == NULL ? "" : row->value));
		TRY(table_add(table, name));
		TRY(table_add(table, _(row->meaning)));
	}
	screen_heading(stdout, _("Options"));
	return table_print_pairs(table, stdout, "  ", screen_width());
}

static enum err command_document(const struct command *command)
{
	AUTO_JSON document = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "name", json_string(command->name)));
	TRY(json_set(document, "japanese", json_string(command->japanese)));
	TRY(json_set(document, "usage", json_string(command->usage)));
	TRY(json_set(document, "summary", json_string(_(command->summary))));
	return json_print(document);
}

enum err overview_command(struct run *run, const struct command *command)
{
	if (run->is_json)
		return command_document(command);
	(void)printf("kinko %s (%s): %s\n\n", command->name, command->japanese,
		     _(command->summary));
	screen_heading(stdout, _("Usage"));
	(void)printf("  kinko %s%s%s\n\n", command->name, command->usage[0] == '\0' ? "" : " ",
		     command->usage);
	if (command->help[0] != '\0')
		(void)printf("%s\n\n", _(command->help));
	return print_options(command->options);
}

enum err overview_version(struct run *run)
{
	AUTO_JSON document = NULL;

	if (!run->is_json) {
		(void)printf("kinko %s\n", KINKO_VERSION);
		return ERR_OK;
	}
	TRY(json_object_new(&document));
	TRY(json_set(document, "version", json_string(KINKO_VERSION)));
	return json_print(document);
}
