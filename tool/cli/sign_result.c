/* sign_result.c - see sign_result.h */
#include "tool/cli/sign_result.h"

#include <stdio.h>

#include "tool/cli/json.h"
#include "vault/base/utf8.h"

enum { DETAIL_SIZE = 512 };

enum err sign_result_error(const struct run *run, enum err err, json_t **out_error)
{
	AUTO_JSON error = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;
	char detail[DETAIL_SIZE];

	if (err == ERR_OK) {
		*out_error = json_null();
		return ERR_OK;
	}
	/* Copied: what says the failure may itself use the place of the detail. */
	(void)snprintf(detail, sizeof detail, "%s", err_detail_text());
	TRY(run_words_of(run, err, detail, &message, &advice));
	TRY(json_object_new(&error));
	TRY(json_set(error, "code", json_string(err_word(err))));
	TRY(json_set(error, "exit", json_integer(err_exit_code(err))));
	TRY(json_set(error, "message", json_text(message)));
	TRY(json_set(error, "advice", json_text(advice)));
	*out_error = TAKE(error);
	return ERR_OK;
}

void sign_result_tell(const struct run *run, const char *file, enum err err)
{
	AUTO_TEXT safe = NULL;
	AUTO_TEXT note = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;
	char detail[DETAIL_SIZE];

	(void)snprintf(detail, sizeof detail, "%s", err_detail_text());
	if (utf8_escape(file, &safe) != ERR_OK || utf8_escape(err_note_text(), &note) != ERR_OK ||
	    run_words_of(run, err, detail, &message, &advice) != ERR_OK) {
		run_tell(run, "%s\n", err_message_id(err));
		return;
	}
	run_tell(run, "%s: %s\n", safe, message);
	if (err_exit_code(err) == 1 && note[0] != '\0')
		run_tell(run, "(%s)\n", note);
	if (advice[0] != '\0')
		run_tell(run, "%s\n", advice);
}

void sign_result_count(struct run *run, enum err err)
{
	if (run->answer == ERR_OK)
		run->answer = err;
}
