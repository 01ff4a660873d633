// What a webhook may do: nothing without a right signature, one effect however often it comes, a clear answer to what
// is malformed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chaski, Redis, channels, publicUrl, secrets } from './lib/daemon.mjs';
import { TwilioPhone, UssdPhone, newSid, smsRequest, whatsAppRequest } from './lib/phones.mjs';
import { atRequest, metaEnvelope, metaHandshake, metaMessage, metaText, send, twilioRequest } from './lib/webhooks.mjs';

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
const people = async () => (await redis.keysOfWork()).filter((key) => !key.endsWith(':outbox'));

// An answer without what differs from second to second (its Date).
const said = ({ status, type, text }) => ({ status, type, text });

test('a wrong signature gets 401 and changes nothing', async () => {
  const before = await people();
  const good = smsRequest('sms', { from: '+51987100001', text: 'hola' });
  const signed = whatsAppRequest(metaMessage({ from: '+51987100001', content: metaText('hola') }));
  const { 'X-Hub-Signature-256': signature, ...unsigned } = signed.headers;
  const hop = { sessionId: 's1', phoneNumber: '+51987100001' };
  const rows = {
    'another token': smsRequest('sms', { from: '+51987100001', text: 'hola' }, 'another token'),
    'no header': { ...good, headers: { 'Content-Type': good.headers['Content-Type'] } },
    'a changed body': { ...good, body: `${good.body}&Extra=1` },
    'another path': { ...good, path: '/hooks/smsa' },
    'Meta, another secret': whatsAppRequest(metaMessage({ from: '+51987100001', content: metaText('hola') }), 'other'),
    'Meta, no header': { ...signed, headers: unsigned },
    'Meta, sha1 only': { ...signed, headers: { ...unsigned, 'X-Hub-Signature': 'sha1=00' } },
    'Meta, a changed byte': { ...signed, body: signed.body.toString().replace('hola', 'Hola') },
    'USSD, no key': atRequest(hop),
    'USSD, another key': atRequest({ ...hop, key: 'guess' }),
  };
  for (const [name, request] of Object.entries(rows)) {
    const answer = await send(chaski.url, request);
    assert.equal(answer.status, 401, name);
    assert.doesNotMatch(answer.text, new RegExp(secrets.authToken), name);
  }
  assert.deepEqual(await people(), before);
});

test('a client that waits to be asked for its password is asked, where a password is what is taken', async () => {
  const at = { from: '+51987100006', text: 'hola' };
  const infobip = { method: 'POST', path: '/hooks/ussdi/session/s1/start', headers: {}, body: '{}' };
  assert.match((await send(chaski.url, infobip)).headers['www-authenticate'], /^Basic realm=/);
  assert.equal((await send(chaski.url, smsRequest('sms', at, 'another'))).headers['www-authenticate'], undefined);
});

// Source: providers.md part 4.2: Kannel leaves a literal %N in the addresses that it calls.
test('a percent sign in the query stands for itself', async () => {
  const request = twilioRequest({ url: `${publicUrl}/hooks/sms?ans=%N&done=100%`, authToken: secrets.authToken,
    params: { From: '+51987100009', Body: 'hola', MessageSid: newSid() } });
  const answer = await send(chaski.url, request);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /<Message>/);
});

test('the same webhook twice gives the same reply and one effect', async () => {
  const phone = new TwilioPhone(chaski, '+51987100002');
  await phone.say('hola');
  const request = phone.request('1', newSid());
  const first = await send(chaski.url, request);
  const [contact] = await redis.keys('ck:*:contact:+51987100002');
  const version = await redis.command('HGET', contact, 'v');
  const again = await send(chaski.url, request);
  assert.deepEqual(said(again), said(first));
  assert.equal(await redis.command('HGET', contact, 'v'), version);
  assert.match(await chaski.metrics(), /chaski_webhooks_total\{channel="sms",outcome="repeated"\} 1/);
});

// A contact's line begins with its version (gateway/contact_line.h).
async function versionOf(contact) {
  return Number((await redis.command('HGET', contact, 'v')).split(' ')[0]);
}

test('ten copies at once of each of five messages: five effects', async () => {
  const phone = new TwilioPhone(chaski, '+51987100003');
  await phone.say('hola');
  const [contact] = await redis.keys('ck:*:contact:+51987100003');
  const version = await versionOf(contact);
  const requests = Array.from({ length: 5 }, (_, i) => phone.request(`ayuda ${i}`, newSid()));
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => send(chaski.url, requests[i % 5])));
  for (const [i, answer] of answers.entries()) assert.deepEqual(said(answer), said(answers[i % 5]));
  assert.equal(await versionOf(contact), version + 5);
});

test('a hundred messages of one person at once are all answered, one effect each', async () => {
  const number = '+51987100008';
  await new TwilioPhone(chaski, number).say('hola');
  const [contact] = await redis.keys(`ck:*:contact:${number}`);
  const version = await versionOf(contact);
  const requests = Array.from({ length: 100 }, (_, i) => new TwilioPhone(chaski, number).request(`ayuda ${i}`));
  const answers = await Promise.all(requests.map((request) => send(chaski.url, request)));
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
  const screens = await Promise.all(Array.from({ length: 50 }, () => new UssdPhone(chaski, number).dial()));
  for (const screen of screens) assert.doesNotMatch(screen.text, /no podemos/i);
  assert.equal(await versionOf(contact), version + 150);
});

