#include "engine/train_industry.h"

#include <string.h>

#include "base/json.h"
#include "engine/features.h"

static const char *const sources[] = {
    "Fuente: INE Bolivia, Encuesta de Hogares 2019; elaboración propia",
    "Official activity list of Ecuador: repository Amyssyko/ciiu (MIT)",
    "Official activity list of Chile with explanatory notes: repository nicolasrattor/ciiu2012cl (CC0)",
    "Official activity list of Colombia: repository MauricioRobayo/ciiu-arl (ISC)",
    "The lists' wording descends from the United Nations' ISIC Rev.4",
    "Lexicon, sentence patterns and first-person phrases: written for this project",
};

static const char *const limits[] = {
    "No row was written by a Peruvian owner in chat: how well it does there is unknown until real answers are "
    "labelled.",
    "first_person was written by the same hands as the lexicon, before it; it flatters the model.",
    "The departments are Bolivia's; survey answers are an interviewer's notes, not messages.",
    "Mistakes were looked at while general words were added to the lexicon: of the fixed split until v0002, of "
    "Chuquisaca and Cochabamba for v0003; no survey text was copied.",
    "Solver and sentences per entry were chosen on these same departments, and the cost by cross-validation among "
    "those that the fixed split does not test; they differ by about one percent between the choices.",
    "No row came over a channel: how it differs between SMS, USSD and WhatsApp is unknown.",
    "One temperature serves notes of interviewers and chat, set for chat: of notes it is surer than it is right.",
    "It answers with one label; a business that does two things gets the one that its words speak for most.",
};

static void put_list(const char *name, const char *const *items, size_t count, struct buf *out)
{
    json_put_name(out, name);
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? ", " : "");
        json_put_string(out, slice_of(items[i]));
    }
    buf_addc(out, ']');
}

static void put_text(const char *name, const char *text, struct buf *out)
{
    json_put_name(out, name);
    json_put_string(out, slice_of(text));
}

static void put_groups(const struct corpus *corpus, uint32_t mask, struct buf *out)
{
    bool first = true;
    buf_addc(out, '[');
    for (size_t i = 0; i < corpus->group_count; i++) {
        if (!(mask >> i & 1))
            continue;
        buf_adds(out, first ? "" : ", ");
        json_put_string(out, slice_of(corpus->groups[i]));
        first = false;
    }
    buf_addc(out, ']');
}

/* Adds a department's figures, weighed by its texts. */
static void add_share(const struct train_metrics *metrics, double *rows, double *accuracy, double *top3)
{
    *rows += (double)metrics->rows;
    *accuracy += metrics->accuracy.value * (double)metrics->rows;
    *top3 += metrics->top3.value * (double)metrics->rows;
}

struct industry_means industry_means(const struct industry_report *report)
{
    struct industry_means m = {0, 0, 0, 0};
    double rows = 0, owners = 0;
    for (size_t i = 0; i < report->department_count; i++) {
        add_share(&report->departments[i].all, &rows, &m.accuracy, &m.top3);
        add_share(&report->departments[i].owners, &owners, &m.owners_accuracy, &m.owners_top3);
    }
    return (struct industry_means){m.accuracy / rows, m.top3 / rows, m.owners_accuracy / owners,
                                   m.owners_top3 / owners};
}

static void put_split(const struct corpus *corpus, const struct industry_split *split, struct buf *out)
{
    buf_addc(out, '{');
    json_put_name(out, "tested");
    put_groups(corpus, split->tested, out);
    json_put_name(out, "trained_rows");
    buf_addf(out, "%zu", split->train_rows);
    json_put_name(out, "all");
    buf_addf(out, "{\"rows\": %zu, \"accuracy\": %.4f, \"top3\": %.4f}", split->all.rows, split->all.accuracy.value,
             split->all.top3.value);
    json_put_name(out, "owners");
    buf_addf(out, "{\"rows\": %zu, \"accuracy\": %.4f, \"top3\": %.4f}}", split->owners.rows,
             split->owners.accuracy.value, split->owners.top3.value);
}

