/* Flows: the flow language, compiled and checked.
 *
 * A flow file is YAML; here it is tables that a step interprets and a prover can walk: states and transitions are
 * data, guards are finite trees, every text knows the most characters it can grow to. Slots and states are named by
 * index from the load on, so that a name that is none is a fault at load and never at a turn. All memory is the
 * struct flows' arena; nothing changes after flows_finish().
 *
 * The life of a state that is entered: `forget`, then `needs` (the engine is asked), `set`, `say`, `request`,
 * `erase`; then it asks and waits (`ask`), or ends the session (`end`), or goes on (`next`). A question whose slot is
 * known already is passed over, with all that it would say, set and forget, unless `known: ask` or its slot is
 * transient. A transition sets, then forgets, then says.
 *
 * A timer is set at the end of a person's turn that leaves a question open (`from: answer`), or when a state is lived
 * (`from: STATE`), and not again while it is set. One that the person was faster than sets itself again, so that a
 * usual turn costs no timer at all. What it says, it says once for each question.
 *
 * Must not know: providers, Redis, models. Failure policy: every fault of a file is found in one go, with line,
 * column and remedy. Proved by tests/unit/test_flow.c, test_step_timer.c and tests/fuzz/fuzz_flow.c. */
#ifndef DIALOG_FLOW_H
#define DIALOG_FLOW_H

#include "base/crypto.h"
#include "dialog/dialog.h"
#include "dialog/language.h"
#include "dialog/pattern.h"
#include "dialog/tongue.h"

#define FLOW_FILES_MAX 64
#define FLOW_FILE_BYTES (512 * 1024)
#define FLOW_ARENA_BYTES (64 * 1024 * 1024)
#define FLOW_STATES_MAX 500
#define FLOW_STATE_SLOTS 1024 /* a power of two, twice as many as states */
#define FLOW_LANGS_MAX TONGUES_MAX
#define FLOW_TRIES_MAX 9
#define FLOW_NONE (-1)
#define FLOW_ALERTS_MAX 16
#define FLOW_FORMS_MAX 32 /* of one alert or one option */
#define FLOW_FORM_BYTES 160
#define FLOW_COMPUTED_MAX 16
#define FLOW_KEYWORDS_MAX 16

/* Greatest characters of what the engine says; longer is cut. */
#define LABEL_NAME_CHARS 24
#define RESOURCE_TEXT_CHARS 120
#define RESOURCE_NAME_BYTES 48 /* of what it is called, at its text's beginning */
#define RESOURCE_BOLD_CHARS 2  /* the marks around that, on WhatsApp */
#define RESOURCE_REASON_CHARS 60
#define RESOURCE_CONTACT_CHARS 120

/* The wordings of one text: plain, and for a kind of channel where that must differ (`es`, `es.sms`, `es.ussd`,
 * `es.whatsapp`). */
enum variant { VARIANT_PLAIN, VARIANT_SMS, VARIANT_USSD, VARIANT_WHATSAPP, VARIANT_COUNT };

/* What a `{{name}}` stands for. */
enum ref_kind {
    REF_WORDS, /* no reference: the words themselves */
    REF_SLOT,  /* a slot's fact: spoken in texts, canonical in `set` and option values */
    REF_DOUBT, /* the answer that is asked back */
    REF_HEARD, /* what was told before it was asked, while it is asked back */
    REF_LABEL_KEY,
    REF_LABEL_NAME,
    REF_RESOURCE_ID,
    REF_RESOURCE_TEXT,
    REF_RESOURCE_REASON,
    REF_RESOURCE_CONTACT,
    REF_STAGE, /* of the advice just given: only in `set` beside `needs: profile` */
    REF_OUTLOOK,
    REF_LEVER,
    REF_TRAINING, /* only in `set` beside `needs: trainings` */
    REF_COMPUTED  /* only in texts */
};

struct part {
    enum ref_kind kind;
    unsigned index;         /* of the slot, label, resource or computed number */
    struct slice words;     /* WORDS */
    bool only_known;        /* of a notice: UNKNOWN and REFUSED are nothing to say */
    struct slice otherwise; /* of a notice: said where there is nothing to say; ptr NULL: its line is left out then */
};

/* A text that lacks in a language, and is said in the one that this falls back to. */
struct lacking {
    const struct lacking *next;
    size_t lang;       /* index into flow->langs */
    const char *place; /* dialog/flow_places.h */
    const char *file;  /* where the text stands */
    unsigned line, column;
};

