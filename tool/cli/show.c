/* show.c - kinko show [CERT] [--pem|--der] [--confirm]: 電子証明書の表示 */
#include <stdio.h>

#include "tool/cli/certificate_bytes.h"
#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/json.h"
#include "tool/cli/letter.h"
#include "tool/cli/pages.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "vault/base/text.h"

static enum err print_document(const struct entry *entry, const struct pages *pages)
{
	AUTO_JSON document = NULL;

	TRY(json_of_one(entry, &document));
	TRY(json_add_pages(document, pages->fields, pages->path));
	return json_print(document);
}

static enum err print_text(const struct entry *entry, const struct pages *pages)
{
	screen_heading(stdout, _("In the vault"));
	TRY(describe_print(entry));
	(void)fputc('\n', stdout);
	TRY(pages_print_general(pages));
	(void)fputc('\n', stdout);
	TRY(pages_print_details(pages));
	(void)fputc('\n', stdout);
	return pages_print_path(pages);
}

static enum err check_options(const struct run *run)
{
	const struct options *options = &run->options;
	bool is_pem = options_has(options, OPTION_PEM);
	bool is_der = options_has(options, OPTION_DER);

	if (is_pem && is_der)
		return err_detail(ERR_USAGE, "--pem --der");
	if ((is_pem || is_der) && run->is_json)
		return err_detail(ERR_USAGE, is_pem ? "--pem --json" : "--der --json");
	if (!options_has(options, OPTION_CONFIRM))
		return ERR_OK;
	if (is_pem || is_der)
		return err_detail(ERR_USAGE, is_pem ? "--pem --confirm" : "--der --confirm");
	return run->terminal == NULL ? ERR_TERMINAL_NEEDED : ERR_OK;
}

static enum err show(struct run *run, struct show_reply *reply)
{
	AUTO_HELD(pages) pages = {0};
	enum letter answer;

	TRY(pages_of(&reply->certificate, &reply->chain, &pages));
	if (options_has(&run->options, OPTION_CONFIRM))
		TRY(letter_check(run, &pages, &reply->entry, &answer));
	else if (!run->is_json)
		return print_text(&reply->entry, &pages);
	return run->is_json ? print_document(&reply->entry, &pages) : ERR_OK;
}

enum err command_show(struct run *run)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(show_reply) reply = {0};
	struct client *client = NULL;

	TRY(check_options(run));
	TRY(find_cert_or_active(run, options_argument(&run->options, 0), &entry));
	TRY(run_client(run, &client));
	TRY(client_show(client, &entry.summary.id, &reply));
	if (options_has(&run->options, OPTION_PEM))
		return certificate_print_pem(&reply.certificate);
	if (options_has(&run->options, OPTION_DER))
		return certificate_print_der(&reply.certificate);
	return show(run, &reply);
}
