// Redis is away, hangs, is slow, has no memory or no disk: which answer each provider gets, what /readyz tells, and
// that nothing that was promised is lost once it comes back, by itself.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Chaski, Redis, channels, secrets, until } from './lib/daemon.mjs';
import { FakeTwilio } from './lib/fakes.mjs';
import { Proxy, Writers, committedIds, emptied, metric, provePromises, readiness, smallDisk, spooledFiles }
  from './lib/outage.mjs';
import { TwilioPhone, UssdPhone, newSid, smsRequest, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send, simulatorRequest, twilioRequest, twilioStatus } from './lib/webhooks.mjs';

const ussdPatienceMs = 3000; // well below what networks wait, and below REDIS_DEADLINE_MS, on a busy machine too
const noMessages = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

// Runs with a Redis, a fake of Twilio that both SMS channels send by, and a daemon that has started.
async function outage(run, { redisArgs, stateDir, viaProxy = false } = {}) {
  const redis = await new Redis(redisArgs).start();
  const proxy = viaProxy ? await new Proxy(redis.socket).start() : null;
  const fake = await new FakeTwilio({ authToken: secrets.authToken }).start();
  const all = channels({ twilio: fake.url });
  all.sms.api_base = fake.url;
  const settings = { redis: { url: proxy ? proxy.url : `unix:${redis.socket}` }, channels: all };
  const chaski = new Chaski(stateDir ? { ...settings, state_dir: stateDir } : settings);
  try {
    await chaski.start();
    await run({ redis, chaski, fake, proxy });
    assert.deepEqual(fake.problems, []);
  } finally {
    await chaski.remove();
    if (proxy) await proxy.close();
    await redis.remove();
    await fake.close();
  }
}

const unready = (chaski, ms = 10000) => until('not ready', async () => {
  const seen = await readiness(chaski);
  return seen.status === 503 && seen;
}, ms);

const sms = (chaski, channel, from, text, sid = newSid()) => send(chaski.url, smsRequest(channel, { from, text, sid }));

// What every kind of channel answers while Redis takes nothing; gives the ids that were promised to +51987601001.
async function answersWhileAway(chaski) {
  const ids = [newSid(), newSid()];
  const first = await sms(chaski, 'sms', '+51987601001', 'hola', ids[0]);
  assert.deepEqual([first.status, first.text], [200, noMessages]);
  assert.equal((await sms(chaski, 'sms', '+51987601001', '1', ids[1])).text, noMessages);
  assert.equal((await sms(chaski, 'smsa', '+51987601002', 'hola')).status, 200);
  const began = Date.now();
  const screen = await new UssdPhone(chaski, '+51987601003').dial();
  assert.equal(screen.end, true);
  assert.ok(Date.now() - began < ussdPatienceMs, `USSD waited ${Date.now() - began} ms`);
  const meta = metaMessage({ from: '+51987601004', content: metaText('hola') });
  assert.equal((await send(chaski.url, whatsAppRequest(meta))).status, 503);
  assert.equal((await send(chaski.url, simulatorRequest({ from: '+51987601005', text: 'hola' }))).status, 503);
  const forged = smsRequest('sms', { from: '+51987601001', text: 'hola', sid: newSid() }, 'another token');
  assert.equal((await send(chaski.url, forged)).status, 401);
  return ids;
}

