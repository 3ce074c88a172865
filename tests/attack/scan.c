/* scan.c - looks for secrets: in the memory of running processes, as root can, and in files.
 *
 *   attack_scan PATTERNS WHAT...      WHAT: a process id, or a path
 *
 * PATTERNS has lines of "NAME HEX", each at least 8 bytes. Prints "bytes N" and, for every place,
 * "hit NAME WHERE": WHERE is the mapping with its flags, or the path. Of a process it reads every
 * mapping that can be read; pages that may not be read (guards) are passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATTERNS_MAX = 16384, NAME_MAX_SIZE = 64, HEAD = 8, BLOCK = 1 << 20, LONGEST = 512 };

struct pattern {
	char name[NAME_MAX_SIZE];
	uint8_t *bytes;
	size_t size;
	size_t next; /* of those with the same first two bytes, plus one */
};

struct scan {
	struct pattern patterns[PATTERNS_MAX];
	size_t count;
	size_t first[65536]; /* by the first two bytes, plus one */
	uint64_t bytes;
};

static size_t head_of(const uint8_t *bytes)
{
	return (size_t)(bytes[0] | bytes[1] << 8);
}

static void give_up(const char *what)
{
	(void)fprintf(stderr, "attack_scan: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void add(struct scan *scan, const char *name, const char *hex)
{
	struct pattern *pattern = &scan->patterns[scan->count];
	size_t size = strlen(hex) / 2;

	if (scan->count == PATTERNS_MAX || size < HEAD || size > LONGEST)
		give_up("a pattern too many, too short or too long");
	pattern->bytes = malloc(size);
	if (pattern->bytes == NULL)
		give_up("memory");
	for (size_t i = 0; i < size; i++) {
		unsigned byte;
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			give_up("not hex");
		pattern->bytes[i] = (uint8_t)byte;
	}
	(void)snprintf(pattern->name, sizeof pattern->name, "%s", name);
	pattern->size = size;
	pattern->next = scan->first[head_of(pattern->bytes)];
	scan->first[head_of(pattern->bytes)] = ++scan->count;
}

static void read_patterns(struct scan *scan, const char *path)
{
	FILE *file = fopen(path, "r");
	char name[NAME_MAX_SIZE];
	char hex[2 * LONGEST + 1];

	if (file == NULL)
		give_up(path);
	while (fscanf(file, "%63s %1024s", name, hex) == 2)
		add(scan, name, hex);
	(void)fclose(file);
}

static void look(struct scan *scan, const uint8_t *bytes, size_t size, const char *where)
{
	for (size_t at = 0; at + HEAD <= size; at++)
		for (size_t i = scan->first[head_of(bytes + at)]; i != 0;) {
			const struct pattern *pattern = &scan->patterns[i - 1];
			if (pattern->size <= size - at &&
			    memcmp(bytes + at, pattern->bytes, pattern->size) == 0)
				(void)printf("hit %s %s\n", pattern->name, where);
			i = pattern->next;
		}
}

/* One piece after the other; what lies across two is found too. */
struct window {
	uint8_t bytes[LONGEST + BLOCK];
	size_t kept;
};

static void look_at_piece(struct scan *scan, struct window *window, size_t size, const char *where)
{
	size_t whole = window->kept + size;

	look(scan, window->bytes, whole, where);
	scan->bytes += size;
	window->kept = whole < LONGEST - 1 ? whole : LONGEST - 1;
	memmove(window->bytes, window->bytes + whole - window->kept, window->kept);
}

static void look_through_file(struct scan *scan, const char *path)
{
	static struct window window;
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL)
		give_up(path);
	window.kept = 0;
	while ((size = fread(window.bytes + window.kept, 1, BLOCK, file)) > 0)
		look_at_piece(scan, &window, size, path);
	if (ferror(file) != 0)
		give_up(path);
	(void)fclose(file);
}

static void look_through_mapping(struct scan *scan, int memory, uint64_t from, uint64_t to,
				 const char *where)
{
	static struct window window;

	window.kept = 0;
	while (from < to) {
		size_t wanted = to - from < BLOCK ? (size_t)(to - from) : BLOCK;
		ssize_t size = pread(memory, window.bytes + window.kept, wanted, (off_t)from);
		if (size <= 0) { /* a page that cannot be read: the next one */
			window.kept = 0;
			from = (from | 4095) + 1;
			continue;
		}
		look_at_piece(scan, &window, (size_t)size, where);
		from += (uint64_t)size;
	}
}

static bool is_mapping(const char *line, uint64_t *out_from, uint64_t *out_to, char *rights)
{
	unsigned long from, to;

	if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) != 3)
		return false;
	*out_from = from;
	*out_to = to;
	return true;
}

/* smaps: a head with the addresses, then facts; VmFlags comes last. */
static void look_through_process(struct scan *scan, const char *pid)
{
	char path[64], line[1024], where[1536] = "", rights[8] = "";
	uint64_t from = 0, to = 0;
	FILE *maps;
	int memory;

	(void)snprintf(path, sizeof path, "/proc/%s/smaps", pid);
	maps = fopen(path, "r");
	(void)snprintf(path, sizeof path, "/proc/%s/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (maps == NULL || memory < 0)
		give_up(path);
	while (fgets(line, sizeof line, maps) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (is_mapping(line, &from, &to, rights)) {
			const char *name = strrchr(line, ' ');
			(void)snprintf(where, sizeof where, "%s%s", rights, name);
		} else if (strncmp(line, "VmFlags:", 8) == 0 && rights[0] == 'r' &&
			   strstr(where, "[vvar") == NULL) {
			char full[2600];
			(void)snprintf(full, sizeof full, "%s:%s %s", pid, where, line + 8);
			look_through_mapping(scan, memory, from, to, full);
		}
	}
	(void)fclose(maps);
	(void)close(memory);
}

int main(int count, char **arguments)
{
	struct scan *scan = calloc(1, sizeof *scan);

	if (scan == NULL || count < 3)
		give_up("attack_scan PATTERNS WHAT...");
	read_patterns(scan, arguments[1]);
	for (int i = 2; i < count; i++)
		if (strspn(arguments[i], "0123456789") == strlen(arguments[i]))
			look_through_process(scan, arguments[i]);
		else
			look_through_file(scan, arguments[i]);
	(void)printf("bytes %llu\n", (unsigned long long)scan->bytes);
	free(scan);
	return 0;
}
