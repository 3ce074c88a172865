/* status.c - kinko status: how the vault is protected, what it consists of, how to remove it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/status_words.h"
#include "tool/cli/table.h"
#include "vault/base/program.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/base/vault.h"

static const char *state_in_words(enum vault_state state)
{
	switch (state) {
	case VAULT_READY:
		return _("ready");
	case VAULT_MACHINE_CHANGED:
		return _("belongs to another machine, is not opened");
	case VAULT_ROLLED_BACK:
		return _("an older copy was put back, is not opened");
	case VAULT_DAMAGED:
		break;
	}
	return _("damaged or incomplete, is not opened");
}

static const char *binding_in_words(const struct status_reply *status)
{
	return status->binding == VAULT_BINDING_TPM
		       ? _("to this computer's security chip (TPM) and its secret")
		       : _("to this computer's secret (host.key)");
}

/* Owned by the caller. */
static enum err removal(bool is_private, char **out_text)
{
	AUTO_TEXT folder = NULL;
	AUTO_TEXT safe = NULL;

	if (!is_private)
		return compose(
			out_text, "%s",
			_("Run in Kinko's folder: ./run uninstall. It asks whether the vault's "
			  "files are to be kept."));
	TRY(client_config_folder(&folder));
	TRY(utf8_escape(folder, &safe));
	return compose(
		out_text,
		_("Stop kinkod, then delete the folder %s. The certificates in it are then gone; "
		  "the originals on the USB sticks are not touched."),
		safe);
}

static enum err print_vault(const struct status_reply *status)
{
	AUTO(table) table = NULL;

	screen_heading(stdout, _("The vault"));
	TRY(table_new(2, &table));
	TRY(table_add_pair(table, _("State"),
			   state_in_words((enum vault_state)status->vault_state)));
	TRY(table_add_pair(table, _("Bound"), binding_in_words(status)));
	TRY(table_add_pair(
		table, _("Kind"),
		status->is_private
			? _("private vault, for trying: its user's programs can take its files")
			: _("system vault: its files belong to the system user \"kinko\"")));
	return table_print_pairs(table, stdout, "  ", screen_width());
}

/* "originals are opened by a program of their own (kinko-opener)" */
static enum err protection_in_words(const struct status_item *item, char **out_text)
{
	const char *text = _(status_words_of(item->name));

	if (!status_words_have_detail(item->name) || item->detail[0] == '\0')
		return compose(out_text, "%s", text);
	return compose(out_text, "%s (%s)", text, item->detail);
}

/* Each is a statement: it holds, or not, or nobody can know while the vault is not open. */
static const char *holds_in_words(const struct status_reply *status, const struct status_item *item)
{
	if (item->is_on)
		return _("yes");
	if (status->vault_state != VAULT_READY && status_words_need_open_vault(item->name))
		return _("not known");
	return _("NO");
}

static enum err print_protections(const struct status_reply *status)
{
	AUTO(table) table = NULL;

	(void)fputc('\n', stdout);
	screen_heading(stdout, _("Protections"));
	TRY(table_new(2, &table));
	for (size_t i = 0; i < status->protection_count; i++) {
		const struct status_item *item = &status->protections[i];
		AUTO_TEXT text = NULL;
		TRY(protection_in_words(item, &text));
		TRY(table_add_pair(table, holds_in_words(status, item), text));
	}
	return table_print_pairs(table, stdout, "  ", screen_width());
}

/* What the front ends brought with them; the vault does not see it. */
struct own_part {
	const char *name;
	enum err (*find)(char **out_path);
};

static enum err find_command(char **out_path)
{
	return program_find("kinko", out_path);
}

/* Where an install has named the module to p11-kit. */
static enum err find_registration(char **out_path)
{
	*out_path = strdup("/etc/pkcs11/modules/kinko.module");
	return *out_path == NULL ? ERR_MEMORY : ERR_OK;
}

static const struct own_part own_parts[] = {
	{"command", find_command},
	{"module", program_module},
	{"registration", find_registration},
	{"sentences", program_locale_folder},
};

