// `chaski recommend`: facts a line in, a JSON array a line out, best first. The catalogue is the one that ships; the
// day is given, so that what is out of date does not depend on when the test runs.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { own, removeDir, tempDir } from './lib/leftovers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const chaski = process.env.CHASKI ?? join(root, 'build/chaski');
const day = '2026-11-23';
const deadlineMs = 10_000;
let folder, config;

before(() => {
  folder = tempDir('recommend');
  config = join(folder, 'chaski.yaml');
  writeFileSync(config, 'channels:\n  demo: {provider: simulator}\n');
});

after(() => removeDir(folder));

function recommend(lines, ...options) {
  const input = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const { status, stdout, stderr } = spawnSync(chaski, ['recommend', '-c', config, '--now', day, ...options],
    { cwd: root, input, encoding: 'utf8', timeout: deadlineMs });
  const answers = stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  return { status, answers, stderr };
}

const ids = (answer) => answer.map(({ id }) => id);

test('one array a line, best first, with reasons in Spanish', () => {
  const { status, answers, stderr } = recommend([{}, { goal: 'finance', ruc: 'no', tenure: 60, trend: 'same' }, {}]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.equal(answers.length, 3);
  assert.deepEqual(answers[0], answers[2], 'the same facts give the same answer');
  for (const answer of answers) {
    assert.equal(answer.length, 3);
    for (const { id, score, reasons, ...rest } of answer) {
      assert.deepEqual(rest, {});
      assert.match(id, /^[a-z0-9-]{1,39}$/);
      assert.ok(score > 0 && score <= 1);
      assert.ok(reasons.length >= 1 && reasons.length <= 3);
      for (const reason of reasons) assert.ok([...reason].length <= 60, reason);
    }
    assert.equal(new Set(ids(answer)).size, 3);
  }
  assert.equal(answers[1][0].id, 'cajas');
  assert.deepEqual(answers[1][0].reasons,
    ['porque buscas crédito o capital', 'no pide RUC', 'sirve a negocios con camino hecho']);
});

test('--profile says beside them what staff see of the business', () => {
  const facts = { goal: 'customers', activity: 'soy ambulante, vendo jugos' };
  const { status, answers: [profile, plain] } = recommend([facts, facts], '--profile');
  assert.equal(status, 0);
  assert.deepEqual(profile, plain);
  assert.deepEqual(profile.resources, recommend([facts]).answers[0]);
  assert.equal(profile.stage.next_question.slot, 'trend');
  assert.equal(profile.stage.guesses.length, 4);
  assert.deepEqual(profile.outlook.guesses.map((g) => g.label).sort(), ['estable', 'por crecer', 'riesgo']);
  assert.ok(profile.outlook.auc.growth.value < 0.65);
  assert.equal(profile.outlook.lever.key, 'place');
});

test('what fits whom', () => {
  const rows = [
    [{ trend: 'down', goal: 'debts', tenure: 60, ruc: 'no' }, ['impulso-myperu'],
      ['sbs-reprograma', 'cajas', 'mibanco']],
    [{ industry: 'construccion', goal: 'training', region: '08' }, ['sencico'], ['senati']],
    [{ goal: 'public_sales', ruc: 'no', tenure: 60, trend: 'same' }, ['ruc-inscripcion'], ['rnp', 'compras-myperu']],
    [{ goal: 'training', industry: 'agro', region: '10', tenure: 60, trend: 'up' }, ['cite-huallaga'],
      ['cite-moquegua']],
    [{ activity: 'soy artesana de telar', industry: 'confeccion', goal: 'customers', tenure: 60, trend: 'same' },
      ['cite-artesania'], []],
    [{ activity: 'tengo una bodega y vendo abarrotes', goal: 'training', tenure: 60, trend: 'same' }, ['lindley'],
      ['senati']],
    [{ tenure: -1, ruc: false, goal: 'formalise' }, ['ruc-inscripcion'], ['remype', 'regimen-mype']],
    [{ sales: 'REFUSED', workers: '2..5', customers: '20/day', regime: 'UNKNOWN', consent: 'yes', lang: 'es' },
      ['cde'], []],
  ];
  const { status, answers, stderr } = recommend(rows.map(([facts]) => facts));
  assert.equal(stderr, '');
  assert.equal(status, 0);
  for (const [i, [facts, wanted, unwanted]] of rows.entries()) {
    for (const id of wanted) assert.ok(ids(answers[i]).includes(id),
      `${JSON.stringify(facts)}: ${id} in ${ids(answers[i])}`);
    for (const id of unwanted) assert.ok(!ids(answers[i]).includes(id),
      `${JSON.stringify(facts)}: no ${id} in ${ids(answers[i])}`);
  }
});

test('every id is in the catalogue, and none is out of date', () => {
  const catalogue = readFileSync(join(root, 'models/catalogue.yaml'), 'utf8');
  const { answers } = recommend([{ goal: 'finance', industry: 'confeccion', ruc: 'yes', tenure: 60, trend: 'same' }],
    '--top', '20');
  assert.equal(answers[0].length, 20);
  for (const id of ids(answers[0])) assert.ok(catalogue.includes(`\n  - id: ${id}\n`), id);
  assert.ok(!ids(answers[0]).includes('fae-texco'), 'a programme of 2022');
  const later = recommend([{ goal: 'finance', trend: 'down', tenure: 60 }], '--now', '2027-01-01').answers[0];
  assert.ok(!ids(later).includes('impulso-myperu'), 'its entry must be looked at again');
});

test('a bad line ends it with its number and the reason', () => {
  const rows = [
    ['{"goal": "money"}', /line 2: "goal" must be finance, customers/],
    ['{"goal": ', /line 2: not a JSON object of facts/],
    ['[]', /line 2: facts must be a JSON object/],
    ['', /line 2: not a JSON object of facts/],
    ['{"sales": "mil"}', /line 2: "sales" must be AMOUNT\/PERIOD/],
    ['{"goal": "debts", "goal": "finance"}', /line 2: not a JSON object of facts/],
  ];
  for (const [line, reason] of rows) {
    const { status, answers, stderr } = recommend(['{}', line, '{}']);
    assert.equal(status, 65, line);
    assert.equal(answers.length, 1, 'what came before is answered');
    assert.match(stderr, reason);
  }
});

test('options that make no sense are refused', () => {
  for (const options of [['--top', '0'], ['--top', '21'], ['--top', 'many'], ['--now', 'yesterday'], ['--tpo', '3'],
    ['finance']])
    assert.equal(recommend([{}], ...options).status, 64, options.join(' '));
});

test('answers come one by one, so that a pipe can drive it', async () => {
  const child = own(spawn(chaski, ['recommend', '-c', config, '--now', day],
    { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] }));
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  let text = '';
  child.stdout.setEncoding('utf8');
  for (const goal of ['finance', 'digital']) {
    const before = text.length;
    child.stdin.write(`${JSON.stringify({ goal })}\n`);
    while (!text.slice(before).endsWith('\n')) {
      const [more] = await once(child.stdout, 'data');
      text += more;
    }
  }
  child.stdin.end();
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  assert.equal(code, 0);
  assert.equal(text.split('\n').length, 3);
});
