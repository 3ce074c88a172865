/* main.c - kinkod: reads the command line, and speaks where a start fails. */
#include <stdio.h>

#include "vault/base/log.h"
#include "vault/base/text.h"
#include "vault/daemon/options.h"
#include "vault/daemon/run.h"
#include "vault/keeper/tpm.h"

static int help(void)
{
	(void)printf(
		"%s\n",
		_("Usage: kinkod [--private DIR] [--new-vault]\n"
		  "       kinkod --setup | --enroll-tpm | --leave-tpm\n"
		  "\n"
		  "The vault's daemon. It stays in the foreground; SIGTERM stops it, SIGHUP makes\n"
		  "it read the policy again.\n"
		  "\n"
		  "  --private DIR  keep everything of a private vault in DIR and serve only the\n"
		  "                 user who starts it: for trying out, NOT copy-proof\n"
		  "  --new-vault    set the old vault aside, untouched, and make a new, empty one\n"
		  "  --setup        (root) make what a first start needs, and end\n"
		  "  --enroll-tpm   (root, service stopped) tie the vault to this machine's TPM;\n"
		  "                 a backup or free disk blocks that hold both the earlier\n"
		  "                 vault.key and host.key open the vault key without the TPM\n"
		  "  --leave-tpm    (root, service stopped) tie it to this host alone again\n"
		  "  --version      print the version\n"
		  "  --help         print this"));
	return 0;
}

static int version(void)
{
	(void)printf("kinkod %s\n", KINKO_VERSION);
	return 0;
}

/* The table's advice for a wrong command line is that of the other program, kinko. */
static enum err sentence_of(enum err err, char **out_sentence)
{
	AUTO_TEXT message = NULL;

	if (err != ERR_USAGE)
		return text_of_error(err, err_detail_text(), out_sentence);
	TRY(text_of_message(err, err_detail_text(), &message));
	return text_join(message, _("Please see: kinkod --help"), out_sentence);
}

/* One sentence for people; what only an operator understands goes to the log. */
static int fail(enum err err)
{
	AUTO_TEXT sentence = NULL;

	if (sentence_of(err, &sentence) == ERR_OK)
		(void)fprintf(stderr, "kinkod: %s\n", sentence);
	if (err_note_text()[0] != '\0')
		log_error(LOG_ERROR, "start", err);
	return err_exit_code(err);
}

int main(int count, char **arguments)
{
	struct options options = {.task = TASK_SERVE};
	enum err err = run_prepare();

	if (err == ERR_OK)
		err = options_parse(count, arguments, &options);
	if (err != ERR_OK)
		return fail(err);
	if (options.task == TASK_HELP)
		return help();
	if (options.task == TASK_VERSION)
		return version();
	err = run_task(&options, &tpm_port_machine);
	return err == ERR_OK ? 0 : fail(err);
}
