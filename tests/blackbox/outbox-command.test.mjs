// `chaski outbox` and the API behind it: what a person sees of messages in doubt and dead, and decides about them.
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
async function run(...words) {
  const child = spawn(binary, [...words, '-c', chaski.config, '--server', chaski.url], { cwd: top });
  const told = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => { told[name] += data; });
  const [code] = await once(child, 'close');
  return { code, ...told };
}
const outbox = (...words) => run('outbox', ...words);
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
  assert.equal(object.number, number);
  assert.ok(object.text.length > 10);
  const resent = await outbox('resolve', id, 'resend');
  assert.equal(resent.code, 0, resent.stderr);
  await until('the message', () => sentTo(number).some((call) => call.outcome === 201));
  assert.deepEqual(await listed('--in-doubt'), []);
  const again = await outbox('resolve', id, 'resend');
  assert.equal(again.code, 65);
  assert.match(again.stderr, /It is resent: only what is in doubt or dead/);
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
    [['resolve', '3-1-0', 'sent'], 65, /There is no such message/],
    [['resolve', '3-1-0', 'perhaps'], 64, /sent, resend or drop/],
    [['resolve', 'x', 'sent'], 64, /give an id such as/],
  ]) {
    const answer = await outbox(...words);
    assert.equal(answer.code, code, answer.stderr);
    assert.match(answer.stderr, said);
  }
});

test('over the API: in pages, with numbers and words for who may send, and each act is written down', async () => {
  const tokens = {};
  for (const role of ['viewer', 'sender', 'admin'])
    tokens[role] = (await run('user', 'add', role, '--role', role)).stdout.trim();
  const ask = async (role, method, at, body) => {
    const response = await fetch(`${chaski.url}/api/v1${at}`, { method, body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${tokens[role]}`, ...(body ? { 'Content-Type': 'application/json' } : {}) } });
    return { status: response.status, json: await response.json() };
  };
  const numbers = [11, 12, 13].map((i) => `+519874100${i}`);
  for (const number of numbers) {
    api.failNext(400, { body: { code: 21610, message: 'blacklisted', status: 400 } });
    await new TwilioPhone(chaski, number, 'smsa').say('hola');
    await until('it is dead', async () =>
      (await ask('sender', 'GET', '/outbox?state=dead')).json.items.some((one) => one.number === number));
  }
  const paged = [];
  let cursor = '';
  do {
    const page = (await ask('sender', 'GET', `/outbox?limit=1${cursor && `&cursor=${cursor}`}`)).json;
    paged.push(...page.items);
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(paged, (await ask('sender', 'GET', '/outbox')).json.items);
  assert.deepEqual(paged.map((one) => one.number).sort(), numbers);
  assert.deepEqual([...new Set(paged.map((one) => `${one.state} ${one.code}`))], ['dead 21610']);
  const seen = await ask('viewer', 'GET', '/outbox');
  assert.match(seen.json.items[0].person, /^[0-9a-f]{24}$/);
  assert.ok(!/9874100|"text"/.test(JSON.stringify(seen.json)));
  assert.equal((await ask('sender', 'GET', '/outbox?cursor=9.1.1-1')).status, 400);
  assert.deepEqual((await ask('sender', 'GET', '/outbox?state=in-doubt')).json.items, []);

  const [first, second, third] = paged.map((one) => `/outbox/${one.id}/resolve`);
  assert.equal((await ask('viewer', 'POST', first, { verdict: 'drop' })).status, 403);
  assert.equal((await ask('sender', 'POST', first, { verdict: 'maybe' })).status, 422);
  assert.equal((await ask('sender', 'POST', first, { verdict: 'drop' })).status, 200);
  assert.equal((await ask('sender', 'POST', first, { verdict: 'drop' })).status, 409);
  assert.equal((await ask('sender', 'POST', second, { verdict: 'sent' })).status, 200);
  assert.match((await ask('sender', 'POST', third, { verdict: 'resend' })).json.sent_as, /^\d+-\d+-\d+$/);
  await until('it goes', () => sentTo(paged[2].number).some((call) => call.outcome === 201));
  assert.equal((await ask('sender', 'POST', '/outbox/x/resolve', { verdict: 'drop' })).status, 404);
  const acts = (await ask('admin', 'GET', '/audit?limit=200')).json.items.filter((one) => one.who === 'sender');
  for (const act of ['outbox.list', 'outbox.drop', 'outbox.sent', 'outbox.resend'])
    assert.ok(acts.some((one) => one.what === act), act);
  assert.ok(!JSON.stringify(acts).includes('9874100'));
});

test('without Redis it says so', async () => {
  await redis.stop();
  const answer = await outbox('list');
  assert.equal(answer.code, 69, answer.stderr);
  await redis.start();
});
