/* run.c - see run.h */
#include "tool/cli/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool/cli/compose.h"
#include "tool/cli/sentence.h"
#include "vault/base/place.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

/* The watching thread's last words; the terminal is as it was, for no prompt is ever stuck. */
static void give_up(void *context)
{
	const struct run *run = context;
	const char *unsure = run->unsure;
	AUTO_TEXT sentence = NULL;

	if (unsure != NULL)
		run_tell(run, "%s\n", _(unsure));
	else if (sentence_of(ERR_CANCELLED, NULL, &sentence) == ERR_OK)
		run_tell(run, "%s\n", sentence);
}

enum err run_start(struct run *run, int word_count, const char *const *words)
{
	run->is_json = options_want_json(word_count, words);
	TRY(options_parse(word_count, words, &run->options));
	TRY(interrupt_open(give_up, run, &run->interrupt));
	if (!options_has(&run->options, OPTION_PIN_FD))
		run->terminal = terminal_open(interrupt_fd(run->interrupt));
	return pin_input_open(run->options.values[OPTION_PIN_FD], run->terminal, &run->pins);
}

void run_end(struct run *run)
{
	client_close(run->client);
	pin_input_close(run->pins);
	terminal_close(run->terminal);
	interrupt_close(run->interrupt);
	options_clear(&run->options);
	json_decref(run->choices);
	json_decref(run->problems);
	free(run->words.message);
	free(run->words.advice);
}

/* Whoever named the socket started the vault there, and starts it again. */
static enum err not_reachable(struct run *run)
{
	const char *named = secure_getenv(PLACE_SOCKET_VARIABLE);
	AUTO_TEXT folder = NULL;
	AUTO_TEXT safe = NULL;
	AUTO_TEXT advice = NULL;

	if (named == NULL || named[0] == '\0')
		return ERR_VAULT_UNREACHABLE;
	TRY(client_config_folder(&folder));
	TRY(utf8_escape(folder, &safe));
	TRY(compose(&advice, _("Please start it in a terminal of its own: kinkod --private %s"),
		    safe));
	return run_in_words(run, ERR_VAULT_UNREACHABLE, NULL, TAKE(advice));
}

enum err run_any_client(struct run *run, struct client **out_client)
{
	if (run->client == NULL) {
		enum err err = client_open("kinko", &run->client);
		TRY(err == ERR_VAULT_UNREACHABLE ? not_reachable(run) : err);
		if (client_is_private(run->client))
			run_tell(run, "%s\n", _("[private vault, for trying]"));
	}
	*out_client = run->client;
	return ERR_OK;
}

static enum err refusal(struct client *client)
{
	AUTO_HELD(status_reply) status = {0};

	TRY(client_status(client, &status));
	return status.refusal == 0 ? ERR_VAULT_DAMAGED : err_from_wire(status.refusal);
}

enum err run_client(struct run *run, struct client **out_client)
{
	struct client *client = NULL;

	TRY(run_any_client(run, &client));
	if (client_vault_state(client) != VAULT_READY)
		return refusal(client);
	*out_client = client;
	return ERR_OK;
}

enum err run_in_words(struct run *run, enum err err, char *message, char *advice)
{
	free(run->words.message);
	free(run->words.advice);
	run->words = (struct words){.of = err, .message = message, .advice = advice};
	return err;
}

enum err run_words_of(const struct run *run, enum err err, const char *detail, char **out_message,
		      char **out_advice)
{
	const struct words *words = &run->words;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	TRY(text_of_message(err, detail, &message));
	TRY(text_of_advice(err, detail, &advice));
	if (words->of == err && words->message != NULL)
		TRY(compose(out_message, "%s", words->message));
	else
		*out_message = TAKE(message);
	if (words->of == err && words->advice != NULL)
		return compose(out_advice, "%s", words->advice);
	*out_advice = TAKE(advice);
	return ERR_OK;
}

enum err run_go_on(const struct run *run)
{
	return interrupt_happened(run->interrupt) ? ERR_CANCELLED : ERR_OK;
}

void run_begin_change(struct run *run)
{
	run->unsure =
		N_("Cancelled while the vault was making the change: it makes it whole or not at "
		   "all. To see which: kinko log");
}

void run_end_change(struct run *run)
{
	run->unsure = NULL;
}

void run_tell(const struct run *run, const char *format, ...)
{
	va_list list;

	if (run->is_json)
		return;
	va_start(list, format);
	(void)vfprintf(stderr, format, list);
	va_end(list);
}
