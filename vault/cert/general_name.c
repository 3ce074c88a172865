/* general_name.c - see general_name.h */
#include "vault/cert/general_name.h"

#include <arpa/inet.h>

#include "vault/base/own.h"
#include "vault/cert/asn1_text.h"
#include "vault/cert/name.h"

enum { INDENT_SIZE = 5, IPV4_SIZE = 4, IPV6_SIZE = 16 };

void indent_write(FILE *out, int depth)
{
	(void)fprintf(out, "%*s", depth * INDENT_SIZE, "");
}

const char *name_known_type(const ASN1_OBJECT *type)
{
	static const struct {
		int nid;
		const char *text;
	} known[] = {
		{NID_commonName, "CN"},
		{NID_organizationalUnitName, "OU"},
		{NID_organizationName, "O"},
		{NID_countryName, "C"},
		{NID_stateOrProvinceName, "S"},
		{NID_localityName, "L"},
		{NID_streetAddress, "STREET"},
		{NID_domainComponent, "DC"},
		{NID_pkcs9_emailAddress, "E"},
		{NID_title, "T"},
		{NID_givenName, "G"},
		{NID_initials, "I"},
		{NID_surname, "SN"},
		{NID_serialNumber, "SERIALNUMBER"},
		{NID_postalCode, "PostalCode"},
		{NID_telephoneNumber, "Phone"},
		{NID_description, "Description"},
	};
	int nid = OBJ_obj2nid(type);

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].nid == nid)
			return known[i].text;
	return NULL;
}

void attribute_write_line(FILE *out, const X509_NAME_ENTRY *attribute, int depth)
{
	const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(attribute);
	const char *known = name_known_type(type);
	char oid[NAME_OID_SIZE];

	name_oid(type, oid);
	indent_write(out, depth);
	(void)fprintf(out, "%s = ", known == NULL ? oid : known);
	asn1_write_text(out, X509_NAME_ENTRY_get_data(attribute));
	(void)fputc('\n', out);
}

void name_write_lines(FILE *out, const X509_NAME *name, int depth)
{
	for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--)
		attribute_write_line(out, X509_NAME_get_entry(name, i), depth);
}

static void write_address(FILE *out, const ASN1_STRING *address)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(address);
	int size = ASN1_STRING_length(address);
	char text[INET6_ADDRSTRLEN] = "";

	if (size == IPV4_SIZE)
		(void)inet_ntop(AF_INET, bytes, text, sizeof text);
	else if (size == IPV6_SIZE)
		(void)inet_ntop(AF_INET6, bytes, text, sizeof text);
	if (text[0] != '\0')
		(void)fputs(text, out);
	else
		asn1_write_text(out, address); /* neither: hex */
}

static void write_oid(FILE *out, const ASN1_OBJECT *object)
{
	char oid[NAME_OID_SIZE];

	name_oid(object, oid);
	(void)fputs(oid, out);
}

/* The kinds that are no ASN1_STRING inside come first. */
static void write_any(FILE *out, const ASN1_TYPE *any)
{
	if (any->type == V_ASN1_BOOLEAN)
		(void)fputs(any->value.boolean != 0 ? "true" : "false", out);
	else if (any->type == V_ASN1_OBJECT)
		write_oid(out, any->value.object);
	else if (any->type != V_ASN1_NULL)
		asn1_write_text(out, any->value.asn1_string);
}

void any_write_line(FILE *out, const ASN1_TYPE *any, int depth)
{
	indent_write(out, depth);
	write_any(out, any);
	(void)fputc('\n', out);
}

static void write_other_name(FILE *out, const OTHERNAME *other, int depth)
{
	(void)fputs("Other Name:\n", out);
	indent_write(out, depth + 1);
	write_oid(out, other->type_id);
	(void)fputc('=', out);
	write_any(out, other->value);
}

/* "DNS Name=..." */
static void write_labelled(FILE *out, const char *label, const ASN1_STRING *value)
{
	(void)fprintf(out, "%s=", label);
	asn1_write_text(out, value);
}

static void write_body(FILE *out, const GENERAL_NAME *name, int depth)
{
	switch (name->type) {
	case GEN_OTHERNAME:
		write_other_name(out, name->d.otherName, depth);
		break;
	case GEN_EMAIL:
		write_labelled(out, "RFC822 Name", name->d.rfc822Name);
		break;
	case GEN_DNS:
		write_labelled(out, "DNS Name", name->d.dNSName);
		break;
	case GEN_URI:
		write_labelled(out, "URL", name->d.uniformResourceIdentifier);
		break;
	case GEN_X400:
		write_labelled(out, "X.400 Address", name->d.x400Address);
		break;
	case GEN_EDIPARTY:
		write_labelled(out, "EDI Party Name", name->d.ediPartyName->partyName);
		break;
	case GEN_IPADD:
		(void)fputs("IP Address=", out);
		write_address(out, name->d.iPAddress);
		break;
	case GEN_RID:
		(void)fputs("Registered ID=", out);
		write_oid(out, name->d.registeredID);
		break;
	default:
		(void)fputs("?", out);
		break;
	}
	(void)fputc('\n', out);
}

void general_name_write(FILE *out, const GENERAL_NAME *name, int depth)
{
	indent_write(out, depth);
	if (name->type != GEN_DIRNAME) {
		write_body(out, name, depth);
		return;
	}
	(void)fputs("Directory Address:\n", out);
	name_write_lines(out, name->d.directoryName, depth + 1);
}

void general_names_write(FILE *out, const GENERAL_NAMES *names, int depth)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		general_name_write(out, sk_GENERAL_NAME_value(names, i), depth);
}
