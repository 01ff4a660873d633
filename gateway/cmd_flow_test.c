/* chaski flow test: plays scripted conversations, and says what came otherwise than it stands there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/flow_diff.h"
#include "gateway/flow_generate.h"
#include "gateway/script_compare.h"
#include "gateway/script_file.h"
#include "gateway/script_record.h"
#include "gateway/script_show.h"

#define FILES_MAX 512
#define SHOWN_BYTES (1024 * 1024)

static const char more_help[] =
    "\n"
    "Each FILE holds conversations (docs/flows.md tells how they are written): one line is told of each, and of one\n"
    "that goes otherwise the place, what was expected, what came, and the difference. --write records what comes now\n"
    "into the files, to be read over. --edges names the ways through the flow that none of them goes.\n"
    "--generate FILE FLOW writes conversations that go along every edge of a flow, with what comes. No step of them\n"
    "can be left out; how many any such set must have is told beside. --diff OLD NEW has those of the old flow, or\n"
    "those in further FILEs, in both flows, and tells at which step what comes otherwise; a change that comes again\n"
    "is told once.\n"
    "Exit 0 when all go as written, else 65; 78 when the configuration, which is asked for flows and the engine that\n"
    "files do not name themselves, is not in order.\n";

struct testing {
    struct script_desk desk;
    struct script_player player;
    bool json, writes, fancy, edges, transcribes;
    size_t conversations, failed, steps, messages, written;
    const struct script *script;
    struct script_record record;
    int code; /* worst yet */
};

static void worse(struct testing *testing, int code)
{
    testing->code = testing->code ? testing->code : code;
}

static void put_word(struct buf *out, const char *name, struct slice word)
{
    json_put_name(out, name);
    json_put_string(out, word);
}

static void tell_json(const struct testing *testing, const struct script_conversation *conversation, size_t step,
                      const struct script_miss *miss)
{
    struct buf line;
    buf_init(&line, SHOWN_BYTES);
    buf_addc(&line, '{');
    put_word(&line, "file", slice_of(testing->script->file));
    put_word(&line, "name", conversation->name);
    buf_addf(&line, ",\"ok\":%s,\"steps\":%zu", miss ? "false" : "true", conversation->step_count);
    if (miss) {
        buf_addf(&line, ",\"step\":%zu,\"line\":%u,\"column\":%u,\"number\":%zu", step + 1, miss->at->line,
                 miss->at->column, miss->number);
        put_word(&line, "aspect", slice_of(script_aspect_name(miss->aspect)));
        put_word(&line, "expected", miss->expected);
        put_word(&line, "got", miss->got);
    }
    buf_addc(&line, '}');
    puts(buf_text(&line));
    buf_release(&line);
}

static void tell(const struct testing *testing, const struct script_conversation *conversation, size_t step,
                 const struct script_miss *miss)
{
    struct buf shown;
    if (testing->json) {
        tell_json(testing, conversation, step, miss);
        return;
    }
    if (!miss) {
        printf("ok    %.*s (%zu steps)\n", (int)conversation->name.len, conversation->name.ptr,
               conversation->step_count);
        return;
    }
    buf_init(&shown, SHOWN_BYTES);
    buf_addf(&shown, "FAIL  %.*s\n  %s:%u:%u: at step %zu, ", (int)conversation->name.len, conversation->name.ptr,
             testing->script->file, miss->at->line, miss->at->column, step + 1);
    script_show_act(&shown, &conversation->steps[step]);
    buf_addf(&shown, ", %s: %s otherwise\n", script_aspect_name(miss->aspect),
             miss->aspect == SCRIPT_WORDS ? "are" : "is");
    script_show_miss(&shown, miss, testing->fancy);
    fputs(buf_text(&shown), stdout);
    buf_release(&shown);
}

/* What a step that cannot be done at all tells. */
static bool undone(const struct testing *testing, const struct script_step *step, enum error error,
                   struct script_miss *miss)
{
    static const struct slice why[] = {
        [-ERR_NOT_FOUND] = SLICE("there is no such button in the messages before"),
        [-ERR_UNAVAILABLE] = SLICE("the engine is asked, and neither says the file what it finds nor is it there"),
    };
    (void)testing;
    if (error != ERR_NOT_FOUND && error != ERR_UNAVAILABLE)
        return false;
    *miss = (struct script_miss){.aspect = SCRIPT_UNDONE, .at = step->node, .expected = step->text, .got = why[-error]};
    return true;
}

