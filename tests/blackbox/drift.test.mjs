// Drift: a version's card holds what it is held against, the daemon counts the same bins, and Prometheus' own tool
// proves the rules that hold one against the other.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, removeDir, tempDir, top } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const rules = path.join(top, 'config/prometheus/models.yaml');
const skip = spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed';
let redis, dir, registry;

before(async () => {
  dir = tempDir('drift');
  registry = path.join(dir, 'models');
  fs.cpSync(path.join(top, 'models/registry'), registry, { recursive: true });
  for (const name of fs.readdirSync(registry)) fs.rmSync(path.join(registry, name, 'challenger'), { force: true });
  redis = await new Redis().start();
});
after(async () => {
  await redis?.remove();
  removeDir(dir);
});

function model(...args) {
  return spawnSync(binary, ['model', ...args, '--registry', registry], { cwd: top, encoding: 'utf8', timeout: 60000 });
}

function table(name, lines) {
  const file = path.join(dir, name);
  fs.writeFileSync(file, `${lines.map((cells) => cells.join('\t')).join('\n')}\n`);
  return file;
}

const texts = (count, text) => [['text', 'status'], ...Array.from({ length: count }, () => [text, '3']),
  ['not an owner who says very much of what is done here every day', '1']];
const facts = (tenure) => [['tenure', 'ruc'], ...Array.from({ length: 4 }, (_, i) => [tenure, i ? 'no' : 'yes'])];

test('a reference is taken from a table, and tables are held against it', () => {
  const own = table('own.tsv', texts(20, 'vendo ropa')), other = table('other.tsv', texts(20, 'transporte de carga'));
  assert.match(model('reference', 'industry', '--data', own).stdout, /card\.json: its reference is own\.tsv/);
  const card = JSON.parse(model('show', 'industry').stdout);
  assert.equal(card.reference.shares.industry_words['2'], 1);
  assert.match(card.reference.sha256, /^[0-9a-f]{64}$/);
  assert.match(model('drift', 'industry', '--data', own).stdout, /^industry_words\t0\.0000\tsteady$/m);
  assert.match(model('drift', 'industry', '--data', other).stdout, /^industry_answer\t\d+\.\d+\tdrifted$/m);
  for (const name of ['stage', 'growth']) {
    assert.equal(model('reference', name, '--data', table('facts.tsv', facts('60'))).status, 0);
    assert.equal(model('drift', name, '--data', table('facts.tsv', facts('60'))).status, 0);
  }
  const shares = JSON.parse(model('show', 'stage').stdout).reference.shares;
  assert.deepEqual([shares.stage_tenure['42-'], shares.stage_ruc.yes, shares.stage_sales], [1, 0.25, undefined]);
  assert.match(model('drift', 'stage', '--data', table('young.tsv', facts('3'))).stdout,
    /^stage_tenure\t\S+\tdrifted\nstage_ruc\t0\.0000\tsteady$/m);
});

test('what cannot be is told', () => {
  const own = table('own.tsv', texts(1, 'vendo ropa'));
  for (const [args, status, words] of [[['drift'], 64, /needs industry, stage or growth/],
    [['drift', 'ranker', '--data', own], 64, /needs industry/], [['reference', 'industry'], 64, /--data/],
    [['drift', 'industry', 'v0777', '--data', own], 65, /no version/],
    [['drift', 'stage', '--data', own], 65, /no column tenure/],
    [['drift', 'industry', '--data', table('facts.tsv', facts('1'))], 65, /no column text/],
    [['drift', 'industry', '--data', '/nowhere'], 65, /cannot be read/]]) {
    const run = model(...args);
    assert.equal(run.status, status, run.stderr);
    assert.match(run.stderr, words);
  }
});

test('the daemon counts what is asked, answered and confirmed, beside the reference', async () => {
  const chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 1, models: registry }).start();
  try {
    const phone = new TwilioPhone(chaski, '+51987600001'), other = new TwilioPhone(chaski, '+51987600002');
    for (const words of ['hola', '1', 'vendo jugos en el mercado', '1', '2 años', '3000 al mes', '1', '20 al día', '1',
      '2', 'lima', '1']) await phone.say(words);
    for (const words of ['hola', '1', 'vendo jugos en el mercado', '2', '1']) await other.say(words);
    const metrics = await chaski.metrics();
    for (const line of ['chaski_model_seen_total{feature="industry_words",bin="4-5"} 2',
      'chaski_model_seen_total{feature="stage_tenure",bin="12-41"} 1',
      'chaski_model_seen_total{feature="stage_sales",bin="3000-7999"} 1',
      'chaski_model_seen_total{feature="stage_ruc",bin="no"} 1', 'chaski_model_trades_total{outcome="confirmed"} 1',
      'chaski_model_trades_total{outcome="corrected"} 1',
      'chaski_model_reference_share{feature="industry_words",bin="2"} 1',
      'chaski_model_reference_share{feature="industry_words",bin="3"} 0',
      'chaski_model_reference_share{feature="stage_ruc",bin="yes"} 0.25'])
      assert.ok(metrics.split('\n').includes(line), line);
    assert.doesNotMatch(metrics, /chaski_model_seen_total\{feature="other"/);
  } finally {
    await chaski.remove();
  }
});

test('the alert rules fire and are silent where they should, and name metrics that there are', { skip }, () => {
  for (const args of [['check', 'rules', rules], ['test', 'rules', path.join(top, 'tests/alerts/models.yaml')]]) {
    const run = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  }
  const known = fs.readFileSync(path.join(top, 'gateway/metrics.c'), 'utf8');
  const named = new Set(fs.readFileSync(rules, 'utf8').match(/chaski_model_[a-z_]+/g));
  assert.ok(named.size >= 4);
  for (const name of named) assert.ok(known.includes(`"${name}"`), name);
});
