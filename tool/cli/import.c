/* import.c - kinko import [FILE|DIR] [--reset-pin] [--use]: 電子証明書の取込 */
#include <time.h>

#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/import_steps.h"
#include "tool/cli/json.h"
#include "tool/cli/open_original.h"
#include "tool/cli/pick_original.h"
#include "tool/cli/run.h"
#include "tool/cli/warnings.h"
#include "vault/base/text.h"
#include "vault/base/vault.h"

/* Read from a stick and opened by the vault with its PIN: a proven original. */
static struct client_import import_of(const struct run *run, const struct original *original)
{
	return (struct client_import){
		.original = original->bytes,
		.resets_pin = options_has(&run->options, OPTION_RESET_PIN),
		.activates = options_has(&run->options, OPTION_USE),
		.verified_at = original->is_on_stick ? time(NULL) : 0,
		.where = original->where,
	};
}

/* Present and not locked: a person may still want the PIN of the letter back. */
static enum err ask_to_reset(struct run *run, struct client_import *import,
			     const struct original *original, struct import_commit_reply *reply)
{
	AUTO_TEXT title = NULL;
	bool yes = false;

	if (reply->result != IMPORT_ALREADY_THERE || run->terminal == NULL || import->resets_pin)
		return ERR_OK;
	TRY(describe_entry(&reply->entry, &title));
	terminal_say(run->terminal, _("%s is in the vault already.\n"), title);
	TRY(terminal_ask_yes(run->terminal,
			     _("Set its PIN back to the PIN of the original? [y/N] "), &yes));
	if (!yes)
		return ERR_OK;
	import->resets_pin = true;
	import_commit_reply_clear(reply);
	*reply = (struct import_commit_reply){0};
	return import_into_vault(run, import, &original->digest, reply);
}

/* A wrong PIN costs no try, so a person may correct it. */
static enum err import_asking(struct run *run, const struct original *original,
			      struct import_commit_reply *reply)
{
	struct client_import import = import_of(run, original);

	TRY(open_original_say(run, original, _("The certificate goes into the vault.")));
	for (unsigned attempt = 0;; attempt++) {
		AUTO(secret) pin = NULL;
		enum err err;

		TRY(pin_input_read(run->pins, _("PIN of the original: "), &pin));
		TRY(run_go_on(run));
		import.pin = pin;
		err = import_into_vault(run, &import, &original->digest, reply);
		if (err == ERR_OK)
			return ask_to_reset(run, &import, original, reply);
		if (!open_original_ask_again(run, err, attempt))
			return err;
	}
}

static enum err print(const struct run *run, const struct import_commit_reply *reply)
{
	AUTO_JSON document = NULL;

	if (!run->is_json)
		return import_print(reply);
	TRY(import_document(reply, &document));
	return json_print(document);
}

enum err command_import(struct run *run)
{
	AUTO_HELD(import_commit_reply) reply = {0};
	AUTO(original) original = NULL;
	struct client *client = NULL;

	TRY(run_client(run, &client));
	TRY(pick_original(run, options_argument(&run->options, 0), &original));
	TRY(import_asking(run, original, &reply));
	if (!original->is_on_stick)
		reply.warnings |= WARNING_ON_THIS_COMPUTER;
	TRY(import_ask_to_use(run, &reply));
	warnings_tell(run, reply.warnings);
	return print(run, &reply);
}