/* Records a step. Returns false, after telling it, when the file has no room for that. */
static bool record(struct testing *testing, size_t conversation, size_t step, const struct script_came *came)
{
    const struct script_step *steps = testing->script->conversations[conversation].steps;
    enum error error =
        script_record_step(&testing->record, &steps[step], came, script_next_line(testing->script, conversation, step));
    if (error)
        fprintf(stderr, "%s:%u:%u: this step cannot be written into (%s): give each of its keys a line\n",
                testing->script->file, steps[step].node->line, steps[step].node->column, error_text(error));
    return !error;
}

static void transcribe(bool first, const struct script_step *step, const struct script_came *came)
{
    struct buf shown;
    buf_init(&shown, SHOWN_BYTES);
    buf_adds(&shown, first ? "" : "\n");
    script_show_turn(&shown, step, came);
    fputs(buf_text(&shown), stdout);
    buf_release(&shown);
}

/* Plays one conversation to its end, or to what goes otherwise. */
static void play(struct testing *testing, size_t index)
{
    const struct script_conversation *conversation = &testing->script->conversations[index];
    static struct script_came came;
    struct script_miss miss;
    bool good = true;
    size_t step = 0;
    enum error error = script_begin(&testing->player, conversation);
    if (testing->transcribes)
        printf("%s### %.*s\n\n```\n", testing->conversations ? "\n" : "", (int)conversation->name.len,
               conversation->name.ptr);
    for (; step < conversation->step_count && !error && good; step += good) {
        error = script_step(&testing->player, &conversation->steps[step], &came);
        script_desk_note(&testing->desk);
        if (error)
            break;
        testing->steps++;
        testing->messages += came.message_count;
        if (testing->transcribes)
            transcribe(step == 0, &conversation->steps[step], &came);
        if (testing->writes)
            good = record(testing, index, step, &came);
        else
            good = script_compare(&conversation->steps[step], &came, &miss);
    }
    testing->conversations++;
    if (error && !undone(testing, &conversation->steps[step], error, &miss)) {
        fprintf(stderr, "chaski flow test: %s: %.*s: %s\n", testing->script->file, (int)conversation->name.len,
                conversation->name.ptr, error_text(error));
        worse(testing, error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA);
    } else if (error || (!good && !testing->writes)) {
        tell(testing, conversation, step, &miss);
    } else if (testing->transcribes) {
        puts("```");
    } else if (!testing->writes) {
        tell(testing, conversation, 0, NULL);
    }
    testing->failed += error || !good;
}

/* Writes a whole file. Returns false after telling why it cannot. */
static bool write_file(struct testing *testing, const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wbe");
    bool good = file && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    if (file && fclose(file))
        good = false;
    if (good)
        return true;
    fprintf(stderr, "chaski flow test: %s cannot be written: %s\n", path, strerror(errno));
    worse(testing, EXIT_TEMPORARY);
    return false;
}

static void write_back(struct testing *testing, const char *path)
{
    struct buf *out = &testing->record.out;
    script_record_end(&testing->record);
    if (out->error) {
        fprintf(stderr, "chaski flow test: %s cannot be written: %s\n", path, error_text(out->error));
        worse(testing, EXIT_TEMPORARY);
        return;
    }
    if (!testing->record.changed || !write_file(testing, path, buf_slice(out)))
        return;
    printf("%s: %zu steps written\n", path, testing->record.changed);
    testing->written += testing->record.changed;
}

static void test_file(struct testing *testing, const char *path)
{
    struct script_file file;
    size_t failed = testing->failed;
    int code = script_file_open(&file, "flow test", path);
    if (!code)
        code = script_desk_for(&testing->desk, &file.script);
    if (!code && script_player_open(&testing->player, testing->desk.flows, script_engine(&testing->desk)))
        code = EXIT_TEMPORARY;
    if (!code) {
        testing->script = &file.script;
        testing->player.trail = &testing->desk.trail;
        script_record_init(&testing->record, file.bytes);
        for (size_t i = 0; i < file.script.count; i++)
            play(testing, i);
        if (testing->writes && failed == testing->failed)
            write_back(testing, path);
        script_record_release(&testing->record);
        script_player_close(&testing->player);
    }
    worse(testing, code);
    script_file_close(&file);
}

static void tell_edges(const struct testing *testing)
{
    const struct edges *edges = testing->desk.edges;
    struct buf name;
    for (uint32_t i = 0; i < edges->count; i++) {
        if (testing->desk.gone[i])
            continue;
        buf_init(&name, SHOWN_BYTES);
        edge_put(edges, i, &name);
        printf("%s:%u:%u: not gone: %s\n", edges->flow->file, edge_tell(edges, i).line, edge_tell(edges, i).column,
               buf_text(&name));
        buf_release(&name);
    }
}

