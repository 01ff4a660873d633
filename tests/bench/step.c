/* What `make bench-dialog` measures: turns without Redis and HTTP, over the shipped flow and models.
 *
 * step [-s] [-d SECONDS | -n ROUNDS] SCRIPT...
 * Plays each script's conversation on SMS, WhatsApp and USSD, over and over: state decoded, stepped, advised, rendered,
 * state encoded, as gateway/turn.c has it done. With -s the step alone, with recognition and rendering: the state lies
 * decoded, and the engine's advice is what it was in the first round. In the first round the words expected are looked
 * for in each answer on SMS, which ends it with 1 when they are not there: that is no cost of a turn. Where a USSD page
 * has more to come, 98 is pressed, as an owner would. Prints one line of JSON. With -n it plays so many times and no
 * clock decides: for callgrind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/world.h"

#define STEPS_MAX 512
#define SCRIPT_BYTES 32768
#define ARENA_MAX (4 * 1024 * 1024)
#define START_MS 1764000000000
#define TURN_MS 60000
#define ADVICES_MAX 256 /* of a round */

struct line {
    struct slice say, expect;
};

static struct bench {
    struct world *world;
    struct arena *arena;
    struct line lines[STEPS_MAX];
    size_t line_count;
    char text[SCRIPT_BYTES];
    size_t text_len;
    struct buf state, next; /* encoded: what Redis would hold, and holds after the turn */
    int64_t now_ms;
    bool steps_only; /* -s */
    bool checks;     /* what is said: in the first round */
    struct advice advices[ADVICES_MAX]; /* of the first round */
    size_t advice_count, next_advice;
    unsigned long long turns, conversations, state_bytes, states, longest;
} bench;

static const struct channel channels[] = {
    {.name = "sms", .kind = CHANNEL_SMS},
    {.name = "whatsapp", .kind = CHANNEL_WHATSAPP, .interactive = true},
    {.name = "ussd", .kind = CHANNEL_USSD},
};

