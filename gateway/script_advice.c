#include "gateway/script_advice.h"

#include <string.h>

#include "dialog/state.h"
#include "gateway/script.h"

#define WHOLE_MAX 1000
#define DECIMALS_MAX 8

bool script_number(struct slice text, double *out)
{
    bool minus = slice_starts(text, "-");
    uint64_t whole = 0, part = 0;
    double scale = 1;
    struct slice rest = slice_part(text, minus, text.len), head;
    if (!slice_cut(&rest, '.', &head) || !slice_u64(head, WHOLE_MAX, &whole))
        return false;
    if (rest.ptr && (rest.len > DECIMALS_MAX || !slice_u64(rest, 99999999, &part)))
        return false;
    for (size_t i = 0; rest.ptr && i < rest.len; i++)
        scale *= 10;
    double value = (double)whole + (double)part / scale;
    *out = minus ? -value : value;
    return true;
}

/* Copies a key's text, which must be there and fit. */
static void take(const char *file, const struct yaml_node *map, const char *key, char *out, size_t size,
                 struct faults *faults)
{
    const struct yaml_node *node = yaml_get(map, key);
    if (!node || node->kind != YAML_SCALAR || !slice_copy(node->text, out, size))
        yaml_fault(faults, file, node ? node : map, "%s must be a text of up to %zu bytes", key, size - 1);
}

static double probability(const char *file, const struct yaml_node *map, struct faults *faults)
{
    const struct yaml_node *node = yaml_get(map, "probability");
    double value = 1;
    if (node && (node->kind != YAML_SCALAR || !script_number(node->text, &value) || value < 0 || value > 1))
        yaml_fault(faults, file, node, "probability must be from 0 to 1");
    return value;
}

static void read_trades(const char *file, const struct yaml_node *list, struct faults *faults, struct advice *out)
{
    if (!list || list->kind != YAML_LIST || list->count > ADVICE_LABELS_MAX)
        return;
    for (size_t i = 0; i < list->count; i++) {
        struct advice_label *label = &out->labels[out->label_count++];
        take(file, list->items[i], "key", label->key, sizeof(label->key), faults);
        take(file, list->items[i], "name", label->name, sizeof(label->name), faults);
        label->probability = probability(file, list->items[i], faults);
    }
}

static void read_industry(const char *file, const struct yaml_node *node, struct faults *faults, struct advice *out)
{
    const struct yaml_node *trades = yaml_get(node, "trades"), *sure = yaml_get(node, "sure");
    if (node->kind == YAML_SCALAR && node->text.len && slice_copy(node->text, out->labels[0].key, ADVICE_KEY)) {
        out->label_count = 1; /* its name is the engine's: whoever plays it fills it in */
        out->labels[0].probability = 1;
        out->sure = true;
    } else if (trades && trades->kind == YAML_LIST && trades->count <= ADVICE_LABELS_MAX) {
        read_trades(file, trades, faults, out);
        out->sure = sure && sure->kind == YAML_SCALAR && slice_is(sure->text, "yes");
    } else {
        yaml_fault(faults, file, node,
                   "industry must be none, a trade's key, or {sure: yes, trades: [{key, name, probability}]} of up to "
                   "%d",
                   ADVICE_LABELS_MAX);
    }
}

static void read_profile(const char *file, const struct yaml_node *node, struct faults *faults, struct advice *out)
{
    if (node->kind != YAML_MAP) {
        yaml_fault(faults, file, node, "profile must be none, or {stage: growth, probability: 0.8, outlook: estable}");
        return;
    }
    take(file, node, "stage", out->stage, sizeof(out->stage), faults);
    take(file, node, "outlook", out->outlook, sizeof(out->outlook), faults);
    if (yaml_get(node, "lever"))
        take(file, node, "lever", out->lever, sizeof(out->lever), faults);
    out->stage_probability = probability(file, node, faults);
}

static const char *name_of(const struct advice *advice)
{
    return advice->kind == NEED_TEXTS ? "texts" : "resources";
}

static void read_resources(const char *file, const struct yaml_node *node, struct faults *faults, struct advice *out)
{
    if (node->kind != YAML_LIST || node->count > ADVICE_RESOURCES_MAX) {
        yaml_fault(faults, file, node, "%s must be none, or a list of up to %d {id, text, reason, contact}",
                   name_of(out), ADVICE_RESOURCES_MAX);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct advice_resource *resource = &out->resources[out->resource_count++];
        take(file, node->items[i], "id", resource->id, sizeof(resource->id), faults);
        take(file, node->items[i], "text", resource->text, sizeof(resource->text), faults);
        take(file, node->items[i], "reason", resource->reason, sizeof(resource->reason), faults);
        take(file, node->items[i], "contact", resource->contact, sizeof(resource->contact), faults);
    }
}

