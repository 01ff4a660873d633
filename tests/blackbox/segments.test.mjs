// `chaski text segments` against two independent libraries, on the strings of providers.md 10.5 and on
// random ones. What the command sends must cost what they say it costs, and say what was said.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import calculator from 'sms-segments-calculator';
import splitSms from 'split-sms';
import { own } from './lib/leftovers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const chaski = process.env.CHASKI ?? join(here, '../../build/chaski');
const seed = 20261123;
const randomTexts = 20_000;
const batch = 500;
const answerDeadlineMs = 30_000;

// One process for all questions: a batch of lines goes in, as many answers come out.
class Segments {
  constructor() {
    this.child = own(spawn(chaski, ['text', 'segments'], { stdio: ['pipe', 'pipe', 'inherit'] }));
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (text) => this.take(text));
    this.child.on('exit', () => this.waiting?.reject(new Error('chaski ended before it had answered')));
    this.child.stdin.on('error', () => {});
    this.partial = '';
    this.lines = [];
  }

  take(text) {
    const pieces = (this.partial + text).split('\n');
    this.partial = pieces.pop();
    this.lines.push(...pieces);
    if (this.waiting && this.lines.length >= this.waiting.count) this.waiting.resolve();
  }

  async ask(lines) {
    let timer;
    const answered = new Promise((resolve, reject) => {
      this.waiting = { count: lines.length, resolve, reject };
      timer = setTimeout(() => reject(new Error(`${this.lines.length} of ${lines.length} lines answered`)),
        answerDeadlineMs);
    });
    const bytes = lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]);
    this.child.stdin.write(Buffer.concat(bytes));
    await answered.finally(() => clearTimeout(timer));
    const answers = this.lines.splice(0);
    assert.equal(answers.length, lines.length, 'one answer for each line');
    return answers.map(parse);
  }

  async end() {
    this.waiting = undefined;
    this.child.stdin.end();
    const [code] = this.child.exitCode === null ? await once(this.child, 'exit') : [this.child.exitCode];
    return code;
  }
}

function parse(line) {
  const match = /^(GSM-7|UCS-2)\t(\d+)\t(\d+)\t(.*)$/su.exec(line);
  assert.ok(match, `not an answer: ${JSON.stringify(line)}`);
  return { encoding: match[1], units: Number(match[2]), segments: Number(match[3]), sent: match[4] };
}

function bySplit(text) {
  const { characterSet, bytes, parts } = splitSms.split(text, { summary: true });
  const encoding = characterSet === 'GSM' ? 'GSM-7' : 'UCS-2';
  return { encoding, units: encoding === 'GSM-7' ? bytes : bytes / 2, segments: parts.length };
}

function byCalculator(text) {
  const message = new calculator.SegmentedMessage(text, 'auto', false);
  const encoding = message.encodingName;
  const units = message.messageSize / (encoding === 'GSM-7' ? 7 : 16);
  return { encoding, units, segments: message.segmentsCount };
}

const clusters = new Intl.Segmenter('es', { granularity: 'grapheme' });

// The calculator never parts what is one character to a reader; the air interface does, and so do we (10.5).
function hasLongCluster(text) {
  for (const { segment } of clusters.segment(text)) if ([...segment].length > 1) return true;
  return false;
}

function agreesWithOracles(answer, name) {
  const { sent, ...figures } = answer;
  assert.deepEqual(figures, bySplit(sent), `${name}: split-sms on ${JSON.stringify(sent)}`);
  const calculated = byCalculator(sent);
  if (figures.encoding === 'UCS-2' && hasLongCluster(sent)) {
    assert.ok(calculated.segments >= figures.segments, `${name}: whole clusters cannot cost less`);
    calculated.segments = figures.segments;
  }
  assert.deepEqual(figures, calculated, `${name}: sms-segments-calculator on ${JSON.stringify(sent)}`);
}

// Letters and digits without accents or case: what replacing must leave alone. Ñ is a letter of its own.
function said(text) {
  return text.replace(/[ñÑ]/g, '\u0001').normalize('NFD').replace(/[^\p{L}\p{N}\u0001]/gu, '').toLowerCase();
}

function keepsItsPromises(text, answer) {
  const untouched = bySplit(text);
  const name = JSON.stringify(text);
  assert.ok(answer.segments <= untouched.segments, `${name}: never more segments`);
  if (untouched.encoding === 'GSM-7' || answer.encoding === 'UCS-2') {
    assert.equal(answer.sent, text, `${name}: as it was`);
  } else {
    assert.equal(said(answer.sent), said(text), `${name}: says the same`);
  }
}

const GRIN = '😀', FAMILY = '👨‍👩‍👧', FLAG = '🇵🇪', THUMB = '👍🏽';
const n = (text, times) => text.repeat(times);

