/* What somebody without a key adds to a signed document, dressed up as a signature, is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/sign/given.h"

enum { ANNOTATIONS = 4, FIELDS = 5, EMPTY = 6, COVER = 40, PICTURE = 41 };

#define COVERS   "/AP << /N 41 0 R >> /Rect [0 0 595 842]"
#define NEW_SEAL "<< /Type /Annot /Subtype /Widget /FT /Sig /T (New) "

/* A page whose lists are objects of their own, and a place for a signature that stays empty. */
static struct bytes given_form_document(void)
{
	static const char *const bodies[] = {
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields 5 0 R >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
		"<< /Type /Page /Parent 2 0 R /Resources << >> /Annots 4 0 R >>",
		"[6 0 R]",
		"[6 0 R]",
		"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Empty) /Rect [0 0 0 0] >>",
	};

	return given_document(bodies, COUNT_OF(bodies));
}

/* The number of the last object before a text. */
static int object_before(const struct bytes *file, const char *text)
{
	size_t at = given_place(file, text);

	while (memcmp(file->data + at, " 0 obj", 6) != 0)
		at--;
	while (file->data[at - 1] >= '0' && file->data[at - 1] <= '9')
		at--;
	return (int)strtol((const char *)file->data + at, NULL, 10);
}

static long last_references(const struct bytes *file)
{
	size_t at = file->size - 9;

	while (memcmp(file->data + at, "startxref", 9) != 0)
		at--;
	return strtol((const char *)file->data + at + 9, NULL, 10);
}

struct object {
	int number;
	const char *body;
};

/* An increment as anybody can write it. */
static struct bytes given_added(const struct bytes *file, const struct object *objects,
				size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	long offsets[8] = {0};
	long table;

	assert_non_null(out);
	assert_true(count <= COUNT_OF(offsets));
	for (size_t i = 0; i < count; i++) {
		offsets[i] = (long)file->size + ftell(out);
		(void)fprintf(out, "%d 0 obj\n%s\nendobj\n", objects[i].number, objects[i].body);
	}
	table = (long)file->size + ftell(out);
	(void)fputs("xref\n", out);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "%d 1\n%010ld 00000 n\r\n", objects[i].number, offsets[i]);
	(void)fprintf(out,
		      "trailer\n<< /Size 50 /Root 1 0 R /Prev %ld >>\nstartxref\n%ld\n%%%%EOF\n",
		      last_references(file), table);
	assert_int_equal(fclose(out), 0);
	struct bytes increment = {.data = (uint8_t *)text, .size = size};
	struct bytes joined = given_joined(file, &increment);
	free(text);
	return joined;
}

static const struct object picture = {
	PICTURE, "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length 22 >>\n"
		 "stream\n0 0 595 842 re f      \nendstream"};

struct fixture {
	struct given_signer signer;
	struct bytes document;
	struct bytes file; /* signed once */
	int field;
	int signature;
	char list[64]; /* the fields, and the annotations, with one more */
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct sign_wish wish = given_wish();

	assert_non_null(fixture);
	given_signer("P-256", "DEMO Taro", &fixture->signer);
	fixture->document = given_form_document();
	fixture->file = given_signed(&fixture->document, &wish, &fixture->signer);
	fixture->field = object_before(&fixture->file, "/T (Signature1)");
	fixture->signature = object_before(&fixture->file, "/ByteRange");
	(void)snprintf(fixture->list, sizeof fixture->list, "[6 0 R %d 0 R 40 0 R]",
		       fixture->field);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	given_signer_clear(&fixture->signer);
	bytes_clear(&fixture->document);
	bytes_clear(&fixture->file);
	free(fixture);
	return 0;
}

static void assert_told(const struct bytes *file)
{
	AUTO(signature_reports) reports = given_reports(file);

	assert_true(reports->count > 0);
	assert_int_equal(reports->items[0].fault, FAULT_NONE);
	assert_int_equal(reports->items[0].since, SINCE_OTHER);
}

static void a_second_signature_is_one(void **state)
{
	struct fixture *fixture = *state;
	struct sign_wish wish = given_wish();
	AUTO_HELD(bytes) again = given_signed(&fixture->file, &wish, &fixture->signer);
	AUTO(signature_reports) reports = given_reports(&again);

	assert_int_equal(reports->count, 2);
	assert_int_equal(reports->items[0].since, SINCE_SIGNATURES);
	assert_int_equal(reports->items[1].fault, FAULT_NONE);
}

static void a_place_for_a_signature_that_covers_the_page_is_a_change(void **state)
{
	struct fixture *fixture = *state;
	const struct object added[] = {{ANNOTATIONS, fixture->list},
				       {FIELDS, fixture->list},
				       {COVER, NEW_SEAL COVERS " >>"},
				       picture};
	AUTO_HELD(bytes) file = given_added(&fixture->file, added, COUNT_OF(added));

	assert_told(&file);
}

static void an_empty_place_that_gets_a_picture_is_a_change(void **state)
{
	struct fixture *fixture = *state;
	const struct object added[] = {
		{EMPTY, "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Empty) /Rect [0 0 0 0] "
			"/AP << /N 41 0 R >> >>"},
		picture};
	AUTO_HELD(bytes) file = given_added(&fixture->file, added, COUNT_OF(added));

	assert_told(&file);
}

/* Named by the page and not by the form: no reader would list it. */
static void a_seal_that_is_in_no_list_of_fields_is_a_change(void **state)
{
	struct fixture *fixture = *state;
	const struct object added[] = {
		{ANNOTATIONS, fixture->list},
		{COVER, NEW_SEAL COVERS " /V << /Type /Sig /Contents <00> >> >>"},
		picture};
	AUTO_HELD(bytes) file = given_added(&fixture->file, added, COUNT_OF(added));

	assert_told(&file);
}

/* Another field with the same signature would be one more by the same person. */
static void a_signature_is_not_there_twice(void **state)
{
	struct fixture *fixture = *state;
	char field[256];
	(void)snprintf(field, sizeof field, NEW_SEAL COVERS " /V %d 0 R >>", fixture->signature);
	const struct object added[] = {
		{ANNOTATIONS, fixture->list}, {FIELDS, fixture->list}, {COVER, field}, picture};
	AUTO_HELD(bytes) file = given_added(&fixture->file, added, COUNT_OF(added));
	AUTO(signature_reports) reports = given_reports(&file);

	assert_int_equal(reports->count, 2);
	assert_int_equal(reports->items[0].fault, FAULT_NONE);
	assert_int_equal(reports->items[1].fault, FAULT_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_second_signature_is_one, start, end),
		cmocka_unit_test_setup_teardown(
			a_place_for_a_signature_that_covers_the_page_is_a_change, start, end),
		cmocka_unit_test_setup_teardown(an_empty_place_that_gets_a_picture_is_a_change,
						start, end),
		cmocka_unit_test_setup_teardown(a_seal_that_is_in_no_list_of_fields_is_a_change,
						start, end),
		cmocka_unit_test_setup_teardown(a_signature_is_not_there_twice, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
