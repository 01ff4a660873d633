// The outbox against a fake of Twilio's send API: order, retries, what is in doubt, receipts, opting out.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Chaski, Redis, channels, secrets, until } from './lib/daemon.mjs';
import { fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone } from './lib/phones.mjs';
import { send } from './lib/webhooks.mjs';

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

afterEach(() => assert.deepEqual(api.problems, []));

const metric = async (name) =>
  Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(await chaski.metrics())?.[1] ?? 0);
const sentTo = (number) => api.calls.filter((call) => call.params.To === number);
const idle = () => until('an idle outbox', async () => (await metric('chaski_outbox_messages')) === 0
  && (await metric('chaski_shards')) === 64, 30000);
const phone = (number) => new TwilioPhone(chaski, number, 'smsa');

// The record that the outbox keeps of the message of a call.
async function recordOf(call) {
  const [shard, ms, number] = new URL(call.params.StatusCallback).searchParams.get('ref').split('-');
  const day = Math.floor(ms / 86400000);
  const words = (await redis.command('HGET', `ck:{s${shard}}:sends:${day}`, `${ms}-${number}`)).split(' ');
  const [state, tries, , , , , delivery, delivery_code] = words; // the head of gateway/lua/outbox.lua
  return { state, tries, delivery, delivery_code };
}

test('a transient failure is tried again, and the next message waits behind it', async () => {
  const owner = phone('+51987400001');
  api.failNext(503);
  await owner.say('hola');
  await owner.say('ayuda');
  await until('both messages', () => sentTo('+51987400001').filter((call) => call.outcome === 201).length >= 2);
  await idle();
  const calls = sentTo('+51987400001');
  assert.equal(calls[0].outcome, 503);
  assert.equal(calls[1].params.Body, calls[0].params.Body, 'the failed one comes first');
  assert.equal((await recordOf(calls[1])).state, 'sent');
  assert.equal((await recordOf(calls[1])).tries, '2');
});

test('Retry-After is honoured', async () => {
  api.failNext(429, { headers: { 'Retry-After': '2' } });
  const started = Date.now();
  await phone('+51987400002').say('hola');
  await until('the second try', () => sentTo('+51987400002').length === 2);
  assert.ok(Date.now() - started >= 1900, `${Date.now() - started} ms`);
  await idle();
});

test('a permanent failure is put among the dead, and the next message goes', async () => {
  const owner = phone('+51987400003');
  api.failNext(400, { body: { code: 21610, message: 'blacklisted', status: 400 } });
  await owner.say('hola');
  await owner.say('ayuda');
  await until('the second message', () => sentTo('+51987400003').some((call) => call.outcome === 201));
  await idle();
  const dead = await redis.keys('ck:*:dead');
  assert.equal(dead.length, 1);
  const [[, fields]] = await redis.command('XRANGE', dead[0], '-', '+');
  assert.ok(fields.includes('21610'));
});

test('an answer that never came is in doubt: listed, not repeated', async () => {
  const before = await metric('chaski_outbox_in_doubt_messages');
  api.failNext('drop');
  await phone('+51987400004').say('hola');
  await until('doubt', async () => (await metric('chaski_outbox_in_doubt_messages')) === before + 1);
  await idle();
  assert.equal(sentTo('+51987400004').length, 1);
  assert.equal((await redis.keys('ck:*:doubt')).length, 1);
});

test('receipts move a message forward, never back, in any order', async () => {
  await phone('+51987400005').say('hola');
  await until('the message', () => sentTo('+51987400005').length === 1);
  await idle();
  const [call] = sentTo('+51987400005');
  for (const [status, expected] of [['delivered', 'delivered'], ['sent', 'delivered'], ['failed', 'delivered'],
    ['delivered', 'delivered']]) {
    const answer = await send(chaski.url, api.callback(call, status));
    assert.ok([200, 204].includes(answer.status), String(answer.status));
    assert.equal((await recordOf(call)).delivery, expected, status);
  }
  const forged = api.callback(call, 'delivered');
  forged.headers['X-Twilio-Signature'] = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=';
  assert.equal((await send(chaski.url, forged)).status, 401);
});

test('a receipt of a failure is counted by what its code means', async () => {
  await phone('+51987400015').say('hola');
  await until('the message', () => sentTo('+51987400015').length === 1);
  await idle();
  const [call] = sentTo('+51987400015');
  const counted = (outcome) => metric(`chaski_receipt_failures_total{channel="smsa",outcome="${outcome}"}`);
  for (const [code, outcome] of [['30005', 'recipient'], ['30002', 'channel'], ['30007', 'message']]) {
    const before = await counted(outcome);
    await send(chaski.url, api.callback(call, 'undelivered', { ErrorCode: code }));
    assert.equal(await counted(outcome), before + 1, code);
  }
  assert.equal((await recordOf(call)).delivery_code, '30005', 'the first failure stays');
});

test('after BAJA only its confirmation goes out, whatever was queued', async () => {
  const owner = phone('+51987400006');
  api.failNext(503, { times: 2 });
  await owner.say('hola');
  await until('the first try', () => sentTo('+51987400006').length >= 1);
  await owner.say('BAJA');
  await until('the confirmation', () => sentTo('+51987400006').some((call) => call.outcome === 201));
  await idle();
  const sent = sentTo('+51987400006').filter((call) => call.outcome === 201);
  assert.equal(sent.length, 1);
  assert.match(sent[0].params.Body, /ALTA/);
  await owner.say('hola');
  await idle();
  assert.equal(sentTo('+51987400006').filter((call) => call.outcome === 201).length, 1);
});

test('what was committed while the daemon was ending is sent by the next one', async () => {
  const owner = phone('+51987400007');
  api.failNext(503, { times: 1 });
  await owner.say('hola');
  await until('the first try', () => sentTo('+51987400007').length >= 1);
  assert.equal(await chaski.stop(), 0);
  await chaski.start();
  await until('the message', () => sentTo('+51987400007').some((call) => call.outcome === 201));
  await idle();
});

test('a daemon killed while it calls leaves the message in doubt', async () => {
  const before = (await redis.keys('ck:*:doubt')).length;
  api.failNext('hang');
  await phone('+51987400008').say('hola');
  await until('the call', () => sentTo('+51987400008').length === 1);
  await chaski.stop('SIGKILL');
  await chaski.start();
  await until('doubt', async () => (await redis.keys('ck:*:doubt')).length === before + 1);
  await idle();
  assert.equal(sentTo('+51987400008').length, 1);
});

test('Redis away while a provider is called: the result is told when it is back', async () => {
  await phone('+51987400009').say('hola');
  await idle();
  api.failNext(503);
  await phone('+51987400009').say('ayuda');
  await redis.stop();
  await redis.start();
  await chaski.ready();
  await until('the answer', () => sentTo('+51987400009').filter((call) => call.outcome === 201).length >= 2, 30000);
  await idle();
});