// [text, what is sent if it is not the text]
const reference = [
  [''], ['Hola'], ['¿Qué hora es?'], ['ñandú', 'ñandu'], ['Ñoño ¡olé!'], ['acción', 'accion'],
  ['Perú', 'Peru'], ['àèìòù'], ['áéíóú', 'aéiou'], ['ÁÉÍÓÚ', 'AÉIOU'], ['Ç'], ['ç', 'Ç'], ['€'],
  ['[]{}\\|~^'], ['\f'], ['a\tb', 'a b'], ['a\rb'], ['a\u00a0b', 'a b'], ['`', "'"], ['“hola”', '"hola"'],
  ['a–b', 'a-b'], ['…', '...'], [GRIN], [FLAG], [FAMILY], ['e\u0301'], [n('a', 160)], [n('a', 161)],
  [n('a', 306)], [n('a', 307)], [n('€', 80)], [n('€', 81)], [n('a', 152) + '€' + n('a', 8)],
  [n(n('a', 152) + '€', 2)], [n('ó', 70), n('o', 70)], [n('ó', 71), n('o', 71)], [n('ó', 134), n('o', 134)],
  [n('ó', 135), n('o', 135)], [n(GRIN, 35)], [n(GRIN, 36)], [n('ó', 66) + GRIN + n('ó', 3)],
  [n('ó', 66) + GRIN + n('ó', 10)], [n(GRIN, 33) + 'ó' + n(GRIN, 3)], ['Δ'], ['α'], [n('a', 159) + '\r.'],
  [n('a', 150) + 'ó', n('a', 150) + 'o'], [n('ñ', 160)], [n('ó', 68) + '\r.', n('o', 68) + '\r.'],
  [n('ó', 66) + 'e\u0301' + n('ó', 66)], [n('ó', 63) + FAMILY + n('ó', 63)],
  [n('ó', 60) + FAMILY + n('ó', 66)], [n('a', 152) + '€' + n('a', 151) + '€'], [n('a', 305) + '€'],
  [n('€', 153)], [n('ó', 66) + FLAG + n('ó', 64)], [n(THUMB, 17)], [n(THUMB, 18)], ['\ufeffHola', 'Hola'],
  ['\u001b'], ['N° 5 – Perú'], ['“hola” – Perú…', '"hola" - Peru...'], [n('…', 53), n('...', 53)],
  [n('…', 54)],
];

// What the table of 10.5 says of strings that are sent as they are.
const figures = new Map([
  [n('€', 153), ['GSM-7', 306, 3]], [n(n('a', 152) + '€', 2), ['GSM-7', 308, 3]],
  [n(GRIN, 36), ['UCS-2', 72, 2]], [n('ó', 66) + 'e\u0301' + n('ó', 66), ['UCS-2', 134, 2]],
  [n('ó', 63) + FAMILY + n('ó', 63), ['UCS-2', 134, 3]],
  [n('ó', 66) + FLAG + n('ó', 64), ['UCS-2', 134, 3]], ['', ['GSM-7', 0, 1]], ['\f', ['GSM-7', 2, 1]],
]);

function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const alphabets = [
  [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789     .,;:?!@$_'],
  [...'ñÑéÉüÜ¿¡àèìòùÇäöåÄÖÅßæÆøØΔΦΓΛΩΠΨΣΘΞ£¥¤§'],
  [...'[]{}\\|~^€\f'],
  [...'áíóúÁÍÓÚç“”«»‘’`´–—…\u00a0\t\u200b\u2009'],
  [...'αβâêî°º•ł中ж', 'e\u0301', '\u0001', '\u2028'],
  [GRIN, FAMILY, FLAG, THUMB, '❤️', '1️⃣', '𝄞'],
];

// A text of one to all alphabets, its length often near where a segment ends.
function makeText(next) {
  const pick = (items) => items[Math.floor(next() * items.length)];
  const used = alphabets.filter((_, i) => next() < [0.9, 0.5, 0.3, 0.4, 0.1, 0.12][i]);
  const near = pick([10, 30, 67, 70, 134, 153, 160, 201, 306, 459]);
  const length = Math.max(0, near + Math.floor((next() - 0.5) * 12));
  let text = '';
  while (used.length > 0 && text.length < length) text += pick(next() < 0.7 ? used[0] : pick(used));
  return text;
}

let segments;
before(() => { segments = new Segments(); });

test('the reference strings', async () => {
  const answers = await segments.ask(reference.map(([text]) => text));
  reference.forEach(([text, expected = text], i) => {
    assert.equal(answers[i].sent, expected);
    agreesWithOracles(answers[i], JSON.stringify(text));
    keepsItsPromises(text, answers[i]);
    const { encoding, units, segments: count } = answers[i];
    if (figures.has(text)) assert.deepEqual([encoding, units, count], figures.get(text));
  });
});

test('bytes that are not UTF-8 are U+FFFD', async () => {
  const lines = ['61ff', '61eda0bd', 'c3', 'c3a1'].map((hex) => Buffer.from(hex, 'hex'));
  const answers = await segments.ask(lines);
  assert.deepEqual(answers.map((a) => a.sent), ['a\ufffd', 'a\ufffd\ufffd\ufffd', '\ufffd', 'a']);
  answers.forEach((answer, i) => agreesWithOracles(answer, `line ${i}`));
});

test(`${randomTexts} random strings, seed ${seed}`, async () => {
  const next = random(seed);
  const seen = { 'GSM-7': 0, 'UCS-2': 0, replaced: 0 };
  for (let done = 0; done < randomTexts; done += batch) {
    const texts = Array.from({ length: batch }, () => makeText(next));
    const answers = await segments.ask(texts);
    answers.forEach((answer, i) => {
      agreesWithOracles(answer, JSON.stringify(texts[i]));
      keepsItsPromises(texts[i], answer);
      seen[answer.encoding]++;
      if (answer.sent !== texts[i]) seen.replaced++;
    });
  }
  for (const [kind, count] of Object.entries(seen))
    assert.ok(count > randomTexts / 20, `${count} ${kind}: too few to prove anything`);
});

test('a line with a NUL ends the run with 65', async () => {
  const child = own(spawn(chaski, ['text', 'segments'], { stdio: ['pipe', 'ignore', 'ignore'] }));
  child.stdin.end(Buffer.from('hola\0\n'));
  const [code] = await once(child, 'exit');
  assert.equal(code, 65);
});

test('the run ends with 0 when its input ends', async () => {
  assert.equal(await segments.end(), 0);
});