static void put_splits(const struct industry_report *report, struct buf *out)
{
    struct industry_means m = industry_means(report);
    json_put_name(out, "splits");
    buf_addc(out, '{');
    put_text("how",
             "each department tested alone by a model of the other departments' rows, the lists and nine tenths of the "
             "lexicon: its distinct answers that no training row folds like; mean over all of them",
             out);
    json_put_name(out, "mean");
    buf_addf(out, "{\"accuracy\": %.4f, \"top3\": %.4f, \"owners_accuracy\": %.4f, \"owners_top3\": %.4f}", m.accuracy,
             m.top3, m.owners_accuracy, m.owners_top3);
    json_put_name(out, "each");
    buf_addc(out, '[');
    for (size_t i = 0; i < report->department_count; i++) {
        buf_adds(out, i ? ", " : "");
        put_split(report->corpus, &report->departments[i], out);
    }
    buf_adds(out, "]}");
}

static void put_rows(const struct industry_report *report, struct buf *out)
{
    const size_t *origins = report->corpus->origins;
    json_put_name(out, "rows");
    buf_addf(out,
             "{\"trained\": %zu, \"official_lists\": %zu, \"survey_answers\": %zu, "
             "\"survey_products_and_occupations\": %zu, "
             "\"made_up\": %zu}",
             report->train_rows, origins[ORIGIN_LIST], origins[ORIGIN_SURVEY], origins[ORIGIN_WORDS],
             origins[ORIGIN_MADE_UP]);
    json_put_name(out, "made_up");
    buf_addf(
        out,
        "\"%zu sentences from %zu lexicon entries, %u each, seeded; the first_person test phrases too are made up\"",
        origins[ORIGIN_MADE_UP], report->lexicon_entries, CORPUS_PER_ENTRY);
}

static void put_measured(const char *name, const char *on, const struct linear_shape *shape,
                         const struct train_metrics *metrics, struct buf *out)
{
    json_put_name(out, name);
    buf_addc(out, '{');
    put_text("on", on, out);
    json_put_name(out, "measured");
    train_put_metrics(shape, metrics, out);
    buf_addc(out, '}');
}

static void put_metrics(const struct industry_report *report, struct buf *out)
{
    const struct industry_split *fixed = &report->fixed;
    const struct linear_shape *shape = &report->shape;
    json_put_name(out, "metrics");
    buf_addc(out, '{');
    json_put_name(out, "fixed_split_tested");
    put_groups(report->corpus, fixed->tested, out);
    put_measured("survey", "every working person's answer", shape, &fixed->all, out);
    put_measured("survey_owners", "answers of owners only (status 2, 3, 4)", shape, &fixed->owners, out);
    put_measured("calibration_rest",
                 "what set neither temperature nor threshold: half of new_entries, seven eighths of survey",
                 shape, &report->calibration, out);
    put_measured("new_entries", "made-up sentences about lexicon entries that were held out", shape,
                 &report->new_entries, out);
    put_measured("first_person", "hand-written made-up phrases, by the fixed split's model", shape,
                 &report->first_person, out);
    put_measured("first_person_final", "the same phrases, by the model in this folder", shape,
                 &report->first_person_final, out);
    buf_addc(out, '}');
}

static void put_method(const struct train_job *job, const struct industry_report *report, struct buf *out)
{
    json_put_name(out, "features");
    buf_addf(out, "{\"scheme\": %u, \"dimension\": %u, \"mean_per_text\": %.1f", FEATURES_SCHEME, FEATURES_DIMENSION,
             report->features_per_text);
    put_text("what",
             "words, pairs of words and runs of 2 to 5 characters inside words, folded and spelt by sound, hashed, "
             "present or "
             "not, length 1",
             out);
    buf_addc(out, '}');
    json_put_name(out, "training");
    buf_addf(out,
             "{\"solver\": \"support vectors with the squared hinge, one label against the rest\", "
             "\"tolerance\": %g, "
             "\"balance\": %g, "
             "\"seed\": %llu}",
             industry_options.tolerance, industry_options.balance, (unsigned long long)job->seed);
    train_put_costs(&report->costs, out);
    json_put_name(out, "temperature");
    buf_addf(out, "%.4f", report->shape.temperature);
    json_put_name(out, "shift");
    buf_addf(out, "%.4f", report->shape.shift);
    put_text("probabilities", "sigmoid(score / temperature + shift), divided by the sum over the labels", out);
    json_put_name(out, "threshold");
    buf_addf(out, "%.4f", report->shape.threshold);
    put_text("threshold_rule",
             "the lowest probability above which 95 % of held-out answers are right; below it the answer is unsure",
             out);
    json_put_name(out, "size_bytes");
    buf_addf(out, "%zu", report->size_bytes);
    put_text("speed",
             "2.4 us a text on an idle core, up to 12 us with both cores busy, nothing allocated: "
             "tests/tools/speed_industry.c",
             out);
}

