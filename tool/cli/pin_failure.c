/* pin_failure.c - see pin_failure.h */
#include "tool/cli/pin_failure.h"

#include "tool/cli/compose.h"
#include "tool/cli/pin_ask.h"
#include "tool/cli/sentence.h"
#include "vault/base/text.h"

/* The way back from a lock: the original, or without one only the issuer. */
static enum err way_back(const struct entry *entry, char **out_advice)
{
	if (entry->verified_at != 0)
		return text_of_advice(ERR_PIN_LOCKED, NULL, out_advice);
	return compose(out_advice, "%s", _(pin_ask_no_original_id));
}

enum err pin_failure_locked(struct run *run, const struct entry *entry)
{
	AUTO_TEXT advice = NULL;

	TRY(way_back(entry, &advice));
	return run_in_words(run, ERR_PIN_LOCKED, NULL, TAKE(advice));
}

/* After the last try there is no "please enter the right PIN": the way back is another one. */
enum err pin_failure_wrong(struct run *run, const struct entry *entry)
{
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	run->tells_tries = entry->tries_left != WIRE_NO_TRIES;
	run->tries_left = entry->tries_left;
	if (entry->tries_left > 0)
		return err_detail(ERR_PIN_WRONG, "%u", (unsigned)entry->tries_left);
	TRY(compose(&message, "%s", _("The PIN is wrong, and the certificate is locked now.")));
	TRY(way_back(entry, &advice));
	return run_in_words(run, ERR_PIN_WRONG, TAKE(message), TAKE(advice));
}

bool pin_failure_ask_again(const struct run *run, const struct entry *entry)
{
	AUTO_TEXT sentence = NULL;

	if (!pin_input_is_terminal(run->pins) || entry->tries_left == 0 ||
	    entry->tries_left == WIRE_NO_TRIES ||
	    sentence_of(ERR_PIN_WRONG, err_detail_text(), &sentence) != ERR_OK)
		return false;
	pin_input_say(run->pins, sentence);
	err_forget();
	return true;
}
