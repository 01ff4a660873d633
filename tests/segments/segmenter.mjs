// A segmenter of the tests' own, written from 3GPP TS 23.038 and 23.040 and sharing nothing with base/: its alphabets
// stand in the standard's order, it weighs every rendering one after the other, and it finds where segments may be cut
// by what the rest of the text still needs. Slow and plain on purpose.
const defaultAlphabet = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extension = {
  0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\', 0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€',
};
const spanish = {
  ...extension,
  0x09: 'ç', 0x41: 'Á', 0x49: 'Í', 0x4f: 'Ó', 0x55: 'Ú', 0x61: 'á', 0x69: 'í', 0x6f: 'ó', 0x75: 'ú',
};
const escape = 0x1b;

function alphabet(shifted) {
  const codes = new Map([...defaultAlphabet].map((character, code) => [character, [code]]));
  codes.delete('\u001b');
  for (const [code, character] of Object.entries(shifted)) codes.set(character, [escape, Number(code)]);
  return codes;
}

const alphabets = { 'GSM-7': alphabet(extension), 'GSM-7-ES': alphabet(spanish) };

// Octets of a segment's header: its own length, concatenation (3 octets of content, or 4), the shift (3 in all).
function headerOctets(encoding, several, wide) {
  const elements = (several ? (wide ? 6 : 5) : 0) + (encoding === 'GSM-7-ES' ? 3 : 0);
  return elements ? elements + 1 : 0;
}

// 140 octets hold a header and, from the next whole unit on, septets or UTF-16 units.
export function capacity(encoding, several, wide) {
  const free = 140 - headerOctets(encoding, several, wide);
  return encoding === 'UCS-2' ? Math.floor(free / 2) : Math.floor((free * 8) / 7);
}

// The units of each character, or undefined where the encoding lacks one.
function encode(characters, encoding) {
  if (encoding === 'UCS-2')
    return characters.map((c) => (c.length > 1 ? [c.charCodeAt(0), c.charCodeAt(1)] : [c.charCodeAt(0)]));
  const units = [];
  for (const character of characters) {
    const codes = alphabets[encoding].get(character);
    if (!codes) return undefined;
    units.push(codes);
  }
  return units;
}

// need[i]: segments that what stands behind the first i characters takes, each of `most` units.
function needs(sizes, most) {
  const need = new Array(sizes.length + 1).fill(0);
  let end = sizes.length, filled = 0;
  for (let i = sizes.length - 1; i >= 0; i--) {
    filled += sizes[i];
    while (filled > most) filled -= sizes[--end];
    need[i] = 1 + need[end];
  }
  return need;
}

// Ways to write characters in one encoding: { encoding, units, segments }.
function weigh(characters, encoding, wide) {
  const encoded = encode(characters, encoding);
  if (!encoded) return undefined;
  const sizes = encoded.map((units) => units.length);
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= capacity(encoding, false, wide)) return { encoding, units, segments: 1 };
  return { encoding, units, segments: needs(sizes, capacity(encoding, true, wide))[0] };
}

// How text as it stands is encoded: GSM-7 where it can, else UCS-2, or the shift where that saves.
export function measure(text, { shift = false, wide = false } = {}) {
  const characters = [...text];
  const gsm7 = weigh(characters, 'GSM-7', wide);
  if (gsm7) return gsm7;
  const ucs2 = weigh(characters, 'UCS-2', wide);
  const shifted = shift ? weigh(characters, 'GSM-7-ES', wide) : undefined;
  return shifted && shifted.segments < ucs2.segments ? shifted : ucs2;
}

// What may stand for what: nothing that makes another word of a word.
const plainForms = new Map();
for (const [plain, characters] of [
  ['', '\u00ad\u200b\u200e\u200f\u2060\ufeff'],
  [' ', '\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000'],
  ["'", '`´ʼ‘’‚‛′‹›'], ['"', '«»“”„‟″'], ['-', '‐‑‒–—―−'], ['...', '…'],
  ['a', 'á'], ['i', 'í'], ['o', 'ó'], ['u', 'ú'], ['A', 'Á'], ['I', 'Í'], ['O', 'Ó'], ['U', 'Ú'], ['Ç', 'ç'],
]) for (const character of characters) plainForms.set(character, plain);

function plainIn(text, encoding) {
  return [...text].map((c) => (alphabets[encoding].has(c) ? c : plainForms.get(c) ?? c)).join('');
}