static void read_trainings(const char *file, const struct yaml_node *node, struct faults *faults, struct advice *out)
{
    if (node->kind != YAML_LIST || node->count > ADVICE_TRAININGS_MAX) {
        yaml_fault(faults, file, node, "trainings must be none, or a list of up to %d, as CAJA vie 5/12 15:00",
                   ADVICE_TRAININGS_MAX);
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        if (node->items[i]->kind != YAML_SCALAR ||
            !slice_copy(node->items[i]->text, out->trainings[out->training_count++], ADVICE_KEY))
            yaml_fault(faults, file, node->items[i], "a training must be a text of up to %d bytes", ADVICE_KEY - 1);
}

void script_read_advice(const char *file, const struct yaml_node *node, struct faults *faults, struct advice *out)
{
    if (node->kind == YAML_SCALAR && slice_is(node->text, "none"))
        return;
    if (node->kind == YAML_SCALAR && slice_is(node->text, "engine"))
        out->kind = NEED_NOTHING;
    else if (out->kind == NEED_INDUSTRY)
        read_industry(file, node, faults, out);
    else if (out->kind == NEED_PROFILE)
        read_profile(file, node, faults, out);
    else if (out->kind == NEED_TRAININGS)
        read_trainings(file, node, faults, out);
    else
        read_resources(file, node, faults, out);
}

static void put_field(struct buf *out, const char *before, const char *name, const char *text)
{
    buf_addf(out, "%s%s: ", before, name);
    script_put_text(out, slice_of(text), 0);
}

static void put_industry(struct buf *out, const struct advice *advice, const char *margin)
{
    if (!advice->label_count) {
        buf_addf(out, "%sindustry: none\n", margin);
        return;
    }
    buf_addf(out, "%sindustry:\n%s  sure: %s\n%s  trades:\n", margin, margin, advice->sure ? "yes" : "no", margin);
    for (size_t i = 0; i < advice->label_count; i++) {
        buf_addf(out, "%s    ", margin);
        put_field(out, "- {", "key", advice->labels[i].key);
        put_field(out, ", ", "name", advice->labels[i].name);
        buf_addf(out, ", probability: %.2f}\n", advice->labels[i].probability);
    }
}

static void put_resources(struct buf *out, const struct advice *advice, const char *margin)
{
    buf_addf(out, "%s%s:%s\n", margin, name_of(advice), advice->resource_count ? "" : " none");
    for (size_t i = 0; i < advice->resource_count; i++) {
        const struct advice_resource *resource = &advice->resources[i];
        buf_adds(out, margin);
        put_field(out, "  - ", "id", resource->id);
        buf_addf(out, "\n%s", margin);
        put_field(out, "    ", "text", resource->text);
        buf_addf(out, "\n%s", margin);
        put_field(out, "    ", "reason", resource->reason);
        buf_addf(out, "\n%s", margin);
        put_field(out, "    ", "contact", resource->contact);
        buf_addc(out, '\n');
    }
}

static void put_trainings(struct buf *out, const struct advice *advice, const char *margin)
{
    buf_addf(out, "%strainings:%s\n", margin, advice->training_count ? "" : " none");
    for (size_t i = 0; i < advice->training_count; i++) {
        buf_addf(out, "%s  - ", margin);
        script_put_text(out, slice_of(advice->trainings[i]), 0);
        buf_addc(out, '\n');
    }
}

void script_put_advice(struct buf *out, const struct advice *advice, unsigned indent)
{
    static const char blanks[] = "                ";
    const char *margin = blanks + (sizeof(blanks) - 1) - (indent < sizeof(blanks) ? indent : sizeof(blanks) - 1);
    if (advice->kind == NEED_INDUSTRY) {
        put_industry(out, advice, margin);
    } else if (advice->kind == NEED_TRAININGS) {
        put_trainings(out, advice, margin);
    } else if (advice->kind == NEED_RESOURCES || advice->kind == NEED_TEXTS) {
        put_resources(out, advice, margin);
    } else if (advice->kind == NEED_PROFILE) {
        if (!advice->stage[0]) {
            buf_addf(out, "%sprofile: none\n", margin);
            return;
        }
        buf_adds(out, margin);
        put_field(out, "profile: {", "stage", advice->stage);
        buf_addf(out, ", probability: %.2f", advice->stage_probability);
        put_field(out, ", ", "outlook", advice->outlook);
        if (advice->lever[0])
            put_field(out, ", ", "lever", advice->lever);
        buf_adds(out, "}\n");
    }
}
