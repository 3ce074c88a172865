/* pdf_text.h - texts, names and dates as they stand in a PDF (ISO 32000-1, 7.3.4, 7.9).
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

enum { JAPAN_SECONDS = 9 * 60 * 60 }; /* ahead of UTC, all the year */

/* UTF-8 as a text string: ASCII in brackets, all else as UTF-16BE in hexadecimal. */
void pdf_text_write(FILE *out, const char *text);
/* (D:20261124093000+09'00'): the moment in Japan. */
void pdf_text_write_date(FILE *out, int64_t at);
/* The same back, of any time zone; 0 when it is no date. */
int64_t pdf_text_date(const char *text);
/* A number without exponent and with a point in every locale. */
void pdf_text_write_number(FILE *out, double number);