void industry_put_card(const struct train_job *job, const struct industry_report *report, struct buf *out)
{
    const char *labels[ENGINE_LABELS_MAX];
    for (size_t i = 0; i < report->shape.classes; i++)
        labels[i] = report->shape.labels[i];
    buf_addc(out, '{');
    put_text("model", "industry", out);
    put_text("version", job->version, out);
    put_text("what", "the industry of a small business from what its owner writes", out);
    put_list("labels", labels, report->shape.classes, out);
    put_splits(report, out);
    put_metrics(report, out);
    put_rows(report, out);
    put_method(job, report, out);
    train_put_files("data", job->data, job->data_count, out);
    train_put_files("own", job->own, 4, out);
    put_list("sources", sources, sizeof(sources) / sizeof(sources[0]), out);
    put_text("terms",
             "survey: use with citation, no republication; no training row lies in this project or in the model", out);
    put_list("limits", limits, sizeof(limits) / sizeof(limits[0]), out);
    if (strcmp(job->version, "v0001") == 0) {
        json_put_name(out, "promoted");
        buf_adds(out, "{\"by\": \"chaski train\", \"why\": \"the first version\"}");
    }
    buf_addc(out, '}');
}

static void put_line(struct buf *out, const char *name, const struct train_metrics *m)
{
    buf_addf(out, "%-34s %5zu rows  accuracy %.4f (%.4f to %.4f)  top three %.4f (%.4f to %.4f)\n", name, m->rows,
             m->accuracy.value, m->accuracy.low, m->accuracy.high, m->top3.value, m->top3.low, m->top3.high);
}

static void put_split_line(const struct industry_report *report, const struct industry_split *split, struct buf *out)
{
    buf_adds(out, "  tested ");
    for (size_t i = 0; i < report->corpus->group_count; i++)
        if (split->tested >> i & 1)
            buf_addf(out, "%s, ", report->corpus->groups[i]);
    buf_addf(out, "all %.4f and %.4f of %zu, owners %.4f and %.4f of %zu\n", split->all.accuracy.value,
             split->all.top3.value, split->all.rows, split->owners.accuracy.value, split->owners.top3.value,
             split->owners.rows);
}

void industry_put_summary(const struct industry_report *report, struct buf *out)
{
    const struct industry_split *fixed = &report->fixed;
    struct industry_means m = industry_means(report);
    buf_adds(out, "accuracy and top three on departments that were not trained on, one at a time:\n");
    for (size_t i = 0; i < report->department_count; i++)
        put_split_line(report, &report->departments[i], out);
    buf_addf(out, "  mean: all %.4f and %.4f, owners %.4f and %.4f\n", m.accuracy, m.top3, m.owners_accuracy,
             m.owners_top3);
    put_line(out, "fixed split, all answers", &fixed->all);
    put_line(out, "fixed split, owners' answers", &fixed->owners);
    put_line(out, "lexicon entries held out (made up)", &report->new_entries);
    put_line(out, "first person (made up), split model", &report->first_person);
    put_line(out, "first person (made up), this model", &report->first_person_final);
    buf_addf(out, "calibration error %.4f, sure of %.1f %%, right in %.1f %% of those (rows not calibrated on)\n",
             report->calibration.ece, 100 * report->calibration.sure_share, 100 * report->calibration.sure_accuracy);
    buf_addf(out, "temperature %.3f, threshold %.3f, %zu rows trained on, %zu bytes, %.0f features a text\n",
             report->shape.temperature, report->shape.threshold, report->train_rows, report->size_bytes,
             report->features_per_text);
}
