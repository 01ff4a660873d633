// WhatsApp's read receipts: each message of a person's is marked once, after its turn, and nothing waits for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chaski, Redis, channels, secrets, until } from './lib/daemon.mjs';
import { fakeMeta } from './lib/fakes.mjs';
import { WhatsAppPhone, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

let redis;
let chaski;
let meta;

before(async () => {
  redis = await new Redis().start();
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const all = channels({ meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` },
    channels: { ...all, wa: { ...all.wa, read_receipts: true } } }).start();
});

after(async () => {
  await chaski?.remove();
  await meta?.close();
  await redis?.remove();
});

const marks = (id) => meta.calls.filter((call) => call.message?.status === 'read' && call.message.message_id === id);
const replies = (number) => meta.calls.filter((call) => call.message?.to === number);

test('a message is marked as read once, a repeat of it not again', async () => {
  const number = '+51987610001';
  const request = whatsAppRequest(metaMessage({ from: number, content: metaText('hola'), id: 'wamid.READ1' }));
  await send(chaski.url, request);
  await until('the mark and the reply', () => marks('wamid.READ1').length && replies(number).length);
  await send(chaski.url, request);
  await new WhatsAppPhone(chaski, number).say('1');
  await until('the next reply', () => replies(number).length === 2);
  assert.equal(marks('wamid.READ1').length, 1);
  assert.deepEqual(meta.problems, []);
  assert.match(await chaski.metrics(), /chaski_read_receipts_total{outcome="sent"} 2/);
});

test('a mark that fails is counted and forgotten: the reply comes all the same', async () => {
  const number = '+51987610002';
  const normal = meta.respond;
  meta.respond = (call, problem) => {
    const answer = normal(call, problem);
    return call.message.status === 'read' ? { status: 500, body: {} } : answer;
  };
  await send(chaski.url, whatsAppRequest(metaMessage({ from: number, content: metaText('hola'), id: 'wamid.READ2' })));
  await until('a reply', () => replies(number).some((call) => call.outcome === 200));
  await until('the failure is counted',
    async () => /chaski_read_receipts_total{outcome="failed"} 1/.test(await chaski.metrics()));
  assert.equal(marks('wamid.READ2').length, 1);
});
