// `chaski model …` from outside, in a copy of the shipped registry: what is there, which version is better, which is
// in use and why.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const phrases = path.join(top, 'tests/accuracy/industry_fresh.tsv');
let dir, registry;

const versionFile = (version, file) => path.join(registry, 'industry', version, file);
const alias = (name) => fs.readFileSync(path.join(registry, 'industry', name), 'utf8');

before(() => {
  dir = tempDir();
  registry = path.join(dir, 'registry');
  fs.cpSync(path.join(top, 'models/registry'), registry, { recursive: true });
  fs.writeFileSync(path.join(registry, 'industry/champion'), 'v0001\n');
  fs.rmSync(path.join(registry, 'industry/previous'), { force: true });
  for (const name of fs.readdirSync(path.join(registry, 'industry')))
    if (/^v/.test(name) && name !== 'v0001')
      fs.rmSync(path.join(registry, 'industry', name), { recursive: true });
  for (const version of ['v0002', 'v0003']) {
    fs.cpSync(path.join(registry, 'industry/v0001'), path.join(registry, 'industry', version), { recursive: true });
  }
  spoil('v0003');
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

/** Makes a version that calls everything by one label, with the sum that its file must have. */
function spoil(version) {
  const file = versionFile(version, 'model.bin'), bytes = fs.readFileSync(file);
  bytes.writeFloatLE(1e6, 48 + 14 * 40); // the first label's bias
  let sum = 0xcbf29ce484222325n;
  for (const byte of bytes.subarray(0, -8)) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  bytes.writeBigUInt64LE(sum, bytes.length - 8);
  fs.writeFileSync(file, bytes);
}

function model(...args) {
  const run = spawnSync(binary, ['model', ...args, '--registry', registry],
    { cwd: top, encoding: 'utf8', timeout: 60000 });
  assert.equal(run.signal, null);
  return run;
}

test('list and show tell what is there', () => {
  const rows = model('list', '--json').stdout.trim().split('\n').map(JSON.parse);
  assert.deepEqual(rows.filter((row) => row.model === 'industry').map((row) => [row.version, row.aliases]),
    [['v0001', 'champion'], ['v0002', ''], ['v0003', '']]);
  assert.deepEqual([...new Set(rows.map((row) => row.model))], ['industry', 'stage', 'closing', 'growth']);
  assert.ok(rows.every((row) => row.low <= row.value && row.value <= row.high && row.bytes > 0));
  assert.equal(JSON.parse(model('show', 'industry').stdout).version, 'v0001');
  assert.equal(JSON.parse(model('show', 'growth', 'v0002').stdout).name, 'growth');
  assert.equal(model('show', 'industry', 'v0009').status, 65);
});

test('evaluate measures on texts of ones own', () => {
  const run = model('evaluate', 'industry', '--data', phrases, '--json');
  assert.equal(run.status, 0, run.stderr);
  const measured = JSON.parse(run.stdout);
  assert.equal(measured.rows, 322);
  assert.ok(measured.accuracy.value > 0.9 && measured.top3.value > measured.accuracy.value);
  assert.equal(model('evaluate', 'growth', '--data', phrases).status, 64);
  assert.equal(model('evaluate', 'industry', '--data', path.join(dir, 'none')).status, 65);
});

test('compare tells luck from a difference', () => {
  const same = JSON.parse(model('compare', 'industry', 'v0001', 'v0002', '--data', phrases, '--json').stdout);
  assert.deepEqual([same.gain, same.p, same.verdict], [0, 1, 'no real difference']);
  const worse = JSON.parse(model('compare', 'industry', 'v0001', 'v0003', '--data', phrases, '--json').stdout);
  assert.ok(worse.verdict === 'worse' && worse.p < 1e-6 && worse.high < 0);
  const better = JSON.parse(model('compare', 'industry', 'v0003', 'v0001', '--data', phrases, '--json').stdout);
  assert.deepEqual([better.verdict, better.only_second], ['better', worse.only_first]);
});

test('promote needs a reason, refuses a worse one, and rollback brings the former back', () => {
  assert.equal(model('promote', 'industry', 'v0002').status, 64);
  assert.equal(model('rollback', 'industry', '--why', 'none before').status, 65);
  const refused = model('promote', 'industry', 'v0003', '--why', 'try', '--data', phrases);
  assert.equal(refused.status, 65);
  assert.match(refused.stderr, /not done: on 322 distinct texts .* worse/);
  assert.equal(alias('champion'), 'v0001\n');
  assert.equal(model('promote', 'industry', 'v0002', '--why', 'as good', '--by', 'rosa', '--data', phrases).status, 0);
  assert.deepEqual([alias('champion'), alias('previous')], ['v0002\n', 'v0001\n']);
  const card = JSON.parse(fs.readFileSync(versionFile('v0002', 'card.json'), 'utf8'));
  assert.deepEqual([card.promoted.by, card.promoted.why, card.promoted.before], ['rosa', 'as good', 'v0001']);
  assert.match(card.promoted.evidence, /no real difference/);
  assert.equal(model('promote', 'industry', 'v0003', '--why', 'a drill', '--data', phrases, '--force').status, 0);
  assert.equal(model('rollback', 'industry', '--why', 'the drill is over').status, 0);
  assert.deepEqual([alias('champion'), alias('previous')], ['v0002\n', 'v0003\n']);
  assert.equal(model('promote', 'industry', 'v0002', '--why', 'again').status, 65);
});

test('without texts the cards speak, where they were measured on the same data', () => {
  const file = versionFile('v0001', 'card.json'), card = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.equal(model('promote', 'industry', 'v0001', '--why', 'the cards are alike').status, 0);
  card.data[0].sha256 = '0'.repeat(64);
  fs.writeFileSync(file, JSON.stringify(card));
  assert.equal(model('promote', 'industry', 'v0002', '--why', 'other data').status, 65);
  fs.writeFileSync(versionFile('v0002', 'card.json'), '{');
  assert.equal(model('promote', 'industry', 'v0002', '--why', 'damaged').status, 65);
  assert.equal(alias('champion'), 'v0001\n');
});

test('features are dumped for other tools, and what liblinear made of them is taken', () => {
  const run = spawnSync(binary, ['dataset', 'dump', 'industry', '--libsvm', '--data', phrases],
    { cwd: top, encoding: 'utf8', maxBuffer: 1e9 });
  assert.equal(run.status, 0, run.stderr);
  const rows = run.stdout.trim().split('\n');
  assert.ok(rows.length > 20000 && rows.every((row) => /^\d+( \d+:[0-9.e-]+)*$/.test(row)));
  const texts = spawnSync(binary, ['dataset', 'dump', 'industry', '--data', phrases],
    { cwd: top, encoding: 'utf8', maxBuffer: 1e9 }).stdout.trim().split('\n');
  assert.equal(texts[0], 'text\tindustry\torigin\tdepartment\theld\tkey');
  assert.equal(texts.length, rows.length + 1);
  const file = path.join(dir, 'plain.model');
  fs.writeFileSync(file, 'solver_type L2R_LR\nnr_class 2\nlabel 0 1\nnr_feature 2\nbias 1\nw\n0.5\n-1\n0.25\n');
  const taken = model('import', 'industry', file, '--data', phrases);
  assert.equal(taken.status, 0, taken.stderr);
  assert.match(taken.stdout, /industry\/v0004: written/);
  assert.equal(JSON.parse(model('show', 'industry', 'v0004').stdout).imported[0].file, 'plain.model');
  fs.writeFileSync(file, 'solver_type L2R_LR\nnr_class 20\n');
  assert.equal(model('import', 'industry', file, '--data', phrases).status, 65);
});

test('wrong use is explained', () => {
  for (const [args, words] of [[['show'], /needs a model/], [['show', 'industri'], /did you mean industry/],
    [['evaluate', 'industry'], /--data/], [['compare', 'industry', 'v0001', '--data', phrases], /two versions/],
    [['rollback', 'industry'], /--why/]]) {
    const run = model(...args);
    assert.equal(run.status, 64, run.stderr);
    assert.match(run.stderr, words);
  }
});
