#include "base/sms_plain.h"

/* What stands for a character that GSM 7-bit has not, where a reader loses nothing: vowels without the
 * accent; the other case of ç, because França without its cedilla is another word, and a capital inside a
 * word is none; plain forms of quotes, dashes and blanks; nothing for what is invisible. Sorted by code
 * point. ª º ° • have no plain form that reads the same ("Nº" is not "No"), ZWJ joins emoji, so texts with
 * those stay as they are. */
static const struct {
    uint16_t code_point;
    char plain[4];
} plain_forms[] = {
    {0x0009, " "},  {'`', "'"},     {0x00A0, " "},  {0x00AB, "\""},  {0x00AD, ""},  {0x00B4, "'"}, {0x00BB, "\""},
    {0x00C1, "A"},  {0x00CD, "I"},  {0x00D3, "O"},  {0x00DA, "U"},   {0x00E1, "a"}, {0x00E7, "Ç"}, {0x00ED, "i"},
    {0x00F3, "o"},  {0x00FA, "u"},  {0x02BC, "'"},  {0x2000, " "},   {0x2001, " "}, {0x2002, " "}, {0x2003, " "},
    {0x2004, " "},  {0x2005, " "},  {0x2006, " "},  {0x2007, " "},   {0x2008, " "}, {0x2009, " "}, {0x200A, " "},
    {0x200B, ""},   {0x200E, ""},   {0x200F, ""},   {0x2010, "-"},   {0x2011, "-"}, {0x2012, "-"}, {0x2013, "-"},
    {0x2014, "-"},  {0x2015, "-"},  {0x2018, "'"},  {0x2019, "'"},   {0x201A, "'"}, {0x201B, "'"}, {0x201C, "\""},
    {0x201D, "\""}, {0x201E, "\""}, {0x201F, "\""}, {0x2026, "..."}, {0x2028, " "}, {0x2029, " "}, {0x202F, " "},
    {0x2032, "'"},  {0x2033, "\""}, {0x2039, "'"},  {0x203A, "'"},   {0x205F, " "}, {0x2060, ""},  {0x2212, "-"},
    {0x3000, " "},  {0xFEFF, ""},
};

const char *sms_plain_form(uint32_t code_point)
{
    size_t low = 0, high = sizeof(plain_forms) / sizeof(plain_forms[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plain_forms[middle].code_point == code_point)
            return plain_forms[middle].plain;
        if (plain_forms[middle].code_point < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
