/* get.c - kinko get [--id ID] [--stick NAME|DIR] [--use]: 電子証明書の取得
 *
 * The order is the promise that nothing is lost: stick before vault, vault before the server is
 * told, and nothing of it on this computer's disk. Cut off anywhere, the same command goes on:
 * what is there already is found to be the same.
 */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/download_steps.h"
#include "tool/cli/import_steps.h"
#include "tool/cli/json.h"
#include "tool/cli/letter.h"
#include "tool/cli/pages.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/target.h"
#include "tool/cli/warnings.h"
#include "vault/base/text.h"
#include "vault/base/vault.h"

/* Before anything is asked: a person must not type a PIN for nothing. */
static enum err check_before(struct run *run, struct fetched *fetched, struct target **out_target)
{
	AUTO_HELD(explain_reply) verdict = {0};
	struct client *client = NULL;

	TRY(run_client(run, &client));
	TRY(client_explain(client, "get", NULL, &verdict));
	if (!verdict.is_allowed)
		return err_detail(ERR_POLICY_DENIED, "%s", _(verdict.rule));
	TRY(download_find_server(fetched));
	return target_for_get(run, run->options.values[OPTION_STICK], out_target);
}

static enum err store(struct run *run, const struct target *target, const struct fetched *fetched,
		      struct import_commit_reply *out_reply)
{
	bool is_stick = target->stick[0] != '\0';
	struct client_import import = {
		.original = fetched->download->original,
		.pin = fetched->pin,
		.activates = options_has(&run->options, OPTION_USE),
		.is_download = true,
		.verified_at = is_stick ? fetched->proven_at : 0,
		.where = target->stick,
	};

	TRY(run_go_on(run));
	TRY(import_into_vault(run, &import, &fetched->download->digest, out_reply));
	if (!is_stick)
		out_reply->warnings |= WARNING_ON_THIS_COMPUTER;
	run_tell(run, "%s\n", _("The certificate has been saved."));
	return ERR_OK;
}

static void print_points_to_note(void)
{
	(void)fputc('\n', stdout);
	screen_heading(stdout, _("Please note"));
	(void)printf(
		"  - %s\n  - %s\n  - %s\n", _("Send the receipt back within 30 days."),
		_("Lock the USB stick and the letter away. Do not change the PIN of the original."),
		_("The PIN in the vault can be changed with: kinko pin"));
}

static enum err print_document(const struct import_commit_reply *reply,
			       const struct fetched *fetched, int64_t delete_at)
{
	AUTO_JSON document = NULL;

	TRY(import_document(reply, &document));
	TRY(json_set(document, "original_file", json_text(fetched->path)));
	TRY(json_set(document, "delete_at", json_moment(delete_at)));
	return json_print(document);
}

/* The certificate is safe everywhere: what is left is for the person. */
static enum err finish(struct run *run, const struct fetched *fetched, int64_t delete_at,
		       struct import_commit_reply *reply)
{
	AUTO_HELD(pages) pages = {0};
	enum letter answer;

	TRY(pages_of(&fetched->opened->certificate, &fetched->opened->chain, &pages));
	TRY(import_ask_to_use(run, reply));
	warnings_tell(run, reply->warnings);
	if (!run->is_json) {
		TRY(import_print(reply));
		TRY(download_print_delete_at(delete_at));
		(void)fputc('\n', stdout);
	}
	TRY(letter_check(run, &pages, &reply->entry, &answer));
	if (run->is_json)
		return print_document(reply, fetched, delete_at);
	if (answer != LETTER_DIFFERS) /* then it has been said not to send the receipt back */
		print_points_to_note();
	return ERR_OK;
}

enum err command_get(struct run *run)
{
	AUTO_HELD(fetched) fetched = {0};
	AUTO_HELD(import_commit_reply) reply = {0};
	AUTO(target) target = NULL;
	int64_t delete_at = 0;

	TRY(check_before(run, &fetched, &target));
	TRY(download_fetch(run, &fetched));
	TRY(download_write_and_prove(run, target, &fetched));
	TRY(store(run, target, &fetched, &reply));
	TRY(download_confirm_saved(run, &fetched, &delete_at));
	return finish(run, &fetched, delete_at, &reply);
}
