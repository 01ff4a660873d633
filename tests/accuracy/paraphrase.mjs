// Composes answers with known meanings from a grammar (paraphrase.tsv), writes them as phones do (no accents, by ear,
// with slips), and counts how many `chaski parse` reads so.
// usage: node tests/accuracy/paraphrase.mjs [-v] [COUNT [SEED]]   COUNT answers a type. Equal seeds give equal answers.
// Exit 1 below a floor, or when one is wrong and sure of it. -v tells the rows of the grammar that fail most, with an
// answer each.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CHASKI = process.env.CHASKI ?? 'build/chaski';
const GRAMMAR = new URL('paraphrase.tsv', import.meta.url);
const WRITTEN_ON = '2026-11-23';
const SURE = 0.75; // dialog/recognise.h: RECOGNISE_SURE
const FLOORS = { plain: 0.98, slip: 0.87 };

const words = process.argv.slice(2);
const verbose = words.includes('-v');
const [count, seed] = words.filter((word) => word !== '-v').map(Number);

let state = BigInt(seed || 1);
/** A number from 0 to below `bound`, the same for the same seed (a linear congruential generator of 64 bits). */
function draw(bound) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(bound));
}
const pick = (list) => list[draw(list.length)];

const UNITS = ['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve', 'diez', 'once',
  'doce', 'trece', 'catorce', 'quince', 'dieciséis', 'diecisiete', 'dieciocho', 'diecinueve', 'veinte', 'veintiuno',
  'veintidós', 'veintitrés', 'veinticuatro', 'veinticinco', 'veintiséis', 'veintisiete', 'veintiocho', 'veintinueve'];
const TENS = ['', '', '', 'treinta', 'cuarenta', 'cincuenta', 'sesenta', 'setenta', 'ochenta', 'noventa'];
const HUNDREDS = ['', 'ciento', 'doscientos', 'trescientos', 'cuatrocientos', 'quinientos', 'seiscientos',
  'setecientos', 'ochocientos', 'novecientos'];

function inWords(n) {
  if (n < 30) return UNITS[n];
  if (n < 100) return TENS[Math.floor(n / 10)] + (n % 10 ? ` y ${UNITS[n % 10]}` : '');
  if (n === 100) return 'cien';
  if (n < 1000) return HUNDREDS[Math.floor(n / 100)] + (n % 100 ? ` ${inWords(n % 100)}` : '');
  const thousands = Math.floor(n / 1000);
  return (thousands === 1 ? 'mil' : `${inWords(thousands)} mil`) + (n % 1000 ? ` ${inWords(n % 1000)}` : '');
}

/** The ways one number is written. */
function writeNumber(n) {
  const ways = [String(n), String(n), inWords(n)];
  if (n >= 1000) ways.push(String(n).replace(/(\d)(?=\d{3}$)/, '$1,'), String(n).replace(/(\d)(?=\d{3}$)/, '$1.'));
  if (n >= 1000 && n % 1000 === 0) ways.push(`${n / 1000} mil`, `${n / 1000}mil`, `${n / 1000}k`);
  if (n >= 2000 && n % 1000 === 500) ways.push(`${inWords((n - 500) / 1000)} mil y medio`.replace('uno mil', 'mil'));
  return pick(ways);
}

/** Rounds to what people say: two figures that count, the second even or five. */
function roundly(n) {
  const step = n < 30 ? 1 : n < 200 ? 5 : n < 1000 ? 50 : n < 10000 ? 100 : 1000;
  return Math.max(step, Math.round(n / step) * step);
}

