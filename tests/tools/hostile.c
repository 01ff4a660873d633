/* Gives each recogniser so many hostile messages, and prints what the slowest took. usage: hostile [COUNT] [FIRST]
 * Exit 1 when one took more than a millisecond of CPU. What a type is read in includes the cutting into tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dialog/hear.h"
#include "dialog/lexer.h"
#include "dialog/recognise.h"
#include "tests/unit/hostile.h"
#include "tests/unit/languages_kit.h"

#define WRITTEN_MS 1795435200000
#define LABELS "Hasta 1000|1000 a 3000|Vender por internet|Otra cosa|No se"
#define MOST_US 1000.0
#define TRIES 3 /* the least of them is what a message takes: a processor that is taken away takes time too */

struct slowest {
    double us;
    uint64_t number;
};

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Reads a message as a type, or hears what it tells beside. Returns what that took. */
static double take(enum slot_type type, bool beside, struct slice text)
{
    struct lexed lexed;
    struct said said;
    struct recognised found;
    double began = now_us();
    recognise_lex(kit_lexicon(), text, &lexed, &said);
    enum error error = beside ? hear(type, &said, 0, lexed.count, true, WRITTEN_MS, &found)
                              : recognise_said(type, SLICE(LABELS), &said, WRITTEN_MS, &found);
    double took = now_us() - began;
    return error == OK || error == ERR_NOT_FOUND ? took : 1e9;
}

static struct slowest find_slowest(enum slot_type type, bool beside, uint64_t first, uint64_t count)
{
    static struct hostile hostile;
    struct slowest slowest = {0};
    for (uint64_t i = first; i < first + count; i++) {
        struct slice text = hostile_message(&hostile, i);
        double took = take(type, beside, text);
        for (int again = 1; again < TRIES && took > slowest.us; again++) {
            double other = take(type, beside, text);
            took = other < took ? other : took;
        }
        if (took > slowest.us)
            slowest = (struct slowest){took, i};
    }
    return slowest;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000, first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    bool good = true;
    for (int beside = 0; beside < 2; beside++)
        for (int type = TYPE_TEXT; type <= TYPE_CHOICE; type++) {
            if (beside && !hear_knows((enum slot_type)type))
                continue;
            struct slowest slowest = find_slowest((enum slot_type)type, beside, first, count);
            printf("%-10s%-8s worst of %llu: %7.1f us (message %llu)\n", slot_type_name((enum slot_type)type),
                   beside ? "beside" : "", (unsigned long long)count, slowest.us, (unsigned long long)slowest.number);
            good = good && slowest.us <= MOST_US;
        }
    return good ? 0 : 1;
}
