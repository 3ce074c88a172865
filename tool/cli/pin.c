/* pin.c - kinko pin [CERT]: PINコードの変更, inside the vault only. */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/json.h"
#include "tool/cli/pin_ask.h"
#include "tool/cli/run.h"
#include "vault/base/text.h"

static enum err print_document(const struct entry *entry)
{
	AUTO_JSON document = NULL;

	TRY(json_of_one(entry, &document));
	return json_print(document);
}

static void print_text(const struct entry *entry)
{
	(void)printf("%s\n", _("The PIN of the certificate was changed."));
	if (entry->verified_at != 0)
		(void)printf("%s\n",
			     _("The original on the USB stick keeps its own PIN, that of the "
			       "letter. Please keep both."));
}

/* After the last try there is no "please enter the right PIN": the way back is another one. */
static enum err wrong_pin(struct run *run, uint8_t tries_left)
{
	AUTO_TEXT advice = NULL;

	if (tries_left > 0 || run->is_json)
		return err_detail(ERR_PIN_WRONG, "%u", (unsigned)tries_left);
	TRY(text_of_advice(ERR_PIN_LOCKED, NULL, &advice));
	run_tell(run, "%s\n%s\n", _("The PIN is wrong, and the certificate is locked now."),
		 advice);
	run->answer = ERR_PIN_WRONG;
	return ERR_OK;
}

static enum err change(struct run *run, const struct entry *entry, struct entry_reply *out_reply)
{
	AUTO(secret) old_pin = NULL;
	AUTO(secret) new_pin = NULL;
	struct client *client = NULL;
	uint8_t tries_left = entry->tries_left;
	enum err err;

	TRY(pin_ask_of_entry(run, entry, _("Old PIN: "), &old_pin));
	TRY(pin_ask_new(run, &new_pin));
	TRY(run_client(run, &client));
	TRY(run_go_on(run));
	err = client_change_pin(client, &entry->summary.id, old_pin, new_pin, &tries_left,
				out_reply);
	return err == ERR_PIN_WRONG ? wrong_pin(run, tries_left) : err;
}

enum err command_pin(struct run *run)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(entry_reply) reply = {0};

	TRY(find_cert_or_active(run, options_argument(&run->options, 0), &entry));
	if (entry.tries_left == 0)
		return ERR_PIN_LOCKED;
	TRY(change(run, &entry, &reply));
	if (run->answer != ERR_OK)
		return ERR_OK;
	if (run->is_json)
		return print_document(&reply.entry);
	print_text(&reply.entry);
	return ERR_OK;
}
