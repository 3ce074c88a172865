/* table.h - rows of text in columns that stand under each other also in Japanese.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

enum { TABLE_COLUMNS_MAX = 8, TABLE_WIDTH_ANY = 0 };

struct table;

enum err table_new(size_t column_count, struct table **out_table) MUST_CHECK;
/* The next cell, row by row; it is escaped here. NULL is an empty cell. */
enum err table_add(struct table *table, const char *cell) MUST_CHECK;
/* A row of two columns. */
enum err table_add_pair(struct table *table, const char *name, const char *value) MUST_CHECK;
/* Which columns may be cut when the screen is narrow: bits, the first column is bit 0. */
void table_may_cut(struct table *table, unsigned columns);
/* A list; its first row are the headings. `width`: columns of the screen, or TABLE_WIDTH_ANY.
 * What may be cut is cut to fit, but stays readable; where that is not enough, each row is printed
 * as lines "heading  cell". The last column is not padded. */
enum err table_print(const struct table *table, FILE *file, const char *indent,
		     size_t width) MUST_CHECK;
/* Names and what they stand for, without headings: nothing is cut; the last column goes on below
 * itself. */
enum err table_print_pairs(const struct table *table, FILE *file, const char *indent,
			   size_t width) MUST_CHECK;
/* A text by itself, in lines of at most `width` columns. Must be safe to show. */
void table_print_text(FILE *file, const char *indent, const char *text, size_t width);
void table_free(struct table *table);
OWN_DEFINE(table, table_free)
