/* Damaged documents and signatures: nothing crashes, and nothing that was changed is called
 * valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/sign/given.h"
#include "tool/sign/cms_make.h"
#include "tool/sign/pdf_prepare.h"
#include "tool/sign/verify_pdf.h"

enum { MUTATIONS = 1500, CMS_MUTATIONS = 4000 };

/* The same numbers at every run (Numerical Recipes' generator). */
static uint32_t next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static const struct trust *any_trust(void)
{
	static struct trust *trust;

	if (trust == NULL)
		assert_int_equal(trust_open(NULL, &trust), ERR_OK);
	return trust;
}

static bool has_valid(const struct bytes *file)
{
	AUTO(signature_reports) reports = NULL;

	if (verify_pdf_here(file->data, file->size, any_trust(), &reports) != ERR_OK) {
		err_forget();
		return false;
	}
	for (size_t i = 0; i < reports->count; i++)
		if (reports->items[i].fault == FAULT_NONE)
			return true;
	return false;
}

/* One of: a bit, a byte, a digit, a piece moved, a piece lost. */
static void mutate(struct bytes *file, size_t at, uint32_t *state)
{
	size_t length = next_number(state) % 40 + 1;

	if (at + length > file->size)
		length = file->size - at;
	switch (next_number(state) % 5) {
	case 0:
		file->data[at] ^= (uint8_t)(1U << next_number(state) % 8);
		break;
	case 1:
		file->data[at] = (uint8_t)next_number(state);
		break;
	case 2:
		file->data[at] = (uint8_t)('0' + next_number(state) % 10);
		break;
	case 3:
		memmove(file->data + at, file->data + next_number(state) % (file->size - length),
			length);
		break;
	default:
		memset(file->data + at, ' ', length);
	}
}

/* Whatever comes of it. */
static void prepare(const struct bytes *file)
{
	const struct pdf_wish wish = {
		.name = "DEMO Taro", .reason = "", .location = "", .contents_size = 3000};
	AUTO_HELD(pdf_prepared) prepared = {0};
	AUTO(pdf) pdf = NULL;
	enum err err = pdf_open(file->data, file->size, &pdf);

	if (err == ERR_OK)
		err = pdf_prepare(pdf, &wish, &prepared);
	if (err != ERR_OK)
		err_forget();
}

static void try_form(const struct bytes *document, const struct bytes *file, uint32_t seed)
{
	size_t first = given_place(file, "/Contents <") + 10;
	size_t last = first + (size_t)((const uint8_t *)memchr(file->data + first, '>',
							       file->size - first) -
				       (file->data + first));

	for (unsigned i = 0; i < MUTATIONS / 4; i++) {
		AUTO_HELD(bytes) changed = {0};
		size_t at = next_number(&seed) % file->size;

		assert_int_equal(bytes_copy(file->data, file->size, &changed), ERR_OK);
		mutate(&changed, at, &seed);
		/* Moved pieces may reach into the signature; there other rules hold. */
		if (memcmp(changed.data, file->data, first) != 0 ||
		    memcmp(changed.data + last, file->data + last, file->size - last) != 0)
			assert_false(has_valid(&changed));
		else
			(void)has_valid(&changed);
		prepare(&changed);
	}
	for (size_t size = 0; size < document->size; size += 13) {
		struct bytes part = {.data = document->data, .size = size};
		prepare(&part);
	}
}

static void a_changed_document_has_no_valid_signature(void **state)
{
	AUTO_HELD(bytes) plain = given_plain();
	AUTO_HELD(given_signer) signer = {0};
	struct sign_wish wish = given_wish();

	(void)state;
	given_signer("RSA", "DEMO Taro", &signer);
	for (enum given_form form = FORM_CLASSIC; form < FORM_ENCRYPTED; form++) {
		AUTO_HELD(bytes) document = given_written(&plain, form);
		AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
		assert_true(has_valid(&file));
		try_form(&document, &file, (uint32_t)form + 1);
	}
}

static void every_byte_of_the_document_counts(void **state)
{
	AUTO_HELD(bytes) document = given_plain();
	AUTO_HELD(given_signer) signer = {0};
	struct sign_wish wish = given_wish();

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
	for (size_t at = 0; at < document.size; at++) {
		file.data[at] ^= 0x20;
		assert_false(has_valid(&file));
		file.data[at] ^= 0x20;
	}
	assert_true(has_valid(&file));
}

/* Only the reading of the signature itself, which is much quicker. */
static void a_damaged_signature_does_no_harm(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) digest = {0};
	AUTO_HELD(bytes) cms = {0};
	struct cms_wish wish = {.at = 1795575600, .is_pades = true};
	uint32_t seed = 9;

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	assert_int_equal(bytes_zeroed(32, &digest), ERR_OK);
	assert_int_equal(cms_make(&signer.signer, &wish, &digest, &cms), ERR_OK);
	for (unsigned i = 0; i < CMS_MUTATIONS; i++) {
		AUTO(signature_reports) reports = NULL;
		AUTO_HELD(bytes) changed = {0};
		AUTO_HELD(input) content = {0};

		assert_int_equal(bytes_copy(cms.data, cms.size, &changed), ERR_OK);
		for (uint32_t n = next_number(&seed) % 3 + 1; n > 0; n--)
			mutate(&changed, next_number(&seed) % changed.size, &seed);
		changed.size -= next_number(&seed) % 4 == 0 ? next_number(&seed) % changed.size : 0;
		assert_int_equal(input_open("/dev/null/none", &content), ERR_NOT_FOUND);
		assert_int_equal(input_open(KINKO_SOURCE "/LICENSE", &content), ERR_OK);
		if (verify_cms(&changed, &content, NULL, NULL, any_trust(), &reports) != ERR_OK) {
			err_forget();
			continue;
		}
		for (size_t k = 0; k < reports->count; k++)
			assert_int_not_equal(reports->items[k].fault, FAULT_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_document_has_no_valid_signature),
		cmocka_unit_test(every_byte_of_the_document_counts),
		cmocka_unit_test(a_damaged_signature_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
