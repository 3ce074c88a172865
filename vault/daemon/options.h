/* options.h - what was asked for on kinkod's command line.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/err.h"

enum task {
	TASK_SERVE,
	TASK_NEW_VAULT,
	TASK_SETUP,
	TASK_ENROLL_TPM,
	TASK_LEAVE_TPM,
	TASK_HELP,
	TASK_VERSION
};

struct options {
	enum task task;
	const char *private_folder; /* NULL: the system vault */
};

/* ERR_USAGE with the argument that was not understood. */
enum err options_parse(int count, char *const *arguments, struct options *out_options) MUST_CHECK;
