/* chaski flow check: what the loader and the prover find in flow files. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "dialog/prove.h"
#include "gateway/cli.h"
#include "gateway/flow_file.h"

#define LINE_BYTES (64 * 1024)
#define PRICE_MOST 1000000000u /* of one segment, in millionths of a sol */

static const char more_help[] =
    "\n"
    "Proves each flow for all its languages on SMS, USSD and WhatsApp: states nobody reaches, traps, guards that "
    "never\n"
    "hold or come too late, questions without an option, values that do not fit, texts that are too long, and what a\n"
    "whole conversation can cost. Each finding is FILE:LINE:COLUMN: error or warning: what, and how to mend it; below\n"
    "it, after `by:`, the shortest answers that lead there. --price sms=0.05,ussd=0.02,whatsapp=0.03 is in soles for\n"
    "a segment, a page, a message. Exit 0 when no error was found, 65 else; warnings do not count.\n";

/* What the command was asked for, and found. */
struct checking {
    bool json, priced;
    uint64_t price[PROVE_CHANNELS]; /* millionths of a sol */
    const char *languages;          /* NULL: those that flows name */
    const char *file;
    char seen[FLOW_FILES_MAX][DIGEST_TEXT]; /* programs that were checked by another of their files */
    size_t seen_count;
    size_t errors;
    bool failed; /* no memory, or a file that cannot be read */
};

static const char *const channel_words[PROVE_CHANNELS] = {
    [CHANNEL_SMS] = "sms", [CHANNEL_USSD] = "ussd", [CHANNEL_WHATSAPP] = "whatsapp"};
static const char *const segment_words[PROVE_CHANNELS] = {
    [CHANNEL_SMS] = "segments", [CHANNEL_USSD] = "pages", [CHANNEL_WHATSAPP] = "messages"};

/* Reads "0.05" as millionths. */
static bool read_price(struct slice text, uint64_t *out)
{
    struct slice whole;
    uint64_t soles, part = 0;
    if (!slice_cut(&text, '.', &whole) || !slice_u64(whole, PRICE_MOST / 1000000, &soles))
        return false;
    if (text.ptr && (text.len == 0 || text.len > 6 || !slice_u64(text, 999999, &part)))
        return false;
    for (size_t i = text.len; text.ptr && i < 6; i++)
        part *= 10;
    *out = soles * 1000000 + part;
    return true;
}

/* Reads the price table. Returns EXIT_GOOD, or EXIT_USAGE after saying why. */
static int read_prices(struct checking *checking, const char *text)
{
    struct slice rest = slice_of(text), item, name;
    while (slice_cut(&rest, ',', &item)) {
        int channel = 0;
        slice_cut(&item, '=', &name);
        while (channel < PROVE_CHANNELS && !slice_is(name, channel_words[channel]))
            channel++;
        if (channel == PROVE_CHANNELS || !item.ptr || !read_price(item, &checking->price[channel])) {
            fprintf(stderr, "chaski flow check: --price is \"%s\": write it as sms=0.05,ussd=0.02,whatsapp=0.03\n",
                    text);
            return EXIT_USAGE;
        }
    }
    checking->priced = true;
    return EXIT_GOOD;
}

/* One finding, the loader's or the prover's. */
struct told {
    const char *class, *rule, *lang, *channel, *file, *text, *path;
    unsigned line, column;
    bool played;
};

static void put_word(struct buf *out, const char *name, const char *word)
{
    if (!word)
        return;
    json_put_name(out, name);
    json_put_string(out, slice_of(word));
}

static void tell_json(const struct told *told)
{
    struct buf line;
    buf_init(&line, LINE_BYTES);
    buf_addc(&line, '{');
    put_word(&line, "file", told->file);
    buf_addf(&line, ",\"line\":%u,\"column\":%u", told->line, told->column);
    put_word(&line, "class", told->class);
    put_word(&line, "rule", told->rule);
    put_word(&line, "lang", told->lang);
    put_word(&line, "channel", told->channel);
    put_word(&line, "text", told->text);
    put_word(&line, "path", told->path);
    if (told->path)
        buf_addf(&line, ",\"played\":%s", told->played ? "true" : "false");
    buf_addc(&line, '}');
    puts(buf_text(&line));
    buf_release(&line);
}

static void tell(const struct checking *checking, const struct told *told)
{
    if (checking->json) {
        tell_json(told);
        return;
    }
    printf("%s:", told->file);
    if (told->line)
        printf("%u:%u:", told->line, told->column);
    printf(" %s: %s\n", told->class, told->text);
    if (told->path)
        printf("    by: %s%s\n", told->path, told->played ? "" : " (perhaps: it was not played through)");
}

