/* Fields of shapes (api_parts.h), in the words that their tables have. For the files with shapes only: the names are
 * short. Proved by tests/unit/test_api.c. */
#ifndef GATEWAY_API_SHAPES_H
#define GATEWAY_API_SHAPES_H

#include "gateway/api_parts.h"

/* clang-format off */
#define NAME_FIELD(text) {"name", API_TEXT, true, 1, STAFF_NAME - 1, NULL, text, NULL}
#define SHOWN(name, type, text) {name, type, true, 0, 0, NULL, text, NULL}          /* always there in an answer */
#define MAYBE(name, type, text) {name, type, false, 0, 0, NULL, text, NULL}         /* there where it is known */
#define ONE_OF(name, words, text) {name, API_TEXT, true, 0, 0, words, text, NULL}
#define LIST_OF(name, shape, text) {name, API_LIST, true, 0, 0, NULL, text, shape}
/* clang-format on */

#define API_OUTLOOK_AUC "of an outlook: how well its models order businesses like this one; 0.5 is chance"
#define API_QUERY_AUC "where people are chosen by outlook: how well its models order businesses; 0.5 is chance"

#endif
