/* changes.c - see changes.h
 *
 *   object        may differ in
 *   trailer       all but Root
 *   catalogue     AcroForm (see there); DSS, Extensions, Metadata, Version
 *   form          Fields: signed fields at its end; SigFlags
 *   field         of a signature, when it was empty and now is signed: V, AP, M
 *   page          Annots: signed fields at its end
 *   anything else nothing
 *
 * A signed field is one that the form lists with its signature, so that this is reported by
 * itself. All others, which anybody could add, could show anything in place of what was signed.
 *
 * Objects are compared by reference: the same number then and now, each only once.
 */
#include "tool/sign/changes.h"

#include <stdlib.h>
#include <string.h>

#include "tool/sign/pdf.h"

enum { OBJECT_ID_MAX = 8388607, DEPTH_MAX = 600 };

struct comparing {
	const struct pdf *then;
	const struct pdf *now;
	uint8_t *seen;       /* a bit for each number */
	uint8_t *signed_now; /* the same: the signed fields that there are now */
	int *waiting;        /* id, generation; to be compared */
	size_t waiting_count;
	size_t waiting_room;
	bool differs;
};

static void comparing_clear(struct comparing *comparing)
{
	free(comparing->seen);
	free(comparing->signed_now);
	free(comparing->waiting);
}
OWN_DEFINE_HELD(comparing, comparing_clear)

static enum err compare(struct comparing *comparing, qpdf_oh then, qpdf_oh now, unsigned depth);
static enum err compare_inside(struct comparing *comparing, qpdf_oh then, qpdf_oh now,
			       unsigned depth);
static enum err compare_catalogue(struct comparing *comparing);
static enum err compare_waiting(struct comparing *comparing);

/* An object of its own, as every field that is signed later is. Its generation would let two have
 * the same number. */
static bool has_plain_number(const struct pdf *pdf, qpdf_oh object)
{
	int id = qpdf_oh_get_object_id(pdf->qpdf, object);

	return pdf_is_reference(pdf, object) && qpdf_oh_get_generation(pdf->qpdf, object) == 0 &&
	       id > 0 && id <= OBJECT_ID_MAX;
}

static enum err note_signed(const struct pdf *pdf, qpdf_oh field, qpdf_oh signature, void *context)
{
	int id = qpdf_oh_get_object_id(pdf->qpdf, field);
	uint8_t *bits = context;

	if (has_plain_number(pdf, field) && qpdf_oh_is_dictionary(pdf->qpdf, signature))
		bits[id / 8] |= (uint8_t)(1U << (id % 8));
	return ERR_OK;
}

static bool is_same_root(const struct pdf *then, const struct pdf *now)
{
	qpdf_oh old_root = qpdf_get_root(then->qpdf);
	qpdf_oh new_root = qpdf_get_root(now->qpdf);

	return qpdf_oh_get_object_id(then->qpdf, old_root) ==
		       qpdf_oh_get_object_id(now->qpdf, new_root) &&
	       qpdf_oh_get_generation(then->qpdf, old_root) ==
		       qpdf_oh_get_generation(now->qpdf, new_root);
}

enum err changes_are_signatures(const uint8_t *file, size_t size, size_t end, bool *out_are)
{
	AUTO_HELD(comparing) comparing = {0};
	AUTO(pdf) then = NULL;
	AUTO(pdf) now = NULL;
	enum err err = pdf_open(file, end, &then);

	*out_are = false;
	if (err == ERR_OK)
		err = pdf_open(file, size, &now);
	if (err == ERR_MEMORY)
		return err;
	if (err != ERR_OK || !is_same_root(then, now)) {
		err_forget();
		return ERR_OK;
	}
	comparing.then = then;
	comparing.now = now;
	comparing.seen = calloc(OBJECT_ID_MAX / 8 + 1, 1);
	comparing.signed_now = calloc(OBJECT_ID_MAX / 8 + 1, 1);
	if (comparing.seen == NULL || comparing.signed_now == NULL)
		return ERR_MEMORY;
	TRY(pdf_signature_fields(now, note_signed, comparing.signed_now));
	TRY(compare_catalogue(&comparing));
	TRY(compare_waiting(&comparing));
	*out_are = !comparing.differs;
	return ERR_OK;
}