/* One text in one language for one kind of channel. A line in which a reference has nothing to say is left out. */
struct wording {
    struct slice source;
    bool whole; /* there is nothing to fill in: it is said as `source` has it */
    const struct part *parts;
    size_t part_count;
    size_t chars_max; /* code points after substitution, at worst */
    unsigned tells;   /* what of the engine's finds it says: TELLS() and TELLS_NAME() bits */
    const char *file;
    unsigned line, column;
};

struct text {
    const struct wording *variants[FLOW_LANGS_MAX][VARIANT_COUNT]; /* NULL where not given; PLAIN of the
                                                                      first language always is */
    unsigned char said[FLOW_LANGS_MAX][VARIANT_COUNT - 1];         /* which of them a channel says, counted through */
};

struct slot_name {
    struct slice value;
    const struct text *text;
};

struct slot {
    char name[DIALOG_NAME];
    enum slot_type type;
    bool transient;        /* lives for the conversation only: never a fact for the outside */
    bool has_min, has_max; /* bounds in value_number()'s units: outside is a wrong answer */
    double min, max;
    bool has_usual; /* outside of these is asked back */
    double usual_min, usual_max;
    size_t chars;                  /* of a text, that are spoken; 0: the usual */
    const struct text *heard;      /* what its value is called when it is told before it is asked; NULL: never heard */
    const struct slot_name *names; /* what its values are called when spoken; may be empty */
    size_t name_count;
    const char *file;
    unsigned line, column;
};

/* What numbers count: only like ones are added and compared. */
enum unit { UNIT_NONE, UNIT_SOLES, UNIT_MONTHS, UNIT_PEOPLE, UNIT_CUSTOMERS };

enum expr_kind {
    EXPR_NUMBER,
    EXPR_SLOT,
    EXPR_ADD,
    EXPR_SUBTRACT,
    EXPR_MULTIPLY,
    EXPR_DIVIDE,
    EXPR_MIN,
    EXPR_MAX,
    EXPR_BOUNDED /* `left`, from `least` to `most` */
};

/* A number computed of facts: dialog/expr.h. */
struct expr {
    enum expr_kind kind;
    enum unit unit;
    unsigned size; /* with all below it */
    const struct expr *left, *right;
    double number, least, most;
    unsigned slot;
};

enum comparison {
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL
};

/* A number that the flow gives a name to (`compute`). */
struct computed {
    char name[DIALOG_NAME];
    const struct expr *is; /* BOUNDED */
};

enum guard_kind {
    GUARD_OR,
    GUARD_AND,
    GUARD_NOT,   /* left only */
    GUARD_KNOWN, /* the slot has a fact, UNKNOWN and REFUSED too */
    GUARD_EQUAL, /* the slot's fact is one of `values`; "yes" of a RUC is also its number */
    GUARD_LESS,  /* the slot's number is below `number`; a fact without a number is not */
    GUARD_GREATER,
    GUARD_COMPARE, /* `first` and `second` are known and compare so */
    GUARD_COUNTS,  /* `first` is known */
    GUARD_HAVE,    /* `have` has something to say */
    GUARD_SURE,    /* the engine was sure: only beside `needs: industry` */
    GUARD_OPEN     /* a question lies open below */
};

/* A guard is total: it is true or false for every state, and has no loops. */
struct guard {
    enum guard_kind kind;
    const struct guard *left, *right;
    unsigned slot;
    const struct slice *values;
    size_t value_count;
    double number;
    bool or_equal; /* LESS, GREATER */
    const struct expr *first, *second;
    enum comparison comparison;
    struct part have;
};

struct assign {
    unsigned slot;
    struct part value; /* WORDS or a reference, never DOUBT */
};

struct assigns {
    const struct assign *items;
    size_t count;
};

struct slot_list {
    const unsigned *items;
    size_t count;
};

#define TO_RESUME (-2) /* the question below, or nowhere */

struct transition {
    const struct guard *when; /* NULL: always */
    struct slot_list forget;
    struct assigns set;
    const struct text *say; /* NULL: nothing */
    int to;                 /* state, or TO_RESUME */
    const char *file;
    unsigned line, column;
};

/* Ways to say one thing, as forms of dialog/pattern.h. */
struct forms {
    const char *const *items;
    const struct pattern *patterns; /* of each */
    size_t count;
};

