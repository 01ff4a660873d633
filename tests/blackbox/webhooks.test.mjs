// What a webhook may do: nothing without a right signature, one effect however often it comes, a clear answer to what is malformed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chaski, Redis, channels, secrets } from './lib/daemon.mjs';
import { TwilioPhone, UssdPhone, metaEnvelope, metaRequest, metaSignature, nextId, send, smsParams, twilioRequest } from './lib/phones.mjs';

let redis;
let chaski;

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({
    redis: { url: `unix:${redis.socket}` },
    channels: { ...channels(), fenced: { ...channels().sms, allow_from: ['192.0.2.0/24'] } },
  }).start();
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

// Everything of people in Redis: what a refused webhook must leave as it is.
const people = async () => (await redis.keys('ck:*')).filter((key) => !key.endsWith(':outbox'));

test('a wrong signature gets 401 and changes nothing', async () => {
  const before = await people();
  const params = smsParams('+51987100001', 'hola');
  const body = metaEnvelope({ messages: [{ from: '51987100001', id: 'wamid.x', timestamp: '1795402800', type: 'text', text: { body: 'hola' } }] });
  const good = twilioRequest('sms', params);
  const rows = {
    'another token': twilioRequest('sms', params, 'another token'),
    'no header': { ...good, headers: { 'content-type': good.headers['content-type'] } },
    'a changed body': { ...good, body: `${good.body}&Extra=1` },
    'another path': { ...good, path: '/hooks/smsa' },
    'Meta, another secret': { ...metaRequest(body), headers: { 'x-hub-signature-256': metaSignature(body, 'other') } },
    'Meta, sha1 only': { ...metaRequest(body), headers: { 'x-hub-signature': 'sha1=00' } },
    'Meta, a changed byte': { ...metaRequest(body), body: body.replace('hola', 'Hola') },
    'USSD, no key': { path: '/hooks/ussd', headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'sessionId=s1&serviceCode=*384*1%23&phoneNumber=%2B51987100001&text=' },
    'USSD, another key': { path: '/hooks/ussd?key=guess', headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'sessionId=s1&serviceCode=*384*1%23&phoneNumber=%2B51987100001&text=' },
  };
  for (const [name, request] of Object.entries(rows)) {
    const answer = await send(chaski, request.path, request);
    assert.equal(answer.status, 401, name);
    assert.doesNotMatch(answer.text, new RegExp(secrets.authToken), name);
  }
  assert.deepEqual(await people(), before);
});

test('the same webhook twice gives the same reply and one effect', async () => {
  const phone = new TwilioPhone(chaski, '+51987100002');
  await phone.say('hola');
  const request = phone.request('1', `SM${nextId().padStart(32, '0')}`);
  const first = await send(chaski, request.path, request);
  const [contact] = await redis.keys('ck:*:contact:+51987100002');
  const version = await redis.command('HGET', contact, 'v');
  const again = await send(chaski, request.path, request);
  assert.deepEqual(again, first);
  assert.equal(await redis.command('HGET', contact, 'v'), version);
  assert.match(await chaski.metrics(), /chaski_webhooks_total\{channel="sms",outcome="repeated"\} 1/);
});

test('ten copies at once of each of five messages: five effects', async () => {
  const phone = new TwilioPhone(chaski, '+51987100003');
  await phone.say('hola');
  const [contact] = await redis.keys('ck:*:contact:+51987100003');
  const version = Number(await redis.command('HGET', contact, 'v'));
  const requests = Array.from({ length: 5 }, (_, i) => phone.request(`ayuda ${i}`, `SM${nextId().padStart(32, '0')}`));
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => send(chaski, requests[i % 5].path, requests[i % 5])));
  for (const [i, answer] of answers.entries()) assert.deepEqual(answer, answers[i % 5]);
  assert.equal(Number(await redis.command('HGET', contact, 'v')), version + 5);
});

test('a repeated USSD hop shows the same screen', async () => {
  const phone = new UssdPhone(chaski, '+51987100004');
  await phone.dial();
  const first = await phone.say('1');
  assert.equal((await phone.step()).raw, first.raw);
  assert.equal((await phone.say('1')).end, false);
});

test('what is malformed is refused, and the daemon goes on', async () => {
  const signed = (body) => ({ ...metaRequest(body) });
  const rows = [
    ['no such channel', { path: '/hooks/nada', body: '' }, 404],
    ['below a channel', { path: '/hooks/sms/other', body: '' }, 404],
    ['Meta, not JSON', signed('{'), 400],
    ['Meta, empty', signed(''), 400],
    ['Meta, deep', signed('['.repeat(100) + ']'.repeat(100)), [400, 413]],
    ['Twilio, no sender', twilioRequest('sms', { MessageSid: 'SM1', Body: 'x', AccountSid: 'AC00000000000000000000000000000001' }), 400],
    ['USSD, no session', { path: `/hooks/ussd?key=${secrets.hookSecret}`, body: 'text=1' }, 400],
    ['simulator, not JSON', { path: '/hooks/demo', body: 'hola' }, 400],
    ['too large', { path: '/hooks/sms', body: 'x'.repeat(65537) }, 413],
  ];
  for (const [name, request, expected] of rows) {
    const answer = await send(chaski, request.path, request);
    assert.ok([expected].flat().includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
  }
  assert.ok((await new TwilioPhone(chaski, '+51987100005').say('hola')).length > 0);
});

test('Meta verifies the address, and a wrong token is refused', async () => {
  const challenge = (token) => send(chaski, `/hooks/wa?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`, { method: 'GET' });
  const good = await challenge(secrets.verifyToken);
  assert.deepEqual([good.status, good.text], [200, '1158201444']);
  assert.match(good.type, /^text\/plain/);
  assert.equal((await challenge('guess')).status, 403);
});

test('a channel with allow_from takes nobody else', async () => {
  const request = twilioRequest('fenced', smsParams('+51987100006', 'hola'));
  assert.equal((await send(chaski, request.path, request)).status, 403);
  const forwarded = { ...request, headers: { ...request.headers, 'x-forwarded-for': '203.0.113.5, 192.0.2.9' } };
  assert.equal((await send(chaski, request.path, forwarded)).status, 200);
});

test('no phone number, text or secret enters the log', async () => {
  await new TwilioPhone(chaski, '+51987100007').say('palabra-muy-rara');
  for (const hidden of ['5198710', 'palabra-muy-rara', ...Object.values(secrets)]) assert.ok(!chaski.log.includes(hidden), hidden);
});
