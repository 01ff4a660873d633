/* Help as it is printed: prose, usage and tables in 80 columns.
 *
 * Columns are code points. A blank inside brackets is no place to break a line, so that "[--top K]" stays whole. Proved
 * by tests/blackbox/gateway-cli.test.mjs, which measures every line of every command's help. */
#ifndef GATEWAY_CLI_HELP_H
#define GATEWAY_CLI_HELP_H

#include <stddef.h>
#include <stdio.h>

/* Prints a text behind `at` columns that are there already, further lines behind `indent` blanks, and ends the last. */
void cli_put_wrapped(FILE *out, const char *text, size_t at, size_t indent);

/* Prints prose: an empty line is kept, other line ends are blanks, but for a line that begins with a blank: that is an
 * item of a table, "  NAME   what it is", and goes on below what it is. */
void cli_put_prose(FILE *out, const char *text);

#endif
