// `chaski dataset`: what conversations taught becomes rows that `chaski train` takes; who left or was erased has none.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, tempDir, top } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const numbers = ['+51987500001', '+51987500002', '+51987500003'];
const said = ['hola', '1', 'vendo jugos en el mercado', '1', '2 años', '3000 al mes', '1', '20 al día', '1', '2',
  'lima', '1', '1', '4', '1', '2'];
const agrees = ['menu', 'avisos', '3', '1']; // that her answers serve studies; without it she has no rows
let redis, chaski, dir, stages;

const run = (words) => spawnSync(binary, words, { cwd: top, encoding: 'utf8' });
const build = (name, more = []) => run(['dataset', 'build', name, '--out', dir, '-c', chaski.config, ...more]);
const made = (result) => {
  assert.equal(result.status, 0, result.stdout + result.stderr);
  return result.stdout.split(':')[0];
};
const rowsOf = (file) => fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split('\t'));

before(async () => {
  dir = tempDir('dataset');
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  for (const number of numbers) {
    const phone = new TwilioPhone(chaski, number);
    for (const words of [...said, ...agrees]) await phone.say(words);
  }
  const keeps = new TwilioPhone(chaski, '+51987500004');
  for (const words of said) await keeps.say(words);
});

after(async () => {
  await chaski.remove();
  await redis.remove();
});

test('answers, trades and their people become rows, the same ones each time', () => {
  const file = made(build('ranker'));
  const [columns, ...rows] = rowsOf(file);
  assert.equal(columns[0], 'who');
  assert.equal(rows.length, 9, 'three resources for each of three people');
  assert.equal(new Set(rows.map((row) => row[0])).size, 3);
  for (const row of rows) assert.equal(row[columns.indexOf('region')], '15');
  assert.equal(rows.filter((row) => row[3] === '1').length, 3, 'each asked for one contact');
  const manifest = JSON.parse(fs.readFileSync(path.join(path.dirname(file), 'manifest.json'), 'utf8'));
  assert.equal(manifest.rows, 9);
  assert.equal(manifest.people_without_permission_or_gone, 1, 'who did not agree to studies');
  assert.ok(manifest.sha256.startsWith(path.basename(path.dirname(file))));
  assert.equal(made(build('ranker')), file);
  const [, ...trades] = rowsOf(made(build('industry')));
  assert.equal(trades.length, 3);
  assert.equal(trades[0][4], 'vendo jugos en el mercado');
  assert.deepEqual(trades.map((row) => row[3]), ['confirmed', 'confirmed', 'confirmed']);
  const [names, ...signed] = rowsOf(made(build('trainings')));
  assert.deepEqual(signed.map((row) => row[names.indexOf('origin')]), ['declined', 'declined', 'declined']);
  assert.doesNotMatch(fs.readFileSync(file, 'utf8'), /98750000/);
});

test('what staff set right is a row of theirs, beside none of hers about the same words', () => {
  const staff = (...words) => {
    const done = run([...words, '-c', chaski.config, '--server', chaski.url]);
    assert.equal(done.status, 0, done.stdout + done.stderr);
  };
  const earlier = made(build('industry'));
  assert.equal(build('stage').status, 65, 'the flow set each stage, and staff none');
  staff('user', 'add', 'ana', '--role', 'editor');
  for (const number of numbers.slice(1)) staff('contact', 'correct', number, 'stage', 'decline');
  staff('contact', 'correct', numbers[2], 'stage', 'established');
  staff('contact', 'correct', numbers[2], 'industry', 'comercio');
  const file = made(build('industry')), [, ...trades] = rowsOf(file);
  assert.deepEqual(trades.map((row) => row[3]).sort(), ['confirmed', 'confirmed', 'staff']);
  assert.deepEqual(trades.find((row) => row[3] === 'staff').slice(2),
    ['comercio', 'staff', 'vendo jugos en el mercado']);
  const difference = run(['dataset', 'diff', earlier, file]);
  assert.match(difference.stdout, /^rows\t3\t3\t1 gone, 1 added, 0 changed$/m);
  assert.match(difference.stdout, /^origin confirmed\t3\t2\norigin staff\t0\t1$/m);
  stages = made(build('stage'));
  const [columns, ...rows] = rowsOf(stages);
  assert.deepEqual(rows.map((row) => row[columns.indexOf('corrected')]).sort(), ['decline', 'established']);
  for (const row of rows) assert.equal(row[columns.indexOf('origin')], 'staff');
  for (const row of rows) assert.equal(row[columns.indexOf('tenure')], '24');
});

test('the ranker trains on them, and the recommendations are its own from then on', () => {
  const file = made(build('ranker')), registry = path.join(dir, 'registry');
  fs.cpSync(path.join(top, 'models/registry'), registry, { recursive: true });
  const train = run(['train', 'ranker', '--data', file, '--out', registry]);
  assert.equal(train.status, 0, train.stdout + train.stderr);
  assert.match(train.stdout, /9 answers, 3 useful/);
  const config = path.join(dir, 'ranker.yaml');
  const settings = fs.readFileSync(chaski.config, 'utf8').replace(/^models: .*$/m, '');
  fs.writeFileSync(config, `${settings}\nmodels: ${registry}\n`, { mode: 0o600 });
  const ask = (file) => spawnSync(binary, ['recommend', '-c', file],
    { cwd: top, encoding: 'utf8', input: '{}\n' }).stdout;
  assert.notEqual(ask(config), ask(chaski.config));
});

test('who left or was erased has no rows, also not those of an earlier set', async () => {
  const earlier = made(build('ranker'));
  await new TwilioPhone(chaski, numbers[0]).say('baja');
  const erased = new TwilioPhone(chaski, numbers[1]);
  await erased.say('borrar');
  await erased.say('1');
  assert.equal((await redis.keys(`ck:*:contact:${numbers[1]}`)).length, 0);
  const file = made(build('ranker', ['--with', earlier]));
  const [, ...rows] = rowsOf(file);
  assert.equal(rows.length, 3);
  const manifest = JSON.parse(fs.readFileSync(path.join(path.dirname(file), 'manifest.json'), 'utf8'));
  assert.equal(manifest.rows_left_out_of_people_no_longer_there, 6);
  const difference = run(['dataset', 'diff', earlier, file]);
  assert.equal(difference.stdout, 'rows\t9\t3\t6 gone, 0 added, 0 changed\npeople\t3\t1\t2 gone, 0 added\n' +
    'origin said\t9\t3\n');
  const [columns, ...corrected] = rowsOf(made(build('stage', ['--with', stages])));
  assert.deepEqual(corrected.map((row) => row[columns.indexOf('corrected')]), ['established']);
});

test('a node of a cluster is refused: it has not everybody', async () => {
  const node = await new Redis(['--cluster-enabled', 'yes']).start(), config = path.join(dir, 'cluster.yaml');
  try {
    fs.writeFileSync(config, fs.readFileSync(chaski.config, 'utf8').replace(redis.socket, node.socket),
      { mode: 0o600 });
    const refused = run(['dataset', 'build', 'ranker', '--out', dir, '-c', config]);
    assert.equal(refused.status, 78, refused.stderr);
    assert.match(refused.stderr, /a node of a cluster/);
  } finally {
    await node.remove();
  }
});

test('what cannot be is told', () => {
  assert.equal(build('weather').status, 64);
  assert.equal(build('growth').status, 65);
  assert.equal(build('ranker', ['--with', '/nowhere']).status, 65);
  assert.equal(run(['dataset', 'diff', '/nowhere', '/nowhere']).status, 65);
  assert.equal(run(['dataset', 'diff']).status, 64);
});
