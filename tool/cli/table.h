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
/* `width`: columns of the screen, or TABLE_WIDTH_ANY; the widest column is cut to fit. The last
 * column is not padded. */
enum err table_print(const struct table *table, FILE *file, const char *indent,
		     size_t width) MUST_CHECK;
void table_free(struct table *table);
OWN_DEFINE(table, table_free)
