/* log_words.c - see log_words.h */
#include "tool/cli/log_words.h"

#include <inttypes.h>

#include "tool/cli/compose.h"
#include "vault/base/own.h"
#include "vault/base/text.h"
#include "vault/base/vault.h"

const char *log_words_of_action(const struct audit_entry *entry)
{
	switch ((enum audit_action)entry->action) {
	case AUDIT_LIST:
		return _("list");
	case AUDIT_IMPORT:
		return _("import");
	case AUDIT_LOGIN:
		return _("PIN entered");
	case AUDIT_LOGOUT:
		return _("logout");
	case AUDIT_LOGIN_ENDED:
		return _("login ended");
	case AUDIT_SIGN:
		return _("signature");
	case AUDIT_DECRYPT:
		return _("decryption");
	case AUDIT_PIN:
		return _("PIN change");
	case AUDIT_USE:
		return _("made active");
	case AUDIT_DELETE:
		return _("deletion");
	case AUDIT_CONFIRM:
		return _("agrees with the letter");
	case AUDIT_PROVEN:
		return _("original proven");
	case AUDIT_FURTHER:
		return _("further, not singly");
	case AUDIT_POLICY:
		return _("policy read");
	case AUDIT_STOP:
		return _("vault stopped");
	case AUDIT_UNCLEAN_END:
		return _("vault was cut off before");
	case AUDIT_LOG_CUT:
		return _("log was cut before");
	case AUDIT_LOG_CHANGED:
		return _("log was changed before");
	}
	return _("unknown");
}

/* What happens every day; the others go by what kind of failure they are, and their word. */
static const struct {
	enum err result;
	const char *text; /* message id */
} results[] = {
	{ERR_PIN_WRONG, N_("PIN wrong")},
	{ERR_PIN_LOCKED, N_("locked")},
	{ERR_PIN_RULE, N_("PIN outside the rule")},
	{ERR_PIN_TEXT, N_("cannot be a PIN")},
	{ERR_POLICY_DENIED, N_("denied by policy")},
	{ERR_CERT_NOT_FOUND, N_("no such certificate")},
	{ERR_LOGIN_NEEDED, N_("the login had ended")},
	{ERR_ORIGINAL_PIN, N_("PIN wrong or file damaged")},
};

enum { EXIT_ORIGINAL = 9 };

static const char *success(const struct audit_entry *entry)
{
	switch (entry->outcome) {
	case 1 + IMPORT_ALREADY_THERE:
		return _("already there");
	case 1 + IMPORT_PIN_RESET:
		return _("PIN reset");
	default:
		return _("done");
	}
}

/* NULL for a failure without words of its own. */
static const char *known_result(const struct audit_entry *entry)
{
	if (entry->result == ERR_OK)
		return success(entry);
	for (size_t i = 0; i < COUNT_OF(results); i++)
		if ((uint32_t)results[i].result == entry->result)
			return _(results[i].text);
	return NULL;
}

static enum err result_alone(const struct audit_entry *entry, char **out_text)
{
	const char *known = known_result(entry);

	if (known != NULL)
		return compose(out_text, "%s", known);
	if (err_exit_code(err_from_wire(entry->result)) == EXIT_ORIGINAL)
		return compose(out_text, _("original not readable (%s)"),
			       audit_entry_result_word(entry));
	return compose(out_text, _("failed (%s)"), audit_entry_result_word(entry));
}

enum err log_words_of_result(const struct audit_entry *entry, char **out_text)
{
	AUTO_TEXT result = NULL;

	TRY(result_alone(entry, &result));
	if (entry->action == AUDIT_FURTHER)
		return compose(out_text, _("%s, times: %u"), result, (unsigned)entry->count);
	if (entry->count > 0)
		return compose(out_text, _("entries lost: %u"), (unsigned)entry->count);
	if (entry->rule[0] != '\0' && entry->line > 0)
		return compose(out_text, _("%s: %s (line %u)"), result, entry->rule,
			       (unsigned)entry->line);
	if (entry->rule[0] != '\0')
		return compose(out_text, "%s: %s", result, _(entry->rule));
	*out_text = TAKE(result);
	return ERR_OK;
}

static const char *fault_alone(const struct audit_fault *fault)
{
	switch ((enum audit_fault_kind)fault->kind) {
	case AUDIT_FAULT_EDITED:
		return _("changed");
	case AUDIT_FAULT_REMOVED:
		return _("removed");
	case AUDIT_FAULT_MOVED:
		return _("in another order");
	case AUDIT_FAULT_CUT:
		return _("cut off at the end");
	}
	return _("unknown");
}

enum err log_words_of_fault(const struct audit_fault *fault, char **out_text)
{
	return compose(out_text, _("%s: entries %" PRIu64 " to %" PRIu64), fault_alone(fault),
		       fault->from, fault->to);
}
