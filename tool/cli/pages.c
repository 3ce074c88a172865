/* pages.c - see pages.h */
#include "tool/cli/pages.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tool/cli/compose.h"
#include "tool/cli/moment.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

static const char indent[] = "  ";

enum err pages_of(const struct bytes *certificate, const struct bytes_list *chain,
		  struct pages *out_pages)
{
	AUTO_HELD(pages) pages = {0};

	TRY(certificate_parse(certificate->data, certificate->size, &pages.certificate));
	TRY(fields_of(pages.certificate, &pages.fields));
	TRY(path_build(certificate, chain, &pages.path));
	*out_pages = pages;
	pages = (struct pages){0};
	return ERR_OK;
}

void pages_clear(struct pages *pages)
{
	certificate_free(pages->certificate);
	fields_free(pages->fields);
	path_free(pages->path);
	*pages = (struct pages){0};
}

static enum err add_names_and_validity(struct table *table, const struct certificate *certificate)
{
	AUTO_TEXT subject = NULL;
	AUTO_TEXT issuer = NULL;
	AUTO_TEXT from = NULL;
	AUTO_TEXT until = NULL;
	AUTO_TEXT validity = NULL;

	TRY(certificate_subject_short(certificate, &subject));
	TRY(certificate_issuer_short(certificate, &issuer));
	TRY(moment_day(certificate_not_before(certificate), &from));
	TRY(moment_day(certificate_not_after(certificate), &until));
	TRY(compose(&validity, _("%s to %s"), from, until));
	TRY(table_add_pair(table, _("Issued to"), subject));
	TRY(table_add_pair(table, _("Issued by"), issuer));
	return table_add_pair(table, _("Validity"), validity);
}

static void print_validity_note(const struct certificate *certificate)
{
	int64_t now = time(NULL);

	if (now < certificate_not_before(certificate) || now > certificate_not_after(certificate))
		(void)printf("%s%s\n", indent,
			     _("This certificate has expired or is not yet valid."));
}

enum err pages_print_general(const struct pages *pages)
{
	AUTO(table) table = NULL;

	screen_heading(stdout, _("General"));
	TRY(table_new(2, &table));
	TRY(add_names_and_validity(table, pages->certificate));
	TRY(table_print_pairs(table, stdout, indent, screen_width()));
	print_validity_note(pages->certificate);
	(void)printf("%s%s\n", indent,
		     _("There is not enough information to verify this certificate."));
	(void)printf("%s%s\n", indent,
		     _("(This is normal: the issuer of these certificates is not among the root "
		       "certificates"));
	(void)printf(
		"%s%s\n", indent,
		_("of this computer. Please compare the certificate with the letter instead.)"));
	return ERR_OK;
}

/* The first line beside the name, the others below it. */
static enum err add_field(struct table *table, const struct field *field)
{
	const char *line = field->value;
	const char *name = _(field->name);

	for (;;) {
		size_t size = strcspn(line, "\n");
		AUTO_TEXT part = NULL;
		TRY(compose(&part, "%.*s", (int)size, line));
		TRY(table_add_pair(table, name, part));
		if (line[size] == '\0')
			return ERR_OK;
		line += size + 1;
		name = "";
	}
}

enum err pages_print_details(const struct pages *pages)
{
	AUTO(table) table = NULL;

	screen_heading(stdout, _("Details"));
	TRY(table_new(2, &table));
	TRY(table_add_pair(table, _("Field"), _("Value")));
	for (size_t i = 0; i < pages->fields->count; i++)
		TRY(add_field(table, &pages->fields->items[i]));
	return table_print_pairs(table, stdout, indent, screen_width());
}

static enum err print_step(const struct certificate *certificate, size_t depth)
{
	AUTO_TEXT name = NULL;
	AUTO_TEXT safe = NULL;

	TRY(certificate_subject_short(certificate, &name));
	TRY(utf8_escape(name, &safe));
	(void)printf("%s%*s%s%s\n", indent, (int)(depth * 2), "", depth == 0 ? "" : "+ ", safe);
	return ERR_OK;
}

/* The issuer that the original did not bring, by the name the last certificate gives. */
static enum err print_absent_issuer(const struct certificate *last)
{
	AUTO_TEXT name = NULL;
	AUTO_TEXT safe = NULL;

	TRY(certificate_issuer_short(last, &name));
	TRY(utf8_escape(name, &safe));
	(void)printf("%s", indent);
	(void)printf(_("(%s: its certificate did not come with the original.)\n"), safe);
	return ERR_OK;
}

enum err pages_print_path(const struct pages *pages)
{
	const struct path *path = pages->path;

	screen_heading(stdout, _("Certification path"));
	for (size_t i = path->count; i-- > 0;)
		TRY(print_step(path->steps[i], path->count - 1 - i));
	return path->is_complete || path->count == 0
		       ? ERR_OK
		       : print_absent_issuer(path->steps[path->count - 1]);
}

static enum err add_subject(struct table *table, const struct certificate *certificate)
{
	AUTO(fields) subject = NULL;
	AUTO_TEXT user_id = NULL;

	TRY(certificate_user_id(certificate, &user_id));
	if (user_id[0] != '\0')
		TRY(table_add_pair(table, _("User ID"), user_id));
	TRY(fields_of_subject(certificate, &subject));
	for (size_t i = 0; i < subject->count; i++) {
		const struct field *field = &subject->items[i];
		if (user_id[0] == '\0' || strcmp(field->value, user_id) != 0)
			TRY(table_add_pair(table, field->name, field->value));
	}
	return ERR_OK;
}

enum err pages_print_letter_points(const struct pages *pages, FILE *file)
{
	AUTO(table) table = NULL;

	TRY(table_new(2, &table));
	TRY(add_names_and_validity(table, pages->certificate));
	TRY(add_subject(table, pages->certificate));
	return table_print_pairs(table, file, indent, screen_width());
}
