/* A signature is added to any PDF without touching a byte of it, and is valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/sign/given.h"

static void assert_signed(const struct bytes *file, size_t count)
{
	AUTO(signature_reports) reports = given_reports(file);

	assert_int_equal(reports->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(reports->items[i].fault, FAULT_NONE);
		assert_true(reports->items[i].is_in_time);
		assert_false(reports->items[i].chain_known);
		assert_true(reports->items[i].signed_at > 0);
		assert_int_equal(reports->items[i].covers_all, i == count - 1);
		assert_int_equal(reports->items[i].since,
				 i == count - 1 ? SINCE_NOTHING : SINCE_SIGNATURES);
	}
}

static void a_pdf_of_any_form_is_signed_and_not_a_byte_of_it_changes(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) plain = given_plain();
	struct sign_wish wish = given_wish();

	(void)state;
	given_signer("RSA", "DEMO Taro", &signer);
	for (enum given_form form = FORM_CLASSIC; form < FORM_ENCRYPTED; form++) {
		AUTO_HELD(bytes) document = given_written(&plain, form);
		AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
		assert_memory_equal(file.data, document.data, document.size);
		assert_signed(&file, 1);
	}
}

static void every_kind_of_key_signs_with_a_hash_of_its_strength(void **state)
{
	static const char *const kinds[] = {"RSA", "P-256", "P-384", "P-521"};
	AUTO_HELD(bytes) document = given_plain();
	struct sign_wish wish = given_wish();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		AUTO_HELD(given_signer) signer = {0};
		given_signer(kinds[i], "DEMO Taro", &signer);
		AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
		assert_signed(&file, 1);
		assert_int_equal(signer.asked, 1);
	}
}

static void further_signatures_keep_the_earlier_ones_valid(void **state)
{
	AUTO_HELD(bytes) plain = given_plain();
	struct sign_wish wish = given_wish();

	(void)state;
	for (enum given_form form = FORM_CLASSIC; form < FORM_ENCRYPTED; form++) {
		AUTO_HELD(given_signer) first = {0};
		AUTO_HELD(given_signer) second = {0};
		given_signer("RSA", "DEMO Taro", &first);
		given_signer("P-256", "DEMO Hanako", &second);
		AUTO_HELD(bytes) document = given_written(&plain, form);
		AUTO_HELD(bytes) once = given_signed(&document, &wish, &first);
		AUTO_HELD(bytes) twice = given_signed(&once, &wish, &second);
		AUTO_HELD(bytes) thrice = given_signed(&twice, &wish, &first);
		assert_signed(&thrice, 3);
	}
}

static void assert_form_is_signed(const char *const *bodies, size_t count)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) document = given_document(bodies, count);
	struct sign_wish wish = given_wish();

	given_signer("P-256", "DEMO Taro", &signer);
	AUTO_HELD(bytes) once = given_signed(&document, &wish, &signer);
	AUTO_HELD(bytes) twice = given_signed(&once, &wish, &signer);
	assert_signed(&twice, 2);
	(void)given_place(&twice, "/T (Signature1)");
	(void)given_place(&twice, "/T (Signature2)");
}

#define PAGES "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>"

static void a_form_that_is_there_is_kept_wherever_its_parts_are(void **state)
{
	static const char *const direct[] = {
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /DA (x) >> >>",
		PAGES,
		"<< /Type /Page /Parent 2 0 R /Annots [4 0 R] >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [0 0 9 9] >>",
	};
	static const char *const apart[] = {
		"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
		PAGES,
		"<< /Type /Page /Parent 2 0 R /Annots 6 0 R >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [0 0 9 9] >>",
		"<< /Fields 7 0 R /SigFlags 1 >>",
		"[4 0 R]",
		"[4 0 R]",
	};
	static const char *const shared[] = {
		"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
		PAGES,
		"<< /Type /Page /Parent 2 0 R /Annots 6 0 R >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [0 0 9 9] >>",
		"<< /Fields 6 0 R >>",
		"[4 0 R]",
	};

	(void)state;
	assert_form_is_signed(direct, COUNT_OF(direct));
	assert_form_is_signed(apart, COUNT_OF(apart));
	assert_form_is_signed(shared, COUNT_OF(shared));
}

static void pades_names_the_certificate_and_keeps_the_time_in_the_document(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) document = given_plain();
	struct sign_wish wish = given_wish();

	(void)state;
	wish.is_pades = true;
	given_signer("RSA", "DEMO Taro", &signer);
	AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
	(void)given_place(&file, "/SubFilter /ETSI.CAdES.detached");
	assert_signed(&file, 1);
	/* signing-certificate-v2 is there, signing-time is not (EN 319 142-1, 6.3). */
	(void)given_place(&file, "060B2A864886F70D010910022F");
	assert_null(memmem(file.data, file.size, "06092A864886F70D010905", 22));
}

static void what_is_asked_for_stands_in_the_document(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) document = given_plain();
	struct sign_wish wish = given_wish();

	(void)state;
	wish.name = "山田";
	wish.reason = "a (b) \\ c";
	wish.location = "";
	wish.at = 1795575600; /* 2026-11-25 12:00 in Japan */
	given_signer("P-256", "DEMO Taro", &signer);
	AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
	(void)given_place(&file, "/Name <FEFF5C717530>");
	(void)given_place(&file, "/Reason (a \\(b\\) \\\\ c)");
	(void)given_place(&file, "/M (D:20261125120000+09'00')");
	assert_null(memmem(file.data, file.size, "/Location", 9));
	(void)given_place(&file, "/Rect [0 0 0 0]");
}

