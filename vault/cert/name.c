/* name.c - see name.h */
#include "vault/cert/name.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/own.h"
#include "vault/base/utf8.h"
#include "vault/cert/asn1_text.h"
#include "vault/cert/text_writer.h"

void name_oid(const ASN1_OBJECT *type, char out_text[NAME_OID_SIZE])
{
	int size = OBJ_obj2txt(out_text, NAME_OID_SIZE, type, 1);

	if (size <= 0)
		memcpy(out_text, "?", sizeof "?");
	else if (size >= NAME_OID_SIZE)
		memcpy(out_text + NAME_OID_SIZE - sizeof "...", "...", sizeof "...");
}

void name_type(const ASN1_OBJECT *type, char out_text[NAME_OID_SIZE])
{
	const char *known = OBJ_nid2sn(OBJ_obj2nid(type));

	if (OBJ_obj2nid(type) == NID_undef || known == NULL)
		name_oid(type, out_text);
	else
		(void)snprintf(out_text, NAME_OID_SIZE, "%s", known);
}

/* RFC 4514, 2.4: these need a backslash in every place, a space and # in some. */
static bool needs_backslash(uint32_t character, bool is_first, bool is_last)
{
	if (character == ' ')
		return is_first || is_last;
	if (character == '#')
		return is_first;
	return character != 0 && character < 0x80 && strchr("\"+,;<>\\", (int)character) != NULL;
}

static void write_hex_pairs(FILE *out, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "\\%02X", (unsigned)((const uint8_t *)bytes)[i]);
}

static void write_character(FILE *out, uint32_t character, bool is_first, bool is_last)
{
	char text[4];
	size_t size = utf8_put(character, text);

	if (letter_is_control(character)) {
		write_hex_pairs(out, text, size);
		return;
	}
	if (needs_backslash(character, is_first, is_last))
		(void)fputc('\\', out);
	(void)fwrite(text, 1, size, out);
}

static void write_string(FILE *out, const ASN1_STRING *string)
{
	struct letters letters = letters_of(string);
	struct letter letter;

	while (true) {
		bool is_first = letters.at == 0;
		if (!letters_next(&letters, &letter))
			return;
		if (letter.raw_size > 0)
			write_hex_pairs(out, letter.raw, letter.raw_size);
		else
			write_character(out, letter.character, is_first,
					letters.at == letters.size);
	}
}

/* RFC 4514, 2.4: a type without a short name shows its value in hex. */
static void write_attribute(FILE *out, const X509_NAME_ENTRY *attribute)
{
	const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(attribute);
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(attribute);
	char type_text[NAME_OID_SIZE];

	name_type(type, type_text);
	(void)fprintf(out, "%s=", type_text);
	if (OBJ_obj2nid(type) == NID_undef || !asn1_is_text(value))
		asn1_write_der_hex(out, value);
	else
		write_string(out, value);
}

void name_write(FILE *out, const X509_NAME *name)
{
	int count = X509_NAME_entry_count(name);
	int last_set = -1;

	for (int i = count - 1; i >= 0; i--) {
		const X509_NAME_ENTRY *attribute = X509_NAME_get_entry(name, i);
		if (i < count - 1)
			(void)fputc(X509_NAME_ENTRY_set(attribute) == last_set ? '+' : ',', out);
		write_attribute(out, attribute);
		last_set = X509_NAME_ENTRY_set(attribute);
	}
}

enum err name_text(const X509_NAME *name, char **out_text)
{
	AUTO_HELD(text_writer) writer = {0};

	TRY(text_writer_open(&writer));
	name_write(writer.stream, name);
	return text_writer_end(&writer, out_text);
}

/* The last one is the most specific: DER goes from country to person. */
static const ASN1_STRING *last_value(const X509_NAME *name, int nid)
{
	for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
		const X509_NAME_ENTRY *attribute = X509_NAME_get_entry(name, i);
		if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(attribute)) == nid)
			return X509_NAME_ENTRY_get_data(attribute);
	}
	return NULL;
}

enum err name_attribute_text(const X509_NAME *name, int nid, char **out_text)
{
	const ASN1_STRING *value = last_value(name, nid);
	AUTO_HELD(text_writer) writer = {0};

	TRY(text_writer_open(&writer));
	if (value != NULL)
		asn1_write_text(writer.stream, value);
	return text_writer_end(&writer, out_text);
}

enum err name_short_text(const X509_NAME *name, char **out_text)
{
	static const int wanted[] = {NID_commonName, NID_organizationalUnitName,
				     NID_organizationName};

	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		AUTO_TEXT text = NULL;
		TRY(name_attribute_text(name, wanted[i], &text));
		if (text[0] != '\0') {
			*out_text = TAKE(text);
			return ERR_OK;
		}
	}
	return name_text(name, out_text);
}
