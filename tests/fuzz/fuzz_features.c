/* Makes features of any bytes; they must stay within every bound, and each must know a word that is there. */
#include <stdlib.h>
#include <string.h>

#include "engine/features.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct features f;
    features_of_text((struct slice){(const char *)data, size}, &f);
    if (f.count > FEATURES_MAX || f.word_count > FEATURES_WORDS_MAX || (f.word_count > 0) != (f.count > 0))
        abort();
    for (size_t i = 0; i < f.count; i++)
        if (f.items[i].index >= FEATURES_DIMENSION || !(f.items[i].value > 0) ||
            (f.word[i] & (FEATURES_PAIR - 1)) >= f.word_count)
            abort();
    for (size_t w = 0; w < f.word_count; w++)
        if (features_word(&f, w).len == 0 ||
            features_word(&f, w).ptr + features_word(&f, w).len > f.text + strlen(f.text))
            abort();
    return 0;
}
