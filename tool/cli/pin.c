/* pin.c - kinko pin [CERT]: PINコードの変更, inside the vault only. */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/json.h"
#include "tool/cli/pin_ask.h"
#include "tool/cli/pin_failure.h"
#include "tool/cli/run.h"
#include "vault/base/text.h"

static void print_text(const struct entry *entry)
{
	(void)printf("%s\n", _("The PIN of the certificate was changed."));
	if (entry->verified_at != 0)
		(void)printf("%s\n",
			     _("The original on the USB stick keeps its own PIN, that of the "
			       "letter. Please keep both."));
}

static enum err try_old_pin(struct run *run, struct entry *entry, const struct secret *old_pin,
			    const struct secret *new_pin, struct entry_reply *out_reply)
{
	struct client *client = NULL;
	enum err err;

	TRY(run_client(run, &client));
	TRY(run_go_on(run));
	run_begin_change(run);
	err = client_change_pin(client, &entry->summary.id, old_pin, new_pin, &entry->tries_left,
				out_reply);
	run_end_change(run);
	if (err == ERR_PIN_LOCKED)
		return pin_failure_locked(run, entry);
	return err == ERR_PIN_WRONG ? pin_failure_wrong(run, entry) : err;
}

static enum err change(struct run *run, struct entry *entry, struct entry_reply *out_reply)
{
	AUTO(secret) new_pin = NULL;

	pin_input_say(run->pins, _("The PIN in the vault is changed."));
	for (;;) {
		AUTO(secret) old_pin = NULL;
		enum err err;

		TRY(pin_ask_of_entry(run, entry, _("Old PIN: "), &old_pin));
		if (new_pin == NULL)
			TRY(pin_ask_new(run, &new_pin));
		err = try_old_pin(run, entry, old_pin, new_pin, out_reply);
		/* The new PIN need not be typed again. */
		if (err != ERR_PIN_WRONG || !pin_failure_ask_again(run, entry))
			return err;
	}
}

enum err command_pin(struct run *run)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(entry_reply) reply = {0};

	TRY(find_cert_or_active(run, options_argument(&run->options, 0), &entry));
	if (entry.tries_left == 0)
		return pin_failure_locked(run, &entry);
	TRY(change(run, &entry, &reply));
	if (run->is_json)
		return json_print_one(&reply.entry);
	print_text(&reply.entry);
	return ERR_OK;
}
