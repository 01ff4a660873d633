// A broadcast on WhatsApp, against a fake of Meta: free words within 24 hours of a person's last message, the template
// with its parameters mapped after that; what each costs, in the preview and in the ledger; and who has neither.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Api, anyHour } from './lib/broadcasts.mjs';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { fakeMeta } from './lib/fakes.mjs';
import { newSid, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

const DAY = 86400000;
const here = '+51987641001', away = '+51987641002', silent = '+51987641003', left = '+51987641004';
const everybody = [here, away, silent, left];
const texts = { es: 'Feria para {{activity|tu negocio}} el sábado.' };
const template = { name: 'feria_junio', language: 'es_PE', category: 'utility',
  params: ['{{activity|tu negocio}}', '{{region|tu región}}', 'sábado 12'] };
let redis, chaski, meta, api;

const callsTo = (number, from) => meta.calls.slice(from).map((call) => call.message)
  .filter((message) => message.to === number || message.to === number.slice(1));

// Says things as of some time ago, by Meta's own timestamp.
async function say(number, words, ago = 0) {
  for (const text of words) {
    await send(chaski.url, whatsAppRequest(metaMessage({ from: number, content: metaText(text), at: Date.now() - ago,
      id: `wamid.${newSid()}` })));
  }
}

before(async () => {
  redis = await new Redis().start();
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const { wa } = channels({ meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour, channels: { wa: { ...wa,
    price: '0.0300', price_utility: '0.1100', price_marketing: '0.2600' } } }).start();
  api = new Api(chaski, spawnSync(binary, ['user', 'add', 'ana', '--role', 'sender', '-c', chaski.config, '--server',
    chaski.url], { cwd: top, encoding: 'utf8' }).stdout.trim());
  const agreeing = ['menu', 'cursos', '1', '1'];
  await say(here, ['hola', '1', 'vendo ropa', ...agreeing]);
  await say(away, ['hola', '1', 'vendo jugos en el mercado', ...agreeing], DAY);
  await say(silent, ['hola', '1', ...agreeing], DAY);
  await say(left, ['hola', '1', ...agreeing, 'baja'], DAY);
});

after(async () => {
  await chaski?.remove();
  await meta?.close();
  await redis?.remove();
});

test('the preview prices free words and templates apart, and shows the parameters', async () => {
  const seen = await api.good('POST', '/broadcasts/preview', { texts, template, channels: ['wa'], numbers: everybody });
  const [wa] = seen.channels;
  assert.deepEqual([seen.people, seen.recipients, wa.people, wa.templates], [4, 3, 3, 2]);
  assert.deepEqual([wa.cost, seen.cost], [0.25, 0.25], 'one message and two templates');
  assert.deepEqual(seen.excluded, [{ reason: 'opted_out', people: 1 }]);
  const filled = wa.samples.filter((one) => one.goes_as === 'template').map((one) => one.params);
  assert.ok(filled.some((params) => params[0] === 'tu negocio'), JSON.stringify(wa.samples));
  const dearer = await api.good('POST', '/broadcasts/preview', { texts,
    template: { ...template, category: 'marketing' }, channels: ['wa'], numbers: everybody });
  assert.equal(dearer.cost, 0.55);
});

test('it goes as one or the other, and the ledger has each, with what was paid', async () => {
  const from = meta.calls.length, id = await api.send({ texts, template, channels: ['wa'], numbers: everybody,
    budget: 1 });
  const shown = await api.reaches(id, 'done');
  assert.deepEqual([shown.sent, shown.excluded, shown.cost], [3, 1, 0.25]);
  const rows = Object.fromEntries((await api.audit(id)).map((row) => [row.number, row]));
  assert.deepEqual([rows[left].state, rows[left].reason], ['excluded', 'opted out']);
  const [free] = callsTo(here, from);
  assert.match(free.text?.body ?? free.interactive.body.text, /Feria para vendo ropa el sábado/);
  const parameters = (number) => {
    const [message, ...more] = callsTo(number, from);
    assert.deepEqual([message.type, message.template.name, message.template.language, more.length],
      ['template', 'feria_junio', { code: 'es_PE' }, 0]);
    return message.template.components.find((one) => one.type === 'body').parameters.map((one) => one.text);
  };
  assert.deepEqual(parameters(away), ['vendo jugos en el mercado', 'tu región', 'sábado 12']);
  assert.deepEqual(parameters(silent), ['tu negocio', 'tu región', 'sábado 12']);
  assert.deepEqual(callsTo(left, from), []);
  assert.deepEqual(meta.problems, []);
});

test('without a template only who wrote lately is reached, and the others are told by number', async () => {
  const from = meta.calls.length, draft = { texts, channels: ['wa'], numbers: everybody };
  const seen = await api.good('POST', '/broadcasts/preview', draft);
  assert.deepEqual(seen.excluded, [{ reason: 'opted_out', people: 1 }, { reason: 'no_window', people: 2 }]);
  assert.equal(seen.cost, 0.03);
  const id = await api.send(draft), shown = await api.reaches(id, 'done');
  assert.deepEqual([shown.sent, shown.excluded], [1, 3]);
  const rows = Object.fromEntries((await api.audit(id)).map((row) => [row.number, row.reason]));
  assert.deepEqual([rows[away], rows[silent]], ['no channel', 'no channel']);
  await until('hers went', () => callsTo(here, from).length === 1);
  assert.equal(meta.calls.length, from + 1);
});

test('who writes again is within the window again', async () => {
  await say(away, ['menu']);
  await until('the answer', () => callsTo(away, 0).length === 2);
  const from = meta.calls.length, id = await api.send({ texts, template, channels: ['wa'], numbers: [away] });
  assert.equal((await api.reaches(id, 'done')).cost, 0.03);
  const [message] = callsTo(away, from);
  assert.notEqual(message.type, 'template');
});
