/* fields.c - see fields.h */
#include "vault/cert/fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "vault/base/text.h"
#include "vault/cert/asn1_text.h"
#include "vault/cert/extension.h"
#include "vault/cert/general_name.h"
#include "vault/cert/key_text.h"
#include "vault/cert/name.h"
#include "vault/cert/text_writer.h"
#include "vault/cert/x509.h"

static const int64_t jst_seconds = INT64_C(9) * 60 * 60; /* no summer time since 1951 */

static enum err add_simple(struct fields *fields, const struct certificate *certificate);
static enum err add_extensions(struct fields *fields, const X509 *x509);
static enum err add_thumbprints(struct fields *fields, const struct certificate *certificate);

static enum err fields_new(struct fields **out_fields)
{
	*out_fields = calloc(1, sizeof **out_fields);
	return *out_fields == NULL ? ERR_MEMORY : ERR_OK;
}

void fields_free(struct fields *fields)
{
	if (fields == NULL)
		return;
	for (size_t i = 0; i < fields->count; i++) {
		free(fields->items[i].oid);
		free(fields->items[i].value);
		free(fields->items[i].owned_name);
	}
	free(fields->items);
	free(fields);
}

enum err fields_of(const struct certificate *certificate, struct fields **out_fields)
{
	AUTO(fields) fields = NULL;

	TRY(fields_new(&fields));
	TRY(add_simple(fields, certificate));
	TRY(add_extensions(fields, certificate->x509));
	TRY(add_thumbprints(fields, certificate));
	*out_fields = TAKE(fields);
	return ERR_OK;
}

/* An empty place at the end; what is put there belongs to the fields. */
static enum err add_place(struct fields *fields, struct field **out_field)
{
	struct field *items = reallocarray(fields->items, fields->count + 1, sizeof *fields->items);

	if (items == NULL)
		return ERR_MEMORY;
	fields->items = items;
	*out_field = &items[fields->count++];
	**out_field = (struct field){0};
	return ERR_OK;
}

static enum err copy_text(const char *text, char **out_copy)
{
	*out_copy = strdup(text);
	return *out_copy == NULL ? ERR_MEMORY : ERR_OK;
}

/* `name` is static or NULL, which stands for the OID itself. Takes `value` over. */
static enum err add(struct fields *fields, const char *name, const char *oid, char *value)
{
	AUTO_TEXT owned = value;
	struct field *field = NULL;

	TRY(add_place(fields, &field));
	field->value = TAKE(owned);
	TRY(copy_text(oid, &field->oid));
	if (name == NULL)
		TRY(copy_text(oid, &field->owned_name));
	field->name = name == NULL ? field->owned_name : name;
	return ERR_OK;
}

/* Lines are written with their '\n'; the last one goes without. */
static enum err end_lines(struct text_writer *writer, char **out_text)
{
	TRY(text_writer_end(writer, out_text));
	for (size_t size = strlen(*out_text); size > 0 && (*out_text)[size - 1] == '\n'; size--)
		(*out_text)[size - 1] = '\0';
	return ERR_OK;
}

static enum err add_written(struct fields *fields, const char *name,
			    void (*write)(FILE *out, const struct certificate *certificate),
			    const struct certificate *certificate)
{
	AUTO_HELD(text_writer) writer = {0};
	char *value = NULL;

	TRY(text_writer_open(&writer));
	write(writer.stream, certificate);
	TRY(end_lines(&writer, &value));
	return add(fields, name, "", value);
}

static enum err add_date(struct fields *fields, const char *name, int64_t at)
{
	char *value = NULL;

	TRY(fields_date(at, &value));
	return add(fields, name, "", value);
}

static void write_version(FILE *out, const struct certificate *certificate)
{
	(void)fprintf(out, "V%ld", X509_get_version(certificate->x509) + 1);
}

static void write_signature_algorithm(FILE *out, const struct certificate *certificate)
{
	key_write_signature_algorithm(out, certificate->x509);
}

static void write_signature_hash(FILE *out, const struct certificate *certificate)
{
	key_write_hash(out, x509_signature_hash(certificate->x509));
}

static void write_issuer(FILE *out, const struct certificate *certificate)
{
	name_write_lines(out, X509_get_issuer_name(certificate->x509), 0);
}

static void write_subject(FILE *out, const struct certificate *certificate)
{
	name_write_lines(out, X509_get_subject_name(certificate->x509), 0);
}

static enum err add_simple(struct fields *fields, const struct certificate *certificate)
{
	char *serial = NULL;

