/* audit_look.c - looks through the log: page by page, and for what is wrong with it.
 *
 * Each frame says its own number and the hash before it, and opens alone: so one that was changed
 * does not hide what is wrong with others.
 */
#include <stdlib.h>
#include <unistd.h>

#include "vault/keeper/audit_parts.h"
#include "vault/keeper/hold.h"

/* --- Pages --------------------------------------------------------------------------------------
 */

struct reading {
	const struct audit_view *view;
	uint64_t after;
	uint64_t frames_left;
	audit_visitor *visit;
	void *context;
	struct audit_page *page;
	bool is_over;
};

static void read_frame(struct reading *reading, const struct audit_frame *frame, uint64_t number)
{
	struct audit_entry entry;
	struct digest previous;

	if (!audit_open_entry(reading->view->sealer, frame, &previous, &entry)) {
		reading->page->unreadable += audit_frame_is_empty(frame) ? 0 : 1;
	} else if (entry.number > reading->after && !reading->visit(&entry, reading->context)) {
		reading->is_over = true;
		return;
	}
	if (number > reading->page->next)
		reading->page->next = number;
}

/* A file that was left has room behind its last entry, whose numbers the next file uses. */
static uint64_t last_in_file(const struct audit_view *view, size_t nth)
{
	const struct audit_files *files = &view->files;

	return nth + 1 < files->count && files->firsts[nth + 1] <= view->last
		       ? files->firsts[nth + 1] - 1
		       : view->last;
}

static enum err read_file(struct reading *reading, size_t nth)
{
	uint64_t first = reading->view->files.firsts[nth];
	uint64_t from = reading->page->next + 1 > first ? reading->page->next + 1 : first;
	AUTO_FD file = -1;
	uint64_t frames = 0;

	if (audit_file_open(reading->view->folder, first, &file, &frames) != ERR_OK)
		return ERR_OK; /* removed by age just now; that it is missing, the report says */
	for (uint64_t number = from; number - first + 1 < frames; number++) {
		struct audit_frame frame;
		if (number > last_in_file(reading->view, nth) || reading->is_over)
			return ERR_OK;
		if (reading->frames_left-- == 0) {
			reading->is_over = true;
			reading->frames_left = 0;
			return ERR_OK;
		}
		TRY(audit_file_read(file, number - first + 1, &frame));
		read_frame(reading, &frame, number);
	}
	return ERR_OK;
}

/* The file that holds entry `number`, or the first behind it. */
static size_t file_of(const struct audit_files *files, uint64_t number)
{
	size_t i = 0;

	while (i + 1 < files->count && files->firsts[i + 1] <= number)
		i++;
	return i;
}

enum err audit_log_read(struct audit_log *log, uint64_t after, uint64_t frames_max,
			audit_visitor *visit, void *context, struct audit_page *out_page)
{
	struct audit_view view = {0};
	struct reading reading = {.view = &view,
				  .after = after,
				  .frames_left = frames_max,
				  .visit = visit,
				  .context = context,
				  .page = out_page};

	*out_page = (struct audit_page){.next = after};
	TRY(audit_view_take(log, &view));
	for (size_t i = file_of(&view.files, after + 1); i < view.files.count && !reading.is_over;
	     i++)
		TRY(read_file(&reading, i));
	out_page->has_more = reading.is_over;
	return ERR_OK;
}

/* --- The whole chain ----------------------------------------------------------------------------
 */

struct look {
	const struct audit_view *view;
	struct audit_report *report;
	uint64_t expected;       /* number */
	struct audit_mark right; /* the last right entry; number 0: not known */
	uint64_t wrong;          /* frames since then that did not open */
	uint64_t empty;          /* and, behind them, that are empty */
};

static void add_fault(struct look *look, enum audit_fault_kind kind, uint64_t from, uint64_t to)
{
	struct audit_report *report = look->report;
	struct audit_fault *last =
		report->fault_count > 0 ? &report->faults[report->fault_count - 1] : NULL;

	if (last != NULL && last->kind == kind && from == last->to + 1) {
		last->to = to;
		return;
	}
	if (report->fault_count == AUDIT_FAULTS_MAX) {
		report->has_more_faults = true;
		return;
	}
	report->faults[report->fault_count++] =
		(struct audit_fault){.kind = (uint8_t)kind, .from = from, .to = to};
}

/* What lies between the last right entry and this one. */
static void compare_number(struct look *look, const struct audit_entry *entry)
{
	bool was_wrong = look->wrong + look->empty > 0;

	if (entry->number > look->expected)
		add_fault(look, was_wrong ? AUDIT_FAULT_EDITED : AUDIT_FAULT_REMOVED,
			  look->expected, entry->number - 1);
	else if (was_wrong)
		add_fault(look, AUDIT_FAULT_EDITED, entry->number, entry->number);
	look->wrong = look->empty = 0;
}

static void look_at_entry(struct look *look, const struct audit_frame *frame,
			  const struct digest *previous, const struct audit_entry *entry)
{
	if (entry->number < look->expected) {
		add_fault(look, AUDIT_FAULT_MOVED, entry->number, entry->number);
		return;
	}
	compare_number(look, entry);
	if (look->right.number != 0 && look->right.number + 1 == entry->number &&
	    !digest_equal(previous, &look->right.hash))
		add_fault(look, AUDIT_FAULT_EDITED, entry->number, entry->number);
	else
		look->report->count++;
	look->report->unclean_ends += entry->action == AUDIT_UNCLEAN_END;
	look->expected = entry->number + 1;
	look->right.number = entry->number;
	audit_frame_hash(frame, &look->right.hash);
}

