/* What the engine says in a language: any bytes either give a speech that says something for every key, or at least one
 * fault. */
#include <assert.h>

#include "engine/speech.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char catalogue_text[] =
    "resources:\n  - {id: uno, name: N, kind: training, provider: P, text: T, contact: C, goals: [training], stages: "
    "all,\n"
    "     industries: all, regions: all, formality: any, size: any, checked_on: 2026-11-23, valid_until: open,\n"
    "     confidence: A, sources: [s]}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults;
    faults_init(&faults);
    struct catalogue *catalogue = catalogue_read("c.yaml", slice_of(catalogue_text), &faults);
    assert(catalogue);
    struct speech *speech = speech_read("x.yaml", (struct slice){(const char *)data, size}, catalogue, &faults);
    assert((speech != NULL) == (faults.total == 0));
    for (int i = 0; speech && i < INDUSTRY_COUNT; i++)
        assert(speech_industry(speech, industries.words[i].key, "x")[0]);
    if (speech)
        assert(speech_text(speech, "uno", "x")[0] && speech_contact(speech, "uno", "x")[0] &&
               speech_reason(speech, "region", "in", "#")[0]);
    speech_free(speech);
    catalogue_free(catalogue);
    faults_release(&faults);
    return 0;
}
