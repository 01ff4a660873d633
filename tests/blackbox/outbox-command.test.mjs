// `chaski outbox`: what a person sees of messages in doubt and dead, and decides about them, while the daemon runs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone } from './lib/phones.mjs';

let redis;
let api;
let chaski;

before(async () => {
  redis = await new Redis().start();
  api = await fakeTwilio({ authToken: secrets.authToken });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: channels({ twilio: api.url }) })
    .start();
});

after(async () => {
  await chaski?.remove();
  await api?.close();
  await redis?.remove();
});

// Not spawnSync: the fakes live in this process.
async function outbox(...words) {
  const child = spawn(binary, ['outbox', ...words, '-c', chaski.config], { cwd: top });
  const told = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => { told[name] += data; });
  const [code] = await once(child, 'close');
  return { code, ...told };
}
const listed = async (...words) => (await outbox('list', ...words)).stdout.trim().split('\n').filter(Boolean)
  .map((line) => line.split('\t'));
const sentTo = (number) => api.calls.filter((call) => call.params.To === number);

test('a message in doubt is listed, without number or words, and sent again by decision', async () => {
  const number = '+51987410001';
  api.failNext('drop');
  await new TwilioPhone(chaski, number, 'smsa').say('hola');
  const [[id, state, kind, channel]] = await until('doubt', async () => {
    const rows = await listed('--in-doubt');
    return rows.length === 1 && rows;
  });
  assert.deepEqual([state, kind, channel], ['in-doubt', 'reply', 'smsa']);
  assert.ok(!(await outbox('list')).stdout.includes(number.slice(1)));
  const [object] = (await outbox('list', '--in-doubt', '--json')).stdout.trim().split('\n').map(JSON.parse);
  assert.equal(object.entry.to, number);
  const resent = await outbox('resolve', id, 'resend');
  assert.equal(resent.code, 0, resent.stderr);
  await until('the message', () => sentTo(number).some((call) => call.outcome === 201));
  assert.deepEqual(await listed('--in-doubt'), []);
  const again = await outbox('resolve', id, 'resend');
  assert.equal(again.code, 65);
  assert.match(again.stderr, /is resent: only what is in doubt or dead/);
});

test('a dead message is listed with its reason, and dropped by decision', async () => {
  api.failNext(400, { body: { code: 21610, message: 'blacklisted', status: 400 } });
  await new TwilioPhone(chaski, '+51987410002', 'smsa').say('hola');
  const [[id, , , , code]] = await until('a dead message', async () => {
    const rows = await listed('--dead');
    return rows.length === 1 && rows;
  });
  assert.equal(code, '21610');
  assert.match((await outbox('resolve', id, 'drop')).stdout, /dropped/);
  assert.deepEqual(await listed('--dead'), []);
});

test('what cannot be resolved is told', async () => {
  for (const [words, code, said] of [
    [['resolve', '3-1-0', 'sent'], 65, /there is no message 3-1-0/],
    [['resolve', '3-1-0', 'perhaps'], 64, /sent, resend or drop/],
    [['resolve', 'x', 'sent'], 64, /give an id such as/],
  ]) {
    const answer = await outbox(...words);
    assert.equal(answer.code, code, answer.stderr);
    assert.match(answer.stderr, said);
  }
});

test('without Redis it says so', async () => {
  await redis.stop();
  const answer = await outbox('list');
  assert.equal(answer.code, 69, answer.stderr);
  await redis.start();
});
