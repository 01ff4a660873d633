#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"

#define FAULT_TEXT_MAX 1024 /* bytes of a sentence, with the NUL */

const char *error_text(enum error error)
{
    static const char *const texts[] = {
        [-OK] = "no error",
        [-ERR_NOMEM] = "out of memory",
        [-ERR_LIMIT] = "limit reached",
        [-ERR_SYNTAX] = "malformed",
        [-ERR_VALUE] = "value not allowed",
        [-ERR_NOT_FOUND] = "not found",
        [-ERR_CONFLICT] = "changed meanwhile",
        [-ERR_REFUSED] = "refused",
        [-ERR_UNAVAILABLE] = "unavailable",
        [-ERR_IO] = "input/output error",
        [-ERR_UNSUPPORTED] = "not supported",
    };
    int row = -(int)error;
    return row >= 0 && row < (int)(sizeof(texts) / sizeof(texts[0])) ? texts[row] : "unknown error";
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

/* Shortens text that was cut off, so that it does not end inside a UTF-8 character; a whole one may go with it. */
static void mend_cut(char text[FAULT_TEXT_MAX])
{
    size_t end = FAULT_TEXT_MAX - 1;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        end--;
    text[end] = '\0';
}

void faults_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format, ...)
{
    char text[FAULT_TEXT_MAX];
    va_list args;

    faults->total++;
    if (faults->count >= FAULTS_MAX)
        return;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0)
        text[0] = '\0';
    else if ((size_t)len >= sizeof(text))
        mend_cut(text);

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
        if (f->file[0] && f->line && f->column)
            fprintf(out, "%s:%u:%u: %s\n", f->file, f->line, f->column, f->text);
        else if (f->file[0] && f->line)
            fprintf(out, "%s:%u: %s\n", f->file, f->line, f->text);
        else if (f->file[0])
            fprintf(out, "%s: %s\n", f->file, f->text);
        else
            fprintf(out, "%s\n", f->text);
    }
    if (faults->total > faults->count)
        fprintf(out, "and %zu more\n", faults->total - faults->count);
}
