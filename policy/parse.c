/* parse.c - see parse.h
 *
 * A policy that is read wrongly is a hole, so nothing is guessed: whatever is not exactly a
 * comment, a section or a setting is refused with its line.
 */
#include "policy/parse.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/own.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

/* What has been seen, so that nothing stands twice: "section\nname" and
 * "section\nname\nkey"; no part of them can hold a line end. */
struct seen {
	struct seen *next;
	char id[];
};

static void seen_free(struct seen *seen)
{
	while (seen != NULL) {
		struct seen *next = seen->next;
		free(seen);
		seen = next;
	}
}
OWN_DEFINE(seen, seen_free)

struct parser {
	parse_setting_fn *on_section;
	parse_setting_fn *on_setting;
	void *context;
	struct parse_problem *problems;
	size_t problem_max; /* at least 1; the reading ends when they are used up */
	size_t problem_count;
	bool skips_section; /* it was refused, so its settings cannot be judged */
	unsigned line;
	char section[PARSE_LINE_MAX + 1]; /* "": before the first one */
	char section_name[PARSE_LINE_MAX + 1];
	char quote[PARSE_QUOTE_SIZE];
	struct seen *seen;
};

static void parser_free(struct parser *parser)
{
	if (parser == NULL)
		return;
	seen_free(parser->seen);
	free(parser);
}
OWN_DEFINE(parser, parser_free)

static enum err parse_lines(struct parser *parser, const char *text, size_t size);
static enum err parse_line(struct parser *parser, const char *text, size_t size);
static enum err parse_section(struct parser *parser, char *line);
static enum err parse_setting(struct parser *parser, char *line);
static enum err refuse(struct parser *parser, const char *message_id);

enum err parse_text(const char *text, size_t size, parse_setting_fn *on_setting, void *context,
		    struct parse_problem *out_problem)
{
	return parse_text_by_section(text, size, NULL, on_setting, context, out_problem);
}

enum err parse_text_by_section(const char *text, size_t size, parse_setting_fn *on_section,
			       parse_setting_fn *on_setting, void *context,
			       struct parse_problem *out_problem)
{
	size_t count = 0;

	return parse_text_whole(text, size, on_section, on_setting, context, out_problem, 1,
				&count);
}

enum err parse_text_whole(const char *text, size_t size, parse_setting_fn *on_section,
			  parse_setting_fn *on_setting, void *context,
			  struct parse_problem *problems, size_t problem_max,
			  size_t *out_problem_count)
{
	AUTO(parser) parser = calloc(1, sizeof *parser);
	enum err err;

	if (parser == NULL)
		return ERR_MEMORY;
	parser->on_section = on_section;
	parser->on_setting = on_setting;
	parser->context = context;
	parser->problems = problems;
	parser->problem_max = problem_max;
	err = size > PARSE_FILE_MAX ? refuse(parser, N_("the file is larger than 64 KiB"))
				    : parse_lines(parser, text, size);
	*out_problem_count = parser->problem_count;
	return err;
}

/* Whether a line's answer lets the next one be read. */
static bool may_go_on(const struct parser *parser, enum err err)
{
	return err == ERR_OK || (err == ERR_CONFIG && parser->problem_count < parser->problem_max);
}

static enum err parse_lines(struct parser *parser, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t line_size = end == NULL ? size - at : (size_t)(end - (text + at));
		enum err err;

		parser->line++;
		parser->quote[0] = '\0';
		err = parse_line(parser, text + at, line_size);
		if (!may_go_on(parser, err))
			return err;
		at += line_size + 1;
	}
	return parser->problem_count == 0 ? ERR_OK : ERR_CONFIG;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

/* Cuts blanks off both ends; returns the new beginning. */
static char *trim(char *text)
{
	size_t size;

	while (is_blank(*text))
		text++;
	size = strlen(text);
	while (size > 0 && is_blank(text[size - 1]))
		text[--size] = '\0';
	return text;
}

/* Why these bytes cannot be a line of such a file, or NULL. */
static const char *line_fault(const struct parser *parser, const char *text, size_t size)
{
	if (size > PARSE_LINE_MAX)
		return N_("the line is longer than 4096 bytes");
	if (memchr(text, '\0', size) != NULL)
		return N_("the line holds a zero byte");
	if (parser->line == 1 && size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		return N_(
			"the file begins with a byte order mark; please save it as UTF-8 without");
	if (size > 0 && text[size - 1] == '\r')
		return N_("the line ends as on Windows (CR LF); please save the file with LF");
	if (!utf8_is_valid(text, size))
		return N_("the line is not UTF-8");
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7F)
			return N_("the line holds a control character");
	return NULL;
}

static enum err parse_line(struct parser *parser, const char *text, size_t size)
{
	const char *fault = line_fault(parser, text, size);
	char copy[PARSE_LINE_MAX + 1];
	char *line;
	enum err err;

