/* delete.c - kinko delete CERT [--yes [--no-original]] [--user NAME]: 削除
 *
 * No PIN is asked: who could use the certificate could also forget it. What protects is to see
 * first what goes, and whether there is a way back.
 */
#include <stdio.h>
#include <string.h>

#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "tool/cli/user.h"
#include "vault/base/text.h"

static void say_what_goes(struct terminal *terminal, const char *title, const char *original)
{
	terminal_say(terminal, _("Certificate: %s\n"), title);
	terminal_say(terminal, _("Original:    %s\n"), original);
}

static enum err ask_label(struct terminal *terminal, const struct entry *entry)
{
	AUTO_TEXT typed = NULL;

	terminal_say(
		terminal, "%s\n",
		_("No original of it is known to exist on a USB stick. Once it is deleted, only "
		  "the issuer can help, by issuing a new one."));
	TRY(terminal_ask_line(terminal, _("To delete it, type its label (Enter alone: cancel): "),
			      &typed));
	return strcmp(typed, entry->label) == 0 ? ERR_OK : ERR_CANCELLED;
}

static enum err ask_person(struct terminal *terminal, const struct entry *entry)
{
	AUTO_TEXT title = NULL;
	AUTO_TEXT original = NULL;
	bool yes = false;

	TRY(describe_entry(entry, &title));
	TRY(describe_original(entry, &original));
	say_what_goes(terminal, title, original);
	if (entry->verified_at == 0)
		return ask_label(terminal, entry);
	TRY(terminal_ask_yes(terminal, _("Delete it from the vault? [y/N] "), &yes));
	return yes ? ERR_OK : ERR_CANCELLED;
}

static enum err make_sure(struct run *run, const struct entry *entry)
{
	const struct options *options = &run->options;
	bool has_original = entry->verified_at != 0;

	if (options_has(options, OPTION_YES) &&
	    (has_original || options_has(options, OPTION_NO_ORIGINAL)))
		return ERR_OK;
	if (run->terminal != NULL)
		return ask_person(run->terminal, entry);
	return err_detail(ERR_CONFIRM_NEEDED, "%s", has_original ? "--yes" : "--yes --no-original");
}

/* Asked before: once it is gone nothing may fail any more. */
static enum err is_last_one(struct client *client, bool *out_is_last)
{
	AUTO(entries) entries = NULL;

	TRY(entries_load(client, NULL, &entries));
	*out_is_last = entries->count == 1;
	return ERR_OK;
}

static const char *what_is_left(bool is_last)
{
	return is_last ? _("There is no certificate in the vault now.")
		       : _("No certificate is active now. Please choose one with: kinko use CERT");
}

static enum err print_text(const struct entry *entry, bool is_last)
{
	AUTO_TEXT title = NULL;
	AUTO_TEXT original = NULL;

	TRY(describe_entry(entry, &title));
	TRY(describe_original(entry, &original));
	(void)printf(_("%s was deleted from the vault.\n"), title);
	if (entry->verified_at != 0)
		(void)printf(_("Its original: %s. It can be imported again with: kinko import\n"),
			     original);
	if (entry->is_active)
		(void)printf("%s\n", what_is_left(is_last));
	return ERR_OK;
}

enum err command_delete(struct run *run)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(entry_reply) reply = {0};
	struct client *client = NULL;
	uid_t owner = 0;
	bool is_other = false;
	bool is_last = false;

	if (options_has(&run->options, OPTION_NO_ORIGINAL) &&
	    !options_has(&run->options, OPTION_YES))
		return err_detail(ERR_ARGUMENT_MISSING, "--yes --no-original");
	TRY(user_of_option(&run->options, &owner, &is_other));
	TRY(find_cert_or_ask(run, is_other ? &owner : NULL, options_argument(&run->options, 0),
			     &entry));
	TRY(make_sure(run, &entry));
	TRY(run_client(run, &client));
	if (entry.is_active)
		TRY(is_last_one(client, &is_last));
	TRY(run_go_on(run));
	TRY(client_delete(client, is_other ? &owner : NULL, &entry.summary.id, &reply));
	return run->is_json ? json_print_one(&reply.entry) : print_text(&entry, is_last);
}
