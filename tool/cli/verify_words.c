/* verify_words.c - see verify_words.h */
#include "tool/cli/verify_words.h"

#include <stdio.h>

#include "tool/cli/compose.h"
#include "tool/cli/moment.h"
#include "tool/cli/table.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

static const char *fault_id(enum signature_fault fault)
{
	switch (fault) {
	case FAULT_KIND:
		return N_("not verified: this is a kind of signature that Kinko does not know");
	case FAULT_RANGE:
		return N_("NOT VALID: it does not cover the whole file");
	case FAULT_CONTENTS:
		return N_("NOT VALID: what stands in its place is no signature");
	case FAULT_CHANGED:
		return N_("NOT VALID: the content was changed after it was signed");
	case FAULT_SIGNATURE:
		return N_("NOT VALID: it was not made with the key of this certificate");
	case FAULT_NO_CERTIFICATE:
		return N_("NOT VALID: the signer's certificate is missing");
	case FAULT_CERTIFICATE:
		return N_("NOT VALID: it was made for another certificate");
	case FAULT_WEAK_HASH:
		return N_("NOT VALID: its hash (SHA-1 or older) can be forged");
	case FAULT_WEAK_KEY:
		return N_("NOT VALID: the signer's key is too short and can be forged");
	case FAULT_NONE:
	case FAULT_COUNT:
	default:
		return N_("valid: the content is what was signed");
	}
}

static const char *since_id(enum signature_since since)
{
	switch (since) {
	case SINCE_NOTHING:
		return N_("nothing; it covers the whole file as it is now");
	case SINCE_SIGNATURES:
		return N_("only signatures were added");
	case SINCE_OTHER:
	default:
		return N_("the document was ADDED TO OR CHANGED after this signature");
	}
}

static const char *certificate_id_of(const struct signature_report *report)
{
	if (!report->is_in_time)
		return N_("was NOT within its validity period at that time");
	return report->chain_known
		       ? N_("issued by an issuer that this computer trusts")
		       : N_("There is not enough information to verify this certificate.");
}

static enum err moment_of(const struct signature_report *report, char **out_text)
{
	if (report->signed_at == 0)
		return compose(out_text, "%s", _("not known"));
	return moment_minute(report->signed_at, out_text);
}

enum err verify_words_print(const struct signature_report *report, size_t number, bool is_pdf)
{
	AUTO(table) table = NULL;
	AUTO_TEXT moment = NULL;
	const char *signer = report->signer[0] == '\0' ? _("not known") : report->signer;

	TRY(table_new(2, &table));
	TRY(moment_of(report, &moment));
	TRY(table_add_pair(table, _("Signer"), signer));
	TRY(table_add_pair(table, _("Signed at"), moment));
	TRY(table_add_pair(table, _("Result"), _(fault_id(report->fault))));
	if (report->fault == FAULT_NONE && is_pdf)
		TRY(table_add_pair(table, _("Since then"), _(since_id(report->since))));
	if (report->certificate.size > 0)
		TRY(table_add_pair(table, _("Certificate"), _(certificate_id_of(report))));
	if (report->is_timestamp)
		(void)printf(_("  Signature %zu (time stamp)\n"), number);
	else
		(void)printf(_("  Signature %zu\n"), number);
	return table_print(table, stdout, "    ", TABLE_WIDTH_ANY);
}