test('a repeated USSD hop shows the same screen', async () => {
  const phone = new UssdPhone(chaski, '+51987100004');
  await phone.dial();
  const first = await phone.say('1');
  assert.equal((await phone.step()).raw, first.raw);
  assert.equal((await phone.say('1')).end, false);
});

test('one odd character costs the other messages of a batch nothing', async () => {
  const rows = { 'half a surrogate pair': '\\ud83d', 'NUL': '\\u0000', 'no UTF-8': Buffer.from([0xff]) };
  let number = 51987100010;
  for (const [name, odd] of Object.entries(rows)) {
    const people = [++number, ++number, ++number];
    const messages = people.map((from, i) => ({ from: String(from), id: `wamid.${from}`,
      timestamp: String(Math.floor(Date.now() / 1000)), ...metaText(i === 1 ? 'hola @ODD@' : 'hola') }));
    const [left, right] = JSON.stringify(metaEnvelope({ messages })).split('@ODD@');
    const answer = await send(chaski.url,
      whatsAppRequest(Buffer.concat([Buffer.from(left), Buffer.from(odd), Buffer.from(right)])));
    assert.equal(answer.status, 200, name);
    for (const from of people) assert.equal((await redis.keys(`ck:*:contact:+${from}`)).length, 1, `${name}: +${from}`);
  }
});

// WhatsApp lets people write 65,536 characters; refused, they would come again for seven days.
test('a message longer than is kept is taken, and costs the others of its batch nothing', async () => {
  const people = [51987100031, 51987100032, 51987100033];
  const messages = people.map((from, i) => ({ from: String(from), id: `wamid.${from}`,
    timestamp: String(Math.floor(Date.now() / 1000)), ...metaText(i === 1 ? 'ñ😀'.repeat(32768) : 'hola') }));
  const answer = await send(chaski.url, whatsAppRequest(metaEnvelope({ messages })));
  assert.equal(answer.status, 200);
  for (const from of people) assert.equal((await redis.keys(`ck:*:contact:+${from}`)).length, 1, `+${from}`);
});

test('what is malformed is refused, and the daemon goes on', async () => {
  const post = (path, body) =>
    ({ method: 'POST', path, headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body });
  const rows = [
    ['no such channel', post('/hooks/nada', ''), 404],
    ['no such channel, with a body', post('/hooks/nada', 'Body=hola'), 404],
    ['no such channel, a large body', post('/hooks/nada', 'x'.repeat(100000)), 404],
    ['below a channel', post('/hooks/sms/other', ''), 404],
    ['below a channel, with a body', post('/hooks/sms/other', 'Body=hola'), 404],
    ['Meta, not JSON', whatsAppRequest('{'), 400],
    ['Meta, empty', whatsAppRequest(''), 400],
    ['Meta, deep', whatsAppRequest('['.repeat(100) + ']'.repeat(100)), 400, 413],
    ['Twilio, no sender', twilioRequest({ url: `${publicUrl}/hooks/sms`, authToken: secrets.authToken,
      params: { MessageSid: 'SM1', Body: 'x' } }), 400],
    ['simulator, not JSON', post('/hooks/demo', 'hola'), 400],
    ['too large', post('/hooks/sms', 'x'.repeat(65537)), 413],
  ];
  for (const [name, request, ...expected] of rows) {
    const answer = await send(chaski.url, request);
    assert.ok(expected.includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
  }
  const screen = await send(chaski.url, post(`/hooks/ussd?key=${secrets.hookSecret}`, 'text=1'));
  assert.equal(screen.status, 200);
  assert.match(screen.text, /^END /, 'a USSD step always gets a text');
  assert.ok((await new TwilioPhone(chaski, '+51987100005').say('hola')).length > 0);
});

test('Meta verifies the address, and a wrong token is refused', async () => {
  const challenge = (token) => send(chaski.url, metaHandshake({ token }));
  const good = await challenge(secrets.verifyToken);
  assert.deepEqual([good.status, good.text], [200, '1158201444']);
  assert.match(good.type, /^text\/plain/);
  assert.equal((await challenge('guess')).status, 403);
});

test('a channel with allow_from takes nobody else', async () => {
  const request = smsRequest('fenced', { from: '+51987100006', text: 'hola' });
  assert.equal((await send(chaski.url, request)).status, 403);
  const forwarded = { ...request, headers: { ...request.headers, 'X-Forwarded-For': '203.0.113.5, 192.0.2.9' } };
  assert.equal((await send(chaski.url, forwarded)).status, 200);
});

test('no phone number, text or secret enters the log', async () => {
  await new TwilioPhone(chaski, '+51987100007').say('palabra-muy-rara');
  for (const hidden of ['5198710', 'palabra-muy-rara',
    ...Object.values(secrets)]) assert.ok(!chaski.log.includes(hidden), hidden);
});