static void look_at_frame(struct look *look, const struct audit_frame *frame)
{
	struct audit_entry entry;
	struct digest previous;

	if (audit_open_entry(look->view->sealer, frame, &previous, &entry)) {
		look_at_entry(look, frame, &previous, &entry);
	} else if (audit_frame_is_empty(frame)) {
		look->empty++;
	} else {
		look->wrong += look->empty + 1;
		look->empty = 0;
	}
}

/* Between files nothing but a cut that was noticed at a start may be missing. */
static void look_at_gap(struct look *look, const struct audit_frame *first_entry, uint64_t first)
{
	struct audit_entry entry;
	struct digest previous;
	bool is_open = audit_open_entry(look->view->sealer, first_entry, &previous, &entry);
	bool is_cut = is_open && entry.action == AUDIT_LOG_CUT;

	if (look->wrong > 0)
		add_fault(look, AUDIT_FAULT_EDITED, look->expected,
			  look->expected + look->wrong - 1);
	look->expected += look->wrong;
	look->wrong = look->empty = 0;
	if (is_cut || (is_open && entry.action == AUDIT_LOG_CHANGED))
		look->right.number = 0; /* chained to the manifest, not to what lies before it */
	if (first <= look->expected)
		return;
	add_fault(look, is_cut ? AUDIT_FAULT_CUT : AUDIT_FAULT_REMOVED, look->expected, first - 1);
	look->expected = first;
	look->right.number = 0;
}

static void look_at_head(struct look *look, const struct audit_frame *frame, uint64_t first)
{
	struct audit_head head;

	if (!audit_open_head(look->view->sealer, frame, &head) || head.first != first) {
		add_fault(look, AUDIT_FAULT_EDITED, first, first);
		return;
	}
	if (look->right.number != 0 && look->right.number + 1 == first &&
	    !digest_equal(&head.previous, &look->right.hash))
		add_fault(look, AUDIT_FAULT_EDITED, look->right.number, look->right.number);
	if (look->right.number == 0 && look->expected == first)
		look->right = (struct audit_mark){first - 1, head.previous};
}

/* Entries that come while we look are not looked at. */
static uint64_t frames_to_look_at(const struct look *look, uint64_t first, uint64_t frames)
{
	const struct audit_files *files = &look->view->files;
	uint64_t written = look->view->last - first + 2;

	if (first != files->firsts[files->count - 1] || look->view->last < first)
		return frames;
	return written < frames ? written : frames;
}

static enum err look_at_file(struct look *look, uint64_t first)
{
	AUTO_FD file = -1;
	uint64_t frames = 0;
	struct audit_frame frame;

	if (audit_file_open(look->view->folder, first, &file, &frames) != ERR_OK)
		return ERR_OK; /* then its entries are missing */
	TRY(audit_file_read(file, 1, &frame));
	look_at_gap(look, &frame, first);
	TRY(audit_file_read(file, 0, &frame));
	look_at_head(look, &frame, first);
	frames = frames_to_look_at(look, first, frames);
	for (uint64_t i = 1; i < frames; i++) {
		TRY(audit_file_read(file, i, &frame));
		look_at_frame(look, &frame);
	}
	return ERR_OK;
}

static void look_at_end(struct look *look)
{
	if (look->wrong > 0)
		add_fault(look, AUDIT_FAULT_EDITED, look->expected,
			  look->expected + look->wrong - 1);
	look->expected += look->wrong;
	if (look->expected <= look->view->last)
		add_fault(look, AUDIT_FAULT_CUT, look->expected, look->view->last);
}

static struct audit_finding finding_of(const struct audit_report *report)
{
	const struct audit_fault *first = &report->faults[0];
	struct audit_finding finding = {.action = AUDIT_LOG_CHANGED, .number = first->from};
	uint64_t count = 0;

	if (first->kind == AUDIT_FAULT_CUT)
		finding.action = AUDIT_LOG_CUT;
	for (size_t i = 0; i < report->fault_count; i++)
		count += report->faults[i].to - report->faults[i].from + 1;
	finding.count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
	return finding;
}

/* What the start found stays: it says what was lost. */
static void note_finding(struct audit_log *log, const struct audit_report *report)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	if (report->fault_count > 0 &&
	    (log->finding.action == 0 || log->finding.action == AUDIT_UNCLEAN_END))
		log->finding = finding_of(report);
}

enum err audit_log_report(struct audit_log *log, struct audit_report *out_report)
{
	struct audit_view view = {0};
	struct look look = {.view = &view, .report = out_report};

	*out_report = (struct audit_report){0};
	TRY(audit_view_take(log, &view));
	out_report->first = view.oldest;
	out_report->last = view.last;
	look.expected = view.oldest;
	for (size_t i = 0; i < view.files.count; i++)
		if (i + 1 == view.files.count || view.files.firsts[i + 1] > view.oldest)
			TRY(look_at_file(&look, view.files.firsts[i]));
	look_at_end(&look);
	note_finding(log, out_report);
	return ERR_OK;
}