/* --- The worklist -------------------------------------------------------------------------------
 */

static bool mark(struct comparing *comparing, int id)
{
	uint8_t bit = (uint8_t)(1U << (id % 8));
	bool is_new = (comparing->seen[id / 8] & bit) == 0;

	comparing->seen[id / 8] |= bit;
	return is_new;
}

static enum err wait_for(struct comparing *comparing, int id, int generation)
{
	if (id <= 0 || id > OBJECT_ID_MAX) {
		comparing->differs = true;
		return ERR_OK;
	}
	if (!mark(comparing, id))
		return ERR_OK;
	if (comparing->waiting_count + 2 > comparing->waiting_room) {
		size_t room = comparing->waiting_room == 0 ? 1024 : comparing->waiting_room * 2;
		int *more = realloc(comparing->waiting, room * sizeof *more);
		if (more == NULL)
			return ERR_MEMORY;
		comparing->waiting = more;
		comparing->waiting_room = room;
	}
	comparing->waiting[comparing->waiting_count++] = id;
	comparing->waiting[comparing->waiting_count++] = generation;
	return ERR_OK;
}

static enum err compare_waiting(struct comparing *comparing)
{
	while (comparing->waiting_count > 0 && !comparing->differs) {
		int generation = comparing->waiting[--comparing->waiting_count];
		int id = comparing->waiting[--comparing->waiting_count];
		qpdf_oh then = qpdf_get_object_by_id(comparing->then->qpdf, id, generation);
		qpdf_oh now = qpdf_get_object_by_id(comparing->now->qpdf, id, generation);
		TRY(compare_inside(comparing, then, now, 0));
		qpdf_oh_release_all(comparing->then->qpdf);
		qpdf_oh_release_all(comparing->now->qpdf);
	}
	return ERR_OK;
}

/* --- Values -------------------------------------------------------------------------------------
 */

static bool has_key(const struct pdf *pdf, qpdf_oh object, const char *key)
{
	return !qpdf_oh_is_null(pdf->qpdf, pdf_key(pdf, object, key));
}

typedef bool key_rule(const char *key);

static bool no_key(const char *key)
{
	(void)key;
	return false;
}

/* The keys of one object, copied: reading their values would disturb going through them. */
struct keys {
	char **items;
	size_t count;
};

static void keys_clear(struct keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		free(keys->items[i]);
	free(keys->items);
}
OWN_DEFINE_HELD(keys, keys_clear)

static enum err keys_of(const struct pdf *pdf, qpdf_oh object, struct keys *out_keys)
{
	qpdf_oh_begin_dict_key_iter(pdf->qpdf, object);
	while (qpdf_oh_dict_more_keys(pdf->qpdf)) {
		const char *key = qpdf_oh_dict_next_key(pdf->qpdf);
		char **more = realloc(out_keys->items, (out_keys->count + 1) * sizeof *more);
		if (more == NULL)
			return ERR_MEMORY;
		out_keys->items = more;
		more[out_keys->count] = strdup(key);
		if (more[out_keys->count] == NULL)
			return ERR_MEMORY;
		out_keys->count++;
	}
	return ERR_OK;
}

/* Every key but those that may differ; none may be gone or new. */
static enum err compare_keys(struct comparing *comparing, qpdf_oh then, qpdf_oh now,
			     key_rule *may_differ, unsigned depth)
{
	AUTO_HELD(keys) old_keys = {0};
	AUTO_HELD(keys) new_keys = {0};

	TRY(keys_of(comparing->then, then, &old_keys));
	TRY(keys_of(comparing->now, now, &new_keys));
	for (size_t i = 0; i < new_keys.count; i++)
		if (!may_differ(new_keys.items[i]) &&
		    !has_key(comparing->then, then, new_keys.items[i]))
			comparing->differs = true;
	for (size_t i = 0; i < old_keys.count && !comparing->differs; i++)
		if (!may_differ(old_keys.items[i]))
			TRY(compare(comparing, pdf_key(comparing->then, then, old_keys.items[i]),
				    pdf_key(comparing->now, now, old_keys.items[i]), depth + 1));
	return ERR_OK;
}

static enum err compare_scalar(struct comparing *comparing, qpdf_oh then, qpdf_oh now)
{
	AUTO_TEXT text = strdup(qpdf_oh_unparse(comparing->then->qpdf, then));

