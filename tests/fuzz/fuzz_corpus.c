/* Reads any bytes as a table of labelled texts, and what is behind the first form feed as a lexicon: each row's label,
 * department and origin are ones that there are, and texts that fold alike have one key. */
#include <stdlib.h>

#include "engine/corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct corpus *corpus)
{
    size_t counted = 0;
    for (size_t i = 0; i < ORIGIN_COUNT; i++)
        counted += corpus->origins[i];
    if (counted != corpus->count || corpus->group_count > CORPUS_GROUPS_MAX)
        abort();
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *e = &corpus->items[i];
        if (e->label >= INDUSTRY_COUNT || e->origin >= ORIGIN_COUNT || !e->text.len || e->key != corpus_key(e->text) ||
            e->group < CORPUS_GROUP_NONE || e->group >= (int)corpus->group_count)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char patterns[] = "sell\tvendo {x}\nwho\tsoy {x}\ntail\ten {lugar}\nlugar\tlima\nhead\thola\n";
    struct slice rest = {(const char *)data, size}, table = SLICE_NONE, lexicon = SLICE_NONE;
    struct corpus corpus;
    struct faults faults;
    faults_init(&faults);
    if (corpus_init(&corpus) == OK) {
        (void)slice_cut(&rest, '\f', &table);
        (void)slice_cut(&rest, '\f', &lexicon);
        enum error error = corpus_add_table(&corpus, "fuzz", table, &faults);
        if ((error == ERR_SYNTAX) && faults.total == 0)
            abort();
        const struct phrases_source source = {"fuzz", lexicon, "patterns", slice_of(patterns)};
        (void)!corpus_add_phrases(&corpus, &source, 2, 1, &faults);
        check(&corpus);
    }
    corpus_release(&corpus);
    faults_release(&faults);
    return 0;
}
