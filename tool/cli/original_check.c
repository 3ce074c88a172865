/* original_check.c - kinko original check FILE: 原本の確認
 *
 * Opens it and proves the key against the certificate, inside the opener. When it lies on a stick
 * and the vault has the certificate, the vault remembers the day: "a proven original".
 */
#include <stdio.h>
#include <time.h>

#include "tool/cli/command.h"
#include "tool/cli/json.h"
#include "tool/cli/open_original.h"
#include "tool/cli/original_document.h"
#include "tool/cli/pages.h"
#include "tool/cli/run.h"
#include "usbimport/original.h"
#include "vault/base/text.h"

/* The vault need not be there, nor know this certificate, for a file to be fine. */
static bool remember(struct run *run, const struct original *original,
		     const struct certificate *certificate)
{
	AUTO_HELD(entry_reply) reply = {0};
	struct client *client = NULL;
	struct digest id;
	bool is_done;

	if (!original->is_on_stick)
		return false;
	certificate_id(certificate, &id);
	is_done = run_client(run, &client) == ERR_OK &&
		  client_original_proven(client, &id, &original->digest, time(NULL),
					 original->where, &reply) == ERR_OK;
	err_forget();
	return is_done;
}

static enum err print_document(const struct original *original, const struct opened *opened,
			       const struct certificate *certificate, bool is_remembered)
{
	AUTO_JSON document = NULL;

	TRY(original_document(certificate, original->path, &document));
	TRY(json_set(document, "sha256", json_digest(&original->digest)));
	TRY(json_set(document, "on_stick", json_boolean(original->is_on_stick)));
	TRY(json_set(document, "remembered", json_boolean(is_remembered)));
	TRY(json_set(document, "protection", json_text(opened->protection)));
	TRY(json_set(document, "weak_protection", json_boolean(opened->is_weakly_protected)));
	return json_print(document);
}

static enum err print_text(const struct original *original, const struct pages *pages,
			   bool is_remembered)
{
	(void)printf("%s\n", _("The original is in order: it opens, and key and certificate belong "
			       "together."));
	TRY(pages_print_letter_points(pages, stdout));
	if (is_remembered)
		(void)printf("%s\n", _("The vault remembers that it was proven today."));
	else if (!original->is_on_stick)
		(void)printf("%s\n",
			     _("It is not on a USB stick. Please keep the original on a USB "
			       "stick and lock that away."));
	return ERR_OK;
}

enum err command_original_check(struct run *run)
{
	AUTO(original) original = NULL;
	AUTO(secret) pin = NULL;
	AUTO(opened) opened = NULL;
	AUTO_HELD(pages) pages = {0};
	bool is_remembered;

	TRY(original_read(options_argument(&run->options, 0), &original));
	TRY(open_original_asking(run, OPENER_CHECK, original, _("The original is checked."),
				 _("PIN of the original: "), &pin, &opened));
	TRY(pages_of(&opened->certificate, &opened->chain, &pages));
	is_remembered = remember(run, original, pages.certificate);
	return run->is_json ? print_document(original, opened, pages.certificate, is_remembered)
			    : print_text(original, &pages, is_remembered);
}
