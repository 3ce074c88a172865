/* table.c - see table.h */
#include "tool/cli/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tool/cli/width.h"
#include "vault/base/utf8.h"

enum { GAP = 2, READABLE = 12, NARROWEST_TEXT = 12 };

struct table {
	size_t column_count;
	size_t cell_count;
	char **cells; /* row by row, escaped */
	size_t widths[TABLE_COLUMNS_MAX];
	unsigned may_cut; /* bits */
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

enum err table_add_pair(struct table *table, const char *name, const char *value)
{
	TRY(table_add(table, name));
	return table_add(table, value);
}

void table_may_cut(struct table *table, unsigned columns)
{
	table->may_cut = columns;
}

static size_t sum_of(const size_t *widths, size_t column_count, const char *indent)
{
	size_t whole = width_of(indent) + GAP * (column_count - 1);

	for (size_t i = 0; i < column_count; i++)
		whole += widths[i];
	return whole;
}

/* The widest of those that may be cut and would stay readable; none: column_count. */
static size_t widest(const struct table *table, const size_t *widths)
{
	size_t found = table->column_count;

	for (size_t i = 0; i < table->column_count; i++)
		if ((table->may_cut & 1U << i) != 0 && widths[i] > READABLE &&
		    (found == table->column_count || widths[i] > widths[found]))
			found = i;
	return found;
}

/* False when the columns cannot stand beside each other on this screen. */
static bool fit(const struct table *table, const char *indent, size_t width, size_t *out_widths)
{
	memcpy(out_widths, table->widths, sizeof table->widths);
	while (width != TABLE_WIDTH_ANY &&
	       sum_of(out_widths, table->column_count, indent) > width) {
		size_t column = widest(table, out_widths);
		if (column == table->column_count)
			return false;
		out_widths[column]--;
	}
	return true;
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

static enum err print_row(const struct table *table, char *const *row, FILE *file,
			  const char *indent, const size_t *widths)
{
	size_t last = last_filled(row, table->column_count);

	(void)fputs(indent, file);
	for (size_t i = 0; i <= last; i++)
		TRY(print_cell(row[i], widths[i], i == last, file));
	(void)fputc('\n', file);
	return ERR_OK;
}

static void blanks(FILE *file, size_t count)
{
	(void)fprintf(file, "%*s", (int)count, "");
}

/* From where the cursor is; further lines begin `at` columns from the left. */
static void print_lines(FILE *file, const char *text, size_t at, size_t width)
{
	size_t room = width > at + NARROWEST_TEXT ? width - at : NARROWEST_TEXT;

	while (width != TABLE_WIDTH_ANY && width_of(text) > room) {
		size_t size = width_line(text, room);
		size_t shown = size;
		while (shown > 0 && text[shown - 1] == ' ')
			shown--;
		(void)fprintf(file, "%.*s\n", (int)shown, text);
		text += size + strspn(text + size, " ");
		blanks(file, *text == '\0' ? 0 : at);
	}
	(void)fprintf(file, "%s\n", text);
}

void table_print_text(FILE *file, const char *indent, const char *text, size_t width)
{
	(void)fputs(indent, file);
	print_lines(file, text, width_of(indent), width);
}

/* What needs no heading, such as "active", stands by itself. */
static void print_field(FILE *file, const char *indent, const char *name, size_t name_width,
			const char *value, size_t width)
{
	if (value[0] == '\0')
		return;
	if (name[0] == '\0') {
		table_print_text(file, indent, value, width);
		return;
	}
	(void)fprintf(file, "%s%s", indent, name);
	blanks(file, name_width - width_of(name) + GAP);
	print_lines(file, value, width_of(indent) + name_width + GAP, width);
}

/* Every row by itself, for narrow screens. */
static void print_records(const struct table *table, FILE *file, const char *indent, size_t width)
{
	char *const *headings = table->cells;
	size_t name_width = 0;

	for (size_t i = 0; i < table->column_count; i++)
		if (width_of(headings[i]) > name_width)
			name_width = width_of(headings[i]);
	for (size_t at = table->column_count; at + table->column_count <= table->cell_count;
	     at += table->column_count) {
		if (at > table->column_count)
			(void)fputc('\n', file);
		for (size_t i = 0; i < table->column_count; i++)
			print_field(file, indent, headings[i], name_width, table->cells[at + i],
				    width);
	}
}

enum err table_print(const struct table *table, FILE *file, const char *indent, size_t width)
{
	size_t widths[TABLE_COLUMNS_MAX];

	if (!fit(table, indent, width, widths)) {
		print_records(table, file, indent, width);
		return ERR_OK;
	}
	for (size_t at = 0; at + table->column_count <= table->cell_count;
	     at += table->column_count)
		TRY(print_row(table, table->cells + at, file, indent, widths));
	return ERR_OK;
}

enum err table_print_pairs(const struct table *table, FILE *file, const char *indent, size_t width)
{
	size_t last = table->column_count - 1;
	size_t at = sum_of(table->widths, last, indent) + GAP;

	for (size_t i = 0; i + last < table->cell_count; i += table->column_count) {
		char *const *row = table->cells + i;
		if (last_filled(row, table->column_count) < last) {
			TRY(print_row(table, row, file, indent, table->widths));
			continue;
		}
		(void)fputs(indent, file);
		for (size_t column = 0; column < last; column++)
			TRY(print_cell(row[column], table->widths[column], false, file));
		print_lines(file, row[last], at, width);
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
