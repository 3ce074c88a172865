/* open_original.c - see open_original.h */
#include "tool/cli/open_original.h"

#include "tool/cli/compose.h"
#include "tool/cli/describe.h"
#include "tool/cli/sentence.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/opener/run.h"

enum { ATTEMPTS = 3 };

/* Before the PIN a file is only a name, unless the vault knows its digest. The vault is not
 * needed for this: without it the name must do. */
static enum err known_title(struct run *run, const struct original *original, char **out_title)
{
	AUTO(entries) entries = NULL;
	struct client *client = NULL;
	const struct entry *entry = NULL;

	if (run_client(run, &client) == ERR_OK && entries_load(client, NULL, &entries) == ERR_OK)
		entry = entries_of_original(entries, &original->digest);
	err_forget();
	if (entry == NULL) {
		*out_title = NULL;
		return ERR_OK;
	}
	return describe_entry(entry, out_title);
}

enum err open_original_say(struct run *run, const struct original *original, const char *purpose)
{
	AUTO_TEXT path = NULL;
	AUTO_TEXT title = NULL;
	AUTO_TEXT text = NULL;

	if (!pin_input_is_terminal(run->pins))
		return ERR_OK;
	TRY(utf8_escape(original->path, &path));
	TRY(known_title(run, original, &title));
	if (title == NULL)
		TRY(compose(&text, _("%s\nOriginal: %s"), purpose, path));
	else
		TRY(compose(&text, _("%s\nOriginal: %s\nCertificate: %s"), purpose, path, title));
	pin_input_say(run->pins, text);
	return ERR_OK;
}

bool open_original_ask_again(struct run *run, enum err err, unsigned attempt)
{
	AUTO_TEXT sentence = NULL;

	if (err != ERR_ORIGINAL_PIN || attempt + 1 >= ATTEMPTS || !pin_input_is_terminal(run->pins))
		return false;
	if (sentence_of(err, err_detail_text(), &sentence) != ERR_OK)
		return false;
	pin_input_say(run->pins, sentence);
	err_forget();
	return true;
}

/* The job only borrows: its type is shared with the reading side, which owns. */
static struct secret *lend(const struct secret *secret)
{
	union {
		const struct secret *lent;
		struct secret *borrowed;
	} loan = {.lent = secret};

	return loan.borrowed;
}

enum err open_original_with(enum opener_mode mode, const struct secret *bytes,
			    const struct secret *pin, struct opened **out_opened)
{
	struct opener_job job = {.mode = (uint8_t)mode, .pin = lend(pin), .original = lend(bytes)};

	return opener_run(&job, out_opened);
}

enum err open_original_rebuild(const struct secret *bytes, const struct secret *old_pin,
			       const struct secret *new_pin, struct opened **out_opened)
{
	struct opener_job job = {.mode = OPENER_PIN,
				 .pin = lend(old_pin),
				 .new_pin = lend(new_pin),
				 .original = lend(bytes)};

	return opener_run(&job, out_opened);
}

enum err open_original_asking(struct run *run, enum opener_mode mode,
			      const struct original *original, const char *purpose,
			      const char *prompt, struct secret **out_pin,
			      struct opened **out_opened)
{
	TRY(open_original_say(run, original, purpose));
	for (unsigned attempt = 0;; attempt++) {
		AUTO(secret) pin = NULL;
		enum err err;

		TRY(pin_input_read(run->pins, prompt, &pin));
		err = open_original_with(mode, original->bytes, pin, out_opened);
		TRY(run_go_on(run));
		if (err == ERR_OK)
			*out_pin = TAKE(pin);
		if (!open_original_ask_again(run, err, attempt))
			return err;
	}
}
