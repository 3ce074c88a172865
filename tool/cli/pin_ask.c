/* pin_ask.c - see pin_ask.h */
#include "tool/cli/pin_ask.h"

#include "policy/pin_rule.h"
#include "tool/cli/compose.h"
#include "tool/cli/describe.h"
#include "vault/base/text.h"

enum { ATTEMPTS = 3 };

const char pin_ask_no_original_id[] =
	N_("No original is known to exist on a USB stick: if there is none, the issuer will have "
	   "to issue a new certificate.");

/* What comes after the last try depends on whether there is an original to come back with. */
static void warn_of_last_try(struct run *run, const struct entry *entry)
{
	if (entry->tries_left != 1)
		return;
	pin_input_say(run->pins,
		      _("This is the last try. If it is wrong, the certificate is locked."));
	if (entry->verified_at != 0)
		pin_input_say(run->pins, _("Then the USB stick with the original is needed "
					   "(kinko import), and the PIN of the letter."));
	else
		pin_input_say(run->pins, _(pin_ask_no_original_id));
}

static enum err wrong_without_sending(struct run *run, const struct entry *entry)
{
	run->tells_tries = true;
	run->tries_left = entry->tries_left;
	return err_detail(ERR_PIN_WRONG, "%u", (unsigned)entry->tries_left);
}

enum err pin_ask_of_entry(struct run *run, const struct entry *entry, const char *prompt,
			  struct secret **out_pin)
{
	AUTO_TEXT title = NULL;
	AUTO_TEXT line = NULL;

	TRY(describe_entry(entry, &title));
	TRY(compose(&line, _("Certificate: %s"), title));
	pin_input_say(run->pins, line);
	warn_of_last_try(run, entry);
	for (;;) {
		AUTO(secret) pin = NULL;
		enum pin_rule rule;

		TRY(pin_input_read(run->pins, prompt, &pin));
		rule = entry->pin_follows_rule ? pin_rule_check(pin) : PIN_RULE_OK;
		if (rule == PIN_RULE_OK) {
			*out_pin = TAKE(pin);
			return ERR_OK;
		}
		if (!pin_input_is_terminal(run->pins))
			return wrong_without_sending(run, entry);
		pin_input_say(run->pins, _(pin_rule_message_id(rule)));
		pin_input_say(run->pins, _("It was not sent; no try was used."));
	}
}

/* Until the PIN follows the rule. */
static enum err ask_by_rule(struct run *run, struct secret **out_pin)
{
	for (;;) {
		AUTO(secret) pin = NULL;
		enum pin_rule rule;

		TRY(pin_input_read(run->pins, _("New PIN (4 to 16 characters, a-z and 0-9): "),
				   &pin));
		rule = pin_rule_check(pin);
		if (rule == PIN_RULE_OK) {
			*out_pin = TAKE(pin);
			return ERR_OK;
		}
		if (!pin_input_is_terminal(run->pins))
			return ERR_PIN_RULE;
		pin_input_say(run->pins, _(pin_rule_message_id(rule)));
	}
}

enum err pin_ask_new(struct run *run, struct secret **out_pin)
{
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		AUTO(secret) pin = NULL;
		AUTO(secret) again = NULL;

		TRY(ask_by_rule(run, &pin));
		if (pin_input_is_terminal(run->pins))
			TRY(pin_input_read(run->pins, _("The new PIN again: "), &again));
		if (again == NULL || secret_equal(pin, again)) {
			*out_pin = TAKE(pin);
			return ERR_OK;
		}
		if (attempt + 1 < ATTEMPTS)
			pin_input_say(run->pins,
				      _("The two differ. Please enter the new PIN again."));
	}
	return ERR_PIN_MISMATCH;
}
