// Audiences over the API: what people said is what they are found by, whatever they said and in whatever order; counts
// with their exclusions, lists in pages, segments, and that who was erased is found by nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone, UssdPhone, WhatsAppPhone } from './lib/phones.mjs';

let redis, chaski, meta, twilio, token;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, body, headers = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method, body: body && JSON.stringify(body),
    headers: { Authorization: `Bearer ${token}`, ...body && { 'Content-Type': 'application/json' }, ...headers } });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined, etag: response.headers.get('etag') };
}

const count = async (query, more) => (await ask('POST', '/audience/count', { query, ...more })).json;

async function listed(query, limit = 200) {
  const items = [];
  let cursor = '';
  do {
    const page = await ask('GET',
      `/contacts?limit=${limit}&query=${encodeURIComponent(query)}${cursor && `&cursor=${cursor}`}`);
    assert.equal(page.status, 200, JSON.stringify(page.json));
    items.push(...page.json.items);
    cursor = page.json.next;
  } while (cursor);
  return items;
}

const nobody = { opted_out: 0, never_wrote: 0, not_confirmed: 0, no_consent: 0, no_channel: 0, no_window: 0 };

const numbers = async (query, limit) => (await listed(query, limit)).map((item) => item.number).sort();

// What owners answer; of each some turn back before the end, one corrects herself.
const owners = [
  ['hola', '1', 'vendo abarrotes en mi tiendita', '1', 'hace 3 años', 'unos 120 soles diarios', '2', 'unos 40 al dia',
    'mi esposo y yo', 'no todavia', 'en Sicuani, Cusco', 'quiero un prestamo para surtir mi tienda'],
  ['hola', '1', 'tengo un restaurante de menu', '1', 'hace 8 meses', '5000 al mes', '1', '30 al dia', 'somos 4', 'si',
    '3', 'Arequipa', 'quiero mas clientes'],
  ['hola', '1', 'taller de costura', '1', 'todavia no'],
  ['hola', '1', 'vendo jugos en el mercado', '1', '2 años', '1500 al mes', '3'],
  ['hola', '2'],
  ['hola'],
  ['hola', '1', 'hago pan', '1', '5 años', 'no digo', '2', '20 al dia', 'yo solo', 'BAJA'],
];

