/* import_steps.c - see import_steps.h */
#include "tool/cli/import_steps.h"

#include <stdio.h>

#include "tool/cli/describe.h"
#include "vault/base/text.h"
#include "vault/base/vault.h"

/* Takes over what the vault says now. */
static void take_entry(struct import_commit_reply *reply, struct entry_reply *newer)
{
	entry_clear(&reply->entry);
	reply->entry = newer->entry;
	newer->entry = (struct entry){0};
}

static enum err remember_original(struct client *client, const struct client_import *import,
				  const struct digest *file, struct import_commit_reply *reply)
{
	AUTO_HELD(entry_reply) newer = {0};

	if (import->verified_at == 0 || reply->entry.verified_at >= import->verified_at)
		return ERR_OK;
	TRY(client_original_proven(client, &reply->entry.summary.id, file, import->verified_at,
				   import->where, &newer));
	take_entry(reply, &newer);
	return ERR_OK;
}

enum err import_into_vault(struct run *run, const struct client_import *import,
			   const struct digest *file, struct import_commit_reply *out_reply)
{
	struct client *client = NULL;
	enum err err;

	TRY(run_client(run, &client));
	run_begin_change(run);
	err = client_import(client, import, out_reply);
	run_end_change(run);
	TRY(err);
	return remember_original(client, import, file, out_reply);
}

enum err import_ask_to_use(struct run *run, struct import_commit_reply *reply)
{
	AUTO(entries) entries = NULL;
	AUTO_HELD(entry_reply) newer = {0};
	AUTO_TEXT title = NULL;
	struct client *client = NULL;
	const struct entry *older;
	bool yes = false;

	if (run->terminal == NULL || reply->entry.is_active || reply->result != IMPORT_IMPORTED)
		return ERR_OK;
	TRY(run_client(run, &client));
	TRY(entries_load(client, NULL, &entries));
	older = entries_renewed_by(entries, &reply->entry);
	if (older == NULL)
		return ERR_OK;
	TRY(describe_entry(older, &title));
	terminal_say(run->terminal, _("This certificate renews %s.\n"), title);
	TRY(terminal_ask_yes(run->terminal, _("Make it the active one from now on? [y/N] "), &yes));
	if (!yes)
		return ERR_OK;
	TRY(client_use(client, &reply->entry.summary.id, &newer));
	take_entry(reply, &newer);
	return ERR_OK;
}

enum err import_document(const struct import_commit_reply *reply, json_t **out_document)
{
	AUTO_JSON document = NULL;
	json_t *value = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "result",
		     json_string(import_result_word((enum import_result)reply->result))));
	TRY(json_of_entry(&reply->entry, &value));
	TRY(json_set(document, "certificate", value));
	TRY(json_of_warnings(reply->warnings, &value));
	TRY(json_set(document, "warnings", value));
	*out_document = TAKE(document);
	return ERR_OK;
}

static const char *result_sentence(enum import_result result)
{
	switch (result) {
	case IMPORT_IMPORTED:
		return _("The certificate was put into the vault.");
	case IMPORT_ALREADY_THERE:
		return _("The certificate was in the vault already; nothing was changed.");
	case IMPORT_PIN_RESET:
		break;
	}
	return _("The PIN of the certificate is that of the original again, and it is not locked.");
}

enum err import_print(const struct import_commit_reply *reply)
{
	(void)printf("%s\n", result_sentence((enum import_result)reply->result));
	return describe_print(&reply->entry);
}
