/* main.c - kinko, the command line of the vault. It holds no key and parses no original: the
 * vault and the opener do.
 */
#include <signal.h>

#include "tool/cli/command.h"
#include "tool/cli/overview.h"
#include "tool/cli/report.h"
#include "tool/cli/run.h"
#include "tool/cli/streams.h"
#include "tool/cli/width.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"

static enum err obey(struct run *run)
{
	const struct options *options = &run->options;

	if (options_has(options, OPTION_VERSION))
		return overview_version(run);
	if (options->command == NULL)
		return options_has(options, OPTION_HELP) ? overview_commands(run)
							 : overview_home(run);
	if (options_has(options, OPTION_HELP))
		return overview_command(run, options->command);
	return options->command->run(run);
}

static enum err work(struct run *run, int argc, char **argv)
{
	/* A reader of our output that leaves early must not kill us in the middle of a change. */
	(void)signal(SIGPIPE, SIG_IGN);
	TRY(secret_init());
	TRY(run_start(run, argc - 1, (const char *const *)(argv + 1)));
	return obey(run);
}

int main(int argc, char **argv)
{
	AUTO_HELD(run) run = {0};

	streams_hold();
	text_init();
	width_init();
	return report_end(&run, work(&run, argc < 1 ? 1 : argc, argv));
}
