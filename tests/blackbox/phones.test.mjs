// One person, several phones: a conversation goes from USSD to SMS to WhatsApp and back through the real gateway, and
// every way of writing the number is one person.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, channels, publicUrl, secrets, top, until } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { InfobipPhone, TwilioPhone, UssdPhone, WhatsAppPhone, newSid } from './lib/phones.mjs';
import { send, twilioMessage, twilioRequest } from './lib/webhooks.mjs';

let redis;
let chaski;
let meta;
let twilio;

before(async () => {
  redis = await new Redis().start();
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` },
    channels: { ...all, twa: { ...all.smsa, from: 'whatsapp:+5117654321' } } }).start();
});

after(async () => {
  await chaski?.remove();
  await meta?.close();
  await twilio?.close();
  await redis?.remove();
});

async function factsOf(number) {
  const [key] = await redis.keys(`ck:*:contact:${number}`);
  const record = execFileSync('redis-cli', ['-s', redis.socket, '--raw', 'HGET', key, 'f']).subarray(0, -1);
  const facts = JSON.parse(execFileSync(path.join(top, 'build/tools/facts'), { input: record }));
  return Object.fromEntries(Object.entries(facts).map(([slot, fact]) => [slot, fact.value]));
}

// A WhatsApp owner who waits for what comes: gives the new messages as Meta was sent them.
class Listener extends WhatsAppPhone {
  heard = 0;

  async answered(act) {
    const mine = () => meta.calls.filter((call) => call.message?.to === this.number && call.outcome === 200);
    await act();
    await until('an answer on WhatsApp', () => mine().length > this.heard);
    const fresh = mine().slice(this.heard).map((call) => call.message);
    this.heard += fresh.length;
    return fresh.at(-1);
  }
}

const body = (message) => message.text?.body ?? message.interactive.body.text;
const options = (message) => message.interactive.action.buttons?.map((button) => button.reply)
  ?? message.interactive.action.sections.flatMap((section) => section.rows);

test('begun on USSD, it goes on by SMS, WhatsApp and USSD again at the pending question', async () => {
  const number = '+51987630001';
  const ussd = new UssdPhone(chaski, number);
  const sms = new TwilioPhone(chaski, number);
  const wa = new Listener(chaski, number);
  await ussd.dial();
  await ussd.say('1');
  await ussd.say('vendo abarrotes en mi bodega');
  await ussd.say('1');
  let screen = await ussd.say('hace 2 años');
  assert.match(screen.text, /^¿Cuanto vendes al mes\?[^]*\nB 1000 a 3000/);

  const [asked] = await sms.say('hola');
  assert.match(asked, /^Ahora me escribes por aqui[^]*¿Cuanto vendes al mes\?[^]*\nB 1000 a 3000/);

  let shown = await wa.answered(() => wa.say('hola'));
  assert.match(body(shown), /Ahora me escribes por aquí[^]*¿Cuánto vendes al mes/);
  assert.equal(shown.interactive.type, 'list', 'more than three options are a list');
  const row = options(shown)[1];
  assert.equal(row.title, 'S/ 1000 a 3000');
  shown = await wa.answered(() => wa.pick(row.id, row.title));
  assert.equal(shown.interactive.type, 'button', 'three options are buttons');
  assert.deepEqual(options(shown).map((one) => one.title), ['Vendo más', 'Vendo igual', 'Vendo menos']);
  shown = await wa.answered(() => wa.say('vendo mas'));
  assert.match(body(shown), /clientes/);
  assert.equal(shown.type, 'text', 'a question without options is words');

  assert.match((await sms.say('20')).join(), /¿Cuantas personas/);
  screen = await ussd.dial();
  assert.match(screen.text, /¿Cuantas personas/);
  screen = await ussd.say('2');
  assert.match(screen.text, /RUC\?[^]*\n1 Si\n2 No/);
  shown = await wa.answered(() => wa.say('2'));
  assert.match(body(shown), /región/, 'a number typed where buttons are is that button');
  assert.deepEqual(await factsOf(number), { consent: 'yes', activity: 'vendo abarrotes en mi bodega',
    industry: 'bodega_alimentos', tenure: '24', sales: '1000..3000/month', trend: 'up', customers: '20/week',
    workers: '2', ruc: 'no' });
  assert.deepEqual(meta.problems, []);
});

test('a session that dropped comes back to its question', async () => {
  for (const Phone of [UssdPhone, InfobipPhone]) {
    const phone = new Phone(chaski, Phone === UssdPhone ? '+51987630002' : '+51987630003');
    await phone.dial();
    const before = await phone.say('1');
    assert.equal((await phone.dial()).text, before.text);
  }
});

test('every way of writing a number is one person, and BAJA on one phone is BAJA on all', async () => {
  const number = '+51987630004';
  await new UssdPhone(chaski, number).dial(); // Africa's Talking: with the plus
  await new InfobipPhone(chaski, number).dial(); // Infobip: without
  const first = new Listener(chaski, number);
  await first.answered(() => first.say('hola')); // Meta: without
  await new TwilioPhone(chaski, number).say('1'); // Twilio: with
  const params = twilioMessage({ sid: newSid(), from: `whatsapp:${number}`, to: 'whatsapp:+5117654321', text: 'hola' });
  assert.equal((await send(chaski.url, twilioRequest({ url: `${publicUrl}/hooks/twa`, authToken: secrets.authToken,
    params }))).status, 200);
  const national = twilioMessage({ sid: newSid(), from: '987630004', text: 'hola' });
  assert.equal((await send(chaski.url, twilioRequest({ url: `${publicUrl}/hooks/sms`, authToken: secrets.authToken,
    params: national }))).status, 200);
  assert.equal((await redis.keys('ck:*:contact:*987630004')).length, 1);

  const wa = new Listener(chaski, number);
  await until('what was said before', async () => /chaski_outbox_messages 0/.test(await chaski.metrics()));
  wa.heard = meta.calls.filter((call) => call.message?.to === number).length;
  assert.match(body(await wa.answered(() => wa.say('BAJA'))), /ya no te escribiré/);
  assert.deepEqual(await new TwilioPhone(chaski, number).say('hola'), []);
  const left = new UssdPhone(chaski, number);
  const out = await left.dial();
  assert.match(out.text, /^Estas de baja/);
  assert.equal(out.end, false, 'the screen that names ALTA lets her type it');
  assert.equal((await left.say('1')).end, true, 'and only that');
  assert.match((await new InfobipPhone(chaski, number).dial()).text, /^Estas de baja/);
  assert.match((await new TwilioPhone(chaski, number).say('ALTA')).join(), /Volviste/);
  assert.doesNotMatch((await new UssdPhone(chaski, number).dial()).text, /baja\b/);

  for (const Phone of [UssdPhone, InfobipPhone]) { // all of it on a feature phone
    const phone = new Phone(chaski, number);
    await phone.dial();
    assert.equal((await phone.say('baja')).end, true);
    await phone.dial();
    const back = await phone.say('alta');
    assert.match(back.text, /^¡Volviste!/);
    assert.equal(back.end, false);
  }
});
