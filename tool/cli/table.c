/* table.c - see table.h */
#include "tool/cli/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tool/cli/width.h"
#include "vault/base/utf8.h"

enum { GAP = 2, NARROWEST = 8 };

struct table {
	size_t column_count;
	size_t cell_count;
	char **cells; /* row by row, escaped */
	size_t widths[TABLE_COLUMNS_MAX];
};

enum err table_new(size_t column_count, struct table **out_table)
{
	struct table *table = calloc(1, sizeof *table);

	if (table == NULL)
		return ERR_MEMORY;
	table->column_count = column_count;
	*out_table = table;
	return ERR_OK;
}

enum err table_add(struct table *table, const char *cell)
{
	size_t column = table->cell_count % table->column_count;
	char **cells = realloc(table->cells, (table->cell_count + 1) * sizeof *cells);
	size_t width;

	if (cells == NULL)
		return ERR_MEMORY;
	table->cells = cells;
	TRY(utf8_escape(cell == NULL ? "" : cell, &cells[table->cell_count]));
	width = width_of(cells[table->cell_count++]);
	if (width > table->widths[column])
		table->widths[column] = width;
	return ERR_OK;
}

static size_t whole_width(const struct table *table, const char *indent)
{
	size_t whole = width_of(indent) + GAP * (table->column_count - 1);

	for (size_t i = 0; i < table->column_count; i++)
		whole += table->widths[i];
	return whole;
}

/* Takes what is too much from the widest column, down to a readable rest. */
static void narrow(const struct table *table, size_t too_much, size_t *widths)
{
	size_t widest = 0;

	for (size_t i = 1; i < table->column_count; i++)
		if (widths[i] > widths[widest])
			widest = i;
	if (widths[widest] > NARROWEST + too_much)
		widths[widest] -= too_much;
	else if (widths[widest] > NARROWEST)
		widths[widest] = NARROWEST;
}

static enum err print_cell(const char *cell, size_t width, bool is_last, FILE *file)
{
	AUTO_TEXT shown = NULL;

	TRY(width_cut(cell, width, &shown));
	(void)fputs(shown, file);
	if (!is_last)
		(void)fprintf(file, "%*s", (int)(width - width_of(shown) + GAP), "");
	return ERR_OK;
}

/* Empty cells at the end of a row leave no blanks behind. */
static size_t last_filled(char *const *row, size_t column_count)
{
	size_t last = column_count - 1;

	while (last > 0 && row[last][0] == '\0')
		last--;
	return last;
}

enum err table_print(const struct table *table, FILE *file, const char *indent, size_t width)
{
	size_t widths[TABLE_COLUMNS_MAX];
	size_t whole = whole_width(table, indent);

	memcpy(widths, table->widths, sizeof widths);
	if (width != TABLE_WIDTH_ANY && whole > width)
		narrow(table, whole - width, widths);
	for (size_t at = 0; at + table->column_count <= table->cell_count;
	     at += table->column_count) {
		size_t last = last_filled(table->cells + at, table->column_count);
		(void)fputs(indent, file);
		for (size_t i = 0; i <= last; i++)
			TRY(print_cell(table->cells[at + i], widths[i], i == last, file));
		(void)fputc('\n', file);
	}
	return ERR_OK;
}

void table_free(struct table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}