before(async () => {
  redis = await new Redis().start();
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` },
    channels: channels({ twilio: twilio.url, meta: meta.url }) }).start();
  token = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
  for (const [i, said] of owners.entries()) {
    const phone = new TwilioPhone(chaski, `+5198761200${i}`);
    for (const words of said) await phone.say(words);
  }
  await new WhatsAppPhone(chaski, '+51987612007').say('hola');
  await new UssdPhone(chaski, '+51987612008').dial();
  await new UssdPhone(chaski, '+51987612000').dial();
});

after(async () => {
  await chaski?.remove();
  await meta?.close();
  await twilio?.close();
  await redis?.remove();
});

// Every value that anybody has, by every field, against the records themselves.
async function assertInStep() {
  const people = [];
  for (const item of await listed('all')) people.push((await ask('GET', `/contacts/${item.number}`)).json);
  const words = { stage: 0, industry: 0, region: 0, goal: 0, trend: 0, regime: 0, outlook: 0, ruc: 0 };
  const factOf = (person, slot) => person.facts.find((fact) => fact.slot === slot)?.value;
  const meant = (of) => people.filter(of).map((person) => person.number).sort();
  for (const slot of Object.keys(words)) {
    const valueOf = (person) => {
      const value = factOf(person, slot);
      return ['UNKNOWN', 'REFUSED'].includes(value) ? undefined : /^\d{11}$/.test(value) ? 'yes' : value;
    };
    for (const value of new Set(people.map(valueOf).filter(Boolean)))
      assert.deepEqual(await numbers(`${slot} = "${value}"`), meant((person) => valueOf(person) === value), value);
    assert.deepEqual(await numbers(`${slot} unknown`), meant((person) => !valueOf(person)), slot);
  }
  const kinds = { sms: ['sms', 'smsa'], ussd: ['ussd', 'ussdi'], whatsapp: ['wa'] };
  for (const [kind, names] of Object.entries(kinds))
    assert.deepEqual(await numbers(`channel = ${kind}`),
      meant((person) => person.channels.some((seen) => names.includes(seen.channel))), kind);
  assert.deepEqual(await numbers('opted_out = yes'), meant((person) => person.opted_out));
  assert.deepEqual(await numbers('tenure >= 12'), meant((person) => Number(factOf(person, 'tenure')) >= 12));
  assert.deepEqual(await numbers('tenure < 0'), meant((person) => Number(factOf(person, 'tenure')) < 0));
  assert.equal((await numbers('seen <= 1d and first_seen <= 1d')).length, people.length); // midnight may pass
  assert.deepEqual(await numbers('seen > 1d or first_seen > 1d'), []);
  return people;
}

test('people are found by what they said, on every channel', async () => {
  const people = await assertInStep();
  assert.equal(people.length, owners.length + 2);
  assert.deepEqual(await numbers('region = cusco and workers = 2 and sales > 3000 and sales < 3200'), ['+51987612000']);
  assert.deepEqual(await numbers('channel = ussd and channel = sms'), ['+51987612000']);
  assert.deepEqual(await numbers('consent = respuestas'), [0, 1, 2, 3].map((n) => `+5198761200${n}`));
});

test('pages follow each other, whatever their size', async () => {
  const whole = await listed('all');
  for (const limit of [1, 2, 4]) assert.deepEqual(await listed('all', limit), whole);
  const owner = whole.find((item) => item.number === '+51987612000');
  assert.equal(owner.region, '08');
  assert.equal(owner.facts.sales, '120/day');
});

test('a count tells who is excluded, and why', async () => {
  const all = await count('all');
  assert.equal(all.people, 9);
  assert.equal(all.matched, 9);
  assert.equal(all.recipients, 0);
  assert.deepEqual(all.excluded, { ...nobody, opted_out: 1, no_consent: 8 });
  const few = await count('region = 08 or tenure < 0', { template: true });
  assert.equal(few.matched, 2);
  assert.equal(few.excluded.no_consent, 2);
});

test('who agrees to notices, and confirms it, becomes a recipient', async () => {
  const phone = new TwilioPhone(chaski, '+51987612002');
  for (const words of ['MENU', 'avisos', '1', '1']) await phone.say(words);
  assert.deepEqual(await numbers('pending = avisos_capacitacion'), ['+51987612002']);
  assert.deepEqual((await count('tenure < 0')).excluded, { ...nobody, not_confirmed: 1 });
  await phone.say('1');
  assert.deepEqual(await numbers('pending = avisos_capacitacion'), []);
  const log = (await ask('GET', '/contacts/+51987612002/consents')).json.items;
  assert.deepEqual(log.map((line) => [line.purpose, line.value]),
    [['respuestas', 'yes'], ['avisos_capacitacion', 'pending'], ['avisos_capacitacion', 'yes']]);
  assert.match(log[1].question, /^¿Quieres que te avise/);
  assert.match(log[2].question, /^Para confirmar: /);
  assert.equal(new Set(log.map((line) => line.message_id)).size, 3);
  assert.deepEqual((await count('tenure < 0', { purpose: 'ofertas_aliados' })).excluded, { ...nobody, no_consent: 1 });
  assert.deepEqual(await numbers('consent = avisos_capacitacion'), ['+51987612002']);
  assert.equal((await count('all')).recipients, 1);
  assert.deepEqual(await count('tenure < 0'), { people: 9, matched: 1, recipients: 1,
    excluded: nobody });
  await assertInStep();
});

test('a query that is none is told where and why, in the API and on the command line', async () => {
  const wrong = await ask('POST', '/audience/count', { query: 'region = 08 and stge = growth' });
  assert.equal(wrong.status, 422);
  assert.match(JSON.stringify(wrong.json), /column 17: stge is no field: did you mean stage\?/);
  assert.equal((await ask('GET', '/contacts?query=stage')).status, 422);
  const told = run('audience', 'count', '--query', 'region = 99');
  assert.equal(told.status, 65);
  assert.match(told.stderr, /column 10/);
});

test('segments are kept, changed and used by name', async () => {
  assert.equal(run('segment', 'save', 'cusco', 'region = cusco').status, 0);
  assert.equal(run('segment', 'save', 'cusco', 'region = puno').status, 65, 'it is there');
  assert.equal(run('segment', 'save', 'other', 'region = mars').status, 65);
  const list = () => run('contact', 'list', '--segment', 'cusco').stdout;
  assert.match(list(), /^\+51987612000\t\S+\t\S*\tbodega_alimentos\t08\n$/);
  assert.match(run('audience', 'count', '--segment', 'cusco').stdout, /^people\t9\nmatched\t1\n/);
  for (const purpose of ['avisos_capacitacion', 'ofertas_aliados']) {
    const { stdout } = run('audience', 'count', '--purpose', purpose, '--json');
    assert.deepEqual(JSON.parse(stdout), (await ask('POST', '/audience/count', { query: 'all', purpose })).json);
  }
  assert.match(run('audience', 'count', '--purpose', 'respuestas').stderr, /must be one of avisos_capacitacion, /);
  const kept = await ask('GET', '/segments/cusco');
  assert.equal(kept.json.query, 'region = cusco');
  assert.equal((await ask('PATCH', '/segments/cusco', { query: 'region = puno' })).status, 428);
  assert.equal((await ask('PATCH', '/segments/cusco', { query: 'region = puno' }, { 'If-Match': '"x"' })).status, 412);
  const changed = await ask('PATCH', '/segments/cusco', { query: 'region = puno' }, { 'If-Match': kept.etag });
  assert.equal(changed.status, 200);
  assert.equal(list(), '');
  assert.equal(run('segment', 'save', 'cusco', 'region = cusco', '--over').status, 0);
  assert.match(run('segment', 'list').stdout, /^cusco\tregion = cusco\t\S+\t\n$/);
  assert.equal((await ask('DELETE', '/segments/cusco')).status, 428);
  assert.equal((await ask('DELETE', '/segments/cusco', undefined, { 'If-Match': '"x"' })).status, 412);
  assert.equal(run('segment', 'delete', 'cusco').status, 0);
  assert.equal(run('segment', 'delete', 'cusco').status, 65);
  assert.equal(run('contact', 'list', '--segment', 'cusco').status, 65);
});

test('who was erased is found by nothing, and comes again as another', async () => {
  assert.equal(run('contact', 'erase', '+51987612001', '--yes').status, 0);
  const phone = new TwilioPhone(chaski, '+51987612003');
  for (const words of ['BORRAR', '1']) await phone.say(words);
  await until('it is gone', async () => (await ask('GET', '/contacts/+51987612003')).status === 404);
  assert.equal((await count('all')).people, 7);
  const people = await assertInStep();
  assert.ok(!people.some((person) => ['+51987612001', '+51987612003'].includes(person.number)));
  await new TwilioPhone(chaski, '+51987612001').say('hola');
  assert.equal((await count('all')).people, 8);
  assert.deepEqual(await numbers('industry = restaurante'), []);
  await assertInStep();
});

test('an index that says something else is set right from the records, and a right one is left alone', async () => {
  const rebuild = (...words) => {
    const { status, stdout, stderr } = run('audience', 'rebuild', '--json', ...words);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  const whole = await listed('all'), people = whole.length;
  assert.equal(rebuild('--dry-run').wrong, 0);
  const [owner, lost, gone] = ['+51987612000', '+51987612002', '+51987612004'];
  const shard = async (number) => (await redis.keys(`ck:*:contact:${number}`))[0].match(/\{s\d+\}/)[0];
  const placeOf = async (number) => // the second word of what is behind the line's name
    Number((await redis.command('HGET', `ck:${await shard(number)}:contact:${number}`, 's')).split(' ')[1]);
  // A column of hers is lost, her place is another's, and somebody's record is away.
  await redis.command('DEL', `ck:${await shard(owner)}:index:region`);
  await redis.command('LSET', `ck:${await shard(lost)}:index:people`, await placeOf(lost), '51999999999');
  await redis.command('DEL', `ck:${await shard(gone)}:contact:${gone}`);
  assert.deepEqual(await numbers('region = cusco'), []);

  const dry = rebuild('--dry-run');
  assert.ok(dry.wrong >= 4, JSON.stringify(dry)); // the column, the place, whom it names, and the record
  assert.deepEqual(rebuild('--dry-run'), dry, 'nothing was written');
  assert.equal(rebuild().wrong, dry.wrong);
  assert.equal(rebuild('--dry-run').wrong, 0);
  assert.deepEqual(await numbers('region = cusco'), [owner]);
  assert.deepEqual(await numbers('all'), whole.map((item) => item.number).filter((one) => one !== gone).sort());
  assert.equal((await count('all')).people, people - 1);
  await new TwilioPhone(chaski, lost).say('hola'); // her number is another now
  await assertInStep();
  assert.equal(rebuild('--dry-run').wrong, 0);
  const wrong = await ask('POST', '/audience/rebuild', { cursor: 'p64.0' });
  assert.deepEqual([wrong.status, wrong.json.errors[0].field], [422, 'cursor']);
});

test('who listed people is written down, with the query', async () => {
  const { json } = await ask('GET', '/audit?limit=200');
  const acts = json.items.map((entry) => `${entry.what} ${entry.whom}`);
  for (const act of ['contact.list channel = ussd and channel = sms', 'segment.create cusco', 'segment.delete cusco'])
    assert.ok(acts.includes(act), act);
  assert.ok(!/\+?519876/.test(JSON.stringify(json.items)), 'a phone number is in the audit log');
});

test('an outlook never stands without how little it tells, nor does a choice by it', async () => {
  const auc = /^AUC: riesgo 0\.\d\d de 0\.\d\d a 0\.\d\d; crecer 0\.\d\d de 0\.\d\d a 0\.\d\d; 0\.50 es azar$/;
  const assertTold = (of, told, where) => told
    ? assert.match(of.auc ?? JSON.stringify(of), auc, where) : assert.equal(of.auc, undefined, where);
  const good = async (...words) => (await ask(...words)).json;
  const everybody = await listed('all'), known = await listed('outlook known');
  assert.ok(known.length > 0 && known.length < everybody.length);
  for (const person of everybody) assertTold(person, Boolean(person.facts.outlook), person.number);
  const queries = { 'outlook = riesgo': true, 'not (region = 08 or outlook in (estable, "por crecer"))': true,
    'region = 08': false, all: false };
  for (const [audience, told] of Object.entries(queries)) {
    const cast = await good('POST', '/broadcasts', { name: 'b', texts: { es: 'Hola' }, channels: ['sms'], audience });
    const answers = { cast, counted: await count(audience),
      saved: await good('POST', '/segments', { name: 's', query: audience }), shown: await good('GET', '/segments/s'),
      segment: (await good('GET', '/segments')).items.find(({ name }) => name === 's'),
      listedCast: (await good('GET', '/broadcasts')).items.find(({ id }) => id === cast.id),
      previewed: await good('POST', '/broadcasts/preview', { texts: { es: 'Hola' }, audience }) };
    for (const [where, answer] of Object.entries(answers)) assertTold(answer, told, `${audience}: ${where}`);
    const commands = [['audience', 'count', '--query', audience], ['segment', 'list'], ['broadcast', 'show', cast.id],
      ['broadcast', 'preview', '--text', 'Hola', '--audience', audience]];
    for (const words of commands) assert.equal(run(...words).stdout.includes('es azar'), told, words.join(' '));
    assert.equal(run('segment', 'delete', 's').status, 0);
  }
});
