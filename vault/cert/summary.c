/* summary.c - what a certificate says of itself, for its entry: see entry.h. A file of its own, so
 * that what only reads and writes entries (the clients, other people's programs among them) brings
 * in no X.509 parser.
 */
#include "vault/cert/entry.h"

#include <string.h>

#include "vault/base/utf8.h"

/* A name longer than any real one (a certificate may hold 64 KiB of it) ends with "...". */
static void shorten(char *text)
{
	static const char dots[] = "...";

	if (strlen(text) > ENTRY_TEXT_MAX)
		memcpy(text + utf8_cut(text, ENTRY_TEXT_MAX - sizeof dots), dots, sizeof dots);
}

enum err summary_of(const struct certificate *certificate, struct summary *out_summary)
{
	AUTO_HELD(summary) summary = {0};

	certificate_id(certificate, &summary.id);
	TRY(certificate_subject(certificate, &summary.subject));
	TRY(certificate_issuer(certificate, &summary.issuer));
	TRY(certificate_serial(certificate, &summary.serial));
	TRY(certificate_user_id(certificate, &summary.user_id));
	TRY(certificate_key_name(certificate, &summary.key));
	shorten(summary.subject);
	shorten(summary.issuer);
	shorten(summary.serial);
	shorten(summary.user_id);
	summary.not_before = certificate_not_before(certificate);
	summary.not_after = certificate_not_after(certificate);
	*out_summary = summary;
	summary = (struct summary){0};
	return ERR_OK;
}