	if (fault != NULL)
		return refuse(parser, fault);
	memcpy(copy, text, size);
	copy[size] = '\0';
	line = trim(copy);
	if (line[0] == '\0' || line[0] == '#')
		return ERR_OK;
	(void)snprintf(parser->quote, sizeof parser->quote, "%.*s",
		       (int)utf8_cut(line, sizeof parser->quote - 1), line);
	if (line[0] != '[')
		return parser->skips_section ? ERR_OK : parse_setting(parser, line);
	err = parse_section(parser, line);
	parser->skips_section = err != ERR_OK;
	return err;
}

/* Words of the file's own language: sections and keys. */
static bool is_word(const char *text)
{
	return text[0] != '\0' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

/* Remembers that `section`, `name` and `key` stood here; false when they did before. */
static enum err remember(struct parser *parser, const char *key, bool *out_is_new)
{
	size_t size = strlen(parser->section) + strlen(parser->section_name) + strlen(key) + 3;
	AUTO(seen) seen = malloc(sizeof *seen + size);

	if (seen == NULL)
		return ERR_MEMORY;
	seen->next = NULL;
	(void)snprintf(seen->id, size, "%s\n%s\n%s", parser->section, parser->section_name, key);
	*out_is_new = true;
	for (const struct seen *other = parser->seen; other != NULL; other = other->next)
		if (strcmp(other->id, seen->id) == 0)
			*out_is_new = false;
	if (!*out_is_new)
		return ERR_OK;
	seen->next = parser->seen;
	parser->seen = TAKE(seen);
	return ERR_OK;
}

/* Asks the caller about a section or a setting. */
static enum err ask(struct parser *parser, parse_setting_fn *on_setting, const char *key,
		    const char *value)
{
	struct parse_setting setting = {
		.section = parser->section,
		.section_name = parser->section_name,
		.key = key,
		.value = value,
		.line = parser->line,
		.quote = parser->quote,
	};
	const char *fault = on_setting == NULL ? NULL : on_setting(&setting, parser->context);

	return fault == NULL ? ERR_OK : refuse(parser, fault);
}

/* `line` begins with "[" and is trimmed. */
static enum err parse_section(struct parser *parser, char *line)
{
	size_t size = strlen(line);
	bool is_new = false;
	char *section;
	char *name;

	if (line[size - 1] != ']' || strpbrk(line + 1, "[]") != line + size - 1)
		return refuse(parser, N_("a section must be written as [name]"));
	line[size - 1] = '\0';
	section = trim(line + 1);
	name = section + strcspn(section, " \t");
	if (*name != '\0')
		*name++ = '\0';
	if (!is_word(section))
		return refuse(parser, N_("a section must be written as [name]"));
	(void)snprintf(parser->section, sizeof parser->section, "%s", section);
	(void)snprintf(parser->section_name, sizeof parser->section_name, "%s", trim(name));
	TRY(remember(parser, "", &is_new));
	if (!is_new)
		return refuse(parser, N_("this section stands twice"));
	return ask(parser, parser->on_section, "", "");
}

/* `line` is trimmed and not empty. */
static enum err parse_setting(struct parser *parser, char *line)
{
	char *equals = strchr(line, '=');
	bool is_new = false;
	const char *key;

	if (equals == NULL)
		return refuse(parser, N_("this is neither a section nor key = value"));
	if (parser->section[0] == '\0')
		return refuse(parser, N_("a setting stands before the first section"));
	*equals = '\0';
	key = trim(line);
	if (!is_word(key))
		return refuse(parser, N_("a key is made of a-z, 0-9 and -"));
	TRY(remember(parser, key, &is_new));
	if (!is_new)
		return refuse(parser, N_("this key stands twice in its section"));
	return ask(parser, parser->on_setting, key, trim(equals + 1));
}

static enum err refuse(struct parser *parser, const char *message_id)
{
	struct parse_problem *problem = &parser->problems[parser->problem_count++];

	return parse_refuse(problem, parser->line, message_id, parser->quote);
}

enum err parse_refuse(struct parse_problem *out_problem, unsigned line, const char *message_id,
		      const char *quote)
{
	AUTO_TEXT safe = NULL;
	AUTO_TEXT reason = NULL;
	size_t size;

	TRY(utf8_escape(quote, &safe));
	if (asprintf(&reason, "%s%s%s", _(message_id), safe[0] == '\0' ? "" : ": ", safe) < 0)
		return ERR_MEMORY;
	size = utf8_cut(reason, sizeof out_problem->reason - 1);
	memcpy(out_problem->reason, reason, size);
	out_problem->reason[size] = '\0';
	out_problem->line = line;
	if (line == 0)
		return err_detail(ERR_CONFIG, "%s", out_problem->reason);
	/* TRANSLATORS: where in a file a mistake is, and which. */
	return err_detail(ERR_CONFIG, _("line %u: %s"), line, out_problem->reason);
}