/** Splits at the bars that stand in no brackets. */
function splitBars(text) {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    depth += (c === '(') - (c === ')');
    if (c === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

const NUMBER = /^#([a-z])(?::(?:([0-9]+)-([0-9]+)(!)?|([a-z])\+([0-9]+)))?/;
const RUC = /^%(good|bad)/;

function ruc(good) {
  const digits = [...pick(['10', '20', '15', '17'])].map(Number);
  while (digits.length < 10) digits.push(draw(10));
  const sum = digits.reduce((all, digit, i) => all + digit * [5, 4, 3, 2, 7, 6, 5, 4, 3, 2][i], 0);
  return digits.join('') + String(((11 - (sum % 11)) % 10 + (good ? 0 : 1 + draw(9))) % 10);
}

/** Draws and writes "#n:20-900" (rounded), "#y:2005-2024!" (in figures as drawn), "#m:n+10", or "#n" once more. */
function nameNumber([, name, low, high, exact, other, more], named) {
  const drawn = other ? named[other] + Number(more) : Number(low) + draw(Number(high) - Number(low) + 1);
  named[name] ??= exact || other ? drawn : roundly(drawn);
  return exact ? String(named[name]) : writeNumber(named[name]);
}

/** Writes one sentence of a template; numbers that it names are kept in `named`. */
function expand(template, groups, named) {
  let out = '';
  for (let i = 0; i < template.length;) {
    const rest = template.slice(i);
    const group = rest.match(/^@([a-z_]+)/), number = rest.match(NUMBER), tax = rest.match(RUC);
    if (rest[0] === '(') {
      let end = 0, depth = 0;
      do depth += (rest[end] === '(') - (rest[end] === ')'); while (depth > 0 && ++end);
      out += expand(pick(splitBars(rest.slice(1, end))), groups, named);
      i += end + 1;
    } else if (group) {
      if (!groups.has(group[1])) throw new Error(`${GRAMMAR.pathname}: no @${group[1]}`);
      out += expand(pick(groups.get(group[1])), groups, named);
      i += group[0].length;
    } else if (number) {
      out += nameNumber(number, named);
      i += number[0].length;
    } else if (tax) {
      out += named.r = ruc(tax[1] === 'good');
      i += tax[0].length;
    } else {
      out += rest[0];
      i++;
    }
  }
  return out;
}

/** Puts a meaning down: "{n*12}" is counted from the numbers that the sentence named. */
function meaning(value, named) {
  return value.replace(/\{([^}]+)\}/g,
    (_, sum) => Function(...Object.keys(named), `return ${sum}`)(...Object.values(named)));
}

const BESIDE = { a: 'sq', e: 'wr', i: 'uo', o: 'ip', u: 'yi', s: 'ad', n: 'bm', r: 'et', t: 'ry', l: 'k', d: 'sf',
  c: 'xv', m: 'n', p: 'o', g: 'fh', b: 'vn' };
const BY_EAR = [[/v/, 'b'], [/b/, 'v'], [/c(?=[ei])/, 's'], [/z/, 's'], [/s(?=[aeiou])/, 'z'], [/ll/, 'y'], [/h/, ''],
  [/qu(?=[ei])/, 'k'], [/g(?=[ei])/, 'j'], [/y(?=[aeou])/, 'll']];

/** Makes one slip in one long word; or none, when there is no long word. */
function slip(text) {
  const parts = text.split(' ');
  const long = parts.map((part, i) => [part, i]).filter(([part]) => /^[a-zñáéíóú]{6,}$/.test(part));
  if (long.length === 0) return text;
  const [word, place] = pick(long), at = 1 + draw(word.length - 2), heard = pick(BY_EAR);
  const kinds = [
    () => word.slice(0, at) + word.slice(at + 1),
    () => word.slice(0, at) + word[at] + word.slice(at),
    () => word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2),
    () => word.slice(0, at) + pick([...(BESIDE[word[at]] ?? word[at])]) + word.slice(at + 1),
    () => word.replace(...heard), () => word.replace(...heard), () => word.replace(...heard),
  ];
  parts[place] = pick(kinds)();
  return parts.join(' ');
}

const plainly = (text) => text.replace(/[áéíóú]/g, (c) => 'aeiou'['áéíóú'.indexOf(c)]).replace(/ñ/g, 'n');

