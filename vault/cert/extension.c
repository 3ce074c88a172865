/* extension.c - see extension.h */
#include "vault/cert/extension.h"

#include <openssl/err.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/cert/asn1_text.h"
#include "vault/cert/general_name.h"
#include "vault/cert/name.h"
#include "vault/cert/policy_text.h"

static void write_key_id(FILE *out, const void *value);
static void write_authority_key(FILE *out, const void *value);
static void write_names(FILE *out, const void *value);
static void write_crl_points(FILE *out, const void *value);
static void write_key_usage(FILE *out, const void *value);
static void write_constraints(FILE *out, const void *value);
static void write_purposes(FILE *out, const void *value);
static void write_access(FILE *out, const void *value);

static const struct extension_kind kinds[] = {
	{NID_subject_key_identifier, N_("Subject Key Identifier"), ASN1_ITEM_ref(ASN1_OCTET_STRING),
	 write_key_id},
	{NID_authority_key_identifier, N_("Authority Key Identifier"),
	 ASN1_ITEM_ref(AUTHORITY_KEYID), write_authority_key},
	{NID_subject_alt_name, N_("Subject Alternative Name"), ASN1_ITEM_ref(GENERAL_NAMES),
	 write_names},
	{NID_issuer_alt_name, N_("Issuer Alternative Name"), ASN1_ITEM_ref(GENERAL_NAMES),
	 write_names},
	{NID_crl_distribution_points, N_("CRL Distribution Points"), ASN1_ITEM_ref(CRL_DIST_POINTS),
	 write_crl_points},
	{NID_certificate_policies, N_("Certificate Policies"), ASN1_ITEM_ref(CERTIFICATEPOLICIES),
	 policies_write},
	{NID_key_usage, N_("Key Usage"), ASN1_ITEM_ref(ASN1_BIT_STRING), write_key_usage},
	{NID_basic_constraints, N_("Basic Constraints"), ASN1_ITEM_ref(BASIC_CONSTRAINTS),
	 write_constraints},
	{NID_ext_key_usage, N_("Extended Key Usage"), ASN1_ITEM_ref(EXTENDED_KEY_USAGE),
	 write_purposes},
	{NID_info_access, N_("Authority Information Access"), ASN1_ITEM_ref(AUTHORITY_INFO_ACCESS),
	 write_access},
};

const struct extension_kind *extension_kind_at(size_t index)
{
	return index < COUNT_OF(kinds) ? &kinds[index] : NULL;
}

const struct extension_kind *extension_kind_of(const X509_EXTENSION *extension)
{
	/* The parameter of the getter is not const, but nothing is changed. */
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension));

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].nid == nid)
			return &kinds[i];
	return NULL;
}

/* NULL when the bytes are not exactly one value of this shape. */
static ASN1_VALUE *read_value(const ASN1_STRING *bytes, const ASN1_ITEM *shape)
{
	const unsigned char *start = ASN1_STRING_get0_data(bytes);
	const unsigned char *end = start;
	ASN1_VALUE *value = ASN1_item_d2i(NULL, &end, ASN1_STRING_length(bytes), shape);

	ERR_clear_error();
	if (value != NULL && end == start + ASN1_STRING_length(bytes))
		return value;
	ASN1_item_free(value, shape);
	return NULL;
}

void extension_write(FILE *out, const X509_EXTENSION *extension, const struct extension_kind *kind)
{
	const ASN1_STRING *bytes = X509_EXTENSION_get_data((X509_EXTENSION *)(uintptr_t)extension);
	ASN1_VALUE *value = kind == NULL ? NULL : read_value(bytes, kind->shape());

	if (value == NULL) {
		asn1_write_hex(out, ASN1_STRING_get0_data(bytes),
			       (size_t)ASN1_STRING_length(bytes));
		return;
	}
	kind->write(out, value);
	ASN1_item_free(value, kind->shape());
}

/* "0a1b2c", as the dialog writes key identifiers. */
static void write_plain_hex(FILE *out, const ASN1_STRING *string)
{
	for (int i = 0; i < ASN1_STRING_length(string); i++)
		(void)fprintf(out, "%02x", (unsigned)ASN1_STRING_get0_data(string)[i]);
}

static void write_key_id(FILE *out, const void *value)
{
	write_plain_hex(out, value);
}

