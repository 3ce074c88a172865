/* given.c - see given.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <qpdf/qpdf-c.h>

#include "tests/unit/sign/given.h"

/* --- Signers --- */

static EVP_PKEY *given_key(const char *kind)
{
	EVP_PKEY *key = strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(2048)
						 : EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);

	assert_non_null(key);
	return key;
}

static X509 *given_certificate(EVP_PKEY *key, const char *name)
{
	X509 *x509 = X509_new();
	X509_NAME *names = X509_get_subject_name(x509);

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), -3600));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
	assert_int_equal(X509_NAME_add_entry_by_NID(names, NID_commonName, MBSTRING_UTF8,
						    (const unsigned char *)name, -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(x509, names), 1);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	return x509;
}

static enum key_kind kind_of(const char *kind)
{
	if (strcmp(kind, "RSA") == 0)
		return KEY_RSA;
	if (strcmp(kind, "P-256") == 0)
		return KEY_P256;
	return strcmp(kind, "P-384") == 0 ? KEY_P384 : KEY_P521;
}

/* The vault answers ECDSA as r || s, each as long as the order. */
static void put_pair(const uint8_t *der, size_t size, EVP_PKEY *key, struct bytes *out_signature)
{
	const uint8_t *at = der;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
	int half = (EVP_PKEY_get_bits(key) + 7) / 8;

	assert_non_null(pair);
	assert_int_equal(bytes_zeroed((size_t)half * 2, out_signature), ERR_OK);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out_signature->data, half), half);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out_signature->data + half, half),
			 half);
	ECDSA_SIG_free(pair);
}

static const EVP_MD *hash_of(enum sign_hash hash)
{
	if (hash == SIGN_SHA256)
		return EVP_sha256();
	return hash == SIGN_SHA384 ? EVP_sha384() : EVP_sha512();
}

static enum err sign(void *context, enum sign_scheme scheme, enum sign_hash hash,
		     const struct bytes *digest, struct bytes *out_signature)
{
	struct given_signer *given = context;
	EVP_PKEY_CTX *work = EVP_PKEY_CTX_new(given->key, NULL);
	uint8_t signature[1024];
	size_t size = sizeof signature;

	given->asked++;
	assert_int_equal(EVP_PKEY_sign_init(work), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(work, hash_of(hash)), 1);
	if (scheme == SIGN_RSA_PKCS1)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(work, RSA_PKCS1_PADDING), 1);
	assert_int_equal(EVP_PKEY_sign(work, signature, &size, digest->data, digest->size), 1);
	EVP_PKEY_CTX_free(work);
	if (given->refusal != ERR_OK)
		return given->refusal;
	if (scheme == SIGN_RSA_PKCS1)
		return bytes_copy(signature, size, out_signature);
	put_pair(signature, size, given->key, out_signature);
	return ERR_OK;
}

void given_signer(const char *kind, const char *name, struct given_signer *out_signer)
{
	uint8_t *der = NULL;
	int size;

	*out_signer = (struct given_signer){.key = given_key(kind)};
	out_signer->x509 = given_certificate(out_signer->key, name);
	size = i2d_X509(out_signer->x509, &der);
	assert_true(size > 0);
	assert_int_equal(bytes_copy(der, (size_t)size, &out_signer->certificate), ERR_OK);
	OPENSSL_free(der);
	out_signer->signer = (struct signer){
		.certificate = &out_signer->certificate,
		.chain = &out_signer->chain,
		.key_kind = kind_of(kind),
		.sign = sign,
		.context = out_signer,
	};
}

void given_signer_clear(struct given_signer *given)
{
	EVP_PKEY_free(given->key);
	X509_free(given->x509);
	bytes_clear(&given->certificate);
	bytes_list_clear(&given->chain);
}

/* --- Documents --- */

struct bytes given_document(const char *const *bodies, size_t count)
{
	struct bytes document = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	long offsets[64] = {0};
	long table;