/* Resources of the catalogue that texts name by hand: gateway/mentions.h holds the two together. */
struct mention {
    struct slice id;
    const char *file;
    unsigned line, column;
};

struct mentions {
    const struct mention *items;
    size_t count;
};

struct option {
    const struct guard *when; /* NULL: always offered */
    struct forms words;       /* that choose it too, beside its title; may be none */
    struct part value;
    struct slice id; /* "STATE:VALUE"; empty where the value is not always the same */
    const struct text *title;
    const struct text *description; /* NULL: none */
    bool follow;                    /* offered only where what is said can follow by SMS */
    const char *file;
    unsigned line, column;
};

struct flow_state {
    char name[DIALOG_NAME];
    bool aside; /* belongs to a command: the question it interrupted stays open below */
    struct slot_list forget;
    enum need need;
    int need_slot; /* INDUSTRY: whose words; FLOW_NONE else */
    struct assigns set;
    const struct text *say;    /* NULL: nothing */
    const struct text *follow; /* goes by SMS besides, where that can be; NULL: nothing */
    const char *request;       /* what staff is asked for; NULL: nothing */
    bool hands_over;           /* ... to answer: the flow is silent here until they close the ticket, or the person goes
                                  on without them */
    struct mentions mentions;
    const char *training; /* what of a training is wished: join, leave or came; NULL: nothing */
    int training_slot;    /* whose value's first word names it; FLOW_NONE: her words do */
    bool erase;
    const struct text *ask; /* NULL: does not wait */
    int slot;               /* filled by the answer; FLOW_NONE when it does not ask */
    bool ask_known;         /* asks even if the slot is known */
    bool adds;              /* with `ask_known`: its answer is put behind the words that the slot holds */
    bool hears;             /* what its answer tells of slots with `heard` is asked back and taken */
    bool quiet;             /* no timer reminds of this question */
    bool past_labels;       /* neither it nor what lies behind reads the engine's labels before it is asked again */
    bool language;          /* its answer is the language that is spoken from then on */
    const struct option *options;
    size_t option_count;
    bool letters;                   /* options are marked A, B, ... in text */
    const struct text *list_button; /* NULL: the flow's */
    const struct text *retry[FLOW_TRIES_MAX];
    size_t retry_count;                 /* at least 1 when it asks; the last serves for the tries after it */
    const struct text *invalid;         /* said for a value understood but not allowed; NULL: as retry */
    const struct text *refusal;         /* said when the person would rather not tell; NULL: that is no answer here */
    unsigned tries;                     /* wrong answers until `otherwise` */
    const struct transition *otherwise; /* NULL when it does not ask */
    struct slice consent;               /* the purpose that its yes or no is logged for; a yes in a transient slot
                                           is a first one, which waits for another; empty: none */
    const struct wording *raw;          /* what a fact of it is backed by, instead of the person's words; NULL: those */
    struct slice period;                /* that the question speaks of; empty: none */
    bool assume_period;                 /* an amount without period has that one; else it is asked back */
    bool end;
    const struct transition *next; /* the last one is unconditional */
    size_t next_count;
    const char *file;
    unsigned line, column;
};

/* What is answered before anything else is read from a message: distress, danger, a question about the service. No
 * fact is taken from such words. */
struct alert {
    struct forms words;
    struct mentions mentions;
    const struct text *say;
    const char *request; /* what staff are asked for, and the law gives: answered before commands, and to those who are
                          * out or wait for staff; NULL: nothing */
    bool wait; /* the open question is not asked again, and commands do not come before it; else it is and they do */
};

/* Words that lead to a state as a command does, where nothing is open or they are no answer. */
struct keyword {
    struct forms words;
    struct slice example; /* of the first form */
    int to;               /* an aside state */
    const char *wish;     /* it leads to a training, where this is wished: its words are no answer, whatever is asked;
                             NULL: it does not */
};

#define FROM_ANSWER (-2) /* the person's last message, while a question is open */
#define FROM_TICKET (-3) /* a ticket's opening, until somebody of the staff takes it */

/* An approved template of WhatsApp, which says what a timer says where free words may not go. */
struct flow_template {
    struct slice name;           /* as the provider has it */
    const struct text *language; /* the code at the provider */
    const struct text *params[TEMPLATE_PARAMS_MAX];
    size_t param_count;
    bool buttons; /* the question's options are its quick replies */
};

