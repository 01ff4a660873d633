#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/sms_split.h"
#include "base/utf8.h"
#include "gateway/cli.h"

static const char more_help[] =
    "\n"
    "For each line of standard input one line: ENCODING, UNITS, SEGMENTS and the text as it would be sent, with a\n"
    "tab between. ENCODING is GSM-7 or UCS-2; UNITS are septets or UTF-16 units. The figures are those of the text\n"
    "as sent. The text is all that follows the third tab, and may itself hold tabs.\n"
    "\n"
    "Of the renderings that its policy allows, a text takes the one of fewest segments. Policies are\n"
    "  plain     made GSM-7 where that changes no meaning and costs no segment (\"Perú\" goes as \"Peru\"; ñ, é, ü, "
    "¿ and ¡ stay); the default\n"
    "  cheapest  made so only where that saves a segment\n"
    "  exact     as it was written\n"
    "With --shift es the accented vowels may go in GSM-7 with the Spanish national single shift, where that saves a\n"
    "segment: ENCODING is then GSM-7-ES. With --split each line is followed by one for each segment: a tab, its\n"
    "number, its octets in hexadecimal (header, then a septet an octet, or UTF-16BE) and its part of the text, with a\n"
    "tab between; above 255 segments there are none, for they cannot be numbered.\n"
    "\n"
    "A byte that is not UTF-8 is read as U+FFFD. A line with a NUL or above 64 KiB ends the run with exit 65.\n";

/* What is used again for every line. */
struct work {
    struct sms_policy policy;
    bool split;
    unsigned reference; /* of the last message that was split */
    struct buf text;    /* the line, made valid UTF-8 */
    struct buf sent;    /* the same as it would be sent */
};

static void print_segments(struct work *work)
{
    struct sms_split split;
    struct sms_segment segment;
    if (sms_split_begin(&split, buf_slice(&work->sent), &work->policy, ++work->reference))
        return;
    while (sms_split_next(&split, &segment)) {
        printf("\t%u\t", segment.number);
        for (size_t i = 0; i < segment.len; i++)
            printf("%02x", segment.octets[i]);
        printf("\t%.*s\n", (int)segment.text.len, segment.text.len ? segment.text.ptr : "");
    }
}

/* Answers one line. Controls are measured as they stand, since some of them have septets. */
static int measure_line(void *ctx, struct slice line)
{
    struct work *work = ctx;
    uint32_t code_point;
    buf_clear(&work->text);
    buf_clear(&work->sent);
    while (utf8_next(&line, &code_point))
        utf8_put(&work->text, code_point);
    sms_render(buf_slice(&work->text), &work->policy, &work->sent);
    if (work->text.error || work->sent.error) {
        fprintf(stderr, "chaski text segments: %s\n", error_text(ERR_NOMEM));
        return EXIT_TEMPORARY;
    }
    struct sms_size size = sms_measure_as(buf_slice(&work->sent), &work->policy);
    printf("%s\t%zu\t%zu\t", sms_encoding_name(size.encoding), size.units, size.segments);
    fwrite(buf_text(&work->sent), 1, work->sent.len, stdout);
    putchar('\n');
    if (work->split)
        print_segments(work);
    return ferror(stdout) ? EXIT_TEMPORARY : EXIT_GOOD;
}

/* Reads the options' words. Returns false after a message. */
static bool read_policy(const char *manner, const char *shift, const char *bits, struct sms_policy *policy)
{
    bool known = sms_manner_named(slice_of(manner), &policy->manner);
    policy->spanish_shift = strcmp(shift, "es") == 0;
    policy->wide_reference = strcmp(bits, "16") == 0;
    if (!known)
        fprintf(stderr, "chaski text segments: --policy %s: it must be plain, cheapest or exact\n", manner);
    else if (!policy->spanish_shift && strcmp(shift, "none") != 0)
        fprintf(stderr, "chaski text segments: --shift %s: it must be none or es\n", shift);
    else if (!policy->wide_reference && strcmp(bits, "8") != 0)
        fprintf(stderr, "chaski text segments: --reference %s: it must be 8 or 16\n", bits);
    else
        return true;
    return false;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *manner = "plain", *shift = "none", *bits = "8";
    struct work work = {.reference = 0};
    const struct option_row options[] = {
        {"policy", 0, "POLICY", "plain (default), cheapest or exact", &manner, NULL},
        {"shift", 0, "SHIFT", "none (default) or es, the Spanish national single shift", &shift, NULL},
        {"reference", 0, "BITS", "of the number that keeps segments together: 8 (default) or 16", &bits, NULL},
        {"split", 0, NULL, "prints each segment below its line", NULL, &work.split},
        {0},
    };
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (!read_policy(manner, shift, bits, &work.policy))
        return EXIT_USAGE;
    buf_init(&work.text, 3 * LINE_MAX_BYTES);
    buf_init(&work.sent, 3 * LINE_MAX_BYTES);
    code = cli_each_line(stdin, measure_line, &work);
    buf_release(&work.text);
    buf_release(&work.sent);
    return code;
}

const struct command command_text_segments = {
    "text segments", "[--policy POLICY] [--shift es] [--reference BITS] [--split]",
    "tells what each line costs as a short message: encoding, units, segments, text as sent", run};