static void summarise(const struct testing *testing)
{
    size_t gone = script_desk_gone(&testing->desk), all = testing->desk.edges ? testing->desk.edges->count : 0;
    if (testing->json) {
        printf("{\"conversations\":%zu,\"failed\":%zu,\"steps\":%zu,\"messages\":%zu,\"edges\":%zu,\"gone\":%zu}\n",
               testing->conversations, testing->failed, testing->steps, testing->messages, all, gone);
        return;
    }
    if (testing->edges && all)
        tell_edges(testing);
    printf("%zu conversations, %zu failed; %zu steps, %zu messages", testing->conversations, testing->failed,
           testing->steps, testing->messages);
    if (all)
        printf("; %zu of the %zu edges of %s", gone, all, testing->desk.flow->name);
    puts("");
}

/* Makes a file of conversations that cover a flow. */
static void generate(struct testing *testing, const char *path, const char *flow_path)
{
    struct slice bytes = SLICE_NONE;
    int code = flow_generate(&testing->desk, path, flow_path, false, &bytes);
    if (!code)
        write_file(testing, path, bytes);
    worse(testing, code);
    mem_free((char *)bytes.ptr);
}

/* Compares two flows over conversations in files, or else over those that cover the old one. */
static int diff(const struct testing *testing, const char *const *files, int count)
{
    static struct flow_diff diff;
    struct script_file file = {.arena = NULL};
    struct slice bytes;
    const char *languages = testing->desk.languages ? testing->desk.languages : "";
    diff = (struct flow_diff){.json = testing->json, .fancy = testing->fancy};
    diff.old = (struct script_desk){.command = "flow test", .config_file = testing->desk.config_file};
    diff.new = diff.old;
    int code = script_desk_flow(&diff.old, files[0], languages);
    if (!code)
        code = script_desk_flow(&diff.new, files[1], languages);
    if (!code)
        code = script_desk_engine(&diff.old);
    if (!code && count == 2) {
        code = flow_generate(&diff.old, "", files[0], true, &bytes);
        code = code ? code : script_file_take(&file, "flow test", "", bytes);
        code = code ? code : flow_diff_script(&diff, &file.script);
        script_file_close(&file);
    }
    for (int i = 2; i < count && !code; i++) {
        code = script_file_open(&file, "flow test", files[i]);
        code = code ? code : flow_diff_script(&diff, &file.script);
        script_file_close(&file);
    }
    if (!code)
        flow_diff_summarise(&diff);
    script_desk_close(&diff.old);
    script_desk_close(&diff.new);
    return code ? code : diff.changed ? EXIT_DATA : EXIT_GOOD;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *files[FILES_MAX], *generated = NULL;
    bool compares = false;
    struct testing testing = {.desk.command = "flow test"};
    const struct option_row options[] = {
        {"json", 0, NULL, "one JSON object for each conversation, and one for all", NULL, &testing.json},
        {"write", 0, NULL, "record what comes now into the files", NULL, &testing.writes},
        {"transcript", 0, NULL, "write down the conversations as Markdown", NULL, &testing.transcribes},
        {"edges", 0, NULL, "name the ways through the flow that no conversation goes", NULL, &testing.edges},
        {"generate", 0, "FILE", "write conversations that cover the flow which is named", &generated, NULL},
        {"diff", 0, NULL, "tell what conversations show of a change: name the old flow and the new", NULL, &compares},
        {"flow", 0, "FLOW", "the flow, in place of the one that the files name", &testing.desk.flow_file, NULL},
        {"languages", 0, "KEYS", "languages to switch on, as es,en, in place of those that the files name",
         &testing.desk.languages, NULL},
        {"config", 'c', "FILE", "the configuration", &testing.desk.config_file, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, files, FILES_MAX, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count == 0) {
        fprintf(stderr, "chaski flow test: name files of talks, as in `chaski flow test tests/replay/*.yaml`\n");
        return EXIT_USAGE;
    }
    testing.fancy = cli_is_fancy(stdout);
    if (compares && count < 2) {
        fprintf(stderr,
                "chaski flow test: --diff takes the old flow, the new flow, and files of conversations or none\n");
        return EXIT_USAGE;
    }
    if (compares)
        return diff(&testing, files, count);
    if (generated)
        generate(&testing, generated, files[0]);
    for (int i = 0; i < count && !generated; i++)
        test_file(&testing, files[i]);
    if (!generated && !testing.transcribes)
        summarise(&testing);
    script_desk_close(&testing.desk);
    return testing.code ? testing.code : testing.failed ? EXIT_DATA : EXIT_GOOD;
}

const struct command command_flow_test = {"flow test",
                                          "FILE... [--json] [--write] [--edges] [--generate FILE] [--diff]",
                                          "plays scripted conversations, and tells what goes otherwise", run};