static void write_authority_key(FILE *out, const void *value)
{
	const AUTHORITY_KEYID *authority = value;

	if (authority->keyid != NULL) {
		(void)fputs("KeyID=", out);
		write_plain_hex(out, authority->keyid);
		(void)fputc('\n', out);
	}
	if (authority->issuer != NULL) {
		(void)fputs("Certificate Issuer:\n", out);
		general_names_write(out, authority->issuer, 1);
	}
	if (authority->serial != NULL) {
		(void)fputs("Certificate SerialNumber=", out);
		write_plain_hex(out, authority->serial);
	}
}

static void write_names(FILE *out, const void *value)
{
	general_names_write(out, value, 0);
}

static void write_point_name(FILE *out, const DIST_POINT_NAME *name)
{
	static const int full_name = 0;
	bool is_full = name->type == full_name;

	indent_write(out, 1);
	(void)fputs("Distribution Point Name:\n", out);
	indent_write(out, 2);
	(void)fputs(is_full ? "Full Name:\n" : "Relative Name:\n", out);
	if (is_full)
		general_names_write(out, name->name.fullname, 3);
	else /* one RDN, relative to the issuer's name */
		for (int i = 0; i < sk_X509_NAME_ENTRY_num(name->name.relativename); i++)
			attribute_write_line(
				out, sk_X509_NAME_ENTRY_value(name->name.relativename, i), 3);
}

/* Each part of a point may be absent (RFC 5280, 4.2.1.13). */
static void write_crl_points(FILE *out, const void *value)
{
	const CRL_DIST_POINTS *points = value;

	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);

		(void)fprintf(out, "[%d]CRL Distribution Point\n", i + 1);
		if (point->distpoint != NULL)
			write_point_name(out, point->distpoint);
		if (point->reasons != NULL) {
			indent_write(out, 1);
			(void)fputs("Reasons=", out);
			asn1_write_text(out, point->reasons);
			(void)fputc('\n', out);
		}
		if (point->CRLissuer != NULL) {
			indent_write(out, 1);
			(void)fputs("CRL Issuer:\n", out);
			general_names_write(out, point->CRLissuer, 2);
		}
	}
}

/* RFC 5280, 4.2.1.3, in the words of the dialog: "Digital Signature, Non-Repudiation (c0)". */
static void write_key_usage(FILE *out, const void *value)
{
	static const char *const uses[] = {
		"Digital Signature",
		"Non-Repudiation",
		"Key Encipherment",
		"Data Encipherment",
		"Key Agreement",
		"Certificate Signing",
		"Off-line CRL Signing, CRL Signing",
		"Encipher Only",
		"Decipher Only",
	};
	const ASN1_BIT_STRING *bits = value;
	bool is_first = true;

	for (size_t i = 0; i < COUNT_OF(uses); i++) {
		if (ASN1_BIT_STRING_get_bit(bits, (int)i) == 0)
			continue;
		(void)fprintf(out, "%s%s", is_first ? "" : ", ", uses[i]);
		is_first = false;
	}
	(void)fputs(is_first ? "(" : " (", out);
	asn1_write_hex(out, ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits));
	(void)fputc(')', out);
}

static void write_constraints(FILE *out, const void *value)
{
	const BASIC_CONSTRAINTS *constraints = value;

	(void)fprintf(out, "Subject Type=%s\nPath Length Constraint=",
		      constraints->ca != 0 ? "CA" : "End Entity");
	if (constraints->pathlen == NULL)
		(void)fputs("None", out);
	else
		integer_write(out, constraints->pathlen);
}

static void write_purpose(FILE *out, const ASN1_OBJECT *purpose)
{
	int nid = OBJ_obj2nid(purpose);
	char oid[NAME_OID_SIZE];

	name_oid(purpose, oid);
	(void)fprintf(out, "%s (%s)", nid == NID_undef ? "Unknown Key Usage" : OBJ_nid2ln(nid),
		      oid);
}

static void write_purposes(FILE *out, const void *value)
{
	const EXTENDED_KEY_USAGE *purposes = value;

	for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++) {
		write_purpose(out, sk_ASN1_OBJECT_value(purposes, i));
		(void)fputc('\n', out);
	}
}

static void write_access(FILE *out, const void *value)
{
	const AUTHORITY_INFO_ACCESS *places = value;

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(places); i++) {
		const ACCESS_DESCRIPTION *place = sk_ACCESS_DESCRIPTION_value(places, i);

		(void)fprintf(out, "[%d]Authority Info Access\n", i + 1);
		indent_write(out, 1);
		(void)fputs("Access Method=", out);
		write_purpose(out, place->method);
		(void)fputc('\n', out);
		indent_write(out, 1);
		(void)fputs("Alternative Name:\n", out);
		general_name_write(out, place->location, 2);
	}
}
