/* original_get.c - kinko original get --to DIR [--id ID]: 通常フォルダ利用タイプ
 *
 * Touches no vault: the file is all there is, and its safety is its user's own affair. The
 * customer's 留意事項 say so first.
 */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/download_steps.h"
#include "tool/cli/json.h"
#include "tool/cli/local_policy.h"
#include "tool/cli/original_document.h"
#include "tool/cli/pages.h"
#include "tool/cli/run.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

static void tell_what_to_mind(const struct run *run)
{
	run_tell(run, "%s\n  1. %s\n  2. %s\n  3. %s\n\n", _("Please mind (normal folder):"),
		 _("Security is your own responsibility: whoever has the file and the PIN can sign "
		   "as you."),
		 _("Managing the PIN matters: a file cannot lock itself after wrong PINs."),
		 _("Backups are yours to make and to guard: a lost file is only issued anew."));
}

static enum err print_document(const struct fetched *fetched, const struct pages *pages,
			       int64_t delete_at)
{
	AUTO_JSON document = NULL;

	TRY(original_document(pages->certificate, fetched->path, &document));
	TRY(json_set(document, "delete_at", json_moment(delete_at)));
	return json_print(document);
}

static enum err print_text(const struct fetched *fetched, const struct pages *pages,
			   int64_t delete_at)
{
	AUTO_TEXT path = NULL;

	TRY(utf8_escape(fetched->path, &path));
	(void)printf(_("The original has been saved: %s\n"), path);
	TRY(pages_print_letter_points(pages, stdout));
	return download_print_delete_at(delete_at);
}

enum err command_original_get(struct run *run)
{
	AUTO_HELD(fetched) fetched = {0};
	AUTO_HELD(pages) pages = {0};
	AUTO(target) target = NULL;
	int64_t delete_at = 0;

	TRY(local_policy_allows(ACTION_ORIGINAL));
	if (!options_has(&run->options, OPTION_TO))
		return err_detail(ERR_ARGUMENT_MISSING, "--to DIR");
	TRY(download_find_server(&fetched));
	TRY(target_of_folder(run->options.values[OPTION_TO], &target));
	tell_what_to_mind(run);
	TRY(download_fetch(run, &fetched));
	TRY(download_write_and_prove(run, target, &fetched));
	TRY(download_confirm_saved(run, &fetched, &delete_at));
	TRY(pages_of(&fetched.opened->certificate, &fetched.opened->chain, &pages));
	return run->is_json ? print_document(&fetched, &pages, delete_at)
			    : print_text(&fetched, &pages, delete_at);
}