	assert_non_null(out);
	assert_true(count < COUNT_OF(offsets));
	(void)fputs("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", out);
	for (size_t i = 0; i < count; i++) {
		offsets[i] = ftell(out);
		(void)fprintf(out, "%zu 0 obj\n%s\nendobj\n", i + 1, bodies[i]);
	}
	table = ftell(out);
	(void)fprintf(out, "xref\n0 %zu\n0000000000 65535 f\r\n", count + 1);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "%010ld 00000 n\r\n", offsets[i]);
	(void)fprintf(out, "trailer\n<< /Size %zu /Root 1 0 R >>\nstartxref\n%ld\n%%%%EOF\n",
		      count + 1, table);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(bytes_copy(text, size, &document), ERR_OK);
	free(text);
	return document;
}

struct bytes given_plain(void)
{
	static const char *const bodies[] = {
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << >> >>",
		"<< /Length 22 >>\nstream\n0 0 m 100 100 l S    \n\nendstream",
	};

	return given_document(bodies, COUNT_OF(bodies));
}

struct bytes given_written(const struct bytes *document, enum given_form form)
{
	qpdf_data qpdf = qpdf_init();
	struct bytes written = {0};
	bool has_streams = form == FORM_STREAM || form == FORM_LINEAR_STREAM;

	qpdf_set_suppress_warnings(qpdf, QPDF_TRUE);
	assert_int_equal(
		qpdf_read_memory(qpdf, "given", (const char *)document->data, document->size, NULL),
		QPDF_SUCCESS);
	assert_int_equal(qpdf_init_write_memory(qpdf), QPDF_SUCCESS);
	qpdf_set_static_ID(qpdf, QPDF_TRUE);
	qpdf_set_object_stream_mode(qpdf, has_streams ? qpdf_o_generate : qpdf_o_disable);
	qpdf_set_linearization(qpdf, form == FORM_LINEAR || form == FORM_LINEAR_STREAM);
	if (form == FORM_ENCRYPTED)
		qpdf_set_r6_encryption_parameters2(qpdf, "", "owner", QPDF_TRUE, QPDF_TRUE,
						   QPDF_TRUE, QPDF_TRUE, QPDF_TRUE, QPDF_TRUE,
						   qpdf_r3p_full, QPDF_TRUE);
	assert_int_equal(qpdf_write(qpdf), QPDF_SUCCESS);
	assert_int_equal(bytes_copy(qpdf_get_buffer(qpdf), qpdf_get_buffer_length(qpdf), &written),
			 ERR_OK);
	qpdf_cleanup(&qpdf);
	return written;
}

struct bytes given_joined(const struct bytes *a, const struct bytes *b)
{
	struct bytes joined = {0};

	assert_int_equal(bytes_zeroed(a->size + b->size, &joined), ERR_OK);
	memcpy(joined.data, a->data, a->size);
	memcpy(joined.data + a->size, b->data, b->size);
	return joined;
}

/* --- Signing and asking --- */

struct sign_wish given_wish(void)
{
	return (struct sign_wish){
		.name = "DEMO Taro",
		.reason = "",
		.location = "",
		.at = time(NULL),
	};
}

struct bytes given_signed(const struct bytes *document, const struct sign_wish *wish,
			  struct given_signer *signer)
{
	AUTO_HELD(bytes) increment = {0};

	assert_int_equal(
		sign_pdf(document->data, document->size, wish, &signer->signer, &increment),
		ERR_OK);
	return given_joined(document, &increment);
}

struct signature_reports *given_reports(const struct bytes *file)
{
	struct signature_reports *reports = NULL;
	AUTO(trust) trust = NULL;

	assert_int_equal(trust_open(NULL, &trust), ERR_OK);
	assert_int_equal(verify_pdf(file->data, file->size, trust, &reports), ERR_OK);
	return reports;
}

size_t given_place(const struct bytes *file, const char *text)
{
	const uint8_t *at = memmem(file->data, file->size, text, strlen(text));

	assert_non_null(at);
	return (size_t)(at - file->data);
}
