// WhatsApp outside the 24 hours: what staff answer and what is told of trainings goes as the template that the channel
// names for it, else by SMS where she has written by SMS, else is refused before it is sent. A person's last message is
// made a day old by its own timestamp, which is what opens the window.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { anyHour } from './lib/broadcasts.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone, WhatsAppPhone, newSid, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

const DAY = 86400000;
let redis, chaski, twilio, meta, ana;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, body) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method,
    headers: { Authorization: `Bearer ${ana}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
}

before(async () => {
  redis = await new Redis().start();
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour, workers: 1,
    channels: { ...all, wa: { ...all.wa, answer_template: 'respuesta_equipo',
    training_template: 'aviso_capacitacion text', reminder_template: 'recordatorio title when where',
    template_language: 'es_PE' } } }).start();
  ana = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await meta?.close();
  await redis?.remove();
});

const longAgo = (from, text) => send(chaski.url, whatsAppRequest(metaMessage({ from,
  content: metaText(text), at: Date.now() - DAY, id: `wamid.${newSid()}` })));
const ticketOf = async (who) => (await ask('GET', '/tickets')).json.items.find((one) => one.number === who);
const byWhatsApp = (to) => meta.calls.filter((call) => call.message?.to === to && call.message.type);
const bySms = (to) => twilio.calls.filter((call) => call.params.To === to).map((call) => call.params.Body);
const params = (message) => message.template.components[0].parameters.map((one) => one.text);

test('an open window is told with its end, and an answer goes in free words', async () => {
  const from = '+51987640001', began = Date.now();
  await new WhatsAppPhone(chaski, from).say('asesor');
  const ticket = await ticketOf(from);
  const shown = (await ask('GET', `/tickets/${ticket.id}`)).json;
  assert.equal(shown.answer_as, 'words');
  assert.equal(shown.answer_on, 'wa');
  const left = new Date(shown.window_until) - began;
  assert.ok(left > DAY - 120e3 && left <= DAY, shown.window_until);
  assert.match(run('ticket', 'show', ticket.id).stderr, /takes free words until 2.*\nAn answer goes on wa\.\n/);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas.' })).status, 200);
  await until('free words', () => byWhatsApp(from).some((call) => call.message.text?.body === 'Buenas.'));
});

test('after it an answer goes as the template, with her question kept', async () => {
  const from = '+51987640002';
  await longAgo(from, 'hola');
  await longAgo(from, 'asesor');
  const ticket = await ticketOf(from);
  const shown = (await ask('GET', `/tickets/${ticket.id}`)).json;
  assert.deepEqual([shown.answer_as, shown.answer_on, shown.cannot_answer], ['template', 'wa', undefined]);
  assert.ok(new Date(shown.window_until) < new Date());
  assert.match(run('ticket', 'show', ticket.id).stderr, /An answer goes on wa, as its template\./);
  const long = await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'a'.repeat(701) });
  assert.equal(long.status, 422);
  assert.match(JSON.stringify(long.json), /700 characters/);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas.\n\nLe llamo hoy.' })).status, 200);
  await until('the template', () => byWhatsApp(from).length === 1);
  const { message } = byWhatsApp(from)[0];
  assert.deepEqual(message.template, { name: 'respuesta_equipo', language: { code: 'es_PE' },
    components: [{ type: 'body', parameters: [{ type: 'text', text: 'Buenas. Le llamo hoy.' }] }] });
  const [turn] = (await ask('GET', `/tickets/${ticket.id}`)).json.turns;
  assert.deepEqual(turn.said, ['Buenas.\n\nLe llamo hoy.']);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/close`)).status, 204);
  assert.deepEqual(meta.problems, []);
});