	TRY(add_written(fields, N_("Version"), write_version, certificate));
	TRY(certificate_serial(certificate, &serial));
	TRY(add(fields, N_("Serial number"), "", serial));
	TRY(add_written(fields, N_("Signature algorithm"), write_signature_algorithm, certificate));
	TRY(add_written(fields, N_("Signature hash algorithm"), write_signature_hash, certificate));
	TRY(add_written(fields, N_("Issuer"), write_issuer, certificate));
	TRY(add_date(fields, N_("Valid from"), certificate->not_before));
	TRY(add_date(fields, N_("Valid to"), certificate->not_after));
	TRY(add_written(fields, N_("Subject"), write_subject, certificate));
	TRY(add_written(fields, N_("Public key"), key_write, certificate));
	return add_written(fields, N_("Public key parameters"), key_write_parameters, certificate);
}

static enum err add_extension(struct fields *fields, const X509_EXTENSION *extension,
			      const struct extension_kind *kind)
{
	AUTO_HELD(text_writer) writer = {0};
	char oid[NAME_OID_SIZE];
	char *value = NULL;

	name_oid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension), oid);
	TRY(text_writer_open(&writer));
	extension_write(writer.stream, extension, kind);
	TRY(end_lines(&writer, &value));
	TRY(add(fields, kind == NULL ? NULL : kind->name, oid, value));
	fields->items[fields->count - 1].is_critical = X509_EXTENSION_get_critical(extension) == 1;
	return ERR_OK;
}

/* All extensions of one kind, as often as they occur; NULL: those that no kind fits. */
static enum err add_extensions_of(struct fields *fields, const X509 *x509,
				  const struct extension_kind *kind)
{
	for (int i = 0; i < X509_get_ext_count(x509); i++) {
		const X509_EXTENSION *extension = X509_get_ext(x509, i);

		if (extension_kind_of(extension) == kind)
			TRY(add_extension(fields, extension, kind));
	}
	return ERR_OK;
}

static enum err add_extensions(struct fields *fields, const X509 *x509)
{
	const struct extension_kind *kind;

	for (size_t i = 0; (kind = extension_kind_at(i)) != NULL; i++)
		TRY(add_extensions_of(fields, x509, kind));
	return add_extensions_of(fields, x509, NULL);
}

static enum err add_thumbprint(struct fields *fields, const char *name, const EVP_MD *hash,
			       const struct bytes *der)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	AUTO_TEXT hex = NULL;

	if (EVP_Digest(der->data, der->size, bytes, &size, hash, NULL) != 1)
		return err_note(ERR_INTERNAL, "thumbprint: a hash is not there");
	hex = malloc(2 * (size_t)size + 1);
	if (hex == NULL)
		return ERR_MEMORY;
	hex_of(bytes, size, hex);
	return add(fields, name, "", TAKE(hex));
}

static enum err add_thumbprints(struct fields *fields, const struct certificate *certificate)
{
	TRY(add_thumbprint(fields, N_("Thumbprint"), EVP_sha1(), &certificate->der));
	return add_thumbprint(fields, N_("Thumbprint (SHA-256)"), EVP_sha256(), &certificate->der);
}

static enum err add_attribute(struct fields *fields, const X509_NAME_ENTRY *attribute)
{
	const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(attribute);
	AUTO_HELD(text_writer) writer = {0};
	char oid[NAME_OID_SIZE];
	char *value = NULL;

	name_oid(type, oid);
	TRY(text_writer_open(&writer));
	asn1_write_text(writer.stream, X509_NAME_ENTRY_get_data(attribute));
	TRY(text_writer_end(&writer, &value));
	return add(fields, name_known_type(type), oid, value);
}

enum err fields_of_subject(const struct certificate *certificate, struct fields **out_fields)
{
	const X509_NAME *name = X509_get_subject_name(certificate->x509);
	AUTO(fields) fields = NULL;

	TRY(fields_new(&fields));
	for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--)
		TRY(add_attribute(fields, X509_NAME_get_entry(name, i)));
	*out_fields = TAKE(fields);
	return ERR_OK;
}

enum err fields_date(int64_t at, char **out_text)
{
	struct tm day = {0};
	time_t there = 0;

	if (__builtin_add_overflow(at, jst_seconds, &there) || gmtime_r(&there, &day) == NULL)
		return err_note(ERR_INTERNAL, "a date beyond all calendars: %" PRId64, at);
	return asprintf(out_text,
			text_is_japanese() ? "%d年%d月%d日 %02d:%02d:%02d"
					   : "%04d-%02d-%02d %02d:%02d:%02d JST",
			day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, day.tm_hour, day.tm_min,
			day.tm_sec) < 0
		       ? ERR_MEMORY
		       : ERR_OK;
}