// The text as a policy sends it: the fewest segments, and among equals the first in the policy's order.
export function render(text, { policy = 'plain', shift = false, wide = false } = {}) {
  const asWritten = { text, as: weigh([...text], 'GSM-7', wide) };
  if (asWritten.as || policy === 'exact') return text;
  const wide7 = plainIn(text, 'GSM-7'), wideEs = plainIn(text, 'GSM-7-ES');
  const plain = { text: wide7, as: weigh([...wide7], 'GSM-7', wide) };
  const written = { text, as: measure(text, { shift, wide }) };
  const shifted = { text: wideEs, as: shift ? weigh([...wideEs], 'GSM-7-ES', wide) : undefined };
  const order = policy === 'plain' ? [plain, written, shifted] : [written, shifted, plain];
  return order.filter((way) => way.as).reduce((best, way) => (way.as.segments < best.as.segments ? way : best)).text;
}

const virama = '\u094d';
const isBlank = (c) => c === ' ' || c === '\n' || c === '\r' || c === '\t';
const joins = /^[\p{Mark}\p{Emoji_Modifier}\u200d]/u; // stays with what is before it, by any version (rule GB9)
const clusters = new Intl.Segmenter('es', { granularity: 'grapheme' });

// Segments of a text as it stands: [{ text, octets }]. `reference` keeps them together. Unicode 15.1 made one character
// for a reader of what a virama joins (rule GB9c); with `conjunctsPart` it is as before: a border behind the virama,
// unless a mark follows.
export function split(text, { shift = false, wide = false, reference = 0, conjunctsPart = false } = {}) {
  const { encoding, segments: total } = measure(text, { shift, wide });
  const characters = [...text], encoded = encode(characters, encoding);
  const sizes = encoded.map((units) => units.length);
  const most = capacity(encoding, total > 1, wide), need = needs(sizes, most);
  const made = [];
  for (let at = 0; made.length < total;) {
    const end = cut(characters, sizes, at, most, conjunctsPart, (rest) => need[rest] <= total - made.length - 1);
    made.push({
      text: characters.slice(at, end).join(''),
      octets: header(encoding, total, made.length + 1, wide, reference) + octets(encoded.slice(at, end), encoding),
    });
    at = end;
  }
  return made;
}

// The end of a segment that begins at `at`: as late as it can be between words, else between what a reader takes for
// characters, else anywhere, if the rest can still be sent.
function cut(characters, sizes, at, most, conjunctsPart, leavesEnough) {
  const ends = [];
  let filled = 0, end = at;
  for (; end < characters.length && filled + sizes[end] <= most; end++) {
    if (end > at && leavesEnough(end)) ends.push(end);
    filled += sizes[end];
  }
  if (end === characters.length) return end;
  ends.push(end);
  const word = ends.findLast((e) => isBlank(characters[e]) !== isBlank(characters[e - 1]));
  if (word) return word;
  const borders = new Set();
  let seen = at;
  for (const { segment } of clusters.segment(characters.slice(at, end + 1).join(''))) {
    borders.add(seen);
    seen += [...segment].length;
  }
  const parts = (e) => characters[e - 1] === virama && !joins.test(characters[e]);
  const borderAt = (e) => borders.has(e) || (conjunctsPart && parts(e));
  return ends.findLast(borderAt) ?? end;
}

const hex = (octet) => octet.toString(16).padStart(2, '0');

function header(encoding, total, number, wide, reference) {
  const elements = [];
  if (total > 1 && wide) elements.push(8, 4, (reference >> 8) & 255, reference & 255, total, number);
  if (total > 1 && !wide) elements.push(0, 3, reference & 255, total, number);
  if (encoding === 'GSM-7-ES') elements.push(0x24, 1, 2);
  return elements.length ? [elements.length, ...elements].map(hex).join('') : '';
}

function octets(encoded, encoding) {
  const units = encoded.flat();
  return units.map((unit) => (encoding === 'UCS-2' ? hex(unit >> 8) + hex(unit & 255) : hex(unit))).join('');
}

// Bytes of a line as text: each byte that is no part of well-formed UTF-8 is U+FFFD.
export function decode(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const [length, code] = characterAt(bytes, i);
    text += String.fromCodePoint(code);
    i += length;
  }
  return text;
}

function characterAt(bytes, i) {
  const first = bytes[i];
  if (first < 0x80) return [1, first];
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, least = [0, 0, 0x80, 0x800, 0x10000][length];
  if (first < 0xc0 || first > 0xf7) return [1, 0xfffd];
  let code = first & (0xff >> (length + 1));
  for (let k = 1; k < length; k++) {
    if ((bytes[i + k] & 0xc0) !== 0x80) return [1, 0xfffd];
    code = (code << 6) | (bytes[i + k] & 0x3f);
  }
  const isCharacter = code >= least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? [length, code] : [1, 0xfffd];
}
