/* Commands to a test's redis-server on a connection of their own, each waited for: for what a test does and looks at
 * beside the code that it tests. */
#ifndef TESTS_REDIS_ASK_H
#define TESTS_REDIS_ASK_H

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define ASK_BYTES_MAX (16 * 1024)
#define ASK_WORDS_MAX 512

static redisContext *direct;

static inline void ask_open(const char *socket_path)
{
    direct = redisConnectUnix(socket_path);
    assert_non_null(direct);
}

static inline void ask_close(void)
{
    redisFree(direct);
}

static inline redisReply *ask(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sends a command of words with blanks between; "~" stands for a blank in one, "_" alone for nothing. The reply is the
 * caller's. */
static inline redisReply *ask(const char *format, ...)
{
    char words[ASK_BYTES_MAX], *argv[ASK_WORDS_MAX], *rest = words;
    int argc = 0;
    va_list list;
    va_start(list, format);
    assert_true(vsnprintf(words, sizeof(words), format, list) < (int)sizeof(words));
    va_end(list);
    for (char *word; (word = strsep(&rest, " ")); argv[argc++] = word)
        assert_true(argc < ASK_WORDS_MAX);
    for (int i = 0; i < argc; i++)
        for (char *c = argv[i]; *c; c++)
            *c = *c == '~' ? ' ' : *c;
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "_") == 0)
            argv[i][0] = '\0';
    redisReply *reply = redisCommandArgv(direct, argc, (const char **)argv, NULL);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s", reply->str);
    return reply;
}

/* Asks for a number, and gives it; of nothing 0. */
static inline long long ask_number(const char *command)
{
    redisReply *reply = ask("%s", command);
    long long number = reply->type == REDIS_REPLY_STRING ? atoll(reply->str) : reply->integer;
    freeReplyObject(reply);
    return number;
}

#endif
