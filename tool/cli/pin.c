/* pin.c - kinko pin [CERT]: PINコードの変更, inside the vault only. */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
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

/* The way back from a lock: the original, or without one only the issuer. */
static enum err way_back(const struct entry *entry, char **out_advice)
{
	if (entry->verified_at != 0)
		return text_of_advice(ERR_PIN_LOCKED, NULL, out_advice);
	return compose(out_advice, "%s", _(pin_ask_no_original_id));
}

static enum err is_locked(struct run *run, const struct entry *entry)
{
	AUTO_TEXT advice = NULL;

	TRY(way_back(entry, &advice));
	return run_in_words(run, ERR_PIN_LOCKED, NULL, TAKE(advice));
}

/* After the last try there is no "please enter the right PIN": the way back is another one. */
static enum err wrong_pin(struct run *run, const struct entry *entry, uint8_t tries_left)
{
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	run->tells_tries = tries_left != WIRE_NO_TRIES;
	run->tries_left = tries_left;
	if (tries_left > 0)
		return err_detail(ERR_PIN_WRONG, "%u", (unsigned)tries_left);
	TRY(compose(&message, "%s", _("The PIN is wrong, and the certificate is locked now.")));
	TRY(way_back(entry, &advice));
	return run_in_words(run, ERR_PIN_WRONG, TAKE(message), TAKE(advice));
}

static enum err change(struct run *run, const struct entry *entry, struct entry_reply *out_reply)
{
	AUTO(secret) old_pin = NULL;
	AUTO(secret) new_pin = NULL;
	struct client *client = NULL;
	uint8_t tries_left = entry->tries_left;
	enum err err;

	pin_input_say(run->pins, _("The PIN in the vault is changed."));
	TRY(pin_ask_of_entry(run, entry, _("Old PIN: "), &old_pin));
	TRY(pin_ask_new(run, &new_pin));
	TRY(run_client(run, &client));
	TRY(run_go_on(run));
	err = client_change_pin(client, &entry->summary.id, old_pin, new_pin, &tries_left,
				out_reply);
	if (err == ERR_PIN_LOCKED)
		return is_locked(run, entry);
	return err == ERR_PIN_WRONG ? wrong_pin(run, entry, tries_left) : err;
}

enum err command_pin(struct run *run)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(entry_reply) reply = {0};

	TRY(find_cert_or_active(run, options_argument(&run->options, 0), &entry));
	if (entry.tries_left == 0)
		return is_locked(run, &entry);
	TRY(change(run, &entry, &reply));
	if (run->is_json)
		return print_document(&reply.entry);
	print_text(&reply.entry);
	return ERR_OK;
}
