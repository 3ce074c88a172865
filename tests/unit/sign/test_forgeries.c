/* A signature that does not cover the whole file, or is not what it seems, is never valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/cms.h>

#include "tests/unit/sign/given.h"
#include "tool/sign/hash.h"

enum { ROOM = 6000 };

/* A document whose signature object is written by the test: what stands in it and where its
 * ranges lie is the test's own choice. */
struct crafted {
	struct bytes file;
	size_t contents_at;  /* of the '<' */
	size_t contents_end; /* behind the '>' */
};

static void crafted_clear(struct crafted *crafted)
{
	bytes_clear(&crafted->file);
}
OWN_DEFINE_HELD(crafted, crafted_clear)

/* `ranges`: a text of 40 characters or less for ByteRange; `gap`: what stands behind Contents. */
static void given_crafted(const char *ranges, const char *kind, const char *gap,
			  struct crafted *out_crafted)
{
	char *zeros = calloc(1, ROOM + 1);
	char *signature = NULL;

	memset(zeros, '0', ROOM);
	assert_true(asprintf(&signature,
			     "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s /ByteRange "
			     "[%-40s] /Contents <%s>%s >>",
			     kind, ranges, zeros, gap) > 0);
	const char *const bodies[] = {
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
		"<< /Type /Page /Parent 2 0 R /Annots [4 0 R] >>",
		"<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /V 5 0 R /Rect [0 0 0 0] >>",
		signature,
	};
	out_crafted->file = given_document(bodies, COUNT_OF(bodies));
	out_crafted->contents_at = given_place(&out_crafted->file, "/Contents <") + 10;
	out_crafted->contents_end = out_crafted->contents_at + ROOM + 2;
	free(zeros);
	free(signature);
}

static void put_ranges(struct crafted *crafted, size_t a, size_t b, size_t c, size_t d)
{
	char text[64];
	size_t at = given_place(&crafted->file, "/ByteRange [") + 12;

	(void)snprintf(text, sizeof text, "%zu %zu %zu %zu", a, b, c, d);
	memset(crafted->file.data + at, ' ', 40);
	memcpy(crafted->file.data + at, text, strlen(text));
}

static void put_contents(struct crafted *crafted, const uint8_t *cms, size_t size)
{
	char *hex = calloc(2, size + 1);

	assert_true(2 * size <= ROOM);
	hex_of(cms, size, hex);
	memset(crafted->file.data + crafted->contents_at + 1, '0', ROOM);
	memcpy(crafted->file.data + crafted->contents_at + 1, hex, 2 * size);
	free(hex);
}

/* Signed by OpenSSL itself over two ranges of the file. */
static void sign_ranges(struct crafted *crafted, struct given_signer *signer, const EVP_MD *hash,
			unsigned flags, size_t a, size_t b, size_t c, size_t d)
{
	BIO *content = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms;
	BIO *out = BIO_new(BIO_s_mem());
	uint8_t *der = NULL;
	long size;

	put_ranges(crafted, a, b, c, d);
	assert_int_equal(BIO_write(content, crafted->file.data + a, (int)b), b);
	assert_int_equal(BIO_write(content, crafted->file.data + c, (int)d), d);
	cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY | flags);
	assert_non_null(cms);
	assert_non_null(CMS_add1_signer(cms, signer->x509, signer->key, hash, flags));
	assert_int_equal(CMS_final(cms, content, NULL, flags | CMS_BINARY), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	size = BIO_get_mem_data(out, &der);
	put_contents(crafted, der, (size_t)size);
	CMS_ContentInfo_free(cms);
	BIO_free(content);
	BIO_free(out);
}

static struct signature_report only_report(const struct bytes *file)
{
	AUTO(signature_reports) reports = given_reports(file);
	struct signature_report report;

	assert_int_equal(reports->count, 1);
	report = reports->items[0];
	report.signer = NULL;
	report.certificate = (struct bytes){0};
	return report;
}

static enum signature_fault fault_of(const struct bytes *file)
{
	return only_report(file).fault;
}

/* What a test starts from: everything in order. */
static void sign_whole(struct crafted *crafted, struct given_signer *signer, const EVP_MD *hash,
		       unsigned flags)
{
	sign_ranges(crafted, signer, hash, flags, 0, crafted->contents_at, crafted->contents_end,
		    crafted->file.size - crafted->contents_end);
}