/* Calls `add` for every part there is: the vault's, then those of the front ends. */
static enum err each_part(const struct status_reply *status,
			  enum err (*add)(const struct status_item *part, void *context),
			  void *context)
{
	for (size_t i = 0; i < status->footprint_count; i++)
		TRY(add(&status->footprint[i], context));
	for (size_t i = 0; i < COUNT_OF(own_parts); i++) {
		AUTO_TEXT name = NULL;
		AUTO_TEXT found = NULL;
		AUTO_TEXT path = NULL;
		if (own_parts[i].find(&found) == ERR_OK)
			path = realpath(found, NULL);
		err_forget();
		if (path == NULL) /* not installed */
			continue;
		TRY(compose(&name, "%s", own_parts[i].name));
		const struct status_item part = {.name = name, .is_on = true, .detail = path};
		TRY(add(&part, context));
	}
	return ERR_OK;
}

static enum err add_part_row(const struct status_item *part, void *context)
{
	AUTO_TEXT text = NULL;

	TRY(compose(&text, "%s%s%s", part->detail, part->is_on ? "" : " ",
		    part->is_on ? "" : _("(not there)")));
	return table_add_pair(context, _(status_words_of(part->name)), text);
}

static enum err print_footprint(const struct status_reply *status)
{
	AUTO(table) table = NULL;

	(void)fputc('\n', stdout);
	screen_heading(stdout, _("What it consists of on this computer"));
	TRY(table_new(2, &table));
	TRY(each_part(status, add_part_row, table));
	return table_print_pairs(table, stdout, "  ", screen_width());
}

static enum err print_refusal(const struct status_reply *status)
{
	enum err refusal = err_from_wire(status->refusal);
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	if (status->refusal == 0)
		return ERR_OK;
	TRY(text_of_message(refusal, NULL, &message));
	TRY(text_of_advice(refusal, NULL, &advice));
	table_print_text(stdout, "  ", message, screen_width());
	table_print_text(stdout, "  ", advice, screen_width());
	return ERR_OK;
}

static enum err print_text(const struct status_reply *status)
{
	AUTO_TEXT how = NULL;

	TRY(removal(status->is_private, &how));
	TRY(print_vault(status));
	TRY(print_refusal(status));
	TRY(print_protections(status));
	TRY(print_footprint(status));
	(void)fputc('\n', stdout);
	screen_heading(stdout, _("How to remove it"));
	table_print_text(stdout, "  ", how, screen_width());
	return ERR_OK;
}

static enum err push_item(json_t *array, const char *state_name, const struct status_item *item)
{
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(array, object));
	TRY(json_set(object, "name", json_text(item->name)));
	TRY(json_set(object, state_name, json_boolean(item->is_on)));
	return json_set(object, "detail", json_text(item->detail));
}

static enum err push_protections(json_t *document, const struct status_reply *status)
{
	json_t *array = NULL;

	TRY(json_array_new(&array));
	TRY(json_set(document, "protections", array));
	for (size_t i = 0; i < status->protection_count; i++)
		TRY(push_item(array, "on", &status->protections[i]));
	return ERR_OK;
}

static enum err push_part(const struct status_item *part, void *array)
{
	return push_item(array, "exists", part);
}

static enum err push_footprint(json_t *document, const struct status_reply *status)
{
	json_t *array = NULL;

	TRY(json_array_new(&array));
	TRY(json_set(document, "footprint", array));
	return each_part(status, push_part, array);
}

static enum err print_document(const struct status_reply *status)
{
	AUTO_JSON document = NULL;
	AUTO_TEXT how = NULL;
	json_t *vault = NULL;

	TRY(removal(status->is_private, &how));
	TRY(json_object_new(&document));
	TRY(json_object_new(&vault));
	TRY(json_set(document, "vault", vault));
	TRY(json_set(vault, "state",
		     json_string(vault_state_word((enum vault_state)status->vault_state))));
	TRY(json_set(vault, "binding",
		     json_string(vault_binding_word((enum vault_binding)status->binding))));
	TRY(json_set(vault, "private", json_boolean(status->is_private)));
	TRY(push_protections(document, status));
	TRY(push_footprint(document, status));
	TRY(json_set(document, "removal", json_text(how)));
	return json_print(document);
}

enum err command_status(struct run *run)
{
	AUTO_HELD(status_reply) status = {0};
	struct client *client = NULL;

	TRY(run_any_client(run, &client));
	TRY(client_status(client, &status));
	return run->is_json ? print_document(&status) : print_text(&status);
}