test('what is told of a training goes as its templates: a seat that became free, a reminder', async () => {
  const [rosa, pedro] = ['+51987640003', '+51987640004'];
  const inHours = (hours) => new Date(Date.now() + hours * 3600e3).toISOString();
  const made = await ask('POST', '/trainings', { code: 'CAJA', title: 'Caja y precios', starts_at: inHours(200),
    place: 'Municipalidad', seats: 1 });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const first = new WhatsAppPhone(chaski, pedro);
  for (const words of ['hola', '1', 'me apunto caja']) await first.say(words);
  await until('his seat', () => byWhatsApp(pedro).some((call) => call.text.includes('Tienes lugar')));
  for (const words of ['hola', '1', 'menu', 'avisos', '1', '1', '1', 'me apunto caja']) await longAgo(rosa, words);
  const rosas = () => byWhatsApp(rosa).map((call) => call.message);
  await until('her place in the list', () => rosas().length === 1);
  assert.equal(rosas()[0].template.name, 'aviso_capacitacion');
  assert.match(params(rosas()[0])[0], /lista de espera, número 1/);
  await first.say('no voy');
  await until('her seat', () => rosas().length === 2);
  assert.match(params(rosas()[1])[0], /^Se liberó un lugar y es tuyo: Caja y precios/);
  const changed = run('training', 'change', made.json.id, '--starts', inHours(2));
  assert.equal(changed.status, 0, changed.stderr);
  await until('that it is at another time, and the reminder of today', () => rosas().length === 4);
  assert.ok(rosas().some((one) => /^Cambio: Caja y precios/.test(params(one)[0])));
  const reminder = rosas().find((one) => one.template.name === 'recordatorio');
  assert.equal(params(reminder)[0], 'Caja y precios');
  assert.match(params(reminder)[1], /^\S+ \d+\/\d+, \d+:\d\d$/);
  assert.equal(params(reminder)[2], 'Municipalidad');
  assert.deepEqual(bySms(rosa), []);
  assert.deepEqual(meta.problems, []);
});

test('without a template who has written by SMS is answered there; who has not is refused', async () => {
  const all = channels({ twilio: twilio.url, meta: meta.url });
  await chaski.stop();
  chaski.settings.channels = { ...all, sms: { ...all.sms, api_base: twilio.url } };
  await chaski.start();
  const [julia, luz] = ['+51987640005', '+51987640006'];
  await new TwilioPhone(chaski, julia, 'smsa').say('hola');
  await until('her SMS', () => bySms(julia).length === 1);
  for (const from of [julia, luz]) for (const words of ['hola', 'asesor']) await longAgo(from, words);
  const ticket = await ticketOf(julia);
  const shown = (await ask('GET', `/tickets/${ticket.id}`)).json;
  assert.deepEqual([ticket.channel, shown.answer_as, shown.answer_on], ['wa', 'words', 'smsa']);
  const answered = await ask('POST', `/tickets/${ticket.id}/answer`, { text: 'Buenas.' });
  assert.deepEqual([answered.status, answered.json.channel], [200, 'smsa']);
  await until('the answer by SMS', () => bySms(julia).includes('Buenas.'));
  await new WhatsAppPhone(chaski, julia).say('gracias');
  assert.equal((await ticketOf(julia)).channel, 'wa', 'where she writes is where she is answered');

  const other = await ticketOf(luz);
  const refused = await ask('POST', `/tickets/${other.id}/answer`, { text: 'Buenas.' });
  assert.equal(refused.status, 409);
  assert.match(refused.json.detail, /24 hours ago .* answer_template, or call her/);
  assert.equal((await ask('GET', `/tickets/${other.id}`)).json.cannot_answer, refused.json.detail);
  assert.equal((await ask('POST', `/tickets/${other.id}/assign`, { to: 'ana' })).status, 200);
});

test('a template that cannot be sent is refused at start, with its place', async () => {
  const all = channels({ twilio: twilio.url, meta: meta.url });
  await chaski.stop();
  chaski.settings.channels = { ...all, wa: { ...all.wa, reminder_template: 'recordatorio titulo' } };
  await assert.rejects(chaski.start(),
    /chaski\.yaml:\d+:\d+: channel wa has reminder_template recordatorio titulo: nothing stands for 'titulo'/);
});