static void a_signature_made_by_another_program_is_valid(void **state)
{
	static const unsigned ways[] = {CMS_DETACHED, CMS_DETACHED | CMS_NOATTR,
					CMS_DETACHED | CMS_CADES};
	static const char *const kinds[] = {"RSA", "P-256"};

	(void)state;
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		AUTO_HELD(given_signer) signer = {0};
		given_signer(kinds[k], "DEMO Taro", &signer);
		for (size_t i = 0; i < COUNT_OF(ways); i++) {
			AUTO_HELD(crafted) crafted = {0};
			given_crafted("", "adbe.pkcs7.detached", "", &crafted);
			sign_whole(&crafted, &signer, EVP_sha256(), ways[i]);
			assert_int_equal(fault_of(&crafted.file), FAULT_NONE);
			assert_true(only_report(&crafted.file).covers_all);
		}
	}
}

/* The three outermost lengths become indefinite (X.690, 8.1.3.6), as some signers write them. */
static void make_indefinite(struct bytes *cms)
{
	static const size_t headers[] = {0, 15, 19}; /* 11 bytes between them are the type */
	uint8_t *out = calloc(1, cms->size + 6);
	size_t size = 0;

	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		size_t next = i + 1 < COUNT_OF(headers) ? headers[i + 1] : cms->size;
		assert_int_equal(cms->data[headers[i] + 1], 0x82);
		out[size++] = cms->data[headers[i]];
		out[size++] = 0x80;
		memcpy(out + size, cms->data + headers[i] + 4, next - headers[i] - 4);
		size += next - headers[i] - 4;
	}
	free(cms->data);
	*cms = (struct bytes){.data = out, .size = size + 6};
}

static struct bytes contents_of(const struct crafted *crafted)
{
	struct bytes cms = {0};
	AUTO_TEXT text = strndup((const char *)crafted->file.data + crafted->contents_at + 1, ROOM);

	assert_int_equal(bytes_zeroed(ROOM / 2, &cms), ERR_OK);
	assert_true(hex_parse(text, cms.data, cms.size));
	cms.size = 4 + ((size_t)cms.data[2] << 8 | cms.data[3]);
	return cms;
}

static void indefinite_lengths_are_read(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(crafted) crafted = {0};

	(void)state;
	given_signer("RSA", "DEMO Taro", &signer);
	given_crafted("", "adbe.pkcs7.detached", "", &crafted);
	sign_whole(&crafted, &signer, EVP_sha256(), CMS_DETACHED);
	AUTO_HELD(bytes) cms = contents_of(&crafted);
	make_indefinite(&cms);
	put_contents(&crafted, cms.data, cms.size);
	assert_int_equal(fault_of(&crafted.file), FAULT_NONE);
	crafted.file.data[crafted.contents_end - 2] = '1';
	assert_int_equal(fault_of(&crafted.file), FAULT_CONTENTS);
}

static void ranges_that_leave_something_out_are_refused(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(crafted) crafted = {0};
	size_t at;
	size_t end;
	size_t size;

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	given_crafted("", "adbe.pkcs7.detached", " /Hole (what nobody signed)", &crafted);
	at = crafted.contents_at;
	end = crafted.contents_end;
	size = crafted.file.size;
	/* The first byte, a hole before, behind and of more than the signature. */
	sign_ranges(&crafted, &signer, EVP_sha256(), CMS_DETACHED, 1, at - 1, end, size - end);
	assert_int_equal(fault_of(&crafted.file), FAULT_RANGE);
	sign_ranges(&crafted, &signer, EVP_sha256(), CMS_DETACHED, 0, at - 4, end, size - end);
	assert_int_equal(fault_of(&crafted.file), FAULT_RANGE);
	sign_ranges(&crafted, &signer, EVP_sha256(), CMS_DETACHED, 0, at, end + 20,
		    size - end - 20);
	assert_int_equal(fault_of(&crafted.file), FAULT_RANGE);
	/* The brackets belong to the signature, not to what is signed. */
	sign_ranges(&crafted, &signer, EVP_sha256(), CMS_DETACHED, 0, at + 1, end, size - end);
	assert_int_equal(fault_of(&crafted.file), FAULT_RANGE);
	/* Ranges that overlap. */
	sign_ranges(&crafted, &signer, EVP_sha256(), CMS_DETACHED, 0, size, 0, size);
	assert_int_equal(fault_of(&crafted.file), FAULT_RANGE);
	/* And all of it, to see that it was the ranges. */
	sign_whole(&crafted, &signer, EVP_sha256(), CMS_DETACHED);
	assert_int_equal(fault_of(&crafted.file), FAULT_NONE);
}

