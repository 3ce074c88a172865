/* keeper_log.c - see keeper_log.h */
#include "vault/keeper/keeper_log.h"

#include "vault/keeper/hold.h"
#include "vault/keeper/keeper_parts.h"

enum { FRAMES_A_PAGE = 8192 }; /* that are opened for one answer */

enum err keeper_log_reserve(struct keeper *keeper)
{
	TRY(keeper_refusal(keeper));
	return audit_log_reserve(keeper->audit);
}

void keeper_log_give_back(struct keeper *keeper)
{
	audit_log_give_back(keeper->audit);
}

enum err keeper_log_append(struct keeper *keeper, const struct audit_entry *entry,
			   enum audit_place place)
{
	TRY(keeper_refusal(keeper));
	return audit_log_append(keeper->audit, entry, place);
}

enum err keeper_log_tend(struct keeper *keeper)
{
	TRY(keeper_refusal(keeper));
	return audit_log_tend(keeper->audit);
}

enum err keeper_log_settle(struct keeper *keeper)
{
	const struct change nothing = {0};
	bool is_committed = false;

	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	return ledger_commit(keeper->ledger, &nothing, LEDGER_STAYS, &is_committed);
}

struct audit_finding keeper_log_finding(const struct keeper *keeper)
{
	static const struct audit_finding nothing = {0};

	return keeper->audit == NULL ? nothing : audit_log_finding(keeper->audit);
}

bool keeper_log_is_short(const struct keeper *keeper)
{
	return keeper->audit != NULL && audit_log_is_short(keeper->audit);
}

struct filter {
	uid_t uid;
	audit_visitor *visit;
	void *context;
};

static bool visit_own(const struct audit_entry *entry, void *context)
{
	const struct filter *filter = context;
	bool is_own = entry->uid == (uint32_t)filter->uid ||
		      (entry->has_certificate && entry->owner == (uint32_t)filter->uid);

	return !is_own || filter->visit(entry, filter->context);
}

enum err keeper_log_read(struct keeper *keeper, uid_t uid, uint64_t after, audit_visitor *visit,
			 void *context, struct audit_page *out_page)
{
	struct filter filter = {.uid = uid, .visit = visit, .context = context};

	TRY(keeper_refusal(keeper));
	return audit_log_read(keeper->audit, after, FRAMES_A_PAGE, visit_own, &filter, out_page);
}

enum err keeper_log_report(struct keeper *keeper, struct audit_report *out_report)
{
	TRY(keeper_refusal(keeper));
	return audit_log_report(keeper->audit, out_report);
}
