/* letter.c - see letter.h */
#include "tool/cli/letter.h"

#include <stdio.h>

#include "tool/cli/screen.h"
#include "vault/base/text.h"

static enum err remember(struct run *run, struct entry *entry)
{
	AUTO_HELD(entry_reply) reply = {0};
	struct client *client = NULL;

	TRY(run_client(run, &client));
	TRY(client_confirm(client, &entry->summary.id, &reply));
	entry->confirmed_at = reply.entry.confirmed_at;
	run_tell(run, "%s\n", _("It was remembered that the certificate agrees with the letter."));
	return ERR_OK;
}

static void advise_against_use(struct run *run)
{
	terminal_say(run->terminal, "%s\n%s\n%s\n",
		     _("Please do not use this certificate, and do not send the receipt back."),
		     _("Please call the issuer."),
		     _("Nothing was deleted. To check again: kinko show --confirm"));
}

/* Where a document goes to standard output, the person reads it beside. */
static enum err show_points(const struct run *run, const struct pages *pages)
{
	FILE *file = run->is_json ? stderr : stdout;

	screen_heading(file, _("Please compare with the letter"));
	TRY(pages_print_letter_points(pages, file));
	(void)fflush(file);
	return ERR_OK;
}

enum err letter_check(struct run *run, const struct pages *pages, struct entry *entry,
		      enum letter *out_answer)
{
	bool agrees = false;

	*out_answer = LETTER_NOT_ASKED;
	if (run->terminal != NULL || !run->is_json)
		TRY(show_points(run, pages));
	if (run->terminal == NULL)
		return ERR_OK;
	TRY(terminal_ask_yes_or_no(run->terminal,
				   _("Does the certificate agree with the letter? (yes/no) "),
				   &agrees));
	*out_answer = agrees ? LETTER_AGREES : LETTER_DIFFERS;
	if (agrees)
		return remember(run, entry);
	advise_against_use(run);
	return ERR_OK;
}