/* A number that is none makes the whole object none: then there is no signature. */
static void numbers_beyond_all_measure_are_no_signature(void **state)
{
	AUTO_HELD(crafted) crafted = {0};

	(void)state;
	given_crafted("0 99999999999999999999 5 5", "adbe.pkcs7.detached", "", &crafted);
	AUTO(signature_reports) reports = given_reports(&crafted.file);
	assert_true(reports->count == 0 || reports->items[0].fault == FAULT_RANGE);
}

static void ranges_that_are_none_are_refused(void **state)
{
	static const char *const ranges[] = {
		"",
		"0 1 2",
		"0 1 2 3 4",
		"0 (a) 10 10",
		"0 -1 10 10",
		"0 10 9223372036854775807 2",
		"0 10 20 9223372036854775800",
		"0 4 9 99999999",
		"null",
		"[0 1 2 3]",
		"0 1.5 10 10",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ranges); i++) {
		AUTO_HELD(crafted) crafted = {0};
		given_crafted(ranges[i], "adbe.pkcs7.detached", "", &crafted);
		assert_int_equal(fault_of(&crafted.file), FAULT_RANGE);
	}
}

static void garbage_behind_the_signature_is_refused(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(crafted) crafted = {0};

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	given_crafted("", "adbe.pkcs7.detached", "", &crafted);
	sign_whole(&crafted, &signer, EVP_sha256(), CMS_DETACHED);
	assert_int_equal(fault_of(&crafted.file), FAULT_NONE);
	crafted.file.data[crafted.contents_end - 2] = '1';
	assert_int_equal(fault_of(&crafted.file), FAULT_CONTENTS);
}

static void a_content_inside_the_signature_signs_no_document(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(crafted) crafted = {0};

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	given_crafted("", "adbe.pkcs7.detached", "", &crafted);
	sign_ranges(&crafted, &signer, EVP_sha256(), 0, 0, 20, 30, 20); /* fits inside */
	put_ranges(&crafted, 0, crafted.contents_at, crafted.contents_end,
		   crafted.file.size - crafted.contents_end);
	assert_int_equal(fault_of(&crafted.file), FAULT_CONTENTS);
}

static void weak_hashes_and_keys_are_no_proof(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(given_signer) weak = {0};
	AUTO_HELD(crafted) crafted = {0};

	(void)state;
	given_signer("RSA", "DEMO Taro", &signer);
	given_crafted("", "adbe.pkcs7.detached", "", &crafted);
	sign_whole(&crafted, &signer, EVP_sha1(), CMS_DETACHED);
	assert_int_equal(fault_of(&crafted.file), FAULT_WEAK_HASH);
	given_signer("P-192", "DEMO Taro", &weak);
	sign_whole(&crafted, &weak, EVP_sha256(), CMS_DETACHED);
	assert_int_equal(fault_of(&crafted.file), FAULT_WEAK_KEY);
}

static void the_certificate_must_be_the_one_that_signed(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(given_signer) other = {0};
	AUTO_HELD(crafted) crafted = {0};
	EVP_PKEY *key;

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	given_signer("P-256", "DEMO Taro", &other);
	given_crafted("", "adbe.pkcs7.detached", "", &crafted);
	sign_whole(&crafted, &signer, EVP_sha256(), CMS_DETACHED | CMS_NOCERTS);
	assert_int_equal(fault_of(&crafted.file), FAULT_NO_CERTIFICATE);
	/* A certificate of the same names, but of another key. */
	key = X509_get0_pubkey(other.x509);
	assert_int_equal(X509_set_pubkey(signer.x509, signer.key), 1);
	sign_whole(&crafted, &signer, EVP_sha256(), CMS_DETACHED);
	AUTO_HELD(bytes) cms = contents_of(&crafted);
	uint8_t old_point[65];
	uint8_t new_point[65];
	size_t size = 0;
	assert_int_equal(EVP_PKEY_get_octet_string_param(X509_get0_pubkey(signer.x509), "pub",
							 old_point, sizeof old_point, &size),
			 1);
	assert_int_equal(
		EVP_PKEY_get_octet_string_param(key, "pub", new_point, sizeof new_point, &size), 1);
	uint8_t *at = memmem(cms.data, cms.size, old_point, size);
	assert_non_null(at);
	memcpy(at, new_point, size);
	put_contents(&crafted, cms.data, cms.size);
	assert_int_equal(fault_of(&crafted.file), FAULT_SIGNATURE);
}

