// Whole conversations, on each channel, in the providers' exact wire formats, to the recommendations.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { InfobipPhone, TwilioPhone, UssdPhone, WhatsAppPhone } from './lib/phones.mjs';
import { send, simulatorRequest } from './lib/webhooks.mjs';

let redis;
let chaski;
let meta;
let twilioApi;

before(async () => {
  redis = await new Redis().start();
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  twilioApi = await fakeTwilio({ authToken: secrets.authToken });
  chaski = await new Chaski({
    redis: { url: `unix:${redis.socket}` },
    channels: channels({ twilio: twilioApi.url, meta: meta.url }),
  }).start();
});

after(async () => {
  await chaski?.remove();
  await meta?.close();
  await twilioApi?.close();
  await redis?.remove();
});

// The facts of a person, slot by slot. Their record is bytes (gateway/facts.h), which the tool reads.
async function factsOf(number) {
  const [key] = await redis.keys(`ck:*:contact:${number}`);
  const record = execFileSync('redis-cli', ['-s', redis.socket, '--raw', 'HGET', key, 'f']).subarray(0, -1);
  return JSON.parse(execFileSync(path.join(top, 'build/tools/facts'), { input: record }));
}

// What the made-up owner of a shop in Sicuani answers, question by question.
const answers = ['hola', '1', 'vendo abarrotes y verduras en mi tiendita', '1', 'hace 3 años',
  'unos 120 soles diarios', '2', 'unos 40 al dia',
  'mi esposo y yo', 'no todavia', 'en Sicuani, Cusco', 'quiero un prestamo para surtir mi tienda'];

test('an SMS owner at Twilio comes to three recommendations, each within its segments', async () => {
  const phone = new TwilioPhone(chaski, '+51987000001');
  let last = [];
  for (const answer of answers) {
    last = await phone.say(answer);
    assert.ok(last.length >= 1, `no answer to ${answer}`);
  }
  assert.match(last.join('\n'), /1\).*\n2\).*\n3\)/s);
  const stored = await factsOf('+51987000001');
  assert.equal(stored.tenure.value, '36');
  assert.equal(stored.sales.value, '120/day');
  assert.equal(stored.sales.raw, 'unos 120 soles diarios');
  assert.equal(stored.workers.value, '2');
  assert.equal(stored.ruc.value, 'no');
  assert.equal(stored.region.value, '08');
  assert.equal(stored.goal.value, 'finance');
  assert.equal(stored.industry.value, 'bodega_alimentos');
  for (const fact of Object.values(stored)) {
    assert.ok(fact.confidence > 0 && fact.confidence <= 1);
    assert.match(fact.message_id, /^SM/);
    assert.ok(fact.at > 1.7e12);
  }
});

// Goes through the whole conversation in a USSD session, page by page, and gives the last screens' text.
async function talkOverUssd(phone) {
  let screen = await phone.dial();
  const page = async (all) => {
    for (let pages = 0; /98/.test(screen.text) && pages < 9; pages++) {
      screen = await phone.say('98');
      assert.ok([...screen.text].length <= 182, screen.text);
      all += screen.text;
    }
    return all;
  };
  for (const answer of answers.slice(1)) {
    assert.ok([...screen.text].length <= 182, screen.text);
    assert.equal(screen.end, false, `ended before ${answer}: ${screen.text}`);
    await page('');
    screen = await phone.say(answer);
  }
  return page(screen.text);
}

test('a USSD owner comes to recommendations in pages of at most 182 septets', async () => {
  const phone = new UssdPhone(chaski, '+51987000002');
  assert.match((await phone.dial()).type, /^text\/plain/);
  assert.match(await talkOverUssd(phone), /1\)[\s\S]*2\)[\s\S]*3\)/);
});

test('a USSD owner at Infobip, whose hops carry the last input only, comes to the same', async () => {
  const phone = new InfobipPhone(chaski, '+51987000007');
  assert.match((await phone.dial()).type, /^application\/json/);
  // Pages are turned with 98, and 98 again: as fast as this test presses, the second would count as a repeat of the
  // first, so it waits until the window is over by its own clock.
  const slowly = {
    dial: () => phone.dial(),
    async say(text) {
      if (text === this.last) await until('the window is over', () => Date.now() - this.at > 2100, 5000);
      Object.assign(this, { last: text, at: Date.now() });
      return phone.say(text);
    },
  };
  assert.match(await talkOverUssd(slowly), /1\)[\s\S]*2\)[\s\S]*3\)/);
  const end = await phone.hangUp();
  assert.deepEqual(JSON.parse(end.text), { responseExitCode: 200, responseMessage: '' });
});

