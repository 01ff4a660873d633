// Whether a provider takes a channel's credentials: asked by the daemon, told by the API and the command, and nothing
// is sent to anybody by it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Chaski, Redis, binary, channels, secrets, top } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';

let redis, chaski, twilio, meta;

// The fakes answer from this process, so that it may not wait.
const run = (...words) => promisify(execFile)(binary, ['channel', 'test', ...words, '-c', chaski.config, '--server',
  chaski.url], { cwd: top, encoding: 'utf8' }).then((good) => ({ code: 0, ...good }), (error) => error);

before(async () => {
  redis = await new Redis().start();
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: { ...all,
    wrong: { ...all.wa, access_token: 'another' }, other: { ...all.wa, phone_number_id: '1' },
    away: { ...all.smsa, api_base: 'http://127.0.0.1:9' } } }).start();
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await meta?.close();
  await redis?.remove();
});

test('good credentials are told, and it is asked for nothing else', async () => {
  for (const name of ['smsa', 'wa']) {
    const { code, stdout, stderr } = await run(name);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^200\t\d+\t/);
  }
  const asked = [...twilio.calls, ...meta.calls].map((call) => [call.method, call.text]);
  assert.deepEqual(asked, [['GET', ''], ['GET', '']]);
  assert.deepEqual([...twilio.problems, ...meta.problems], []);
  assert.equal(JSON.parse((await run('wa', '--json')).stdout).ok, true);
});

test('what is wrong is told, with an exit code', async () => {
  const rows = [['wrong', 69, /^401\t\d+\t.*credentials/], ['other', 69, /^400\t\d+\t.*settings/],
    ['away', 69, /^0\t\d+\t\S+/]];
  for (const [name, exit, told] of rows) {
    const { code, stdout, stderr } = await run(name);
    assert.equal(code, exit, `${name}: ${stdout}${stderr}`);
    assert.match(stdout, told, name);
  }
  meta.failNext(503);
  assert.match((await run('wa')).stdout, /^503\t\d+\t.*fault of its own/);
  const never = await run('ussd');
  assert.equal(never.code, 65);
  assert.match(never.stderr, /never called: write or dial from a phone/);
  assert.equal((await run('nobody')).code, 65);
  assert.equal((await run()).code, 64);
  assert.ok(!chaski.log.includes(secrets.accessToken) && !chaski.log.includes('another'), 'a secret is in the log');
});