static double cpu_s(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void die(const char *what, struct slice detail)
{
    fprintf(stderr, "step: %s: %.*s\n", what, (int)detail.len, detail.ptr ? detail.ptr : "");
    exit(1);
}

static void read_script(const char *path)
{
    FILE *file = fopen(path, "rbe");
    char *text = bench.text + bench.text_len;
    size_t len = file ? fread(text, 1, SCRIPT_BYTES - bench.text_len, file) : 0;
    struct slice rest = {text, len}, line;
    if (!file || len == SCRIPT_BYTES - bench.text_len)
        die("cannot be read, or is too long", slice_of(path));
    fclose(file);
    bench.text_len += len;
    while (slice_cut(&rest, '\n', &line)) {
        struct line *next = &bench.lines[bench.line_count];
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (++bench.line_count == STEPS_MAX || !slice_cut(&line, '\t', &next->say) || !line.ptr)
            die("a line is none of words, a tab and words, or one too many", next->say);
        next->expect = line;
    }
    bench.lines[bench.line_count++] = (struct line){.say = SLICE_NONE}; /* the end of a conversation */
}

static bool says(const struct thought *thought, struct slice words)
{
    for (size_t i = 0; i < thought->message_count; i++) {
        struct slice text = thought->messages[i].text;
        if (text.len && memmem(text.ptr, text.len, words.ptr, words.len))
            return true;
    }
    return false;
}

/* Asks the engine in the first round, and gives what it said in the others. */
static enum error advise_again(void *ctx, const struct outcome *asked, const struct state *state,
                               const struct event *event, int64_t now_ms, struct advice *out)
{
    const struct adviser engine = think_adviser(ctx);
    struct advice *kept = &bench.advices[bench.next_advice++];
    if (bench.next_advice > (bench.checks ? ADVICES_MAX : bench.advice_count))
        return ERR_LIMIT;
    if (bench.checks) {
        *kept = (struct advice){0};
        enum error error = engine.advise(engine.ctx, asked, state, event, now_ms, kept);
        bench.advice_count = bench.next_advice;
        if (error)
            return error;
    }
    *out = *kept;
    return out->kind == asked->need ? OK : ERR_NOT_FOUND;
}

/* One step, of the state that the one before left. */
static enum error step(const struct channel *channel, const struct event *event, struct thought *thought)
{
    const struct mind *mind = &bench.world->mind;
    const struct adviser adviser = {.advise = advise_again, .ctx = (void *)mind->engine};
    return think_decoded(mind->flows, &adviser, channel, event, bench.now_ms, bench.arena, thought);
}

/* One turn; the state is taken from what the turn before left encoded. */
static enum error whole_turn(const struct channel *channel, const struct event *event, struct thought *thought)
{
    bool reset;
    enum error error = think(&bench.world->mind, channel, buf_slice(&bench.state), event, bench.now_ms, bench.arena,
                             thought, &reset);
    if (error)
        return error;
    buf_clear(&bench.next);
    state_encode_over(&thought->state, thought->before, &bench.next);
    struct buf held = bench.state;
    bench.state = bench.next;
    bench.next = held;
    return OK;
}

static void turn(const struct channel *channel, enum event_kind kind, struct slice words, struct thought *thought)
{
    const struct event event = {.kind = kind, .text = words, .at_ms = bench.now_ms};
    arena_reset(bench.arena);
    if ((bench.steps_only ? step : whole_turn)(channel, &event, thought))
        die("the turn failed", words);
    bench.now_ms += TURN_MS;
    bench.turns++;
}

static void play(const struct channel *channel, const struct line *line)
{
    struct thought thought;
    thought.ended = true;
    buf_clear(&bench.state);
    state_init(&thought.state);
    for (; line->say.ptr; line++) {
        bool dials = channel->kind == CHANNEL_USSD && thought.ended;
        turn(channel, dials ? EVENT_BEGIN : EVENT_TEXT, dials ? SLICE_NONE : line->say, &thought);
        if (bench.checks && channel->kind == CHANNEL_SMS && !says(&thought, line->expect))
            die("was not answered as expected", line->say);
        while (channel->kind == CHANNEL_USSD && state_has_more_pages(&thought.state))
            turn(channel, EVENT_TEXT, SLICE("98"), &thought);
    }
    bench.conversations++;
    bench.states++;
    bench.state_bytes += bench.state.len;
    if (bench.state.len > bench.longest)
        bench.longest = bench.state.len;
}

static void play_all(void)
{
    bool first = true;
    bench.next_advice = 0;
    for (size_t i = 0; i < bench.line_count; i++) {
        for (size_t c = 0; first && c < sizeof(channels) / sizeof(channels[0]); c++)
            play(&channels[c], &bench.lines[i]);
        first = !bench.lines[i].say.ptr;
    }
}

int main(int argc, char **argv)
{
    double seconds = 1;
    unsigned long rounds = 0;
    for (int option; (option = getopt(argc, argv, "sd:n:")) != -1;) {
        if (option == 's')
            bench.steps_only = true;
        else if (option == 'd')
            seconds = strtod(optarg, NULL);
        else
            rounds = strtoul(optarg, NULL, 10);
    }
    for (int i = optind; i < argc; i++)
        read_script(argv[i]);
    bench.world = world_open_or_tell("config/chaski.yaml", WORLD_FLOWS | WORLD_ENGINE, NULL);
    bench.arena = arena_new(ARENA_MAX);
    bench.now_ms = START_MS;
    buf_init(&bench.state, DIALOG_STATE_BYTES);
    buf_init(&bench.next, DIALOG_STATE_BYTES);
    if (!bench.world || !bench.arena || bench.line_count == 0)
        die("there is nothing to play, or nothing to play it with", SLICE_NONE);
    double began = cpu_s(), used = 0;
    for (unsigned long i = 0; rounds ? i < rounds : used < seconds; i++) {
        bench.checks = i == 0;
        play_all();
        used = cpu_s() - began;
    }
    printf("{\"turns\":%llu,\"cpu_s\":%.6f,\"turns_s\":%.0f,\"turn_us\":%.3f,\"state_bytes\":%.0f,"
           "\"longest_state_bytes\":%llu}\n",
           bench.turns, used, (double)bench.turns / used, used * 1e6 / (double)bench.turns,
           (double)bench.state_bytes / (double)bench.states, bench.longest);
    buf_release(&bench.state);
    buf_release(&bench.next);
    arena_free(bench.arena);
    world_close(bench.world);
    return 0;
}