test('an identical PUT within two seconds gets the same screen and changes nothing', async () => {
  const number = '+51987000008';
  const phone = new InfobipPhone(chaski, number);
  const version = async () => {
    const [key] = await redis.keys(`ck:*:contact:${number}`);
    return Number((await redis.command('HGET', key, 'v')).split(' ')[0]);
  };
  const first = await phone.dial();
  assert.equal((await phone.again()).raw, first.raw, 'the start again');
  const before = await version();
  const second = await phone.say('1');
  assert.notEqual(second.raw, first.raw);
  const repeats = await Promise.all(Array.from({ length: 5 }, () => phone.again()));
  for (const repeat of repeats) assert.equal(repeat.raw, second.raw);
  assert.equal(await version(), before + 1, 'one input, one turn');
});

test('Infobip is let in by its password only, and PUT by no other channel', async () => {
  const phone = new InfobipPhone(chaski, '+51987000009');
  await phone.dial();
  const status = async (request) => (await send(chaski.url, request)).status;
  assert.equal(await status(phone.request({ password: undefined })), 401);
  assert.equal(await status(phone.request({ password: 'wrong' })), 401);
  assert.equal(await status(phone.request({ shortCode: '*385#' })), 403);
  assert.equal(await status({ ...phone.request({ path: '/hooks/wa' }), body: undefined }), 404);
  assert.equal(await status({ method: 'PUT', path: '/hooks/wa', headers: {}, body: '{}' }), 405);
  const sorry = await send(chaski.url, { ...phone.request(), body: '{' });
  assert.equal(sorry.status, 200);
  assert.equal(JSON.parse(sorry.text).shouldClose, true);
});

test('the simulator shows the same conversation', async () => {
  let answer;
  for (const [i, text] of answers.entries())
    answer = await send(chaski.url, simulatorRequest({ from: '+51987000003', text, id: `sim-${i}` }));
  assert.match(JSON.parse(answer.text).replies.map((reply) => reply.text).join('\n'), /1\).*\n\*2\).*\n\*3\)/s);
});

// What the fake of Meta's API was sent to a number, as plain words and the ids of what can be pressed.
const shown = (fake, number) => fake.calls.filter((call) => call.message?.to === number && call.outcome === 200)
  .map(({ message }) => ({
  text: message.text?.body ?? message.interactive.body.text,
  kind: message.interactive?.type ?? 'text',
  options: message.interactive?.action.buttons?.map((button) => button.reply)
    ?? message.interactive?.action.sections?.flatMap((section) => section.rows) ?? [],
}));

test('a WhatsApp owner presses buttons and picks from lists to three recommendations', async () => {
  const number = '+51987000004';
  const phone = new WhatsAppPhone(chaski, number);
  let seen = 0;
  const waitForAnswer = async () => {
    await until('an answer on WhatsApp', () => shown(meta, number).length > seen
      && chaski.metrics().then((text) => /chaski_outbox_messages 0/.test(text)));
    const all = shown(meta, number);
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
  await phone.say('hola');
  let fresh = await waitForAnswer();
  let pressed = 0;
  for (const answer of answers.slice(1)) {
    const last = fresh.at(-1);
    const option = /^\d$/.test(answer) ? last.options[Number(answer) - 1] : undefined;
    if (option && last.kind === 'button') await phone.press(option.id, option.title);
    else if (option) await phone.pick(option.id, option.title);
    else await phone.say(answer);
    pressed += option ? 1 : 0;
    fresh = await waitForAnswer();
    assert.ok(fresh.length > 0, `no answer to ${answer}`);
  }
  assert.ok(pressed >= 3, 'consent, industry and trend should be pressed');
  assert.match(fresh.map((message) => message.text).join('\n'), /1\)[\s\S]*2\)[\s\S]*3\)/);
  assert.deepEqual(meta.problems, []);
});