test('Redis refuses connections: what nobody repeats is spooled, replayed in order, and answered by the API',
  () => outage(async ({ redis, chaski, fake }) => {
  await redis.stop();
  await unready(chaski);
  const ids = await answersWhileAway(chaski);
  const seen = await readiness(chaski);
  assert.deepEqual([seen.ready, seen.spooled, seen.failing[0].check], [false, 3, 'redis']);
  assert.equal(await metric(chaski, 'chaski_spooled_total{channel="sms"}'), 2);
  assert.equal(await metric(chaski, 'chaski_webhooks_total{channel="sms",outcome="spooled"}'), 2);
  await until('the gauge', async () => await metric(chaski, 'chaski_spool_messages') === 3);
  assert.equal(fs.readFileSync(path.join(chaski.settings.state_dir, 'spool', spooledFiles(chaski)[0]), 'latin1')
    .includes('X-Twilio-Signature'), false);
  await redis.start();
  await emptied(chaski);
  await chaski.ready();
  assert.deepEqual(await committedIds(redis, '+51987601001'), ids);
  assert.equal((await committedIds(redis, '+51987601002')).length, 1);
  const calls = await fake.waitForCalls(3);
  const texts = calls.filter((call) => call.params.To === '+51987601001').map((call) => call.params.Body);
  assert.equal(texts.length, 2);
  assert.match(texts[1], /negocio/);
  const repeated = await sms(chaski, 'sms', '+51987601001', '1', ids[1]);
  assert.deepEqual([repeated.status, repeated.text], [200, noMessages]);
  assert.match((await new TwilioPhone(chaski, '+51987601001').say('vendo jugos'))[0], /./);
  assert.equal(await metric(chaski, 'chaski_spool_damaged_total'), 0);
}));

test('Redis is stopped in mid-air: the first wait is bounded, and afterwards nobody waits',
  () => outage(async ({ redis, chaski }) => {
  redis.child.kill('SIGSTOP');
  try {
    const seen = await unready(chaski);
    assert.equal(seen.failing[0].check, 'redis');
    // Each worker finds out by itself, within some seconds; from then on nobody waits.
    let began;
    await until('every worker knows', async () => {
      for (let i = 0; i < 6; i++) {
        began = Date.now();
        assert.equal((await new UssdPhone(chaski, '+51987602001').dial()).end, true);
        if (Date.now() - began >= 500) return false;
      }
      return true;
    });
    began = Date.now();
    const first = await sms(chaski, 'sms', '+51987602002', 'hola');
    assert.deepEqual([first.status, first.text], [200, noMessages]);
    assert.ok(Date.now() - began < 8000);
    await answersWhileAway(chaski);
  } finally {
    redis.child.kill('SIGCONT');
  }
  await emptied(chaski);
  await chaski.ready();
  assert.equal((await committedIds(redis, '+51987602002')).length, 1);
  assert.equal((await committedIds(redis, '+51987601001')).length, 2);
}));

for (const [mode, what] of [['stall', 'is half open'], ['trickle', 'answers a byte a second']]) {
  test(`a Redis that ${what} counts as away, and comes back`, () => outage(async ({ redis, chaski, proxy }) => {
    proxy.mode = mode;
    await unready(chaski);
    const before = Date.now();
    assert.equal((await sms(chaski, 'smsa', '+51987603001', 'hola')).status, 200);
    assert.ok(Date.now() - before < 12000);
    proxy.mode = 'pass';
    proxy.cut();
    await emptied(chaski);
    await chaski.ready();
    assert.equal((await committedIds(redis, '+51987603001')).length, 1);
  }, { viaProxy: true }));
}

test('a Redis that takes 200 ms for each answer is used as it is', () => outage(async ({ redis, chaski, proxy }) => {
  proxy.delayMs = 200;
  assert.equal((await sms(chaski, 'smsa', '+51987604001', 'hola')).status, 200);
  assert.equal((await readiness(chaski)).spooled, 0);
  assert.equal((await committedIds(redis, '+51987604001')).length, 1);
}, { viaProxy: true }));

test('a Redis without memory: spooled, and replayed when it has some', () => outage(async ({ redis, chaski }) => {
  assert.equal(await redis.command('CONFIG', 'SET', 'maxmemory', '1'), 'OK');
  assert.equal((await sms(chaski, 'smsa', '+51987605001', 'hola')).status, 200);
  const seen = await unready(chaski);
  assert.match(seen.failing[0].why, /maxmemory/);
  assert.equal(seen.spooled, 1);
  await answersWhileAway(chaski);
  assert.equal(await redis.command('CONFIG', 'SET', 'maxmemory', '0'), 'OK');
  await emptied(chaski);
  await chaski.ready();
  assert.equal((await committedIds(redis, '+51987605001')).length, 1);
}));