/* Faults of the load: the flow cannot be proved, but where they stand is known. */
static void tell_faults(struct checking *checking, const struct flow_file *file, struct arena *arena)
{
    for (size_t i = 0; i < file->faults.count; i++) {
        const struct fault *fault = &file->faults.items[i];
        const struct flow *flow = file->flows->refused;
        struct told told = {
            .class = "error", .rule = "load", .text = fault->text, .line = fault->line, .column = fault->column};
        told.file = fault->file[0] ? fault->file : checking->file;
        told.path = flow && fault->line ? prove_way_to_line(flow, fault->file, fault->line, arena) : NULL;
        tell(checking, &told);
    }
    checking->errors += file->faults.total;
}

static void tell_findings(struct checking *checking, const struct flow *flow, const struct proof *proof)
{
    for (size_t i = 0; i < proof->count; i++) {
        const struct finding *finding = &proof->findings[i];
        const struct told told = {
            .class = finding->error ? "error" : "warning",
            .rule = prove_rule_name(finding->rule),
            .lang = finding->lang == PROVE_ANY ? NULL : flow->langs[finding->lang],
            .channel = finding->channel == PROVE_ANY ? NULL : channel_words[finding->channel],
            .file = finding->file,
            .text = finding->text,
            .path = finding->path,
            .line = finding->line,
            .column = finding->column,
            .played = finding->path_sure,
        };
        tell(checking, &told);
    }
    checking->errors += proof->errors;
}

static double soles(const struct checking *checking, int channel, size_t segments)
{
    return (double)segments * (double)checking->price[channel] / 1e6;
}

static void put_interval(struct buf *out, const char *name, struct interval interval)
{
    json_put_name(out, name);
    buf_addf(out, "[%zu,%zu]", interval.least, interval.most);
}

static void tell_cost_json(const struct checking *checking, const char *lang, int channel,
                           const struct prove_cost *cost)
{
    struct buf line;
    buf_init(&line, LINE_BYTES);
    buf_addc(&line, '{');
    put_word(&line, "file", checking->file);
    put_word(&line, "class", "cost");
    put_word(&line, "lang", lang);
    put_word(&line, "channel", channel_words[channel]);
    put_interval(&line, "messages", cost->messages);
    put_interval(&line, "segments", cost->segments);
    if (cost->followed.most)
        put_interval(&line, "followed", cost->followed);
    if (checking->priced)
        buf_addf(&line, ",\"soles\":[%.4f,%.4f]", soles(checking, channel, cost->segments.least),
                 soles(checking, channel, cost->segments.most) + soles(checking, CHANNEL_SMS, cost->followed.most));
    buf_addc(&line, '}');
    puts(buf_text(&line));
    buf_release(&line);
}

static void tell_cost(const struct checking *checking, const char *lang, int channel, const struct prove_cost *cost)
{
    if (checking->json) {
        tell_cost_json(checking, lang, channel, cost);
        return;
    }
    printf("  %-8s %s: %zu to %zu %s", channel_words[channel], lang, cost->messages.least, cost->messages.most,
           channel == CHANNEL_USSD ? "pages" : "messages");
    if (channel == CHANNEL_SMS)
        printf(", %zu to %zu segments", cost->segments.least, cost->segments.most);
    if (cost->followed.most)
        printf(", and up to %zu segments of SMS that follow", cost->followed.most);
    if (checking->priced)
        printf(", S/ %.2f to %.2f", soles(checking, channel, cost->segments.least),
               soles(checking, channel, cost->segments.most) + soles(checking, CHANNEL_SMS, cost->followed.most));
    puts("");
}

static void tell_loop_json(const struct checking *checking, const struct flow *flow, const struct prove_loop *loop)
{
    struct buf line;
    buf_init(&line, LINE_BYTES);
    buf_addc(&line, '{');
    put_word(&line, "file", checking->file);
    buf_addf(&line, ",\"line\":%u", flow->states[loop->state].line);
    put_word(&line, "class", "round");
    put_word(&line, "states", loop->states);
    for (int i = 0; i < PROVE_CHANNELS; i++)
        put_interval(&line, channel_words[i], loop->pass[i].segments);
    buf_addc(&line, '}');
    puts(buf_text(&line));
    buf_release(&line);
}

static void tell_loop(const struct checking *checking, const struct flow *flow, const struct prove_loop *loop)
{
    if (checking->json) {
        tell_loop_json(checking, flow, loop);
        return;
    }
    printf("  round    %s: without limit, each pass up to", loop->states);
    for (int i = 0; i < PROVE_CHANNELS; i++) {
        printf("%s %zu %s by %s", i ? "," : "", loop->pass[i].segments.most, segment_words[i], channel_words[i]);
        if (checking->priced)
            printf(" (S/ %.2f)", soles(checking, i, loop->pass[i].segments.most));
    }
    puts("");
}

