/* original_pin.c - kinko original pin FILE [--yes]: 原本のPINコードの変更, only under
 * normal-folder.
 *
 * The opener rebuilds the file; the new one is proven with the new PIN before it takes the old
 * one's place.
 */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/json.h"
#include "tool/cli/local_policy.h"
#include "tool/cli/open_original.h"
#include "tool/cli/pin_ask.h"
#include "tool/cli/run.h"
#include "usbimport/original.h"
#include "vault/base/text.h"

/* The old PIN is tried at once, so that nobody types a new one twice for nothing. */
static enum err ask_old(struct run *run, const struct original *original, struct secret **out_pin)
{
	AUTO(opened) opened = NULL;

	return open_original_asking(run, OPENER_CHECK, original,
				    _("The PIN of this file is changed."), _("Old PIN: "), out_pin,
				    &opened);
}

static enum err rebuild(const struct original *original, const struct secret *old_pin,
			const struct secret *new_pin, struct opened **out_rebuilt)
{
	AUTO(opened) rebuilt = NULL;
	AUTO(opened) proof = NULL;

	TRY(open_original_rebuild(original->bytes, old_pin, new_pin, &rebuilt));
	if (rebuilt->rebuilt == NULL)
		return ERR_OPENER;
	TRY(open_original_with(OPENER_CHECK, rebuilt->rebuilt, new_pin, &proof));
	*out_rebuilt = TAKE(rebuilt);
	return ERR_OK;
}

static enum err print(const struct run *run, const struct original *original)
{
	AUTO_JSON document = NULL;

	if (run->is_json) {
		TRY(json_object_new(&document));
		TRY(json_set(document, "original_file", json_text(original->path)));
		return json_print(document);
	}
	(void)printf("%s\n", _("The PIN of the certificate was changed."));
	(void)printf(
		"%s\n",
		original->is_on_stick
			? _("This file on the USB stick now has the new PIN. Other copies, "
			    "and the vault, keep theirs.")
			: _("Only this file has the new PIN. The backup on the USB stick keeps "
			    "the PIN of the letter, and the vault keeps its own."));
	return ERR_OK;
}

enum err command_original_pin(struct run *run)
{
	AUTO(original) original = NULL;
	AUTO(secret) old_pin = NULL;
	AUTO(secret) new_pin = NULL;
	AUTO(opened) rebuilt = NULL;

	TRY(local_policy_allows(ACTION_ORIGINAL));
	TRY(original_read(options_argument(&run->options, 0), &original));
	if (original->is_on_stick && !options_has(&run->options, OPTION_YES))
		return ERR_ORIGINAL_ON_STICK;
	TRY(ask_old(run, original, &old_pin));
	TRY(pin_ask_new(run, &new_pin));
	TRY(run_go_on(run));
	TRY(rebuild(original, old_pin, new_pin, &rebuilt));
	TRY(run_go_on(run));
	TRY(original_replace(original, rebuilt->rebuilt));
	return print(run, original);
}
