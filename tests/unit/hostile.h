/* Hostile messages, from a seed: what would make a careless recogniser slow or wrong. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdint.h>
#include <string.h>

#include "base/slice.h"

#define HOSTILE_BYTES 4096

struct hostile {
    uint64_t seed;
    char text[HOSTILE_BYTES];
    size_t len;
};

static const char *const hostile_words[] = {
    "a",        "y",          "o",        "de",       "no",           "si",       "que",     "en",
    "un",       "una",        "mil",      "millon",   "cien",         "ciento",   "dos",     "veinti",
    "treinta",  "quinientos", "medio",    "docena",   "pico",         "vendo",    "gano",    "saco",
    "soles",    "s/",         "al",       "dia",      "mes",          "semana",   "ano",     "anos",
    "meses",    "hace",       "desde",    "llevo",    "tengo",        "todavia",  "recien",  "abri",
    "mi",       "esposo",     "hermano",  "ayudante", "trabajadores", "somos",    "solo",    "sola",
    "clientes", "personas",   "caseros",  "diarios",  "ruc",          "sunat",    "regimen", "especial",
    "general",  "mype",       "nuevo",    "rus",      "pago",         "20",       "50",      "1.5",
    "%",        "san",        "juan",     "de",       "lurigancho",   "cusco",    "villa",   "maria",
    "del",      "triunfo",    "la",       "merced",   "mas",          "menos",    "igual",   "ni",
    "subido",   "bajado",     "antes",    "prestamo", "capital",      "internet", "quiero",  "borrar",
    "datos",    "baja",       "mensajes", "veces",    "entre",        "hasta",    "-",       ",",
    "/",        "1",          "2",        "3",        "1,000",        "2'000",    "3.14.15", "999999999999",
    "x",        "q",
};

static inline uint64_t hostile_any(struct hostile *h, uint64_t below)
{
    h->seed ^= h->seed >> 12;
    h->seed ^= h->seed << 25;
    h->seed ^= h->seed >> 27;
    return (h->seed * 0x2545f4914f6cdd1du >> 33) % below;
}

static inline void hostile_put(struct hostile *h, const char *bytes, size_t len)
{
    if (len > HOSTILE_BYTES - h->len)
        len = HOSTILE_BYTES - h->len;
    memcpy(h->text + h->len, bytes, len);
    h->len += len;
}

static inline const char *hostile_word(struct hostile *h)
{
    return hostile_words[hostile_any(h, sizeof hostile_words / sizeof hostile_words[0])];
}

/* One word with one letter another: near to many, and none of them. */
static inline void hostile_near(struct hostile *h)
{
    char word[24];
    const char *from = hostile_word(h);
    size_t len = strlen(from);
    memcpy(word, from, len);
    word[hostile_any(h, len)] = (char)('a' + hostile_any(h, 26));
    hostile_put(h, word, len);
}

/* What is repeated until the message is full, by kind. */
static inline void hostile_piece(struct hostile *h, unsigned kind)
{
    static const char *const pieces[] = {"9",
                                         "1 a 2 a ",
                                         "mil millon ",
                                         "a\xCC\x81\xCC\x83",
                                         "n",
                                         "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
                                         "entre 1 y ",
                                         "no ",
                                         "treintaicinco",
                                         "\xC3",
                                         "1'",
                                         "s/ ",
                                         "h",
                                         "qu",
                                         ", ",
                                         "de la ",
                                         "no no se ni ",
                                         "hace 1 ano y 1 mes y ",
                                         "mi mi hermano ",
                                         "san "};
    char byte;
    switch (kind) {
    case 0:
        hostile_put(h, hostile_word(h), 0);
        break;
    case 1:
        hostile_near(h);
        break;
    case 2:
        byte = (char)hostile_any(h, 256);
        hostile_put(h, &byte, 1);
        return;
    default:
        kind = (kind - 3) % (sizeof pieces / sizeof pieces[0]);
        hostile_put(h, pieces[kind], strlen(pieces[kind]));
        return;
    }
    const char *word = hostile_word(h);
    hostile_put(h, " ", 1);
    hostile_put(h, word, strlen(word));
    hostile_put(h, " ", 1);
}

#define HOSTILE_KINDS 23

/* Composes one message: of one kind throughout, or of two that take turns. */
static inline struct slice hostile_message(struct hostile *h, uint64_t number)
{
    h->seed = (number + 1) * 0x9e3779b97f4a7c15u | 1;
    h->len = 0;
    unsigned one = (unsigned)hostile_any(h, HOSTILE_KINDS), other = (unsigned)hostile_any(h, HOSTILE_KINDS);
    size_t most = hostile_any(h, 3) ? 200 + hostile_any(h, 1000) : HOSTILE_BYTES;
    bool mixed = hostile_any(h, 2);
    while (h->len < most)
        hostile_piece(h, mixed && hostile_any(h, 4) == 0 ? other : one);
    return (struct slice){h->text, h->len};
}

#endif
