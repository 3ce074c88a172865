/* original_show.c - kinko original show FILE: 原本の表示. No key leaves the opener. */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/json.h"
#include "tool/cli/open_original.h"
#include "tool/cli/original_document.h"
#include "tool/cli/pages.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "usbimport/original.h"
#include "vault/base/text.h"

static enum err print_file(const struct original *original, const struct opened *opened)
{
	AUTO(table) table = NULL;

	screen_heading(stdout, _("Original"));
	TRY(table_new(2, &table));
	TRY(table_add_pair(table, _("File"), original->path));
	if (opened->friendly_name[0] != '\0')
		TRY(table_add_pair(table, _("Friendly name"), opened->friendly_name));
	TRY(table_add_pair(table, _("Protection"), opened->protection));
	TRY(table_print_pairs(table, stdout, "  ", screen_width()));
	if (opened->is_weakly_protected)
		(void)printf("  %s\n",
			     _("This protection is weak by today's standards. Please lock "
			       "the file away."));
	(void)fputc('\n', stdout);
	return ERR_OK;
}

static enum err print_text(const struct original *original, const struct opened *opened,
			   const struct pages *pages)
{
	TRY(print_file(original, opened));
	TRY(pages_print_general(pages));
	(void)fputc('\n', stdout);
	TRY(pages_print_details(pages));
	(void)fputc('\n', stdout);
	return pages_print_path(pages);
}

static enum err print_document(const struct original *original, const struct opened *opened,
			       const struct pages *pages)
{
	AUTO_JSON document = NULL;

	TRY(original_document(pages->certificate, original->path, &document));
	TRY(json_set(document, "friendly_name", json_text(opened->friendly_name)));
	TRY(json_set(document, "protection", json_text(opened->protection)));
	TRY(json_set(document, "weak_protection", json_boolean(opened->is_weakly_protected)));
	TRY(json_add_pages(document, pages->fields, pages->path));
	return json_print(document);
}

enum err command_original_show(struct run *run)
{
	AUTO(original) original = NULL;
	AUTO(secret) pin = NULL;
	AUTO(opened) opened = NULL;
	AUTO_HELD(pages) pages = {0};

	TRY(original_read(options_argument(&run->options, 0), &original));
	TRY(open_original_asking(run, OPENER_SHOW, original, _("The original is shown."),
				 _("PIN of the original: "), &pin, &opened));
	TRY(pages_of(&opened->certificate, &opened->chain, &pages));
	return run->is_json ? print_document(original, opened, &pages)
			    : print_text(original, opened, &pages);
}
