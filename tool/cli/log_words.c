/* log_words.c - see log_words.h */
#include "tool/cli/log_words.h"

#include <inttypes.h>

#include "tool/cli/compose.h"
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

/* What happens every day; the others go by their word. */
static const struct {
	enum err result;
	const char *text; /* message id */
} results[] = {
	{ERR_PIN_WRONG, N_("PIN wrong")},
	{ERR_PIN_LOCKED, N_("locked")},
	{ERR_POLICY_DENIED, N_("denied by policy")},
	{ERR_CERT_NOT_FOUND, N_("no such certificate")},
};

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

static const char *result_alone(const struct audit_entry *entry)
{
	for (size_t i = 0; i < COUNT_OF(results); i++)
		if ((uint32_t)results[i].result == entry->result)
			return _(results[i].text);
	return entry->result == ERR_OK ? success(entry) : audit_entry_result_word(entry);
}

enum err log_words_of_result(const struct audit_entry *entry, char **out_text)
{
	if (entry->action == AUDIT_FURTHER)
		return compose(out_text, _("%s, times: %u"), result_alone(entry),
			       (unsigned)entry->count);
	if (entry->count > 0)
		return compose(out_text, _("entries lost: %u"), (unsigned)entry->count);
	if (entry->rule[0] != '\0' && entry->line > 0)
		return compose(out_text, _("%s: %s (line %u)"), result_alone(entry), entry->rule,
			       (unsigned)entry->line);
	if (entry->rule[0] != '\0')
		return compose(out_text, "%s: %s", result_alone(entry), _(entry->rule));
	return compose(out_text, "%s", result_alone(entry));
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
