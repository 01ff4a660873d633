#include "gateway/failpoint.h"

#ifdef CHASKI_FAILPOINTS

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULES_MAX 16

/* Every point that there may be, in a message's order. tests/faults kills the daemon at each that is placed. */
static const struct {
    const char *name, *where;
} points[] = {
    {"hook.authenticated", "the provider's signature is good, nothing is decoded"},
    {"hook.decoded", "the events are known, nothing is loaded"},
    {"turn.loaded", "the contact is here, nothing is computed"},
    {"turn.committing", "the commit is made, and not sent"},
    {"turn.committed", "Redis has acknowledged the commit, the provider has no answer"},
    {"hook.answering", "all events are committed, the answer is not written"},
    {"hook.answered", "the answer is handed to its socket"},
    {"outbox.intending", "a message is read from the outbox, its intent is not asked for"},
    {"outbox.intended", "the intent is on disk, the provider is not called"},
    {"outbox.calling", "the call is made, and perhaps written"},
    {"sender.moved", "bytes went out to a provider, or came in and are not looked at"},
    {"outbox.answered", "the provider has answered, the result is not told"},
    {"outbox.telling", "the result is about to be sent"},
    {"outbox.told", "Redis has acknowledged the result"},
    {"receipt.taken", "a delivery status is here, nothing is written"},
    {"receipt.written", "the status is on disk, the provider has no answer"},
    {"timer.due", "a timer is due, its turn has not begun"},
    {"timer.fired", "a timer's turn is committed"},
    {"cast.reserved", "what a broadcast's next people cost is reserved, they are not fed"},
    {"cast.feeding", "a broadcast's next people are about to be fed to the outbox"},
    {"cast.fed", "Redis has acknowledged that they are"},
    {"merge.taken", "a number's facts are taken by the one that it is merged into, all else is to be done"},
    {"merge.moved", "its places in trainings are the other's, it is not erased"},
    {"merge.erased", "it is erased, the record of the merge is still there"},
    {"training.wished", "which training a wish means is known, it is not done"},
    {"training.done", "the wish is done in the roster, it still lies in its shard"},
    {"training.told", "a turn has told a person what became of it, the telling still lies in its stream"},
    {"drain.begun", "the daemon is told to end"},
    {"drain.quiet", "nothing is in flight, the loop is about to end"},
    {"spool.written", "a webhook is in its temporary file, which has no name yet"},
    {"spool.renamed", "the file has its name, the folder is not synchronised, the provider has no answer"},
    {"spool.committed", "a spooled webhook is committed, its file is still there"},
};
#define POINTS (sizeof(points) / sizeof(points[0]))

struct rule {
    char name[64];      /* without the star */
    bool begins;        /* every name that begins so */
    uint64_t pass;      /* the process dies at this one; 0: by chance */
    double probability; /* of each pass, where `pass` is 0 */
};

static struct rule rules[RULES_MAX];
static size_t rule_count;
static uint64_t passes[POINTS];
static uint64_t chance;
static bool is_read;

static void give_up(const char *what, const char *name)
{
    fprintf(stderr, "CHASKI_FAILPOINT: %s \"%s\": gateway/failpoint.c has the names, failpoint.h the form\n", what,
            name);
    abort();
}

static size_t point_of(const char *name)
{
    for (size_t i = 0; i < POINTS; i++)
        if (strcmp(points[i].name, name) == 0)
            return i;
    give_up("there is no point", name);
    return 0;
}

static void read_rule(const char *text)
{
    struct rule *rule = &rules[rule_count];
    size_t len = strcspn(text, ":");
    char none = 0, *end = &none;
    if (rule_count == RULES_MAX || len >= sizeof(rule->name))
        give_up("too much at", text);
    *rule = (struct rule){.pass = 1};
    memcpy(rule->name, text, len);
    if (len && rule->name[len - 1] == '*') {
        rule->begins = true;
        rule->name[len - 1] = '\0';
    } else {
        point_of(rule->name);
    }
    if (text[len] && strchr(text + len, '.')) {
        rule->pass = 0;
        rule->probability = strtod(text + len + 1, &end);
    } else if (text[len]) {
        rule->pass = strtoull(text + len + 1, &end, 10);
    }
    if (*end || (!rule->pass && !(rule->probability > 0)))
        give_up("no count or probability in", text);
    rule_count++;
}

static void read_rules(void)
{
    const char *text = getenv("CHASKI_FAILPOINT"), *seed = getenv("CHASKI_FAILPOINT_SEED");
    char item[128];
    is_read = true;
    chance = seed ? strtoull(seed, NULL, 10) : 1;
    while (text && *text) {
        size_t len = strcspn(text, ",");
        snprintf(item, sizeof(item), "%.*s", (int)len, text);
        read_rule(item);
        text += len + (text[len] == ',');
    }
}

/* splitmix64; the process's id makes workers of one seed die at different passes. Source: Steele and others, 2014. */
static double draw(void)
{
    uint64_t z = (chance += 0x9E3779B97F4A7C15u) ^ ((uint64_t)getpid() << 32);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (double)((z ^ z >> 31) >> 11) / (double)(1ull << 53);
}

static bool dies(const struct rule *rule, size_t point)
{
    const char *name = points[point].name;
    if (rule->begins ? strncmp(name, rule->name, strlen(rule->name)) != 0 : strcmp(name, rule->name) != 0)
        return false;
    return rule->pass ? passes[point] == rule->pass : draw() < rule->probability;
}

void failpoint_pass(const char *name)
{
    char line[96];
    size_t point = point_of(name);
    if (!is_read)
        read_rules();
    passes[point]++;
    for (size_t i = 0; i < rule_count; i++) {
        if (!dies(&rules[i], point))
            continue;
        int len = snprintf(line, sizeof(line), "failpoint %s\n", name);
        if (write(STDERR_FILENO, line, (size_t)len) >= 0)
            kill(getpid(), SIGKILL);
        abort(); /* not reached but where nobody reads our errors: then it dies louder */
    }
}

#endif
