/* run.h - one run of the program: what was asked, who can be asked, and the way into the vault.
 * Every command gets it and nothing else.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "tool/cli/entries.h"
#include "tool/cli/interrupt.h"
#include "tool/cli/options.h"
#include "tool/cli/pin_input.h"
#include "tool/cli/terminal.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/client/client.h"

/* What is said of one failure where the table's sentences do not fit this case of it. */
struct words {
	enum err of;   /* ERR_OK: of none */
	char *message; /* translated and safe to show; NULL: the table's */
	char *advice;  /* the same */
};

struct run {
	struct options options;
	bool is_json;
	struct interrupt *interrupt;
	struct terminal *terminal; /* NULL: nobody to ask, or --pin-fd said that a script runs */
	struct pin_input *pins;
	struct client *client; /* opened at first need; see run_client */
	json_t *choices;       /* of a failure: what there was to choose from; NULL */
	json_t *problems;      /* of a failure: every line of a file that is wrong; NULL */
	struct words words;
	bool tells_tries; /* of a wrong PIN: whether it is known how many tries are left */
	unsigned tries_left;
	/* What the last words are in the middle of a step that cannot be called back (message id);
	 * NULL: that nothing is lost. The watching thread reads it. */
	const char *_Atomic unsure;
	enum err answer; /* the exit code of a result that is a refusal; ERR_OK */
};

/* The words are those of the command line without the program's name. */
enum err run_start(struct run *run, int word_count, const char *const *words) MUST_CHECK;
void run_end(struct run *run);
OWN_DEFINE_HELD(run, run_end)

/* A loan of the open vault; a refused vault is its refusal (exit 8). */
enum err run_client(struct run *run, struct client **out_client) MUST_CHECK;
/* The same, but the state of the vault does not matter. */
enum err run_any_client(struct run *run, struct client **out_client) MUST_CHECK;
/* Sets the words of `err` and returns it. Both texts are taken over. */
enum err run_in_words(struct run *run, enum err err, char *message, char *advice) MUST_CHECK;
/* Both parts of a failure's sentence as this run says them; owned by the caller. */
enum err run_words_of(const struct run *run, enum err err, const char *detail, char **out_message,
		      char **out_advice) MUST_CHECK;

/* ERR_CANCELLED once the person has interrupted: asked between two steps. */
enum err run_go_on(const struct run *run) MUST_CHECK;

/* Around a change that the vault makes whole or not at all, once it has been asked for. */
void run_begin_change(struct run *run);
void run_end_change(struct run *run);

/* A message on standard error; none when a document was asked for, for programs do not read it.
 * The text is translated and safe to show. */
void run_tell(const struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);
