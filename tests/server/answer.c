/* answer.c - see answer.h */
#include "tests/server/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { JSON_SIZE_MAX = 2048 };

struct problem_row {
	unsigned status;
	const char *code;
	const char *title[2]; /* by enum language */
	const char *detail[2];
};

static const struct problem_row problems[] = {
	[PROBLEM_ID_OR_PIN] = {401,
			       "id-or-pin-wrong",
			       {"The ID number or the PIN is wrong",
				"識別番号またはPINコードが正しくありません"},
			       {"Please check both against the letter.",
				"お手元の通知書のとおりに入力してください。"}},
	[PROBLEM_ID_LOCKED] = {403,
			       "id-locked",
			       {"This ID number is locked", "この識別番号はロックされています"},
			       {"There were too many wrong PINs. Please call the issuer.",
				"PINコードの誤りが上限に達しました。発行元へご連絡ください。"}},
	[PROBLEM_DIGEST_DIFFERS] = {409,
				    "digest-differs",
				    {"What was saved is not what was sent",
				     "保存された内容が送信した内容と異なります"},
				    {"Please download the certificate again.",
				     "もう一度ダウンロードしてください。"}},
	[PROBLEM_DELETED_AFTER_SAVE] = {410,
					"deleted-after-save",
					{"The original was deleted after it was saved",
					 "保存の確認後、原本は削除されました"},
					{"Please use the original on your USB stick.",
					 "USBメモリに保存した原本をご利用ください。"}},
	[PROBLEM_WINDOW_EXPIRED] = {410,
				    "window-expired",
				    {"The time to download is over",
				     "ダウンロードの期限が過ぎました"},
				    {"Please call the issuer.", "発行元へご連絡ください。"}},
	[PROBLEM_TOO_MANY_REQUESTS] = {429,
				       "too-many-requests",
				       {"Too many requests", "要求が多すぎます"},
				       {"Please wait a little and try again.",
					"しばらく待ってからもう一度お試しください。"}},
	[PROBLEM_BAD_REQUEST] = {400,
				 "bad-request",
				 {"The request is not understood", "要求を理解できません"},
				 {"Expected is a small JSON object as the API describes.",
				  "API仕様のとおりのJSONを送ってください。"}},
	[PROBLEM_NOT_FOUND] = {404,
			       "not-found",
			       {"There is nothing here", "ここには何もありません"},
			       {"Please check the address.", "アドレスをご確認ください。"}},
	[PROBLEM_TICKET_UNKNOWN] = {404,
				    "ticket-unknown",
				    {"This ticket is not known",
				     "このチケットは登録されていません"},
				    {"Please download the certificate again.",
				     "もう一度ダウンロードしてください。"}},
	[PROBLEM_METHOD] = {405,
			    "method-not-allowed",
			    {"Only POST is possible here", "ここではPOSTだけが使えます"},
			    {"Please send the request with POST.", "POSTで送ってください。"}},
	[PROBLEM_TOO_LARGE] = {413,
			       "content-too-large",
			       {"The request is too large", "要求が大きすぎます"},
			       {"At most 4,096 bytes are read.", "4,096バイトまでです。"}},
	[PROBLEM_MEDIA_TYPE] = {415,
				"unsupported-media-type",
				{"The request is not JSON", "要求がJSONではありません"},
				{"Please send application/json.",
				 "application/jsonで送ってください。"}},
	[PROBLEM_INTERNAL] = {500,
			      "internal",
			      {"The server has a problem of its own", "サーバーで問題が起きました"},
			      {"Please try again later.", "後でもう一度お試しください。"}},
};

void answer_clear(struct answer *answer)
{
	bytes_clear(&answer->body);
	*answer = (struct answer){.status = 0};
}

void answer_begin(struct answer *answer, unsigned status, const char *content_type)
{
	answer_clear(answer);
	answer->status = status;
	answer_add_header(answer, "Content-Type", "%s", content_type);
	answer_add_header(answer, "Cache-Control", "no-store");
	answer_add_header(answer, "X-Content-Type-Options", "nosniff");
}

void answer_add_header(struct answer *answer, const char *name, const char *format, ...)
{
	struct answer_header *header = &answer->headers[answer->header_count];
	va_list list;

	if (answer->header_count == ANSWER_HEADERS_MAX)
		return;
	header->name = name;
	va_start(list, format);
	(void)vsnprintf(header->value, sizeof header->value, format, list);
	va_end(list);
	answer->header_count++;
}

enum err answer_set_json(struct answer *answer, const char *format, ...)
{
	char text[JSON_SIZE_MAX];
	va_list list;
	int size;

	va_start(list, format);
	size = vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (size < 0 || (size_t)size >= sizeof text)
		return err_note(ERR_INTERNAL, "an answer is too long");
	return bytes_copy(text, (size_t)size, &answer->body);
}

/* The weight of one entry "ja-JP;q=0.8" in thousandths, 0 when it is another language. */
static int weight_of(const char *entry, size_t size, const char *language)
{
	const char *parameter = memchr(entry, ';', size);
	size_t name_size = parameter == NULL ? size : (size_t)(parameter - entry);
	const char *weight = NULL;

	if (name_size < 2 || strncasecmp(entry, language, 2) != 0 ||
	    (name_size > 2 && entry[2] != '-' && entry[2] != ' '))
		return 0;
	if (parameter != NULL)
		weight = memmem(parameter, size - name_size, "q=", 2);
	return weight == NULL ? 1000 : (int)(strtod(weight + 2, NULL) * 1000);
}

static int weight_in(const char *accepted, const char *language)
{
	int best = 0;

	while (*accepted != '\0') {
		size_t blanks = strspn(accepted, " \t,");
		size_t size = strcspn(accepted + blanks, ",");
		int weight = size == 0 ? 0 : weight_of(accepted + blanks, size, language);

		if (weight > best)
			best = weight;
		accepted += blanks + size;
	}
	return best;
}

enum language language_of(const char *accept_language)
{
	if (accept_language == NULL)
		return LANGUAGE_JAPANESE;
	return weight_in(accept_language, "en") > weight_in(accept_language, "ja")
		       ? LANGUAGE_ENGLISH
		       : LANGUAGE_JAPANESE;
}

enum err answer_problem(enum problem problem, enum language language, struct answer *out_answer)
{
	const struct problem_row *row = &problems[problem];

	answer_begin(out_answer, row->status, "application/problem+json");
	answer_add_header(out_answer, "Content-Language",
			  language == LANGUAGE_JAPANESE ? "ja" : "en");
	if (row->status == 401) /* RFC 9110, 15.5.2: with a challenge */
		answer_add_header(out_answer, "WWW-Authenticate", "Letter realm=\"originals\"");
	if (row->status == 405)
		answer_add_header(out_answer, "Allow", "POST");
	return answer_set_json(out_answer,
			       "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%u,"
			       "\"detail\":\"%s\",\"code\":\"%s\"}\n",
			       row->code, row->title[language], row->status, row->detail[language],
			       row->code);
}
