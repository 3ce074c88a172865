/* json.h - results for programs: one document on standard output, its fields fixed for good.
 *
 * Texts go out raw; whoever shows them makes them safe. Absent is null.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/cert/entry.h"
#include "vault/cert/fields.h"
#include "vault/cert/path.h"

void json_own_end(json_t **value);
#define AUTO_JSON __attribute__((cleanup(json_own_end))) json_t *

/* Values; each is a new reference, NULL when memory is out: json_set tells. */
json_t *json_text(const char *text);          /* "" and NULL: null */
json_t *json_moment(int64_t at);              /* 0: null */
json_t *json_digest(const struct digest *id); /* lower-case hex */

/* Puts a value into an object or at the end of an array and takes it over; NULL is ERR_MEMORY. */
enum err json_set(json_t *object, const char *name, json_t *value) MUST_CHECK;
enum err json_push(json_t *array, json_t *value) MUST_CHECK;
enum err json_object_new(json_t **out_object) MUST_CHECK;
enum err json_array_new(json_t **out_array) MUST_CHECK;

/* A certificate as `list` shows it. */
enum err json_of_entry(const struct entry *entry, json_t **out_object) MUST_CHECK;
/* What an original's certificate says, with the same names. */
enum err json_of_summary(const struct summary *summary, json_t **out_object) MUST_CHECK;
/* {"certificate": ...} */
enum err json_of_one(const struct entry *entry, json_t **out_document) MUST_CHECK;
/* Adds "fields", "path" and "path_complete". */
enum err json_add_pages(json_t *document, const struct fields *fields,
			const struct path *path) MUST_CHECK;
/* The words of the bits that are set. */
enum err json_of_warnings(uint32_t warnings, json_t **out_array) MUST_CHECK;

/* Writes the document. */
enum err json_print(const json_t *document) MUST_CHECK;
enum err json_print_one(const struct entry *entry) MUST_CHECK; /* that of json_of_one */