	if (text == NULL)
		return ERR_MEMORY;
	if (strcmp(text, qpdf_oh_unparse(comparing->now->qpdf, now)) != 0)
		comparing->differs = true;
	return ERR_OK;
}

static enum err compare_lists(struct comparing *comparing, qpdf_oh then, qpdf_oh now, int count,
			      unsigned depth)
{
	for (int i = 0; i < count && !comparing->differs; i++)
		TRY(compare(comparing, qpdf_oh_get_array_item(comparing->then->qpdf, then, i),
			    qpdf_oh_get_array_item(comparing->now->qpdf, now, i), depth + 1));
	return ERR_OK;
}

/* The bytes of a stream as they are in the file. */
static enum err compare_streams(struct comparing *comparing, qpdf_oh then, qpdf_oh now,
				unsigned depth)
{
	unsigned char *old_data = NULL;
	unsigned char *new_data = NULL;
	size_t old_size = 0;
	size_t new_size = 0;

	if (qpdf_oh_get_stream_data(comparing->then->qpdf, then, qpdf_dl_none, NULL, &old_data,
				    &old_size) != QPDF_SUCCESS ||
	    qpdf_oh_get_stream_data(comparing->now->qpdf, now, qpdf_dl_none, NULL, &new_data,
				    &new_size) != QPDF_SUCCESS ||
	    old_size != new_size || (old_size > 0 && memcmp(old_data, new_data, old_size) != 0))
		comparing->differs = true;
	free(old_data);
	free(new_data);
	return compare_keys(comparing, qpdf_oh_get_dict(comparing->then->qpdf, then),
			    qpdf_oh_get_dict(comparing->now->qpdf, now), no_key, depth);
}

static enum err compare(struct comparing *comparing, qpdf_oh then, qpdf_oh now, unsigned depth)
{
	if (!pdf_is_reference(comparing->then, then) && !pdf_is_reference(comparing->now, now))
		return compare_inside(comparing, then, now, depth);
	if (!pdf_is_reference(comparing->then, then) || !pdf_is_reference(comparing->now, now) ||
	    qpdf_oh_get_object_id(comparing->then->qpdf, then) !=
		    qpdf_oh_get_object_id(comparing->now->qpdf, now) ||
	    qpdf_oh_get_generation(comparing->then->qpdf, then) !=
		    qpdf_oh_get_generation(comparing->now->qpdf, now)) {
		comparing->differs = true;
		return ERR_OK;
	}
	return wait_for(comparing, qpdf_oh_get_object_id(comparing->then->qpdf, then),
			qpdf_oh_get_generation(comparing->then->qpdf, then));
}

/* --- What may differ ----------------------------------------------------------------------------
 */

