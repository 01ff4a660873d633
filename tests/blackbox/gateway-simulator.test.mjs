// The simulator plays phones of every kind: what it answers is rendered for that phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chaski } from './lib/daemon.mjs';
import { send, simulatorRequest } from './lib/webhooks.mjs';

let chaski;
before(async () => {
  chaski = await new Chaski().start();
});
after(() => chaski.remove());

const say = async (body) => {
  const answer = await send(chaski.url, simulatorRequest(body));
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
};

test('a WhatsApp phone gets buttons, an SMS phone numbers', async () => {
  const whatsapp = await say({ channel: 'whatsapp', from: '+51987300001', text: 'hola' });
  assert.ok(whatsapp.replies.some((reply) => reply.buttons?.length > 0), JSON.stringify(whatsapp));
  const sms = await say({ channel: 'sms', from: '+51987300002', text: 'hola' });
  assert.ok(sms.replies.every((reply) => !reply.buttons), JSON.stringify(sms));
  assert.match(sms.replies.map((reply) => reply.text).join('\n'), /1/);
});

test('a USSD phone dials, answers by accumulated text, and gets screens that fit', async () => {
  const first = await say({ channel: 'ussd', from: '+51987300003', session: 's1', text: '' });
  assert.equal(first.replies.length, 1);
  assert.ok(first.replies[0].text.length <= 182);
  assert.equal(first.ended, false);
  const second = await say({ channel: 'ussd', from: '+51987300003', session: 's1', text: '1' });
  assert.notEqual(second.replies[0].text, first.replies[0].text);
  const third = await say({ channel: 'ussd', from: '+51987300003', session: 's1', text: '1*vendo jugos' });
  assert.notEqual(third.replies[0].text, second.replies[0].text);
});
