/* json.c - see json.h */
#include "tool/cli/json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tool/cli/moment.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/base/vault.h"

void json_own_end(json_t **value)
{
	json_decref(*value);
}

/* A file's name need not be UTF-8, which a document must be: then it goes out as it is shown. */
json_t *json_text(const char *text)
{
	AUTO_TEXT safe = NULL;

	if (text == NULL || text[0] == '\0')
		return json_null();
	if (utf8_is_valid(text, strlen(text)))
		return json_string(text);
	return utf8_escape(text, &safe) == ERR_OK ? json_string(safe) : NULL;
}

json_t *json_moment(int64_t at)
{
	AUTO_TEXT text = NULL;

	if (at == 0)
		return json_null();
	return moment_rfc3339(at, &text) == ERR_OK ? json_string(text) : NULL;
}

json_t *json_digest(const struct digest *id)
{
	char hex[DIGEST_HEX_SIZE];

	hex_of(id->bytes, DIGEST_SIZE, hex);
	return json_string(hex);
}

enum err json_set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0 ? ERR_OK : ERR_MEMORY;
}

enum err json_push(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) == 0 ? ERR_OK : ERR_MEMORY;
}

enum err json_object_new(json_t **out_object)
{
	*out_object = json_object();
	return *out_object == NULL ? ERR_MEMORY : ERR_OK;
}

enum err json_array_new(json_t **out_array)
{
	*out_array = json_array();
	return *out_array == NULL ? ERR_MEMORY : ERR_OK;
}

/* `not_before` apart: where it is not told it only stands for a state. */
static enum err set_summary(json_t *object, const struct summary *summary, int64_t not_before)
{
	TRY(json_set(object, "subject", json_text(summary->subject)));
	TRY(json_set(object, "issuer", json_text(summary->issuer)));
	TRY(json_set(object, "serial", json_text(summary->serial)));
	TRY(json_set(object, "user_id", json_text(summary->user_id)));
	TRY(json_set(object, "not_before", json_moment(not_before)));
	TRY(json_set(object, "not_after", json_moment(summary->not_after)));
	return json_set(object, "key", json_text(summary->key));
}

static enum err original_of_entry(const struct entry *entry, json_t **out_original)
{
	AUTO_JSON original = NULL;

	if (entry->verified_at == 0) {
		*out_original = json_null();
		return ERR_OK;
	}
	TRY(json_object_new(&original));
	TRY(json_set(original, "verified_at", json_moment(entry->verified_at)));
	TRY(json_set(original, "where", json_text(entry->where)));
	*out_original = TAKE(original);
	return ERR_OK;
}

/* What was not told is null, and no value of its own. */
static json_t *told_unless(bool is_limited, json_t *value)
{
	if (!is_limited)
		return value;
	json_decref(value);
	return json_null();
}

enum err json_of_entry(const struct entry *entry, json_t **out_object)
{
	AUTO_JSON object = NULL;
	json_t *original = NULL;
	enum entry_state state = entry_state(entry, time(NULL));
	bool is_limited = entry_is_limited(entry);

	TRY(json_object_new(&object));
	TRY(json_set(object, "id", json_digest(&entry->summary.id)));
	TRY(json_set(object, "label", json_text(entry->label)));
	TRY(set_summary(object, &entry->summary, is_limited ? 0 : entry->summary.not_before));
	TRY(json_set(object, "active", told_unless(is_limited, json_boolean(entry->is_active))));
	TRY(json_set(object, "state", json_string(entry_state_word(state))));
	TRY(json_set(object, "tries_left",
		     told_unless(is_limited, json_integer(entry->tries_left))));
	TRY(json_set(object, "pin_rule",
		     told_unless(is_limited, json_boolean(entry->pin_follows_rule))));
	TRY(original_of_entry(entry, &original));
	TRY(json_set(object, "original", original));
	TRY(json_set(object, "confirmed_at", json_moment(entry->confirmed_at)));
	*out_object = TAKE(object);
	return ERR_OK;
}

enum err json_of_summary(const struct summary *summary, json_t **out_object)
{
	AUTO_JSON object = NULL;

	TRY(json_object_new(&object));
	TRY(json_set(object, "id", json_digest(&summary->id)));
	TRY(set_summary(object, summary, summary->not_before));
	*out_object = TAKE(object);
	return ERR_OK;
}

enum err json_of_one(const struct entry *entry, json_t **out_document)
{
	AUTO_JSON document = NULL;
	json_t *certificate = NULL;

	TRY(json_object_new(&document));
	TRY(json_of_entry(entry, &certificate));
	TRY(json_set(document, "certificate", certificate));
	*out_document = TAKE(document);
	return ERR_OK;
}

static enum err add_field(json_t *array, const struct field *field)
{
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(array, object)); /* the array owns it now, whatever comes */
	TRY(json_set(object, "name", json_text(_(field->name))));
	TRY(json_set(object, "oid", json_text(field->oid)));
	return json_set(object, "value", json_string(field->value));
}

static enum err add_step(json_t *array, const struct certificate *certificate)
{
	AUTO_TEXT subject = NULL;
	struct digest id;
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(array, object));
	TRY(certificate_subject(certificate, &subject));
	certificate_id(certificate, &id);
	TRY(json_set(object, "subject", json_text(subject)));
	return json_set(object, "sha256", json_digest(&id));
}

enum err json_add_pages(json_t *document, const struct fields *fields, const struct path *path)
{
	json_t *array = NULL;

	TRY(json_array_new(&array));
	TRY(json_set(document, "fields", array));
	for (size_t i = 0; i < fields->count; i++)
		TRY(add_field(array, &fields->items[i]));
	TRY(json_array_new(&array));
	TRY(json_set(document, "path", array));
	for (size_t i = 0; i < path->count; i++)
		TRY(add_step(array, path->steps[i]));
	return json_set(document, "path_complete", json_boolean(path->is_complete));
}

enum err json_of_warnings(uint32_t warnings, json_t **out_array)
{
	AUTO_JSON array = NULL;

	TRY(json_array_new(&array));
	for (unsigned i = 0; i < WARNING_COUNT; i++)
		if ((warnings & 1U << i) != 0)
			TRY(json_push(array, json_string(warning_word((enum warning)(1U << i)))));
	*out_array = TAKE(array);
	return ERR_OK;
}

enum err json_print(const json_t *document)
{
	if (json_dumpf(document, stdout, JSON_INDENT(2)) != 0)
		return err_detail(ERR_OUTPUT, "standard output");
	(void)fputc('\n', stdout);
	return ERR_OK;
}

enum err json_print_one(const struct entry *entry)
{
	AUTO_JSON document = NULL;

	TRY(json_of_one(entry, &document));
	return json_print(document);
}
