#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"

const char *error_text(enum error error)
{
    switch (error) {
    case OK:
        return "no error";
    case ERR_NOMEM:
        return "out of memory";
    case ERR_LIMIT:
        return "limit reached";
    case ERR_SYNTAX:
        return "malformed";
    case ERR_VALUE:
        return "value not allowed";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_CONFLICT:
        return "changed meanwhile";
    case ERR_REFUSED:
        return "refused";
    case ERR_UNAVAILABLE:
        return "unavailable";
    case ERR_IO:
        return "input/output error";
    case ERR_UNSUPPORTED:
        return "not supported";
    }
    return "unknown error";
}

void faults_init(struct faults *faults)
{
    *faults = (struct faults){0};
}

void faults_release(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        mem_free(faults->items[i].file);
        mem_free(faults->items[i].text);
    }
    mem_free(faults->items);
    faults_init(faults);
}

void faults_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format,
                ...)
{
    char text[1024];
    va_list args;

    faults->total++;
    if (faults->count >= FAULTS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    struct fault *items = mem_resize(faults->items, (faults->count + 1) * sizeof(*items));
    if (!items)
        return;
    faults->items = items;
    struct fault made = {
        .file = mem_copy(file ? file : "", file ? strlen(file) : 0),
        .line = line,
        .column = column,
        .text = mem_copy(text, strlen(text)),
    };
    if (!made.file || !made.text) {
        mem_free(made.file);
        mem_free(made.text);
        return;
    }
    items[faults->count++] = made;
}

void faults_print(const struct faults *faults, FILE *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->items[i];
        if (f->file[0] && f->line)
            fprintf(out, "%s:%u:%u: %s\n", f->file, f->line, f->column, f->text);
        else if (f->file[0])
            fprintf(out, "%s: %s\n", f->file, f->text);
        else
            fprintf(out, "%s\n", f->text);
    }
    if (faults->total > faults->count)
        fprintf(out, "and %zu more\n", faults->total - faults->count);
}