test('a receipt is spooled in its place', () => outage(async ({ redis, chaski, fake }) => {
  await sms(chaski, 'smsa', '+51987606001', 'hola');
  const [call] = await fake.waitForCalls(1);
  await until('the record', async () => (await redis.keys('ck:*:sends:*')).length > 0);
  await redis.stop();
  await unready(chaski);
  const status = fake.callback(call, 'delivered');
  assert.equal((await send(chaski.url, status)).status, 200);
  const stray = twilioRequest({ url: 'https://gw.ejemplo.pe/hooks/smsa/status', authToken: secrets.authToken,
    params: twilioStatus({ sid: newSid(), status: 'queued', to: '+51987606001' }) });
  assert.equal((await send(chaski.url, stray)).status, 200);
  assert.equal((await readiness(chaski)).spooled, 2);
  await redis.start();
  await emptied(chaski);
  const [key] = await redis.keys('ck:*:sends:*');
  assert.match((await redis.command('HVALS', key)).join('\n'), / delivered /);
}));

test('Redis away under load: nothing is lost, and each person\'s order is kept', async (t) => {
  await outage(async ({ redis, chaski }) => {
    const writers = new Writers(chaski, { channel: 'smsa', count: 12 });
    const grown = (by) => {
      const want = writers.promised + by;
      return until(`${want} promised`, () => writers.promised >= want);
    };
    await grown(100);
    await redis.stop('SIGKILL');
    await grown(300);
    await redis.start();
    await grown(100); // while the spool empties
    await redis.stop('SIGKILL');
    await grown(100);
    await redis.start();
    await grown(100);
    await writers.stop();
    await emptied(chaski, 60000);
    const proved = await provePromises(redis, writers.ledger);
    assert.ok(proved >= 700);
    assert.deepEqual(Object.keys(writers.statuses), ['200']);
    t.diagnostic(`${proved} messages of 12 people, ${await metric(chaski, 'chaski_spooled_total{channel="smsa"}')}`
      + ' of them spooled: 0 lost, 0 twice, order kept');
  });
});

test('who comes while the spool empties goes behind those who came before', () => outage(
  async ({ redis, chaski, proxy }) => {
  const ids = Array.from({ length: 6 }, newSid);
  proxy.mode = 'refuse';
  proxy.cut();
  await unready(chaski);
  for (const id of ids.slice(0, 5)) assert.equal((await sms(chaski, 'smsa', '+51987612001', 'hola', id)).status, 200);
  Object.assign(proxy, { mode: 'pass', delayMs: 50 }); // a turn takes two round trips
  await until('the first replay', async () => (await readiness(chaski)).spooled < 5);
  assert.equal((await sms(chaski, 'smsa', '+51987612001', 'hola', ids[5])).status, 200);
  await emptied(chaski);
  assert.deepEqual(await committedIds(redis, '+51987612001'), ids);
}, { viaProxy: true }));

test('the spool outlives the daemon, killed and ended', () => outage(async ({ redis, chaski }) => {
  await redis.stop();
  await unready(chaski);
  const ids = [newSid(), newSid(), newSid()];
  assert.equal((await sms(chaski, 'smsa', '+51987607001', 'hola', ids[0])).status, 200);
  await chaski.stop('SIGKILL');
  await chaski.start({ ready: false });
  assert.equal((await readiness(chaski)).spooled, 1);
  assert.equal((await sms(chaski, 'smsa', '+51987607001', '1', ids[1])).status, 200);
  assert.equal(await chaski.stop(), 0);
  await chaski.start({ ready: false });
  assert.equal((await sms(chaski, 'smsa', '+51987607001', 'vendo pan', ids[2])).status, 200);
  assert.deepEqual(spooledFiles(chaski).length, 3);
  await redis.start();
  await emptied(chaski);
  assert.deepEqual(await committedIds(redis, '+51987607001'), ids);
}));

