// WhatsApp outside the 24 hours: what a timer says goes as its template, at Meta and at Twilio, and inside of them in
// free words. A person's last message is made a day old by its own timestamp, which is what opens the window.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import twilioSdk from 'twilio';
import { Chaski, Redis, channels, publicUrl, removeDir, secrets, tempDir, top, until } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { WhatsAppPhone, newSid, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send, twilioMessage, twilioRequest } from './lib/webhooks.mjs';

const DAY = 86400000;
const sid = 'HX00000000000000000000000000000001';
let redis;
let chaski;
let meta;
let twilio;
let flows;

// The flow of the timers' break, whose last timer waits 3 s, with a template to it.
function writeFlow() {
  const text = fs.readFileSync(path.join(top, 'tests/faults/flows/avisos.yaml'), 'utf8');
  const plain = 'seguimiento: {after: 3s, from: fin, to: sirvio}';
  assert.ok(text.includes(plain));
  flows = tempDir();
  fs.writeFileSync(path.join(flows, 'avisos.yaml'), text.replace(plain, plain.replace('}',
    ', template: {name: seguimiento_mes, language: es_PE, params: ["{{acepta}}"], buttons: true}}')));
}

before(async () => {
  writeFlow();
  redis = await new Redis().start();
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({
    redis: { url: `unix:${redis.socket}` },
    flows,
    bulk_hours: '00:00-24:00',
    bulk_days: 'all',
    channels: { ...all, twa: { ...all.smsa, from: 'whatsapp:+5117654321', content_sids: `seguimiento_mes=${sid}` } },
  }).start();
});

after(async () => {
  await chaski?.remove();
  await meta?.close();
  await twilio?.close();
  await redis?.remove();
  removeDir(flows);
});

const sentTo = (fake, number) => fake.calls.filter((call) => (call.message?.to ?? call.params?.To).endsWith(number));
// What Twilio's own SDK posts for the same message.
async function sentBySdk({ To: to, From: from, ContentSid: contentSid, ContentVariables: contentVariables,
  StatusCallback: statusCallback }) {
  let posted;
  const httpClient = { request: async (options) => {
    posted = options.data;
    return { statusCode: 201, body: {} };
  } };
  const account = channels().sms.account_sid;
  await twilioSdk(account, secrets.authToken, { httpClient })
    .messages.create({ to, from, contentSid, contentVariables, statusCallback });
  return posted;
}

const until1 = (fake, number, words) => until(words,
  () => sentTo(fake, number).find((call) => call.text.includes(words)), 20000);

// Says "hola" and "si" as of a day ago: the answers may not go any more, the timer's words as a template.
async function sayLongAgo(number) {
  for (const words of ['hola', 'si'])
    await send(chaski.url, whatsAppRequest(metaMessage({ from: number, content: metaText(words), at: Date.now() - DAY,
      id: `wamid.${newSid()}` })));
}

test('Meta: after the window a timer speaks by its template, whose buttons answer the question', async () => {
  const number = '+51987600001';
  await sayLongAgo(number);
  const call = await until1(meta, number, 'seguimiento_mes');
  assert.equal(call.outcome, 200);
  assert.deepEqual(call.message.template, {
    name: 'seguimiento_mes', language: { code: 'es_PE' },
    components: [
      { type: 'body', parameters: [{ type: 'text', text: 'sí' }] },
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'sirvio:yes' }] },
      { type: 'button', sub_type: 'quick_reply', index: '1', parameters: [{ type: 'payload', payload: 'sirvio:no' }] },
    ],
  });
  assert.equal(sentTo(meta, number).length, 1, 'free words were held back');
  const { payload } = call.message.template.components[2].parameters[0];
  await new WhatsAppPhone(chaski, number).send({ type: 'button', button: { text: 'No', payload } });
  await until('the answer is taken', async () => {
    const [key] = await redis.keys(`ck:*:contact:${number}`);
    return JSON.stringify(await redis.command('HGETALL', key)).includes('sirvio');
  });
  assert.deepEqual(meta.problems, []);
});

test('Meta: inside the window the same timer speaks in free words', async () => {
  const number = '+51987600002';
  const phone = new WhatsAppPhone(chaski, number);
  await phone.say('hola');
  await phone.say('si');
  const call = await until1(meta, number, 'SEGUIMIENTO');
  assert.equal(call.message.type, 'interactive');
  assert.ok(!sentTo(meta, number).some((one) => one.message.type === 'template'));
});

test('Twilio: the template goes by its Content SID', async () => {
  const number = '+51987600003';
  for (const words of ['hola', 'si']) {
    const params = twilioMessage({ from: `whatsapp:${number}`, to: 'whatsapp:+5117654321', text: words });
    await send(chaski.url, twilioRequest({ url: `${publicUrl}/hooks/twa`, authToken: secrets.authToken, params }));
  }
  await until('both answers', () => sentTo(twilio, number).length === 2);
  // Twilio sends no time with a message, so the window is shut by hand.
  const [key] = await redis.keys(`ck:*:contact:${number}`);
  await redis.command('EVAL', `local s = redis.call('HGET', KEYS[1], 's')
    redis.call('HSET', KEYS[1], 's', (s:gsub('twa=%d+', 'twa=' .. ARGV[1], 1)))`, 1, key, Date.now() - 2 * DAY);
  await redis.command('HDEL', key, 'lim:twa');
  const call = await until1(twilio, number, 'ContentSid');
  assert.equal(call.params.ContentSid, sid);
  assert.deepEqual(JSON.parse(call.params.ContentVariables), { 1: 'sí' });
  assert.equal(call.params.Body, undefined);
  assert.deepEqual(call.params, await sentBySdk(call.params));
  assert.equal(call.outcome, 201);
  assert.deepEqual(twilio.problems, []);
});