static void tell_redial(const struct checking *checking, const struct flow *flow, const struct proof *proof)
{
    const char *name = flow->states[flow->redial].name;
    size_t pages = proof->redial.messages;
    if (checking->json) {
        struct buf line;
        buf_init(&line, LINE_BYTES);
        buf_addc(&line, '{');
        put_word(&line, "file", checking->file);
        put_word(&line, "class", "redial");
        put_word(&line, "state", name);
        put_interval(&line, "ussd", (struct interval){0, pages});
        buf_addc(&line, '}');
        puts(buf_text(&line));
        buf_release(&line);
        return;
    }
    printf("  redial   %s: each time a session that dropped is dialled again and gone on with, up to %zu pages more",
           name, pages);
    if (checking->priced)
        printf(" (S/ %.2f)", soles(checking, CHANNEL_USSD, pages));
    puts("");
}

static void tell_costs(const struct checking *checking, const struct flow *flow, const struct proof *proof)
{
    if (!checking->json)
        printf("%s: flow %s: %zu states, %zu errors, %zu warnings%s; a conversation without commands takes\n",
               checking->file, flow->name, flow->state_count, proof->errors, proof->warnings,
               proof->whole ? "" : "; too many combinations to decide all guards");
    for (size_t lang = 0; lang < flow->lang_count; lang++)
        for (int channel = 0; channel < PROVE_CHANNELS; channel++)
            tell_cost(checking, flow->langs[lang], channel, &proof->costs[lang][channel]);
    for (size_t i = 0; i < proof->loop_count; i++)
        tell_loop(checking, flow, &proof->loops[i]);
    if (flow->redial != FLOW_NONE)
        tell_redial(checking, flow, proof);
}

/* Tells whether a program was checked already, and notes that it is now. */
static bool seen_before(struct checking *checking, const struct flow *flow)
{
    for (size_t i = 0; i < checking->seen_count; i++)
        if (strcmp(checking->seen[i], flow->digest) == 0)
            return true;
    if (checking->seen_count < FLOW_FILES_MAX)
        memcpy(checking->seen[checking->seen_count++], flow->digest, DIGEST_TEXT);
    return false;
}

/* Checks one file, and the others of its program. Failures to read or to prove it at all are told on stderr. */
static void check_file(struct checking *checking, const char *path)
{
    struct flow_file file;
    struct proof proof;
    struct arena *arena = arena_new(PROVE_ARENA_BYTES);
    enum error error = flow_file_load(&file, path, checking->languages, NULL, NULL);
    checking->file = path;
    if (!error && !arena)
        error = ERR_NOMEM;
    bool again = !error && file.good && seen_before(checking, file.flows->items[0]);
    if (!error && file.good && !again)
        error = prove(file.flows, file.flows->items[0], arena, &proof);
    if (error) {
        fprintf(stderr, "chaski flow check: %s cannot be checked (%s): see that it is a file of at most %d bytes\n",
                path, error_text(error), FLOW_FILE_BYTES);
        checking->failed = true;
    } else if (file.good && !again) {
        checking->file = file.flows->items[0]->file;
        tell_findings(checking, file.flows->items[0], &proof);
        tell_costs(checking, file.flows->items[0], &proof);
    } else if (!again) {
        tell_faults(checking, &file, arena);
    }
    flow_file_release(&file);
    arena_free(arena);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *files[FLOW_FILES_MAX], *prices = NULL;
    struct checking checking = {0};
    const struct option_row options[] = {
        {"json", 0, NULL, "one JSON object for each finding, and for each cost", NULL, &checking.json},
        {"languages", 0, "KEYS", "languages to switch on, as es,en: those that have files of their own",
         &checking.languages, NULL},
        {"price", 0, "TABLE", "what a segment, page or message costs in soles: sms=0.05,ussd=0.02", &prices, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, files, FLOW_FILES_MAX, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count == 0) {
        fprintf(stderr,
                "chaski flow check: name a flow file, as in `chaski flow check config/flows/diagnostico.yaml`\n");
        return EXIT_USAGE;
    }
    if (prices && read_prices(&checking, prices))
        return EXIT_USAGE;
    for (int i = 0; i < count; i++)
        check_file(&checking, files[i]);
    return checking.errors || checking.failed ? EXIT_DATA : EXIT_GOOD;
}

const struct command command_flow_check = {"flow check", "FILE... [--json] [--languages KEYS] [--price TABLE]",
                                           "proves flows sane: finds what can go wrong in them, and what they cost",
                                           run};
