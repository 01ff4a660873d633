#include <stdio.h>

#include "base/buf.h"
#include "base/sms.h"
#include "base/utf8.h"
#include "gateway/cli.h"

static const char more_help[] =
    "\n"
    "For each line of standard input one line: ENCODING, UNITS, SEGMENTS and the text as it would be sent, "
    "with a\n"
    "tab between. ENCODING is GSM-7 or UCS-2; UNITS are septets or UTF-16 units. The figures are those of "
    "the text\n"
    "as sent: made GSM-7 where that changes no meaning and costs no segment (\"Perú\" goes as \"Peru\"; ñ, "
    "é, ü, ¿\n"
    "and ¡ stay), else unchanged. The text is all that follows the third tab, and may itself hold tabs.\n"
    "A byte that is not UTF-8 is read as U+FFFD. A line with a NUL or above 64 KiB ends the run with exit "
    "65.\n";

/* What is used again for every line. */
struct work {
    struct buf text; /* the line, made valid UTF-8 */
    struct buf sent; /* the same as it would be sent */
};

/* Answers one line. Controls are measured as they stand, since some of them have septets. */
static int measure_line(void *ctx, struct slice line)
{
    struct work *work = ctx;
    uint32_t code_point;
    buf_clear(&work->text);
    buf_clear(&work->sent);
    while (utf8_next(&line, &code_point))
        utf8_put(&work->text, code_point);
    sms_transliterate(buf_slice(&work->text), &work->sent);
    if (work->text.error || work->sent.error) {
        fprintf(stderr, "chaski text segments: %s\n", error_text(ERR_NOMEM));
        return EXIT_TEMPORARY;
    }
    struct sms_size size = sms_measure(buf_slice(&work->sent));
    printf("%s\t%zu\t%zu\t", sms_encoding_name(size.encoding), size.units, size.segments);
    fwrite(buf_text(&work->sent), 1, work->sent.len, stdout);
    putchar('\n');
    return ferror(stdout) ? EXIT_TEMPORARY : EXIT_GOOD;
}

static int run(const struct command *self, int argc, char **argv)
{
    static const struct option_row options[] = {{0}};
    struct work work;
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0) {
        if (code == EXIT_GOOD)
            fputs(more_help, stdout);
        return code;
    }
    buf_init(&work.text, 3 * LINE_MAX_BYTES);
    buf_init(&work.sent, 3 * LINE_MAX_BYTES);
    code = cli_each_line(stdin, measure_line, &work);
    buf_release(&work.text);
    buf_release(&work.sent);
    return code;
}

const struct command command_text_segments = {
    "text segments", "", "tells what each line costs as a short message: encoding, units, segments, text as sent", run};
