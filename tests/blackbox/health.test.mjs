// What operators look at: health, metrics, exit codes of the daemon.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary } from './lib/daemon.mjs';
import { TwilioPhone, smsRequest } from './lib/phones.mjs';
import { send } from './lib/webhooks.mjs';

let redis;
let chaski;

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  await new TwilioPhone(chaski, '+51987300001').say('hola');
  await send(chaski.url, smsRequest('sms', { from: '+51987300001', text: 'x' }, 'wrong'));
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('it lives and is ready', async () => {
  assert.equal((await fetch(`${chaski.url}/livez`)).status, 200);
  const ready = await fetch(`${chaski.url}/readyz`);
  assert.equal(ready.status, 200);
  assert.match(ready.headers.get('content-type'), /^application\/json/);
  assert.deepEqual(await ready.json(), { ready: true, durability: 'strict', spooled: 0, failing: [], warnings: [] });
});

test('promtool finds nothing to say about the metrics', async (t) => {
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: await chaski.metrics(), encoding: 'utf8' });
  if (promtool.error) return t.skip('promtool is not installed (Debian: prometheus)');
  assert.equal(promtool.status, 0, promtool.stdout + promtool.stderr);
  assert.equal(promtool.stdout + promtool.stderr, '');
});

test('the metrics tell what happened, and of nobody', async () => {
  const metrics = await chaski.metrics();
  for (const line of ['chaski_webhooks_total{channel="sms",outcome="accepted"} 1',
    'chaski_webhooks_total{channel="sms",outcome="refused"} 1',
    'chaski_turns_total{channel="sms"} 1', 'chaski_redis_up 1',
    'chaski_redis_weak 0']) assert.ok(metrics.includes(`${line}\n`), line);
  assert.doesNotMatch(metrics, /5198/);
});

test('only GET is taken where nothing is posted, and unknown paths are not found', async () => {
  const posted = await fetch(`${chaski.url}/readyz`, { method: 'POST', body: 'x' });
  assert.ok([405, 413].includes(posted.status), String(posted.status));
  assert.equal((await fetch(`${chaski.url}/nothing`)).status, 404);
});

test('a bad configuration ends with 78 and its place, a taken port with 69', () => {
  const bad = spawnSync(binary, ['serve', '-c', '/nonexistent/chaski.yaml'], { encoding: 'utf8' });
  assert.equal(bad.status, 78);
  assert.match(bad.stderr, /\/nonexistent\/chaski\.yaml/);
  assert.equal(spawnSync(binary, ['serve', '--workers', '65'], { encoding: 'utf8' }).status, 64);
});
