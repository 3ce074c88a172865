/* original_document.c - see original_document.h */
#include "tool/cli/original_document.h"

enum err original_document(const struct certificate *certificate, const char *path,
			   json_t **out_document)
{
	AUTO_HELD(summary) summary = {0};
	AUTO_JSON document = NULL;
	json_t *object = NULL;

	TRY(summary_of(certificate, &summary));
	TRY(json_object_new(&document));
	TRY(json_of_summary(&summary, &object));
	TRY(json_set(document, "certificate", object));
	TRY(json_set(document, "original_file", json_text(path)));
	*out_document = TAKE(document);
	return ERR_OK;
}
