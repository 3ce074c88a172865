/* command.h - every command there is: the overview, the help pages and the dispatch are made from
 * one table, so that none can be listed without existing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tool/cli/options.h"
#include "vault/base/err.h"

struct run;

enum command_group {
	GROUP_GET,
	GROUP_CERTIFICATES,
	GROUP_SIGNATURES,
	GROUP_ORIGINALS,
	GROUP_VAULT,
	GROUP_COUNT
};
const char *command_group_title(enum command_group group); /* message id */

enum { ARGUMENTS_ANY = UINT8_MAX };

struct command {
	const char *name;     /* "list", "original get" */
	const char *japanese; /* as the customer calls it; shown in every language */
	const char *summary;  /* message id, one line */
	const char *usage;    /* what may follow the name */
	const char *help;     /* message id, lines of the help page; "" */
	uint64_t options;     /* OPTION_BITs besides --json and --help */
	uint8_t argument_min;
	uint8_t argument_max; /* or ARGUMENTS_ANY */
	uint8_t group;        /* enum command_group */
	enum err (*run)(struct run *run);
};

size_t command_count(void);
const struct command *command_at(size_t index);

/* The command that the first word, or the first two, name. ERR_USAGE quotes them; of a name with
 * several parts ("original") ERR_ARGUMENT_MISSING says which there are. */
enum err command_find(const char *const *words, size_t count, const struct command **out_command,
		      size_t *out_taken) MUST_CHECK;

/* One function per command, each in a file of its own. */
enum err command_get(struct run *run) MUST_CHECK;
enum err command_import(struct run *run) MUST_CHECK;
enum err command_list(struct run *run) MUST_CHECK;
enum err command_show(struct run *run) MUST_CHECK;
enum err command_use(struct run *run) MUST_CHECK;
enum err command_delete(struct run *run) MUST_CHECK;
enum err command_pin(struct run *run) MUST_CHECK;
enum err command_original_get(struct run *run) MUST_CHECK;
enum err command_original_show(struct run *run) MUST_CHECK;
enum err command_original_check(struct run *run) MUST_CHECK;
enum err command_original_pin(struct run *run) MUST_CHECK;
enum err command_sticks(struct run *run) MUST_CHECK;
enum err command_status(struct run *run) MUST_CHECK;
enum err command_sign(struct run *run) MUST_CHECK;
enum err command_verify(struct run *run) MUST_CHECK;
enum err command_log(struct run *run) MUST_CHECK;
enum err command_policy_explain(struct run *run) MUST_CHECK;
enum err command_policy_check(struct run *run) MUST_CHECK;
enum err command_doctor(struct run *run) MUST_CHECK;
enum err command_register(struct run *run) MUST_CHECK;
enum err command_unregister(struct run *run) MUST_CHECK;
enum err command_help(struct run *run) MUST_CHECK;
