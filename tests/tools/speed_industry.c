/* How long engine_open() takes, and engine_industry() with its normalisation: every phrase of
 * tests/accuracy/industry_phrases.tsv, many times, on one core. Processor time, so that a busy machine counts less.
 * Run from the repository: build/tools/speed_industry [ROUNDS], or `make speed`. Exit 1 above what is asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"

#define PHRASES_MAX 1000
#define READ_MS_MAX 20.0 /* all models and the catalogue, where the industry alone may take as long */
#define TEXT_US_MAX 20.0

static size_t read_phrases(char *phrases[PHRASES_MAX])
{
    FILE *file = fopen("tests/accuracy/industry_phrases.tsv", "re");
    char *line = NULL;
    size_t room = 0, count = 0;
    while (file && count < PHRASES_MAX && getline(&line, &room, file) > 0)
        if (line[0] != '#')
            phrases[count++] = strndup(line, strcspn(line, "\t\n"));
    if (file)
        fclose(file);
    free(line);
    return count;
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    char *phrases[PHRASES_MAX];
    struct faults faults;
    struct prediction prediction;
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;
    size_t count = read_phrases(phrases);
    faults_init(&faults);
    double opening = now_us();
    struct engine *engine = engine_open("models/registry", "models/industries.yaml", "models/catalogue.yaml", &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    if (!engine || !count || !rounds)
        return 1;
    double start = now_us();
    const double read_ms = (start - opening) / 1000;
    printf("%.1f ms to read all models and the catalogue: at most %.0f\n", read_ms, READ_MS_MAX);
    for (unsigned long r = 0; r < rounds; r++)
        for (size_t i = 0; i < count; i++)
            engine_industry(engine, slice_of(phrases[i]), &prediction);
    const double text_us = (now_us() - start) / (double)rounds / (double)count;
    printf("%.2f us a text over %zu texts, %lu times: at most %.0f\n", text_us, count, rounds, TEXT_US_MAX);
    engine_close(engine);
    while (count)
        free(phrases[--count]);
    return read_ms <= READ_MS_MAX && text_us <= TEXT_US_MAX ? 0 : 1;
}
