// A version under trial answers in the shadow of the one in use: it is counted, and nobody hears of it. Versions come
// and go while people write, and no message is lost.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, removeDir, tempDir, top, until } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const said = ['hola', '1', 'vendo jugos en el mercado', '1', '2 años', 'no se', '1', '20 al día', '1', '2', 'lima',
  '1'];
let redis, chaski, registry, champion, people = 0;

before(async () => {
  registry = path.join(tempDir('registry'), 'models');
  fs.cpSync(path.join(top, 'models/registry'), registry, { recursive: true });
  for (const name of fs.readdirSync(registry)) fs.rmSync(path.join(registry, name, 'challenger'), { force: true });
  for (const name of ['industry', 'stage']) // another version: a copy of the one in use
    fs.cpSync(path.join(registry, name, alias(name, 'champion')), path.join(registry, name, 'v0099'),
      { recursive: true });
  champion = alias('industry', 'champion');
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 2, models: registry }).start();
  await until('all are ready', () => /msg="ready"/.test(chaski.log));
});
after(async () => {
  await chaski?.remove();
  await redis?.remove();
  removeDir(path.dirname(registry));
});

function alias(name, which) {
  return fs.readFileSync(path.join(registry, name, which), 'utf8').trim();
}

function model(...args) {
  return spawnSync(binary, ['model', ...args, '--registry', registry], { cwd: top, encoding: 'utf8', timeout: 60000 });
}

const lines = (words) => chaski.log.split(words).length - 1;

// Until the new configuration is served, and by nobody but the new workers; or until it is refused.
async function reload(outcome = 'served') {
  const words = `msg="the new configuration is ${outcome === 'served' ? 'served' : 'not served'}`, had = lines(words);
  const ended = lines('msg="a worker ended"');
  chaski.child.kill('SIGHUP');
  await until(`the configuration is ${outcome}`, () => lines(words) > had, 30000);
  if (outcome === 'served') await until('the old ones go', () => lines('msg="a worker ended"') === ended + 2, 30000);
}

const newPhone = () => new TwilioPhone(chaski, `+5198790${String(people++).padStart(4, '0')}`);

// Everything that an owner is told, from hello to the recommendation.
async function conversation(phone = newPhone()) {
  const told = [];
  for (const words of said) told.push(await phone.say(words));
  return told;
}

async function counted(metric) {
  const rows = (await chaski.metrics()).split('\n').filter((line) => line.startsWith(`${metric}{`));
  return Object.fromEntries(rows.map((line) => [line.slice(metric.length, line.lastIndexOf(' ')),
    Number(line.slice(line.lastIndexOf(' ')))]));
}

test('a challenger is asked from the next reload on, is counted, and changes no answer', async () => {
  const before = await conversation();
  assert.deepEqual(await counted('chaski_model_challenger_total'), {});
  assert.deepEqual(await counted('chaski_model_answers_total'), { '{model="industry",outcome="sure"}': 1,
    '{model="growth",outcome="unsure"}': 1, '{model="stage",outcome="rule"}': 1 });
  assert.equal(model('challenge', 'industry', 'v0099').status, 0);
  assert.equal(model('challenge', 'stage', 'v0099').status, 0);
  assert.match(model('list').stdout, /^industry\tv0099\tchallenger\t/m);
  assert.deepEqual(await conversation(), before);
  assert.deepEqual(await counted('chaski_model_challenger_total'), {});
  await reload();
  assert.deepEqual(await conversation(), before);
  assert.deepEqual(await counted('chaski_model_challenger_total'),
    { '{challenger="industry v0099",outcome="agrees"}': 1 });
  assert.equal(model('unchallenge', 'industry').status, 0);
  assert.equal(model('unchallenge', 'stage').status, 0);
  await reload();
  assert.deepEqual(await conversation(), before);
  assert.deepEqual(await counted('chaski_model_challenger_total'),
    { '{challenger="industry v0099",outcome="agrees"}': 1 });
});

test('one that cannot be read keeps what is served', async () => {
  fs.writeFileSync(path.join(registry, 'industry/challenger'), 'v0777\n');
  await reload('refused');
  assert.match(chaski.log, /at=\S*industry\/v0777\/model\.bin/);
  fs.rmSync(path.join(registry, 'industry/challenger'));
  await reload();
});

test('the champion is changed under load, there and back, without a message lost', async () => {
  let over = false, talks = 0;
  const writer = async () => {
    while (!over) {
      const told = await conversation();
      assert.ok(told.every((messages) => messages.length > 0), JSON.stringify(told));
      talks++;
    }
  };
  const writing = Promise.all(Array.from({ length: 4 }, writer));
  for (const version of ['v0099', champion]) {
    const from = talks;
    assert.equal(model('promote', 'industry', version, '--why', 'a drill', '--force').status, 0);
    await reload();
    await until('people went on', () => talks >= from + 8, 60000);
    const phone = newPhone();
    await conversation(phone);
    const journal = await redis.command('LINDEX', (await redis.keys(`ck:*:turns:${phone.number}`))[0], 2);
    assert.ok(journal.includes(`industry ${version}`), journal);
  }
  over = true;
  await writing;
  const turns = Object.values(await counted('chaski_turns_total')).reduce((sum, count) => sum + count, 0);
  assert.equal(turns, people * said.length);
});

test('what cannot be is told', () => {
  for (const [args, status, words] of [[['challenge'], 64, /needs a model/], [['challenge', 'industry'], 64, /version/],
    [['challenge', 'industry', 'v0777'], 65, /no version "v0777"/],
    [['challenge', 'industry', champion], 65, /champion/],
    [['unchallenge', 'industry'], 65, /no challenger/], [['unchallenge', 'weather'], 64, /needs a model/]]) {
    const run = model(...args);
    assert.equal(run.status, status, run.stderr);
    assert.match(run.stderr, words);
  }
});

test('a challenger that is promoted is one no longer', () => {
  assert.equal(model('challenge', 'industry', 'v0099').status, 0);
  assert.equal(model('promote', 'industry', 'v0099', '--why', 'it agreed', '--force').status, 0);
  assert.equal(fs.existsSync(path.join(registry, 'industry/challenger')), false);
});
