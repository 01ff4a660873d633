// People answer people: a ticket from ASESOR to its close, over the API and the command line, on each kind of channel.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone, UssdPhone, WhatsAppPhone, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

const number = '+51987622001';
let redis, chaski, twilio, meta, ana, luis, vera;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, body, as = ana, more = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method,
    headers: { Authorization: `Bearer ${as}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...more },
    body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined, etag: response.headers.get('etag') };
}

const tickets = async (query = '') => (await ask('GET', `/tickets${query}`)).json.items;
const ticketOf = async (who) => (await tickets()).find((ticket) => ticket.number === who);
const bySms = (to) => twilio.calls.filter((call) => call.params.To === to).map((call) => call.params.Body);
const byWhatsApp = (to) => meta.calls.filter((call) => call.message?.to === to).map((call) => call.text);

before(async () => {
  redis = await new Redis().start();
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: { ...all,
    ussd: { ...all.ussd, follow_by: 'smsa' },
    sms: { ...all.sms, api_base: twilio.url } } }).start();
  ana = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
  luis = run('user', 'add', 'luis', '--role', 'sender').stdout.trim();
  vera = run('user', 'add', 'vera', '--role', 'viewer').stdout.trim();
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await meta?.close();
  await redis?.remove();
});

test('ASESOR opens a ticket, and the flow is silent until it is closed', async () => {
  const phone = new TwilioPhone(chaski, number, 'smsa');
  await phone.say('hola');
  await phone.say('1');
  await phone.say('asesor');
  await phone.say('¿hay alguien?');
  const ticket = await ticketOf(number);
  assert.equal(ticket.waiting, 2);
  assert.equal(ticket.why, 'asked');
  assert.equal(ticket.channel, 'smsa');
  assert.equal(ticket.taken_by, undefined);
  assert.ok(!ticket.id.includes(number.slice(3)));
  await until('three answers', () => bySms(number).length === 3);
  const shown = await ask('GET', `/tickets/${ticket.id}`);
  assert.ok(shown.etag);
  assert.equal(shown.json.cannot_answer, undefined);
  assert.deepEqual(shown.json.turns.map((turn) => turn.heard), ['¿hay alguien?', 'asesor', '1', 'hola']);
  assert.deepEqual(shown.json.turns[0].said, []);

  assert.equal((await ask('POST', `/tickets/${ticket.id}/assign`, { to: 'nadie' })).status, 422);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/assign`, { to: 'luis' })).json.taken_by, 'luis');
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Hola' })).status, 409, 'it is another\'s');
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Hola' }, vera)).status, 403);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: ' \u0001 ' }, luis)).status, 422);
  const again = { 'Idempotency-Key': 'answer-1' };
  const answered = await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas, soy Luis.' }, luis, again);
  assert.equal(answered.json.waiting, 0);
  assert.equal(answered.json.waits_since, undefined);
  const repeated = await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas, soy Luis.' }, luis, again);
  assert.equal(repeated.status, 200);
  const { items } = (await ask('GET', '/tickets?taken_by=me', undefined, luis)).json;
  assert.deepEqual(items.map((one) => one.id), [ticket.id]);
  assert.deepEqual(await tickets('?taken_by=nobody'), []);
  await until('the answer', () => bySms(number).length === 4);
  assert.equal(bySms(number)[3], 'Buenas, soy Luis.');

  assert.equal((await ask('POST', `/tickets/${ticket.id}/close`, undefined, luis)).status, 204);
  await until('the question again', () => bySms(number).length === 5);
  assert.match(bySms(number)[4], /^Seguimos donde quedamos:\n¿A qué se dedica/);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/close`)).status, 404);
  assert.equal((await ask('GET', `/tickets/${ticket.id}`)).status, 404);
  await phone.say('vendo abarrotes en mi bodega');
  await until('the flow goes on', () => bySms(number).length === 6);
  assert.match(bySms(number)[5], /rubro/);
});

test('what staff said replays with the rest of the conversation', () => {
  const words = ['replay', '--contact', number, '-c', chaski.config];
  const replayed = spawnSync(binary, words, { cwd: top, encoding: 'utf8' });
  assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
});

test('the command line lists, takes, answers, shows and closes', async () => {
  const phone = new TwilioPhone(chaski, '+51987622002');
  await phone.say('hola');
  assert.match((await phone.say('asesor'))[0], /persona del equipo/);
  assert.deepEqual(await phone.say('1'), []);
  const [id, who, channel, opened, waits] = run('ticket', 'list', '--free').stdout.split('\t');
  assert.deepEqual([who, channel, opened], ['+51987622002', 'sms', waits]);
  assert.equal(run('ticket', 'take', id).status, 0);
  assert.equal(run('ticket', 'answer', id, 'Le llamo hoy.').status, 0);
  assert.match(run('ticket', 'show', id).stdout,
    /\tsms\t>\tasesor\n(.*\n)*.*\tsms\t\*\tanswer \S+\n\t\t<\tLe llamo hoy\.\n/);
  assert.equal(run('ticket', 'list', '--mine').stdout.split('\t')[0], id);
  assert.equal(run('ticket', 'close', id).status, 0);
  assert.equal(run('ticket', 'close', id).status, 65);
  assert.equal(run('ticket', 'answer', id).status, 64);
  assert.equal(run('ticket', 'show', '9-9-9').status, 65);
});

test('who dialled is answered by SMS, and goes on with SEGUIR', async () => {
  const phone = new UssdPhone(chaski, '+51987622003');
  await phone.dial();
  await phone.say('1');
  const screen = await phone.say('asesor');
  assert.ok(screen.end && /por SMS/.test(screen.text), screen.text);
  assert.match((await phone.dial()).text, /SEGUIR/);
  assert.match((await phone.say('seguir')).text, /dedica/);
  const ticket = await ticketOf('+51987622003');
  assert.equal(ticket.channel, 'smsa');
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas.' })).status, 200);
  await until('an SMS', () => bySms('+51987622003').length === 1);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/close`)).status, 204);
});

