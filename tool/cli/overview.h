/* overview.h - what the program says about itself: `kinko` alone, the list of commands, the help
 * page of one command, the version. Made from the table of commands.
 */
#pragma once

#include "tool/cli/command.h"
#include "tool/cli/run.h"
#include "vault/base/err.h"

/* One line of the vault's state, then the commands. Never fails because of the vault. */
enum err overview_home(struct run *run) MUST_CHECK;
enum err overview_commands(struct run *run) MUST_CHECK;
enum err overview_command(struct run *run, const struct command *command) MUST_CHECK;
enum err overview_version(struct run *run) MUST_CHECK;
