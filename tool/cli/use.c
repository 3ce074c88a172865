/* use.c - kinko use CERT: 切替 */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "vault/base/text.h"

enum err command_use(struct run *run)
{
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(entry_reply) reply = {0};
	AUTO_TEXT title = NULL;
	struct client *client = NULL;

	TRY(find_cert_or_ask(run, NULL, options_argument(&run->options, 0), &entry));
	TRY(run_client(run, &client));
	TRY(run_go_on(run));
	TRY(client_use(client, &entry.summary.id, &reply));
	if (run->is_json)
		return json_print_one(&reply.entry);
	TRY(describe_entry(&reply.entry, &title));
	(void)printf(_("%s is now the active certificate: every program uses it.\n"), title);
	return ERR_OK;
}