test('a damaged file, and one of a channel that is gone, are set aside and told; the others go on',
  () => outage(async ({ redis, chaski }) => {
  await redis.stop();
  await unready(chaski);
  for (const text of ['hola', '1', 'vendo pan']) await sms(chaski, 'smsa', '+51987608001', text);
  const spool = path.join(chaski.settings.state_dir, 'spool');
  const [first, second] = spooledFiles(chaski);
  assert.equal(fs.statSync(path.join(spool, first)).mode & 0o777, 0o600);
  assert.equal(fs.statSync(spool).mode & 0o777, 0o700);
  const bytes = fs.readFileSync(path.join(spool, first));
  bytes[bytes.length - 20] ^= 1;
  fs.writeFileSync(path.join(spool, first), bytes);
  const torn = fs.readFileSync(path.join(spool, second));
  fs.writeFileSync(path.join(spool, second), torn.subarray(0, torn.length - 9));
  await chaski.stop('SIGKILL');
  delete chaski.settings.channels.smsa;
  await chaski.start({ ready: false });
  assert.equal((await sms(chaski, 'sms', '+51987608002', 'hola')).status, 200);
  await redis.start();
  await emptied(chaski);
  assert.deepEqual(spooledFiles(chaski, 'damaged'), [first, second]);
  assert.equal(spooledFiles(chaski, 'failed').length, 1);
  assert.equal(await metric(chaski, 'chaski_spool_damaged_total'), 3);
  assert.match(chaski.log, /a spooled webhook was set aside.*damaged/);
  assert.doesNotMatch(chaski.log, /987608/);
  assert.equal((await committedIds(redis, '+51987608002')).length, 1);
}));

test('a disk without room for the spool: 503, and spooled again when there is some', async (t) => {
  const disk = smallDisk();
  if (!disk) return t.skip('no right to mount a small disk');
  try {
    await outage(async ({ redis, chaski }) => {
      await redis.stop();
      await unready(chaski);
      disk.fill();
      const sid = newSid();
      assert.equal((await sms(chaski, 'smsa', '+51987609001', 'hola', sid)).status, 503);
      assert.equal((await readiness(chaski)).spooled, 0);
      assert.match(chaski.log, /the spool takes nothing.*disk/);
      disk.free();
      assert.equal((await sms(chaski, 'smsa', '+51987609001', 'hola', sid)).status, 200);
      await redis.start();
      await emptied(chaski);
      assert.deepEqual(await committedIds(redis, '+51987609001'), [sid]);
    }, { stateDir: path.join(disk.dir, 'var') });
  } finally {
    disk.remove();
  }
});

test('a state_dir that cannot be written: 503 while Redis is away, and nothing else', async (t) => {
  const disk = smallDisk();
  if (!disk) return t.skip('no right to mount a small disk');
  try {
    await outage(async ({ redis, chaski }) => {
      assert.equal(await chaski.stop(), 0);
      fs.rmSync(path.join(chaski.settings.state_dir, 'spool'), { recursive: true });
      disk.remount('ro');
      await chaski.start();
      assert.match(chaski.log, /the spool cannot be used/);
      assert.equal((await sms(chaski, 'smsa', '+51987610001', 'hola')).status, 200);
      await redis.stop();
      await unready(chaski);
      const request = smsRequest('smsa', { from: '+51987610001', text: '1', sid: newSid() });
      assert.equal((await send(chaski.url, request)).status, 503);
      assert.equal((await new UssdPhone(chaski, '+51987610002').dial()).end, true);
      disk.remount('rw');
      await until('spooled', async () => (await send(chaski.url, request)).status === 200);
      await redis.start();
      await until('both turns', async () => (await committedIds(redis, '+51987610001')).length === 2);
    }, { stateDir: path.join(disk.dir, 'var') });
  } finally {
    disk.remove();
  }
});

test('no disk left for Redis: it refuses, we spool, and all is taken when there is room', async (t) => {
  const disk = smallDisk('8m');
  if (!disk) return t.skip('no right to mount a small disk');
  try {
    await outage(async ({ redis, chaski }) => {
      disk.fill();
      let stored = 0;
      await until('Redis without disk', async () => {
        const answer = await sms(chaski, 'smsa', '+51987611001', 'hola');
        assert.equal(answer.status, 200);
        stored++;
        return (await readiness(chaski)).spooled > 0;
      });
      await unready(chaski);
      disk.free();
      if (redis.child.exitCode !== null || redis.child.signalCode) await redis.start(); // its supervisor would
      await emptied(chaski);
      await chaski.ready();
      assert.equal((await committedIds(redis, '+51987611001')).length, stored);
    }, { redisArgs: ['--dir', disk.dir] });
  } finally {
    disk.remove();
  }
});