/* What comes of time alone. From an answer: `say` or `end`; from a ticket: `say`; from a state: `to`. */
struct flow_timer {
    char name[DIALOG_NAME];
    int64_t after_ms;
    int from;                             /* the state whose visit sets it, FROM_ANSWER or FROM_TICKET */
    const struct guard *when;             /* asked when it is set and when it fires; NULL: always */
    const struct text *say;               /* said before the open question is asked again, where there is one; NULL:
                                             nothing */
    bool end;                             /* ends the session without a word; its question can be taken up again */
    int to;                               /* an aside state that it leads to; FLOW_NONE: nowhere */
    bool again;                           /* it is set at each visit, also when it has fired before */
    const struct flow_template *template; /* NULL: none */
    const char *file;
    unsigned line, column;
};

/* Texts that every flow has: what is said whatever the state. */
enum phrase {
    PHRASE_OPTED_OUT, /* the one confirmation of BAJA */
    PHRASE_OPTED_IN,
    PHRASE_OPTED_HELP, /* to who is out and asks for help */
    PHRASE_NOT_WORDS,  /* a picture, voice, ... came */
    PHRASE_RESUMED,    /* after a silence */
    PHRASE_SWITCHED,   /* on another channel */
    PHRASE_GREETED,
    PHRASE_THANKED,
    PHRASE_NOTHING_BACK,
    PHRASE_LANGUAGE,
    PHRASE_OLD_BUTTON,
    PHRASE_HELD,        /* a person of the staff is to answer: the screen of USSD meanwhile, and after a command's
                           question; NULL where no state hands over */
    PHRASE_HANDED_BACK, /* they have closed the ticket: before the question below is asked again; likewise */
    PHRASE_LOST,        /* to who is handed over because nothing could be made of her messages, in place of what that
                           state says; likewise */
    PHRASE_CLOSED,      /* nothing is open, and nothing else was said */
    PHRASE_CONFIRM,     /* asks a doubtful answer back */
    PHRASE_HEARD,       /* asks back what was told before it was asked; NULL where no slot has `heard` */
    PHRASE_YES,
    PHRASE_NO,
    PHRASE_PERIOD, /* asks for an amount's period */
    PHRASE_DAY,
    PHRASE_WEEK,
    PHRASE_MONTH,
    PHRASE_YEAR,
    PHRASE_LIST_BUTTON,
    PHRASE_GONE, /* in place of what was recommended and is there no more; NULL where no text says any */
    PHRASE_COUNT
};

/* Commands that a flow answers with a state of its own. */
enum flow_command {
    FLOW_MENU,
    FLOW_HELP,
    FLOW_MYDATA,
    FLOW_RECTIFY,
    FLOW_ERASE,
    FLOW_AGENT,
    FLOW_LANGUAGE,
    FLOW_COMMAND_COUNT
};

/* Where those go on who began with an older version. What it does not name goes on at the state of the same name. */
struct move_of_state {
    struct slice from;
    int to; /* a question */
    unsigned line, column;
};

struct migration {
    char from[DIALOG_NAME]; /* version */
    const struct move_of_state *moves;
    size_t move_count;
    const struct slice *dropped; /* slots whose facts are forgotten */
    size_t dropped_count;
    const char *file;
    unsigned line, column;
};