test('after WhatsApp\'s window an answer is refused with the reason, and a close says nothing', async () => {
  const from = '+51987622004', day = 86400000;
  const old = (text) => send(chaski.url,
    whatsAppRequest(metaMessage({ from, content: metaText(text), at: Date.now() - day })));
  await old('hola');
  await old('asesor');
  const ticket = await ticketOf(from);
  const shown = (await ask('GET', `/tickets/${ticket.id}`)).json;
  assert.match(shown.cannot_answer, /24 hours/);
  const refused = await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas' });
  assert.equal(refused.status, 409);
  assert.match(refused.json.detail, /24 hours/);
  await new WhatsAppPhone(chaski, from).say('¿y?');
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas' })).status, 200);
  await until('the answer', () => byWhatsApp(from).some((text) => text.includes('Buenas')));
});

test('recordings are answered with what to do, and the third in a row is for staff, who see it came', async () => {
  const from = '+51987622014', phone = new WhatsAppPhone(chaski, from);
  const record = () => phone.send({ type: 'audio', audio: { id: '900', mime_type: 'audio/ogg', voice: true } });
  await phone.say('hola');
  for (const count of [1, 2]) {
    await record();
    await until('what to do instead',
      () => byWhatsApp(from).filter((text) => /escribe ASESOR/.test(text)).length === count);
    assert.equal(await ticketOf(from), undefined);
  }
  await record();
  const ticket = await ticketOf(from);
  assert.deepEqual([ticket.why, ticket.waiting], ['lost', 1]);
  await until('she is told', () => byWhatsApp(from).some((text) => /persona del equipo/.test(text)));
  await record();
  const { json } = await ask('GET', `/tickets/${ticket.id}`);
  assert.deepEqual(json.turns.map((turn) => turn.event), ['media', 'media', 'media', 'media', 'text']);
  assert.deepEqual([json.waiting, json.turns[0].said], [2, []]);
});

