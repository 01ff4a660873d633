// USSD, and the recommendations behind it by SMS: once, to the same number, by the outbox of another channel.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { fakeTwilio } from './lib/fakes.mjs';
import { InfobipPhone, TwilioPhone, UssdPhone } from './lib/phones.mjs';

let redis;
let chaski;
let twilio;

before(async () => {
  redis = await new Redis().start();
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  const all = channels({ twilio: twilio.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: { ...all,
    ussd: { ...all.ussd, follow_by: 'smsa', screen: 160 }, ussdi: { ...all.ussdi, follow_by: 'sms' },
    sms: { ...all.sms, api_base: twilio.url } } }).start();
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await redis?.remove();
});

const sentTo = (number) => twilio.calls.filter((call) => call.params.To === number);
const answers = ['1', 'vendo abarrotes y verduras en mi tiendita', '1', 'hace 3 años', '120 soles diarios', '2',
  '40 al dia', '2', 'no', 'Sicuani, Cusco', 'un prestamo'];

// Answers all questions, turning pages, up to the screen that offers the SMS; gives the number of that option.
async function comeToOffer(phone) {
  let screen = await phone.dial();
  const page = async () => {
    while (/98 Mas$/.test(screen.text)) {
      assert.ok(!(phone instanceof UssdPhone) || [...screen.text].length <= 160, screen.text);
      screen = await phone.say('98');
    }
  };
  for (const answer of answers) {
    await page();
    if (phone instanceof UssdPhone) assert.ok([...screen.text].length <= 160, screen.text);
    screen = await phone.say(answer);
  }
  await page();
  return /^(\d) Todo por SMS$/m.exec(screen.text)?.[1] ?? assert.fail(screen.text);
}

test('who asks gets all of it by SMS, and the last screen says that it is over and what comes', async () => {
  const number = '+51987620001';
  const phone = new UssdPhone(chaski, number);
  let screen = await phone.say(await comeToOffer(phone));
  assert.match(screen.text, /te llega por SMS/);
  screen = await phone.say('1');
  screen = await phone.say('2');
  assert.equal(screen.end, true);
  assert.match(screen.text, /Terminamos.*Por SMS/);
  const all = () => sentTo(number).map((call) => call.params.Body).join('\n');
  await until('three resources by SMS', () => /1\)[^]*2\)[^]*3\)/.test(all()));
  assert.match(all(), /^Soy Chaski/);
  const count = sentTo(number).length;
  await phone.step();
  await until('an idle outbox', async () => /chaski_outbox_messages 0/.test(await chaski.metrics()));
  assert.equal(sentTo(number).length, count, 'a repeat of a hop sends nothing');
  assert.ok(sentTo(number).every((call) => call.outcome === 201 && call.params.From === '+5117654321'));
  assert.deepEqual(twilio.problems, []);
});

test('at Infobip it goes by a channel that answers its own webhooks at once', async () => {
  const number = '+51987620002';
  const phone = new InfobipPhone(chaski, number);
  // A hop that is like the one before it counts as a repeat for two seconds.
  const slowly = {
    dial: () => phone.dial(),
    async say(text) {
      if (text === this.last) await until('the window is over', () => Date.now() - this.at > 2100, 5000);
      Object.assign(this, { last: text, at: Date.now() });
      return phone.say(text);
    },
  };
  await slowly.say(await comeToOffer(slowly));
  await until('the SMS', () => sentTo(number).length > 0);
});

test('who said BAJA by SMS while it waited gets none of it', async () => {
  const number = '+51987620003';
  const phone = new UssdPhone(chaski, number);
  const option = await comeToOffer(phone);
  twilio.failNext(503, { times: 3 });
  await phone.say(option);
  await until('a first try', () => sentTo(number).length > 0);
  await new TwilioPhone(chaski, number, 'sms').say('BAJA');
  await until('it is dropped', async () => /chaski_outbox_messages 0/.test(await chaski.metrics()), 30000);
  assert.ok(sentTo(number).every((call) => call.outcome === 503));
  twilio.failures.length = 0;
});

test('follow_by must name a channel that sends SMS', () => {
  const rows = [['nobody', /there is no such channel/], ['wa', /sends no SMS/], ['ussdi', /sends no SMS/]];
  for (const [name, fault] of rows) {
    const other = new Chaski();
    const yaml = fs.readFileSync(chaski.config, 'utf8').replace('follow_by: "smsa"', `follow_by: "${name}"`);
    fs.writeFileSync(other.config, yaml, { mode: 0o600 });
    const run = spawnSync(binary, ['check', '--no-environment', '-c', path.resolve(other.config)],
      { cwd: top, encoding: 'utf8' });
    assert.equal(run.status, 78);
    assert.match(run.stderr, fault);
    assert.match(run.stderr, /:\d+:\d+: channel ussd has follow_by/);
    fs.rmSync(other.dir, { recursive: true });
  }
});
