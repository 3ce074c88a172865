/* download_steps.c - see download_steps.h */
#include "tool/cli/download_steps.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool/cli/compose.h"
#include "tool/cli/moment.h"
#include "tool/cli/open_original.h"
#include "tool/cli/progress.h"
#include "tool/cli/sentence.h"
#include "usbimport/original.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/client/client.h"

enum { ATTEMPTS = 3 };

void fetched_clear(struct fetched *fetched)
{
	download_server_free(fetched->server);
	secret_free(fetched->pin);
	download_free(fetched->download);
	opened_free(fetched->opened);
	free(fetched->path);
	*fetched = (struct fetched){0};
}

enum err download_find_server(struct fetched *fetched)
{
	AUTO_TEXT folder = NULL;

	TRY(client_config_folder(&folder));
	return download_server_load(folder, &fetched->server);
}

/* Without the blanks around it, which copying from a letter leaves. */
static enum err trimmed(const char *text, char **out_text)
{
	size_t size = strlen(text);

	while (size > 0 && isspace((unsigned char)text[size - 1]))
		size--;
	while (size > 0 && isspace((unsigned char)*text)) {
		text++;
		size--;
	}
	*out_text = strndup(text, size);
	return *out_text == NULL ? ERR_MEMORY : ERR_OK;
}

/* The input method may be on; what was made of the answer is shown. */
static enum err ask_once(struct terminal *terminal, char **out_id)
{
	AUTO_TEXT typed = NULL;
	AUTO_TEXT safe = NULL;
	AUTO_TEXT half = NULL;

	TRY(terminal_ask_line(terminal, _("ID number of the letter: "), &typed));
	TRY(compose(&half, "%s", typed));
	terminal_make_half_width(half);
	TRY(trimmed(half, out_id));
	if (strcmp(*out_id, typed) == 0 || !download_id_is_proper(*out_id))
		return ERR_OK;
	TRY(utf8_escape(*out_id, &safe));
	terminal_say(terminal, _("Read as: %s\n"), safe);
	return ERR_OK;
}

static enum err ask_until_proper(struct terminal *terminal, char **out_id)
{
	for (;;) {
		AUTO_TEXT id = NULL;
		AUTO_TEXT sentence = NULL;

		TRY(ask_once(terminal, &id));
		if (download_id_is_proper(id)) {
			*out_id = TAKE(id);
			return ERR_OK;
		}
		TRY(sentence_of(ERR_ID_TEXT, NULL, &sentence));
		terminal_say(terminal, "%s\n", sentence);
	}
}

/* What cannot be an ID number is found before a PIN is typed. */
static enum err ask_id(struct run *run, char **out_id)
{
	const char *given = run->options.values[OPTION_ID];

	if (given == NULL && run->terminal == NULL)
		return err_detail(ERR_ARGUMENT_MISSING, "--id ID");
	if (given == NULL)
		return ask_until_proper(run->terminal, out_id);
	TRY(trimmed(given, out_id));
	return download_id_is_proper(*out_id) ? ERR_OK : ERR_ID_TEXT;
}

static enum err ask_and_retrieve(struct run *run, struct fetched *fetched)
{
	AUTO_TEXT id = NULL;
	struct progress progress = {.terminal = run->terminal, .interrupt = run->interrupt};
	enum err err;

	TRY(ask_id(run, &id));
	secret_free(fetched->pin);
	fetched->pin = NULL;
	TRY(pin_input_read(run->pins, _("PIN of the letter: "), &fetched->pin));
	TRY(download_init());
	TRY(run_go_on(run));
	run_tell(run, "%s\n", _("Downloading the certificate."));
	err = download_retrieve(fetched->server, id, fetched->pin, progress_show, &progress,
				&fetched->download);
	progress_end(&progress);
	return err;
}

/* A person may correct a slip. How many tries are left the server tells nobody. */
static bool ask_again(const struct run *run, enum err err, unsigned attempt)
{
	AUTO_TEXT sentence = NULL;

	if (err != ERR_ID_OR_PIN || attempt + 1 >= ATTEMPTS || !pin_input_is_terminal(run->pins) ||
	    sentence_of(err, NULL, &sentence) != ERR_OK)
		return false;
	pin_input_say(run->pins, sentence);
	pin_input_say(run->pins,
		      _("The server counts wrong PINs and locks the ID number after several."));
	err_forget();
	return true;
}

enum err download_fetch(struct run *run, struct fetched *fetched)
{
	for (unsigned attempt = 0;; attempt++) {
		enum err err = ask_and_retrieve(run, fetched);
		if (!ask_again(run, err, attempt))
			return err;
	}
}

static enum err name_in_folder(const struct secret *bytes, const struct secret *pin,
			       char **out_name)
{
	AUTO(opened) opened = NULL;
	AUTO(certificate) certificate = NULL;

	TRY(open_original_with(OPENER_CHECK, bytes, pin, &opened));
	TRY(certificate_parse(opened->certificate.data, opened->certificate.size, &certificate));
	return original_file_name(certificate, out_name);
}

/* What counts is what the medium gives back, not what was in memory. */
static enum err prove(struct fetched *fetched)
{
	AUTO(original) original = NULL;

	TRY(original_read(fetched->path, &original));
	if (!digest_equal(&original->digest, &fetched->download->digest))
		return err_detail(ERR_STICK_NOT_PROVEN, "%s", fetched->path);
	TRY(open_original_with(OPENER_CHECK, original->bytes, fetched->pin, &fetched->opened));
	fetched->proven_at = time(NULL);
	return ERR_OK;
}

enum err download_write_and_prove(struct run *run, const struct target *target,
				  struct fetched *fetched)
{
	AUTO(original_written) written = NULL;
	AUTO_TEXT name = NULL;
	AUTO_TEXT safe = NULL;

	TRY(name_in_folder(fetched->download->original, fetched->pin, &name));
	TRY(run_go_on(run));
	TRY(target->device != NULL
		    ? original_write_to_stick(target->device, name, fetched->download->original,
					      &written)
		    : original_write(target->folder, name, fetched->download->original, &written));
	fetched->path = TAKE(written->path);
	TRY(prove(fetched));
	TRY(utf8_escape(fetched->path, &safe));
	run_tell(run,
		 written->was_there ? _("The original was there already and is readable: %s\n")
				    : _("The original was written and proven readable: %s\n"),
		 safe);
	return ERR_OK;
}

enum err download_confirm_saved(struct run *run, const struct fetched *fetched,
				int64_t *out_delete_at)
{
	enum err err = download_saved(fetched->server, fetched->download->ticket,
				      &fetched->download->digest, out_delete_at);

	if (err != ERR_OK)
		run_tell(run, "%s\n",
			 _("Everything is stored safely here; only the server could not "
			   "be told so. Please run the same command again."));
	return err;
}

enum err download_print_delete_at(int64_t delete_at)
{
	AUTO_TEXT until = NULL;

	TRY(moment_minute(delete_at, &until));
	(void)printf(_("It can be downloaded again until %s; then the server deletes its copy.\n"),
		     until);
	return ERR_OK;
}