test('the third message in a row that is not understood is for staff; the flow goes on where it stood', async () => {
  const phone = new TwilioPhone(chaski, '+51987622015');
  for (const words of ['hola', 'si', 'vendo ropa', 'si', 'xq zt', 'xq zt', 'gracias', 'xq zt']) await phone.say(words);
  assert.equal(await ticketOf('+51987622015'), undefined); // one was understood in between
  await phone.say('xq zt');
  const told = await phone.say('xq zt');
  assert.match(told.join('\n'), /persona del equipo/);
  const ticket = await ticketOf('+51987622015');
  assert.deepEqual([ticket.why, ticket.waiting], ['lost', 1]);
  assert.deepEqual(await phone.say('xq zt'), []);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/close`)).status, 204);
  const asked = await phone.say('hola');
  assert.match(asked.join('\n'), /vendes al mes/);
});

test('who leaves or is erased has no ticket any more', async () => {
  for (const [who, words] of [['+51987622005', ['baja']], ['+51987622006', ['borrar', '1']]]) {
    const phone = new TwilioPhone(chaski, who);
    await phone.say('asesor');
    const ticket = await ticketOf(who);
    for (const word of words) await phone.say(word);
    assert.equal(await ticketOf(who), undefined);
    assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Hola' })).status, 404);
  }
  const phone = new TwilioPhone(chaski, '+51987622007');
  await phone.say('asesor');
  assert.ok(await ticketOf('+51987622007'));
  assert.equal(run('contact', 'erase', '+51987622007', '--yes').status, 0);
  assert.equal(await ticketOf('+51987622007'), undefined);
});

async function pages(at) {
  const paged = [];
  let cursor = '';
  do {
    const page = (await ask('GET', `${at}${cursor && `&cursor=${cursor}`}`)).json;
    paged.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return paged;
}

test('what was closed is listed, the last closed first, until its person is erased', async () => {
  const who = [21, 22, 23, 24].map((i) => `+519876220${i}`);
  for (const [i, number] of who.entries()) {
    await new TwilioPhone(chaski, number).say('asesor');
    const { id } = await ticketOf(number);
    if (i % 2) assert.equal((await ask('POST', `/tickets/${id}/assign`, { to: 'luis' })).status, 200);
    assert.equal((await ask('POST', `/tickets/${id}/close`)).status, 204);
  }
  const whole = (await ask('GET', '/tickets?state=closed&limit=200')).json.items;
  assert.deepEqual(whole.slice(0, 4).map((one) => one.number), [...who].reverse());
  assert.deepEqual(whole.map((one) => one.closed_at), whole.map((one) => one.closed_at).sort().reverse());
  assert.ok(whole.some((one) => one.number === '+51987622005'), 'who left closed it');
  assert.ok(!whole.some((one) => ['+51987622006', '+51987622007'].includes(one.number)), 'who is erased has none');
  assert.deepEqual(await pages('/tickets?state=closed&limit=1'), whole);
  const hers = whole.filter((one) => one.taken_by === 'luis');
  const filtered = (await ask('GET', '/tickets?state=closed&taken_by=me&limit=200', undefined, luis)).json.items;
  assert.deepEqual(filtered, hers);
  assert.deepEqual(await pages('/tickets?state=closed&taken_by=nobody&limit=1'), whole.filter((one) => !one.taken_by));
  assert.ok(!(await tickets()).some((one) => who.includes(one.number)));
  assert.equal((await ask('GET', '/tickets?state=closed&cursor=x')).status, 400);
  const [id, number, channel, , closed] = run('ticket', 'list', '--closed').stdout.split('\n')[0].split('\t');
  assert.deepEqual([id, number, channel, closed], [whole[0].id, who[3], whole[0].channel, whole[0].closed_at]);
  assert.equal(run('contact', 'erase', who[3], '--yes').status, 0);
  assert.ok(!(await ask('GET', '/tickets?state=closed&limit=200')).json.items.some((one) => one.number === who[3]));
});

test('a page of one kind goes on behind many of another', async () => {
  const number = '+51987622031', phone = new TwilioPhone(chaski, number);
  for (let i = 0; i < 6; i++) {
    await phone.say('asesor');
    const { id } = await ticketOf(number);
    if (!i) assert.equal((await ask('POST', `/tickets/${id}/assign`, { to: 'vera' })).status, 200);
    assert.equal((await ask('POST', `/tickets/${id}/close`)).status, 204);
  }
  const at = '/tickets?state=closed&taken_by=me&limit=1';
  let page = (await ask('GET', at, undefined, vera)).json;
  while (!page.items.length && page.next) page = (await ask('GET', `${at}&cursor=${page.next}`, undefined, vera)).json;
  assert.deepEqual(page.items.map((one) => [one.number, one.taken_by]), [[number, 'vera']]);
});

test('the list goes by age, in pages, and the audit log has no number', async () => {
  for (let i = 0; i < 5; i++) await new TwilioPhone(chaski, `+5198762201${i}`).say('asesor');
  const whole = await tickets('?limit=200');
  assert.deepEqual(whole.map((one) => one.opened_at), whole.map((one) => one.opened_at).sort());
  assert.deepEqual(await pages('/tickets?limit=2'), whole);
  assert.equal((await ask('GET', '/tickets?cursor=x')).status, 400);
  assert.equal((await ask('GET', '/tickets?taken_by=x')).status, 400);
  const audit = (await ask('GET', '/audit?limit=200')).json.items;
  const acts = audit.map((entry) => `${entry.who} ${entry.what}`);
  await ask('GET', '/tickets?state=closed');
  const [closed, open] = (await ask('GET', '/audit')).json.items.filter((entry) => entry.what === 'ticket.list');
  assert.deepEqual([closed.whom, open.whom], ['closed', 'open']);
  for (const act of ['ana ticket.show', 'ana ticket.assign', 'luis ticket.answer', 'luis ticket.close']) {
    assert.ok(acts.includes(act), act);
  }
  assert.doesNotMatch(JSON.stringify(audit), /987622/);
  assert.ok(!chaski.log.includes('987622'));
});