/* --- Refusals --- */

static enum err refusal_of(const struct bytes *document, const struct sign_wish *wish)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) increment = {0};
	enum err err;

	given_signer("P-256", "DEMO Taro", &signer);
	err = sign_pdf(document->data, document->size, wish, &signer.signer, &increment);
	assert_int_equal(signer.asked, 0);
	assert_null(increment.data);
	return err;
}

static void what_cannot_be_signed_is_refused_before_the_key_is_asked(void **state)
{
	AUTO_HELD(bytes) plain = given_plain();
	AUTO_HELD(bytes) encrypted = given_written(&plain, FORM_ENCRYPTED);
	struct bytes half = {.data = plain.data, .size = plain.size / 2};
	struct bytes tail = {.data = plain.data + 1, .size = plain.size - 1};
	struct bytes nothing = {0};
	struct sign_wish wish = given_wish();

	(void)state;
	assert_int_equal(refusal_of(&encrypted, &wish), ERR_PDF_ENCRYPTED);
	assert_int_equal(refusal_of(&half, &wish), ERR_PDF_BROKEN);
	assert_int_equal(refusal_of(&tail, &wish), ERR_PDF_BROKEN);
	assert_int_equal(refusal_of(&nothing, &wish), ERR_PDF_BROKEN);
	wish.page = 2;
	assert_int_equal(refusal_of(&plain, &wish), ERR_PDF_PAGE);
	assert_int_equal(sign_check_size((uint64_t)600 * 1024 * 1024), ERR_PDF_TOO_LARGE);
}

static enum err refusal_of_certified(const char *permission, bool is_visible)
{
	char signature[256];
	const char *const bodies[] = {
		"<< /Type /Catalog /Pages 2 0 R /Perms << /DocMDP 4 0 R >> >>",
		PAGES,
		"<< /Type /Page /Parent 2 0 R >>",
		signature,
	};
	struct sign_wish wish = given_wish();

	(void)snprintf(signature, sizeof signature,
		       "<< /Type /Sig /Reference [<< /TransformMethod /DocMDP /TransformParams "
		       "<< /Type /TransformParams /V /1.2 %s >> >>] >>",
		       permission);
	AUTO_HELD(bytes) document = given_document(bodies, COUNT_OF(bodies));
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) increment = {0};
	wish.is_visible = is_visible;
	given_signer("P-256", "DEMO Taro", &signer);
	return sign_pdf(document.data, document.size, &wish, &signer.signer, &increment);
}

static void a_document_certified_against_changes_is_not_signed(void **state)
{
	(void)state;
	assert_int_equal(refusal_of_certified("/P 1", false), ERR_PDF_CERTIFIED);
	assert_int_equal(refusal_of_certified("/P 2", true), ERR_PDF_CERTIFIED);
	assert_int_equal(refusal_of_certified("", true), ERR_PDF_CERTIFIED);
	assert_int_equal(refusal_of_certified("/P 9", false), ERR_PDF_CERTIFIED);
	assert_int_equal(refusal_of_certified("/P 2", false), ERR_OK);
	assert_int_equal(refusal_of_certified("/P 3", false), ERR_OK);
}

static void what_the_vault_refuses_is_refused(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) document = given_plain();
	AUTO_HELD(bytes) increment = {0};
	struct sign_wish wish = given_wish();

	(void)state;
	given_signer("RSA", "DEMO Taro", &signer);
	signer.refusal = ERR_POLICY_DENIED;
	assert_int_equal(sign_pdf(document.data, document.size, &wish, &signer.signer, &increment),
			 ERR_POLICY_DENIED);
	signer.signer.key_kind = KEY_ED25519;
	assert_int_equal(sign_pdf(document.data, document.size, &wish, &signer.signer, &increment),
			 ERR_SIGN_KEY);
	assert_null(increment.data);
}

static void texts_that_no_document_should_show_are_refused(void **state)
{
	char lengthy[400];

	(void)state;
	memset(lengthy, 'a', sizeof lengthy - 1);
	lengthy[sizeof lengthy - 1] = '\0';
	assert_int_equal(sign_check_text("本人の意思による署名"), ERR_OK);
	assert_int_equal(sign_check_text("a\nb"), ERR_SEAL_TEXT);
	assert_int_equal(sign_check_text("\xE2\x80\xAE turned"), ERR_SEAL_TEXT);
	assert_int_equal(sign_check_text("\xFF"), ERR_SEAL_TEXT);
	assert_int_equal(sign_check_text(lengthy), ERR_SEAL_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pdf_of_any_form_is_signed_and_not_a_byte_of_it_changes),
		cmocka_unit_test(every_kind_of_key_signs_with_a_hash_of_its_strength),
		cmocka_unit_test(further_signatures_keep_the_earlier_ones_valid),
		cmocka_unit_test(a_form_that_is_there_is_kept_wherever_its_parts_are),
		cmocka_unit_test(pades_names_the_certificate_and_keeps_the_time_in_the_document),
		cmocka_unit_test(what_is_asked_for_stands_in_the_document),
		cmocka_unit_test(what_cannot_be_signed_is_refused_before_the_key_is_asked),
		cmocka_unit_test(a_document_certified_against_changes_is_not_signed),
		cmocka_unit_test(what_the_vault_refuses_is_refused),
		cmocka_unit_test(texts_that_no_document_should_show_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