function readGrammar() {
  const groups = new Map(), types = new Map();
  readFileSync(GRAMMAR, 'utf8').split('\n').forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return;
    const [type, value, template] = line.split('\t');
    if (type.startsWith('@')) return groups.set(type.slice(1), splitBars(value));
    if (template === undefined) throw new Error(`${GRAMMAR.pathname}:${index + 1}: a row is TYPE, value, template`);
    if (!types.has(type)) types.set(type, []);
    types.get(type).push({ value, template, line: index + 1, tried: 0, failed: 0, sure: 0, examples: [] });
  });
  return { groups, types };
}

/** One answer of a row of the grammar. */
function compose(row, groups) {
  const named = {};
  let text = expand(row.template, groups, named).replace(/ +/g, ' ').trim();
  const slipped = draw(4) === 0 && slip(text) !== text;
  if (draw(3) > 0) text = plainly(text);
  if (draw(6) === 0) text = text[0].toUpperCase() + text.slice(1);
  const written = slipped ? slip(text) : text;
  return { row, text: written, expected: meaning(row.value, named), slipped: written !== text };
}

function parse(type, answers) {
  const run = spawnSync(CHASKI, ['parse', type, '--now', WRITTEN_ON], {
    input: answers.map((answer) => answer.text + '\n').join(''), encoding: 'utf8', maxBuffer: 1 << 28,
  });
  const lines = run.stdout.split('\n').slice(0, -1);
  if (run.status !== 0 || lines.length !== answers.length)
    throw new Error(`parse ${type}: exit ${run.status}, ${lines.length} answers to ${answers.length}: ${run.stderr}`);
  return lines;
}

/** Tells the rows that failed most, with what is wrong and sure first. */
function tellWorst(rows) {
  for (const row of rows.filter(({ failed }) => failed > 0).sort((a, b) => b.failed - a.failed).slice(0, 25))
    console.log(`    paraphrase.tsv:${row.line}: ${row.failed} of ${row.tried}, ${row.sure} sure: ${
      row.examples.slice(0, 4).join('; ')}`);
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Prints one line of figures; a tally is [right, of]. */
function tell(name, { plain, slip, sure }) {
  const share = ([right, of]) => percent(right / Math.max(of, 1));
  const wrong = percent(sure / (plain[1] + slip[1]));
  console.log(`  ${name.slice(0, 34).padEnd(36)}${share(plain)}, with a slip ${share(slip)}, sure and wrong ${wrong}`);
}

/** Notes how one answer was read, in its row of the grammar and in the tallies. */
function note({ row, text, expected, slipped }, line, tallies) {
  const [value, confidence] = line.split('\t'), sure = Number(confidence) >= SURE;
  const tally = slipped ? tallies.slip : tallies.plain;
  row.tried++;
  tally[1]++;
  if (value === expected) return tally[0]++;
  tallies.sure += sure;
  row.failed++;
  row.sure += sure;
  row.examples[sure ? 'unshift' : 'push'](`"${text}" gave ${line.replace('\t', ' ')}, not ${expected}`);
}

const { groups, types } = readGrammar();
const all = { plain: [0, 0], slip: [0, 0], sure: 0 };
for (const [type, rows] of types) {
  const answers = Array.from({ length: count || 1000 }, () => compose(pick(rows), groups));
  const own = { plain: [0, 0], slip: [0, 0], sure: 0 };
  parse(type, answers).forEach((line, i) => note(answers[i], line, own));
  tell(type, own);
  if (verbose) tellWorst(rows);
  for (const kind of ['plain', 'slip']) own[kind].forEach((n, i) => { all[kind][i] += n; });
  all.sure += own.sure;
}
tell('all', all);
const right = (kind) => all[kind][0] / all[kind][1] >= FLOORS[kind];
process.exit(right('plain') && right('slip') && all.sure === 0 ? 0 : 1);