static void kinds_that_are_not_known_are_not_called_valid(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(crafted) crafted = {0};
	AUTO_HELD(crafted) cades = {0};

	(void)state;
	given_signer("RSA", "DEMO Taro", &signer);
	given_crafted("", "adbe.pkcs7.sha1", "", &crafted);
	sign_whole(&crafted, &signer, EVP_sha256(), CMS_DETACHED);
	assert_int_equal(fault_of(&crafted.file), FAULT_KIND);
	/* CAdES without the certificate's name in what is signed. */
	given_crafted("", "ETSI.CAdES.detached", "", &cades);
	sign_whole(&cades, &signer, EVP_sha256(), CMS_DETACHED);
	assert_int_equal(fault_of(&cades.file), FAULT_CERTIFICATE);
	sign_whole(&cades, &signer, EVP_sha256(), CMS_DETACHED | CMS_CADES);
	assert_int_equal(fault_of(&cades.file), FAULT_NONE);
}

static void what_was_added_later_is_told(void **state)
{
	AUTO_HELD(given_signer) signer = {0};
	AUTO_HELD(bytes) document = given_plain();
	struct sign_wish wish = given_wish();
	char text[512];

	(void)state;
	given_signer("P-256", "DEMO Taro", &signer);
	AUTO_HELD(bytes) file = given_signed(&document, &wish, &signer);
	/* The page's content is replaced: an increment as a forger writes it. */
	size_t previous = given_place(&file, "startxref");
	(void)previous;
	size_t last = file.size;
	while (memcmp(file.data + last - 9, "startxref", 9) != 0)
		last--;
	int size =
		snprintf(text, sizeof text,
			 "4 0 obj\n<< /Length 22 >>\nstream\n9 9 m 100 100 l S    \n\nendstream\n"
			 "endobj\nxref\n4 1\n%010zu 00000 n\r\ntrailer\n<< /Size 9 /Root 1 0 R "
			 "/Prev %s",
			 file.size, "");
	size += snprintf(text + size, sizeof text - (size_t)size,
			 "%ld >>\nstartxref\n%zu\n%%%%EOF\n",
			 strtol((const char *)file.data + last, NULL, 10),
			 file.size + (size_t)(strstr(text, "xref\n4 1") - text));
	struct bytes increment = {.data = (uint8_t *)text, .size = (size_t)size};
	AUTO_HELD(bytes) changed = given_joined(&file, &increment);
	struct signature_report report = only_report(&changed);
	assert_int_equal(report.fault, FAULT_NONE);
	assert_false(report.covers_all);
	assert_int_equal(report.since, SINCE_OTHER);
	/* A later signature covers it all, and does not hide what came before it. */
	AUTO_HELD(bytes) again = given_signed(&changed, &wish, &signer);
	AUTO(signature_reports) reports = given_reports(&again);
	assert_int_equal(reports->count, 2);
	assert_int_equal(reports->items[0].since, SINCE_OTHER);
	assert_true(reports->items[1].covers_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_made_by_another_program_is_valid),
		cmocka_unit_test(indefinite_lengths_are_read),
		cmocka_unit_test(ranges_that_leave_something_out_are_refused),
		cmocka_unit_test(ranges_that_are_none_are_refused),
		cmocka_unit_test(numbers_beyond_all_measure_are_no_signature),
		cmocka_unit_test(garbage_behind_the_signature_is_refused),
		cmocka_unit_test(a_content_inside_the_signature_signs_no_document),
		cmocka_unit_test(weak_hashes_and_keys_are_no_proof),
		cmocka_unit_test(the_certificate_must_be_the_one_that_signed),
		cmocka_unit_test(kinds_that_are_not_known_are_not_called_valid),
		cmocka_unit_test(what_was_added_later_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