static bool of_catalogue(const char *key)
{
	static const char *const keys[] = {"/AcroForm", "/DSS", "/Extensions", "/Metadata",
					   "/Version"};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static bool of_form(const char *key)
{
	return strcmp(key, "/Fields") == 0 || strcmp(key, "/SigFlags") == 0;
}

static bool of_page(const char *key)
{
	return strcmp(key, "/Annots") == 0;
}

static bool of_empty_signature(const char *key)
{
	return strcmp(key, "/V") == 0 || strcmp(key, "/AP") == 0 || strcmp(key, "/M") == 0;
}

static bool is_signature_field(const struct pdf *pdf, qpdf_oh object)
{
	qpdf_oh kind = pdf_key(pdf, object, "/Subtype");

	return pdf_is_name(pdf, pdf_key(pdf, object, "/FT"), "/Sig") &&
	       (qpdf_oh_is_null(pdf->qpdf, kind) || pdf_is_name(pdf, kind, "/Widget"));
}

/* Nothing happens when it is touched or shown, either. */
static bool is_signed_now(const struct comparing *comparing, qpdf_oh object)
{
	const struct pdf *now = comparing->now;
	int id = qpdf_oh_get_object_id(now->qpdf, object);

	return has_plain_number(now, object) && is_signature_field(now, object) &&
	       (comparing->signed_now[id / 8] & 1U << (id % 8)) != 0 &&
	       !has_key(now, object, "/A") && !has_key(now, object, "/AA");
}

/* The old list, and after it signed fields only. Whether the list is an object of its own does
 * not matter. */
static enum err compare_appended(struct comparing *comparing, qpdf_oh then, qpdf_oh now)
{
	qpdf_data old_qpdf = comparing->then->qpdf;
	qpdf_data new_qpdf = comparing->now->qpdf;
	int old_count =
		qpdf_oh_is_array(old_qpdf, then) ? qpdf_oh_get_array_n_items(old_qpdf, then) : 0;
	int new_count =
		qpdf_oh_is_array(new_qpdf, now) ? qpdf_oh_get_array_n_items(new_qpdf, now) : 0;

	if (new_count < old_count || new_count - old_count > PDF_FIELDS_MAX) {
		comparing->differs = true;
		return ERR_OK;
	}
	if (pdf_is_reference(comparing->then, then))
		(void)mark(comparing, qpdf_oh_get_object_id(old_qpdf, then));
	for (int i = old_count; i < new_count; i++)
		if (!is_signed_now(comparing, qpdf_oh_get_array_item(new_qpdf, now, i)))
			comparing->differs = true;
	return compare_lists(comparing, then, now, old_count, 0);
}

static enum err compare_dictionaries(struct comparing *comparing, qpdf_oh then, qpdf_oh now,
				     unsigned depth)
{
	const struct pdf *old_pdf = comparing->then;

	if (depth == 0 && pdf_is_name(old_pdf, pdf_key(old_pdf, then, "/Type"), "/Page")) {
		TRY(compare_appended(comparing, pdf_key(old_pdf, then, "/Annots"),
				     pdf_key(comparing->now, now, "/Annots")));
		return compare_keys(comparing, then, now, of_page, depth);
	}
	if (depth == 0 && is_signature_field(old_pdf, then) && !has_key(old_pdf, then, "/V") &&
	    is_signed_now(comparing, now))
		return compare_keys(comparing, then, now, of_empty_signature, depth);
	return compare_keys(comparing, then, now, no_key, depth);
}

static enum err compare_inside(struct comparing *comparing, qpdf_oh then, qpdf_oh now,
			       unsigned depth)
{
	qpdf_data old_qpdf = comparing->then->qpdf;
	qpdf_data new_qpdf = comparing->now->qpdf;
	enum qpdf_object_type_e type = qpdf_oh_get_type_code(old_qpdf, then);

	if (depth > DEPTH_MAX || type != qpdf_oh_get_type_code(new_qpdf, now)) {
		comparing->differs = true;
		return ERR_OK;
	}
	if (qpdf_oh_is_stream(old_qpdf, then))
		return compare_streams(comparing, then, now, depth);
	if (qpdf_oh_is_dictionary(old_qpdf, then))
		return compare_dictionaries(comparing, then, now, depth);
	if (!qpdf_oh_is_array(old_qpdf, then))
		return compare_scalar(comparing, then, now);
	if (qpdf_oh_get_array_n_items(old_qpdf, then) != qpdf_oh_get_array_n_items(new_qpdf, now))
		comparing->differs = true;
	return compare_lists(comparing, then, now, qpdf_oh_get_array_n_items(old_qpdf, then),
			     depth);
}

static enum err compare_catalogue(struct comparing *comparing)
{
	qpdf_oh then = qpdf_get_root(comparing->then->qpdf);
	qpdf_oh now = qpdf_get_root(comparing->now->qpdf);
	qpdf_oh old_form = pdf_key(comparing->then, then, "/AcroForm");
	qpdf_oh new_form = pdf_key(comparing->now, now, "/AcroForm");

	(void)mark(comparing, qpdf_oh_get_object_id(comparing->then->qpdf, then));
	if (pdf_is_reference(comparing->then, old_form))
		(void)mark(comparing, qpdf_oh_get_object_id(comparing->then->qpdf, old_form));
	TRY(compare_keys(comparing, then, now, of_catalogue, 0));
	if (qpdf_oh_is_dictionary(comparing->then->qpdf, old_form))
		TRY(compare_keys(comparing, old_form, new_form, of_form, 0));
	else if (has_key(comparing->now, new_form, "/XFA"))
		comparing->differs = true;
	return compare_appended(comparing, pdf_key(comparing->then, old_form, "/Fields"),
				pdf_key(comparing->now, new_form, "/Fields"));
}