struct flow {
    const struct flows *all; /* that it is one of */
    const char *file;
    char digest[DIGEST_TEXT]; /* of its files' bytes, those of the languages that are on among them */
    char name[DIALOG_NAME];
    bool main; /* the one that first contacts get */
    char version[DIALOG_NAME];
    uint64_t number;                              /* the version as a number */
    char langs[FLOW_LANGS_MAX][TONGUE_KEY];       /* the first is the one that every text has */
    const struct tongue *tongues[FLOW_LANGS_MAX]; /* how each is spoken */
    int falls_back[FLOW_LANGS_MAX];               /* the one that says what each lacks; FLOW_NONE of the first */
    size_t lang_count;
    unsigned offered[FLOW_LANGS_MAX]; /* those that are on, by index; the first is spoken to who has not chosen */
    size_t offered_count;
    const struct lacking *lacking; /* the last of the file first */
    int64_t resume_after_ms;       /* silence after which it greets before it asks again */
    int64_t expire_after_ms;       /* silence after which the open question is dropped */
    int64_t redial_after_ms;       /* silence after which who dials again is asked whether to go on */
    int redial;                    /* the question that asks it: an aside state; FLOW_NONE: nobody is asked */
    int start;                     /* state of a first contact, who has chosen a language */
    int first;                     /* state of a first contact: the choice of a language, or `start` */
    int returning;                 /* state of somebody who comes back */
    const struct slot *slots;
    size_t slot_count;
    const struct computed *computed;
    size_t computed_count;
    const struct flow_state *states;
    size_t state_count;
    uint16_t state_slots[FLOW_STATE_SLOTS]; /* of a hash table by name: place in states and 1; 0 empty */
    const struct text *phrases[PHRASE_COUNT];
    int commands[FLOW_COMMAND_COUNT]; /* state; FLOW_NONE for LANGUAGE where there is nothing to choose */
    const struct alert *alerts;       /* the first whose words are said is answered */
    size_t alert_count;
    const struct pattern_keys *alert_keys; /* of all their words; NULL without alerts */
    const struct pattern_keys *wish_keys;  /* of the words of keywords with `wish`; NULL: of no use */
    const struct keyword *keywords;
    size_t keyword_count;
    int staff; /* the state that hands over; FLOW_NONE: none does */
    const struct flow_timer *timers;
    size_t timer_count;
    const struct migration *migrations;
    size_t migration_count;
    bool labels_for_session;    /* nobody reads the engine's last labels once the session is over */
    bool resources_for_session; /* likewise its resources */
};

struct flow_source;
struct translation;

/* Told of each text as it was laid out: the flow, the place, the text (a scalar of the first language, or a map) and
 * the first language. */
typedef void flow_text_told(void *ctx, const char *flow, const char *place, const struct yaml_node *text,
                            const char *first);

struct flows {
    struct arena *arena;
    struct tongue tongues[TONGUES_MAX]; /* the first is Spanish */
    size_t tongue_count;
    const struct tongue *on[TONGUES_MAX]; /* those that flows_add_language() gave, in that order; the first is the
                                             default */
    size_t on_count;
    struct translation *translations; /* files that wait for flows_link() */
    size_t translation_count;
    flow_text_told *tell; /* NULL: nobody asks */
    void *tell_ctx;
    struct flow_source *sources; /* files that wait for flows_link() */
    size_t source_count;
    const struct flow *items[FLOW_FILES_MAX];
    size_t count;
    const char *main_name;             /* set by flows_finish() */
    const struct languages *languages; /* by which answers are understood; NULL: by none */
    const struct flow *refused; /* the last that had faults: parts of it may lack, no step is taken in it; NULL */
};

/* Gives the name of a flow that a file which waits for flows_link() belongs to or uses, and that none is yet; NULL when
 * all are there. Its file has its name, beside the other. */
const char *flows_lacks(const struct flows *flows);

/* Gives the flow by name and version; else the newest version of that name; else the newest of the main flow (also
 * for the name ""). NULL only without any flow. */
const struct flow *flows_find(const struct flows *flows, const char *name, const char *version);

/* Gives the words by which answers in a language are understood; those of the flow's own where it has none. */
const struct lexicon *flow_lexicon(const struct flow *flow, const char *lang);

/* Notes where each state's name is found, once they have names. */
void flow_note_states(struct flow *flow);

/* Gives the index of a state or a slot by its name, or FLOW_NONE. */
int flow_state_index(const struct flow *flow, struct slice name);
int flow_slot_index(const struct flow *flow, struct slice name);

/* Gives the migration from a version, or NULL; and the state that one of that version goes on at, FLOW_NONE where none
 * is like it. A NULL migration renames nothing. */
const struct migration *flow_migration(const struct flow *flow, const char *version);
int migration_state(const struct flow *flow, const struct migration *migration, const char *state);

/* Checks each migration against the version that it is from, where that is there too. */
void flows_check_migrations(const struct flows *flows, struct faults *faults);

/* Gives a timer by its name, or NULL. */
const struct flow_timer *flow_timer_named(const struct flow *flow, struct slice name);

/* Gives how a language is spoken: the flow's first where it is none of its own. */
const struct tongue *flow_tongue(const struct flow *flow, const char *lang);

/* Gives the wording of a text for a language and a kind of channel: a USSD page falls back to the SMS wording,
 * everything to the plain one; a language to its fallback, and at last to the flow's first. */
const struct wording *flow_wording(const struct flow *flow, const struct text *text, const char *lang,
                                   enum channel_kind channel);

#endif
