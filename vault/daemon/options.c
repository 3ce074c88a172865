/* options.c - see options.h */
#include "vault/daemon/options.h"

#include <getopt.h>
#include <stddef.h>

static enum err take_option(int letter, struct options *options)
{
	switch (letter) {
	case 'p':
		options->private_folder = optarg;
		return ERR_OK;
	case 'n':
		options->task = TASK_NEW_VAULT;
		return ERR_OK;
	case 's':
		options->task = TASK_SETUP;
		return ERR_OK;
	case 'e':
		options->task = TASK_ENROLL_TPM;
		return ERR_OK;
	case 'l':
		options->task = TASK_LEAVE_TPM;
		return ERR_OK;
	case 'h':
		options->task = TASK_HELP;
		return ERR_OK;
	case 'v':
		options->task = TASK_VERSION;
		return ERR_OK;
	default:
		return ERR_USAGE;
	}
}

enum err options_parse(int count, char *const *arguments, struct options *out_options)
{
	static const struct option names[] = {
		{"private", required_argument, NULL, 'p'}, {"new-vault", no_argument, NULL, 'n'},
		{"enroll-tpm", no_argument, NULL, 'e'},    {"leave-tpm", no_argument, NULL, 'l'},
		{"setup", no_argument, NULL, 's'},         {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},       {NULL, 0, NULL, 0},
	};
	struct options options = {.task = TASK_SERVE};
	int letter;

	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(count, arguments, "+h", names, NULL)) != -1)
		if (take_option(letter, &options) != ERR_OK)
			return err_detail(ERR_USAGE, "%s", arguments[optind - 1]);
	if (optind < count)
		return err_detail(ERR_USAGE, "%s", arguments[optind]);
	if (options.task == TASK_SETUP && options.private_folder != NULL)
		return err_detail(ERR_USAGE, "--setup --private");
	if ((options.task == TASK_ENROLL_TPM || options.task == TASK_LEAVE_TPM) &&
	    options.private_folder != NULL)
		return err_detail(ERR_USAGE, "%s --private",
				  options.task == TASK_ENROLL_TPM ? "--enroll-tpm" : "--leave-tpm");
	*out_options = options;
	return ERR_OK;
}
