// Redis goes away and comes back, the daemon ends in mid-conversation and starts again: nothing is lost, and nobody
// is told otherwise.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Chaski, Redis, binary, until } from './lib/daemon.mjs';
import { TwilioPhone, UssdPhone, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

async function withBoth(run, options = {}) {
  const redis = await new Redis(options.redis).start();
  const chaski = new Chaski({ redis: { url: `unix:${redis.socket}`, ...options.settings } });
  try {
    await run(redis, chaski);
  } finally {
    await chaski.remove();
    await redis.remove();
  }
}

// The processes whose command line holds a text.
const processesNaming = (text) => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  .filter((pid) => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
  } catch {
    return false; // it ended while we looked
  }
});

test('Redis stops and starts: 503 and an END text meanwhile, then the conversation goes on',
  () => withBoth(async (redis, chaski) => {
  await chaski.start();
  const phone = new TwilioPhone(chaski, '+51987200001');
  await phone.say('hola');
  await redis.stop();
  await until('not ready', async () => (await fetch(`${chaski.url}/readyz`)).status === 503);
  const ready = await (await fetch(`${chaski.url}/readyz`)).json();
  assert.equal(ready.ready, false);
  assert.equal(ready.failing[0].check, 'redis');
  const request = whatsAppRequest(metaMessage({ from: '+51987200001', content: metaText('1') }));
  assert.equal((await send(chaski.url, request)).status, 503);
  const screen = await new UssdPhone(chaski, '+51987200002').dial();
  assert.equal(screen.end, true);
  assert.match(await chaski.metrics(), /^chaski_redis_up 0$/m);
  assert.equal((await fetch(`${chaski.url}/livez`)).status, 200);
  await redis.start();
  await chaski.ready();
  assert.equal((await send(chaski.url, request)).status, 200);
  assert.doesNotMatch((await phone.say('vendo jugos en el mercado'))[0], /Aceptas/);
}));

test('SIGKILL of Redis loses nothing that was acknowledged', () => withBoth(async (redis, chaski) => {
  await chaski.start();
  const phones = Array.from({ length: 20 },
    (_, i) => new TwilioPhone(chaski, `+519872010${String(i).padStart(2, '0')}`));
  await Promise.all(phones.map((phone) => phone.say('hola')));
  await redis.stop('SIGKILL');
  await redis.start();
  await chaski.ready();
  assert.equal((await redis.keys('ck:*:contact:+519872010*')).length, 20);
}));

test('SIGTERM in mid-conversation ends with 0, and the next process goes on where it was',
  () => withBoth(async (redis, chaski) => {
  await chaski.start();
  await new TwilioPhone(chaski, '+51987200003').say('hola');
  await new TwilioPhone(chaski, '+51987200003').say('1');
  assert.equal(await chaski.stop(), 0);
  await chaski.start();
  const [reply] = await new TwilioPhone(chaski, '+51987200003').say('vendo jugos en el mercado');
  assert.doesNotMatch(reply, /Aceptas/);
  assert.match(await chaski.metrics(), /chaski_turns_total\{channel="sms"\} 1/);
}));

test('the embedded Redis starts with the daemon, comes back when killed, and ends with it', async () => {
  const chaski = new Chaski({ redis: { url: 'embedded' } });
  try {
    await chaski.start();
    const phone = new TwilioPhone(chaski, '+51987200004');
    await phone.say('hola');
    const socket = `${chaski.settings.state_dir}/redis/redis.sock`;
    const [pid] = processesNaming(socket);
    assert.ok(pid > 0);
    process.kill(pid, 'SIGKILL');
    await until('redis lost', async () => /redis-server ended/.test(chaski.log)
      && /^chaski_redis_up 0$/m.test(await chaski.metrics()));
    await chaski.ready();
    assert.match((await phone.say('1'))[0], /negocio/);
    const again = spawnSync(binary, ['serve', '-c', chaski.config], { encoding: 'utf8' });
    assert.equal(again.status, 69);
    assert.match(again.stderr, /another chaski runs on state_dir/);
    assert.equal(await chaski.stop(), 0);
    assert.deepEqual(processesNaming(socket), []);
    const modes = fs.readdirSync(path.join(chaski.settings.state_dir, 'secrets')).map((name) =>
      fs.statSync(path.join(chaski.settings.state_dir, 'secrets', name)).mode & 0o777);
    assert.ok(modes.length > 0 && modes.every((mode) => mode === 0o600));
  } finally {
    await chaski.remove();
  }
});

for (const [what, args, remedy] of [
  ['without AOF', ['--appendonly', 'no'], /appendonly yes/],
  ['that fsyncs each second', ['--appendfsync', 'everysec'], /durability: relaxed/],
  ['that evicts', ['--maxmemory-policy', 'allkeys-lru'], /noeviction/],
  ['too old to have Functions', ['--rename-command', 'FUNCTION', '', '--rename-command', 'FCALL', ''],
    /Redis 7\.0 or later/],
]) {
  test(`a Redis ${what} is not used, and the remedy is told`, () => withBoth(async (redis, chaski) => {
    await chaski.start({ ready: false });
    await until('the reason', async () => remedy.test((await (await fetch(`${chaski.url}/readyz`)).text())));
    assert.equal((await fetch(`${chaski.url}/readyz`)).status, 503);
  }, { redis: args }));
}

test('durability: relaxed takes everysec, and says so', () => withBoth(async (redis, chaski) => {
  await chaski.start();
  assert.equal((await (await fetch(`${chaski.url}/readyz`)).json()).durability, 'relaxed');
  assert.match(await chaski.metrics(), /^chaski_durability_relaxed 1$/m);
}, { redis: ['--appendfsync', 'everysec'], settings: { durability: 'relaxed' } }));

test('a Redis that does not tell its settings is not used, and the remedy is told', () => withBoth(async (redis,
  chaski) => {
  assert.equal(await redis.command('ACL', 'SETUSER', 'default', '-config'), 'OK');
  await chaski.start({ ready: false });
  const why = async () => (await (await fetch(`${chaski.url}/readyz`)).json()).failing[0]?.why ?? '';
  await until('the reason', async () => /does not tell its settings.*\+config\|get/.test(await why()));
}));

test('a Redis that cuts a torn AOF short is used, and warned of', () => withBoth(async (redis, chaski) => {
  await chaski.start();
  const ready = await (await fetch(`${chaski.url}/readyz`)).json();
  assert.deepEqual([ready.ready, ready.warnings.length, ready.warnings[0].check], [true, 1, 'redis']);
  assert.match(ready.warnings[0].why, /set `aof-load-truncated no`/);
  assert.match(await chaski.metrics(), /^chaski_redis_weak 1$/m);
  assert.match(chaski.log, /redis is set weakly.*aof-load-truncated no/);
}, { redis: ['--aof-load-truncated', 'yes'] }));
