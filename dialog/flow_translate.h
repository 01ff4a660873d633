/* Translations: the words of a flow file in another language, in a file of its own.
 *
 * A file with `flow`, `language` and `texts` says, by place (flow_places.h), what the flow of that name says in that
 * language. It is laid over the flow's tree before anything is compiled, as if each text had been written with both
 * languages; forms of words are added to those that are there. Only languages that are on are laid over. A place that
 * the flow has not is a fault; one that the file has not is noted, and said in the language's fallback.
 * Internal to dialog/flow_*.c. Proved by tests/unit/test_translate.c and tests/fuzz/fuzz_translate.c. */
#ifndef DIALOG_FLOW_TRANSLATE_H
#define DIALOG_FLOW_TRANSLATE_H

#include "dialog/flow_link.h"

#define TRANSLATIONS_MAX (FLOW_FILES_MAX * 4) /* of one program */

/* One file that waits for its flow. */
struct translation {
    const char *file;
    const struct yaml_node *root, *texts;
    char flow[DIALOG_NAME];
    char lang[TONGUE_KEY];
    char digest[DIGEST_TEXT];
    bool *used; /* of each pair of `texts` */
    bool found; /* the flow is there */
};

/* Tells whether a file's tree is a translation. */
bool translation_is(const struct yaml_node *root);

/* Puts a translation aside for its flow. Returns OK, ERR_VALUE with a fault, or ERR_NOMEM. */
MUST_USE enum error translation_add(struct flows *flows, struct loader *l, const struct yaml_node *root,
                                    const char *digest);

/* Lays the translations of a file over its tree, and notes what lacks in l->lacking. `main` is the root of the
 * program's main flow, which names the languages. Where only one language is on, takes the choice of a language away.
 */
void translate(struct flows *flows, struct loader *l, const struct flow_source *source, const struct yaml_node *main);

/* Makes the digest of a file that of the file in its languages: what is on, and the translations laid over it. With one
 * language it stays. Returns ERR_NOMEM, else OK. */
MUST_USE enum error translate_digest(const struct flows *flows, const struct flow_source *source,
                                     const struct yaml_node *main, char digest[DIGEST_TEXT]);

/* Ends what belongs to one program: adds the faults of what found no place. */
void translations_end(struct flows *flows, struct faults *faults);

/* Gives the languages of a program, its own first, then those that are on beside. Returns how many. */
size_t translate_langs(const struct flows *flows, const struct yaml_node *main, char out[FLOW_LANGS_MAX][TONGUE_KEY]);

/* Reads `languages` into the flow, with how each is spoken, what it falls back to and which are on offer. */
void load_languages(struct loader *l, const struct yaml_node *root);

/* Makes the options of a question that offers the languages, as if they stood in the file. */
const struct yaml_node *load_language_options(struct loader *l, const struct yaml_node *at);

#endif
