/* policy_explain.c - kinko policy explain ACTION [CERT]: what the vault's policy decides. */
#include <stdio.h>
#include <string.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "policy/question.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

static enum err print_document(const struct explain_reply *verdict)
{
	AUTO_JSON document = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "verdict", json_string(verdict->is_allowed ? "allow" : "deny")));
	TRY(json_set(document, "rule", json_text(verdict->rule)));
	TRY(json_set(document, "line",
		     verdict->line == 0 ? json_null() : json_integer(verdict->line)));
	return json_print(document);
}

/* "default: [vault] users = *": where no line of the file decides. */
static enum err rule_in_words(const char *rule, char **out_text)
{
	static const char by_default[] = "default: ";
	AUTO_TEXT safe = NULL;
	size_t size = strlen(by_default);

	if (strncmp(rule, by_default, size) != 0)
		return utf8_escape(_(rule), out_text);
	TRY(utf8_escape(rule + size, &safe));
	return compose(out_text, _("default: %s"), safe);
}

static enum err print_text(const char *action, const struct explain_reply *verdict)
{
	AUTO_TEXT rule = NULL;

	TRY(rule_in_words(verdict->rule, &rule));
	(void)printf("%s: %s\n", action, verdict->is_allowed ? _("allowed") : _("denied"));
	(void)printf(_("Rule: %s\n"), rule);
	if (verdict->line != 0)
		(void)printf(_("Line of policy.conf: %u\n"), (unsigned)verdict->line);
	return ERR_OK;
}

static enum err no_such_action(struct run *run, const char *word)
{
	AUTO_TEXT words = NULL;
	AUTO_TEXT advice = NULL;

	TRY(compose(&words, "%s", action_word((enum action)(ACTION_NONE + 1))));
	for (unsigned i = ACTION_NONE + 2; i < ACTION_COUNT; i++) {
		AUTO_TEXT before = TAKE(words);
		TRY(compose(&words, "%s %s", before, action_word((enum action)i)));
	}
	TRY(compose(&advice, _("ACTION is one of: %s"), words));
	(void)err_detail(ERR_USAGE, "%s", word);
	return run_in_words(run, ERR_USAGE, NULL, TAKE(advice));
}

enum err command_policy_explain(struct run *run)
{
	AUTO_HELD(explain_reply) verdict = {0};
	AUTO_HELD(entry) entry = {0};
	struct client *client = NULL;
	const char *word = options_argument(&run->options, 0);
	const char *cert = options_argument(&run->options, 1);
	enum action action;

	if (!action_of_word(word, &action))
		return no_such_action(run, word);
	TRY(run_client(run, &client));
	if (cert != NULL)
		TRY(find_cert_or_active(run, cert, &entry));
	TRY(client_explain(client, word, cert == NULL ? NULL : &entry.summary.id, &verdict));
	run->answer = verdict.is_allowed ? ERR_OK : ERR_POLICY_DENIED;
	return run->is_json ? print_document(&verdict) : print_text(word, &verdict);
}
