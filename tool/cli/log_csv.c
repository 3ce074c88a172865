/* log_csv.c - see log_csv.h */
#include "tool/cli/log_csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tool/cli/compose.h"
#include "tool/cli/moment.h"
#include "vault/base/utf8.h"

void log_csv_heading(void)
{
	(void)printf("number,at,uid,pid,program,action,result,certificate,mechanism,digest\n");
}

static void print_quoted(const char *text)
{
	(void)fputc('"', stdout);
	for (const char *next = text; *next != '\0'; next++) {
		if (*next == '"')
			(void)fputc('"', stdout);
		(void)fputc(*next, stdout);
	}
	(void)fputc('"', stdout);
}

/* A program calls itself what it likes: nothing that a spreadsheet would calculate. */
static enum err print_unproven(const char *text)
{
	AUTO_TEXT safe = NULL;

	AUTO_TEXT harmless = NULL;
	bool is_formula;

	TRY(utf8_escape(text, &safe));
	is_formula = safe[0] != '\0' && strchr("=+-@", safe[0]) != NULL;
	TRY(compose(&harmless, "%s%s", is_formula ? "'" : "", safe));
	print_quoted(harmless);
	return ERR_OK;
}

static void print_hex(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)printf("%02x", bytes[i]);
}

enum err log_csv_entry(const struct audit_entry *entry)
{
	AUTO_TEXT at = NULL;
	const char *action = audit_action_word((enum audit_action)entry->action);

	TRY(moment_rfc3339(entry->at, &at));
	(void)printf("%" PRIu64 ",%s,%u,%u,", entry->number, at, entry->uid, entry->pid);
	TRY(print_unproven(entry->program));
	(void)printf(",%s,%s,", action == NULL ? "" : action, audit_entry_result_word(entry));
	print_hex(entry->certificate.bytes, entry->has_certificate ? DIGEST_SIZE : 0);
	(void)fputc(',', stdout);
	print_quoted(entry->mechanism);
	(void)fputc(',', stdout);
	print_hex(entry->digest, entry->digest_size);
	(void)fputc('\n', stdout);
	return ERR_OK;
}
