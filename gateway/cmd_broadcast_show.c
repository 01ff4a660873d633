/* chaski broadcast show: how far one is, once or (--follow) until it is over. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "gateway/cli_api.h"
#include "gateway/clock.h"

#define FOLLOW_S 1
#define BAR 24      /* characters */
#define PATIENCE 30 /* seconds without a daemon, for one that is started again */
#define RATE_OVER_MS 10000

static const char *const sums[] = {"queued",  "sent",  "delivered", "read", "failed",
                                   "dropped", "doubt", "excluded",  NULL};

/* What is known of how fast it goes. */
struct pace_seen {
    int64_t from_ms, from_count; /* where it is counted from; 0: not yet */
    double rate;                 /* people a second; 0: not known */
};

static int64_t whole(const cJSON *item, const char *name)
{
    int64_t number = 0;
    return json_int(item, name, &number) ? number : 0;
}

static int64_t settled(const cJSON *broadcast)
{
    return whole(broadcast, "people") - whole(broadcast, "queued");
}

static void print_all(const cJSON *broadcast)
{
    static const char *const texts[] = {"id",       "name",     "state",      "reason",       "since_at", "due_at",
                                        "start_at", "until_at", "created_by", "confirmed_by", "audience", "auc"};
    const cJSON *cost = cJSON_GetObjectItemCaseSensitive(broadcast, "cost");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct slice text = json_string(broadcast, texts[i]);
        if (text.len)
            printf("%s\t%.*s\n", texts[i], (int)text.len, text.ptr);
    }
    printf("people\t%lld\n", (long long)whole(broadcast, "people"));
    for (size_t i = 0; sums[i]; i++)
        printf("%s\t%lld\n", sums[i], (long long)whole(broadcast, sums[i]));
    if (cost)
        printf("cost\t%.4f\n", cost->valuedouble);
}

/* Measures how fast people are settled, over the last RATE_OVER_MS or so. */
static void measure(struct pace_seen *pace, int64_t count, int64_t now_ms)
{
    if (!pace->from_ms) {
        pace->from_ms = now_ms;
        pace->from_count = count;
    } else if (now_ms > pace->from_ms) {
        pace->rate = (double)(count - pace->from_count) * 1000 / (double)(now_ms - pace->from_ms);
        if (now_ms - pace->from_ms > RATE_OVER_MS) {
            pace->from_ms = now_ms - RATE_OVER_MS / 2;
            pace->from_count = count - (int64_t)(pace->rate * RATE_OVER_MS / 2000);
        }
    }
}

static void print_bar(const cJSON *broadcast, const struct pace_seen *pace, bool fancy)
{
    const int64_t people = whole(broadcast, "people"), done = settled(broadcast);
    const struct slice state = json_string(broadcast, "state");
    if (fancy) {
        const int full = people > 0 ? (int)(done * BAR / people) : 0;
        printf("\r\033[K[%.*s%.*s] ", full, "########################", BAR - full, "........................");
    }
    printf("%.*s %lld/%lld", (int)state.len, state.len ? state.ptr : "", (long long)done, (long long)people);
    for (size_t i = 1; sums[i]; i++)
        if (whole(broadcast, sums[i]))
            printf(" %s %lld", sums[i], (long long)whole(broadcast, sums[i]));
    if (pace->rate > 0 && slice_is(state, "sending")) {
        const int64_t left_ms = (int64_t)((double)(people - done) * 1000 / pace->rate);
        const struct civil ends = civil_from_ms(clock_ms() + left_ms, LIMA_OFFSET_S);
        printf(", %.1f/s, ends %02d:%02d:%02d (Lima)", pace->rate, ends.hour, ends.minute, ends.second);
    }
    if (!fancy)
        putchar('\n');
    fflush(stdout);
}

static bool is_over(const cJSON *broadcast)
{
    const struct slice state = json_string(broadcast, "state");
    return (slice_is(state, "done") || slice_is(state, "cancelled")) && !whole(broadcast, "queued");
}

/* Shows it each FOLLOW_S until it is over. */
static int follow(struct cli_api *api, const char *path, bool json)
{
    struct pace_seen pace = {0};
    const bool fancy = cli_is_fancy(stdout) && !json;
    int64_t last = -1;
    bool over = false;
    int code = EXIT_GOOD;
    for (int failed = 0; !over && failed < PATIENCE;) {
        cJSON *broadcast = NULL;
        code = cli_api_ask(api, "GET", path, SLICE_NONE, NULL, &broadcast);
        if (code && code != EXIT_SERVICE)
            return code;
        failed = code ? failed + 1 : 0;
        if (!code) {
            measure(&pace, settled(broadcast), clock_ms());
            over = is_over(broadcast);
            if (json)
                cli_api_print(broadcast);
            else if (fancy || over || settled(broadcast) != last)
                print_bar(broadcast, &pace, fancy);
            last = settled(broadcast);
        }
        cJSON_Delete(broadcast);
        if (!over)
            sleep(FOLLOW_S);
    }
    if (fancy)
        putchar('\n');
    return code;
}

static int show(struct cli_api *api, const char *path, bool json)
{
    cJSON *broadcast = NULL;
    int code = cli_api_ask(api, "GET", path, SLICE_NONE, NULL, &broadcast);
    if (!code && json)
        cli_api_print(broadcast);
    else if (!code)
        print_all(broadcast);
    cJSON_Delete(broadcast);
    return code;
}

static int run_show(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    bool follows = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"follow", 'f', NULL, "until it is over: a bar with rate and finishing time", NULL, &follows},
        {0},
    };
    char path[CLI_API_PATH];
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count == 0) {
        fprintf(stderr, "chaski broadcast show: give an id: `chaski broadcast list` has them\n");
        return EXIT_USAGE;
    }
    cli_api_path("/broadcasts/", id, "", path);
    struct cli_api *api = cli_api_open(asking.config, asking.server, self->name, &code);
    if (api)
        code = follows ? follow(api, path, asking.json) : show(api, path, asking.json);
    cli_api_close(api);
    return code;
}

const struct command command_broadcast_show = {"broadcast show", "ID [--follow] [--json]",
                                               "shows how far a broadcast is", run_show};