test('Twilio, asynchronous: the same conversation through the send API', async () => {
  const phone = new TwilioPhone(chaski, '+51987000005', 'smsa');
  const sent = () => twilioApi.calls.filter((call) => call.params.To === '+51987000005');
  for (const answer of answers) {
    const before = sent().length;
    assert.deepEqual(await phone.say(answer), [], 'the webhook only acknowledges');
    await until(`an answer to ${answer}`, () => sent().length > before
      && chaski.metrics().then((text) => /chaski_outbox_messages 0/.test(text)));
  }
  assert.match(sent().map((call) => call.params.Body).join('\n'), /1\)[\s\S]*2\)[\s\S]*3\)/);
  assert.deepEqual(twilioApi.problems, []);
});

// All keys and values of a Redis, as one text.
async function everything(redis) {
  const read = { string: ['GET'], hash: ['HGETALL'], list: ['LRANGE', 0, -1], stream: ['XRANGE', '-', '+'],
    zset: ['ZRANGE', 0, -1], set: ['SMEMBERS'] };
  const found = [];
  for (const key of await redis.keys('*')) {
    const [command, ...rest] = read[await redis.command('TYPE', key)];
    found.push(key, JSON.stringify(await redis.command(command, key, ...rest)));
  }
  return found.join('\n');
}

// What Redis has on its disk once its log is rewritten, as one text.
async function rewritten(redis) {
  await redis.command('BGREWRITEAOF');
  await until('the AOF is rewritten', async () => /aof_rewrite_in_progress:0\r\n(.*\r\n)*aof_last_bgrewrite_status:ok/
    .test(await redis.command('INFO', 'persistence')));
  const folder = path.join(redis.dir, 'appendonlydir');
  return fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('');
}

test('a conversation begun by SMS goes on over USSD, and BORRAR leaves nothing of the person', async () => {
  const number = '+51987000006';
  const sms = new TwilioPhone(chaski, number);
  const said = ['hola', '1', 'vendo abarrotes purpura', '1', 'hace 11 años'];
  for (const answer of said) await sms.say(answer);
  const screen = await new UssdPhone(chaski, number).dial();
  assert.match(screen.text, /[Cc]u[aá]nto vendes/);
  await sms.say('mis datos');
  await sms.say('asesor');
  const before = await everything(redis);
  assert.match(before, /:turns:.*\n.*purpura/, 'the journal has what was said');
  assert.match(before, new RegExp(`:requests\\n.*\\${number}`), 'staff are asked to write to the number');
  assert.match(before, new RegExp(`:tickets\\n.*\\${number}`), 'and to answer it');
  await sms.say('borrar');
  const request = sms.request('1');
  const erased = await send(chaski.url, request);
  assert.equal(erased.status, 200);
  assert.deepEqual(await redis.keys(`*${number}*`), []);
  const kept = await everything(redis);
  const disk = await rewritten(redis);
  assert.ok(kept.length > 1000, 'the scan should find the others');
  assert.ok(disk.includes('987000005'), 'and that of the disk too');
  const words = [number, number.slice(1), number.slice(3), encodeURIComponent(number), 'purpura', 'PURPURA',
    'hace 11 años'];
  for (const word of words) {
    assert.ok(!kept.includes(word), `${word} is still kept`);
    assert.ok(!disk.includes(word), `${word} is still on the disk`);
    assert.ok(!chaski.log.includes(word), `${word} is in the log`);
  }
  const at = ['-c', chaski.config, '--server', chaski.url];
  const run = (...command) => spawnSync(binary, [...command, ...at], { cwd: top, encoding: 'utf8' });
  run('user', 'add', 'ana', '--role', 'admin');
  const left = (await redis.keys('ck:*:left')).map((key) => redis.command('SCARD', key));
  assert.deepEqual(await Promise.all(left), [1], 'that she was erased is known by a digest');
  for (const format of ['json', 'csv']) {
    const told = run('contact', 'export', number, '--format', format);
    assert.deepEqual([told.status, told.stdout], [65, ''], `${format}: ${told.stderr}`);
  }
  assert.equal(run('contact', 'export', '+51987000001').status, 0, 'of another it tells');
  assert.equal((await send(chaski.url, request)).text, erased.text, 'a repeat has the same answer');
});
