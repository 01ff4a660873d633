// `chaski text segments` against a segmenter of the tests' own and two independent libraries: on the strings of
// providers.md 10.5, whose figures are known, and on texts of tests/segments/texts.mjs, of which `make segments` takes
// a million. What the command sends must cost what they say it costs, and say what was said.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { before, test } from 'node:test';
import { Segments, chaski } from '../segments/chaski.mjs';
import { Comparison } from '../segments/compare.mjs';
import { own } from './lib/leftovers.mjs';

const seed = 20261123;
const texts = 20_000;

// Letters and digits without accents or case: what replacing must leave alone. Ñ is a letter of its own.
function said(text) {
  return text.replace(/[ñÑ]/g, '\u0001').normalize('NFD').replace(/[^\p{L}\p{N}\u0001]/gu, '').toLowerCase();
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

let segments;
before(() => {
  segments = new Segments();
  own(segments.child);
});

test('the reference strings', async () => {
  const answers = await segments.ask(reference.map(([text]) => text));
  reference.forEach(([text, expected = text], i) => {
    const { encoding, units, count, sent } = answers[i];
    assert.equal(sent, expected);
    if (encoding === 'GSM-7') assert.equal(said(sent), said(text), 'says the same');
    if (figures.has(text)) assert.deepEqual([encoding, units, count], figures.get(text));
  });
});

test('bytes that are not UTF-8 are U+FFFD', async () => {
  const lines = ['61ff', '61eda0bd', 'c3', 'c3a1'].map((hex) => Buffer.from(hex, 'hex'));
  const answers = await segments.ask(lines);
  assert.deepEqual(answers.map((a) => a.sent), ['a\ufffd', 'a\ufffd\ufffd\ufffd', '\ufffd', 'a']);
});

test(`${texts} texts, seed ${seed}, in every policy: no difference that no rule explains`, async () => {
  const comparison = new Comparison(seed);
  [comparison.usual, ...comparison.others].forEach(({ child }) => own(child));
  await comparison.run(0, texts);
  await comparison.end();
  assert.deepEqual(comparison.unexplained, []);
  for (const [kind, count] of Object.entries(comparison.encodings))
    assert.ok(count > texts / 50, `${count} ${kind}: too few to prove anything`);
});

test('a policy, a shift or a reference that there is not is told', () => {
  for (const [options, what] of [
    [['--policy', 'best'], /--policy best: it must be plain, cheapest or exact/],
    [['--shift', 'qu'], /--shift qu: it must be none or es/],
    [['--reference', '12'], /--reference 12: it must be 8 or 16/],
  ]) {
    const { status, stderr } = spawnSync(chaski, ['text', 'segments', ...options], { encoding: 'utf8', input: '' });
    assert.equal(status, 64);
    assert.match(stderr, what);
  }
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
