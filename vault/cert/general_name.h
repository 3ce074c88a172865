/* general_name.h - the other names of a holder or issuer (RFC 5280, 4.2.1.6), as the certificate
 * dialog lists them: one line for most, an indented block for a directory name.
 */
#pragma once

#include <stdio.h>

#include <openssl/x509v3.h>

/* Lines end with '\n' and begin with `depth` steps of indentation. */
void general_name_write(FILE *out, const GENERAL_NAME *name, int depth);
void general_names_write(FILE *out, const GENERAL_NAMES *names, int depth);

/* "CN = value" */
void attribute_write_line(FILE *out, const X509_NAME_ENTRY *attribute, int depth);
/* The attributes of a name one per line, the most specific first. */
void name_write_lines(FILE *out, const X509_NAME *name, int depth);
/* The short name the dialog knows (CN, O, S ...), or NULL: then it shows the dotted OID. The user
 * ID (0.9.2342.19200300.100.1.1) has none there. */
const char *name_known_type(const ASN1_OBJECT *type);

/* One line with whatever value stands there. */
void any_write_line(FILE *out, const ASN1_TYPE *any, int depth);
void indent_write(FILE *out, int depth);
