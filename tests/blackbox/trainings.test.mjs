// Trainings: made, changed and cancelled over the API and the command line; who signed up, who waits, who came.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { anyHour } from './lib/broadcasts.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone, UssdPhone, WhatsAppPhone } from './lib/phones.mjs';
import { send } from './lib/webhooks.mjs';

let redis, chaski, twilio, meta, ana, vera;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, body, as = ana, more = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method,
    headers: { Authorization: `Bearer ${as}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...more },
    body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined, etag: response.headers.get('etag') };
}

// A day from now in Lima, as staff type it.
const inDays = (days, hour = '15:00') =>
  `${new Date(Date.now() - 5 * 3600e3 + days * 86400e3).toISOString().slice(0, 10)}T${hour}`;

const usual = { code: 'CAJA', title: 'Caja y precios', starts_at: inDays(7), place: 'Municipalidad de Wanchaq',
  seats: 2 };

before(async () => {
  redis = await new Redis().start();
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour, workers: 2,
    channels: { ...all, sms: { ...all.sms, api_base: twilio.url }, ussd: { ...all.ussd, follow_by: 'smsa' } } })
    .start();
  ana = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
  vera = run('user', 'add', 'vera', '--role', 'viewer').stdout.trim();
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await meta?.close();
  await redis?.remove();
});

test('a training is made, shown, listed, changed', async () => {
  const made = await ask('POST', '/trainings', usual);
  assert.equal(made.status, 201, JSON.stringify(made.json));
  assert.equal(made.json.id, '1');
  assert.equal(made.json.state, 'open');
  assert.equal(made.json.deadline_at, made.json.starts_at);
  assert.match(made.json.door, /^[A-Z]{3}[2-9]$/);
  assert.equal((await ask('GET', '/trainings/1', undefined, vera)).json.door, undefined);
  assert.equal((await ask('POST', '/trainings', usual)).status, 409, 'the code is taken');
  assert.equal((await ask('POST', '/trainings', { ...usual, code: 'WEB' })).json.id, '2');
  assert.deepEqual((await ask('GET', '/trainings?limit=1')).json.items.map((one) => one.id), ['2']);
  const { next } = (await ask('GET', '/trainings?limit=1')).json;
  assert.deepEqual((await ask('GET', `/trainings?limit=1&cursor=${next}`)).json.items.map((one) => one.id), ['1']);

  assert.equal((await ask('PATCH', '/trainings/1', { seats: 3 })).status, 428);
  const { etag } = await ask('GET', '/trainings/1');
  const changed = await ask('PATCH', '/trainings/1', { seats: 3, starts_at: inDays(8) }, ana, { 'If-Match': etag });
  assert.equal(changed.json.seats, 3);
  assert.equal(changed.json.deadline_at, changed.json.starts_at, 'the deadline moves with it');
  assert.equal((await ask('PATCH', '/trainings/1', { seats: 4 }, ana, { 'If-Match': etag })).status, 412);
});

test('what cannot be is refused, field by field', async () => {
  const rows = [
    [{ ...usual, code: 'caja' }, 'code'],
    [{ ...usual, code: 'A' }, 'code'],
    [{ ...usual, code: 'X1', starts_at: 'mañana' }, 'starts_at'],
    [{ ...usual, code: 'X1', starts_at: '2020-01-01T10:00' }, 'starts_at'],
    [{ ...usual, code: 'X1', deadline_at: inDays(9) }, 'deadline_at'],
    [{ ...usual, code: 'X1', place: undefined }, 'place'],
    [{ ...usual, code: 'X1', seats: 0 }, 'seats'],
    [{ ...usual, code: 'X1', audience: 'regin = 08' }, 'query'],
    [{ ...usual, code: 'X1', texts: { seat: 'Hola {{nombre}}' } }, 'texts.seat'],
    [{ ...usual, code: 'X1', texts: { sit: 'Hola' } }, 'texts.sit'],
    [{ ...usual, code: 'X1', place: 'p'.repeat(100), texts: { moved: '{{where}}'.repeat(30) } }, 'texts.moved'],
  ];
  for (const [body, field] of rows) {
    const refused = await ask('POST', '/trainings', body);
    assert.ok(refused.status === 422 || refused.status === 400, JSON.stringify(body));
    assert.ok(JSON.stringify(refused.json).includes(field), `${field}: ${JSON.stringify(refused.json)}`);
  }
  assert.equal((await ask('POST', '/trainings', { ...usual, code: 'X1' }, vera)).status, 403);
  assert.equal((await ask('GET', '/trainings/99')).status, 404);
  assert.equal((await ask('GET', '/trainings/01')).status, 404);
});

test('the command line makes, shows, changes, lists and cancels', async () => {
  const made = run('training', 'create', '--code', 'MYPE', '--title', 'Formaliza tu negocio', '--starts', inDays(5),
    '--link', 'https://ejemplo.pe/aula', '--seats', '30', '--json');
  assert.equal(made.status, 0, made.stderr);
  const { id } = JSON.parse(made.stdout);
  assert.match(run('training', 'show', id).stdout, /^id\t\d+\ncode\tMYPE\n(.*\n)*signed\t0\n/);
  assert.equal(run('training', 'change', id, '--seats', '40').status, 0);
  assert.equal(JSON.parse(run('training', 'show', id, '--json').stdout).seats, 40);
  assert.equal(run('training', 'list').stdout.split('\n')[0].split('\t')[1], 'MYPE');
  assert.equal(run('training', 'people', id).stdout, '');
  const marked = run('training', 'attend', id, '+51987622001');
  assert.equal(marked.status, 65);
  assert.match(marked.stderr, /\+51987622001 is not among its people/);
  assert.equal(run('training', 'cancel', id).status, 64);
  assert.match(run('training', 'cancel', id, '--yes').stdout, /\nstate\tcancelled\n/);
  assert.equal(run('training', 'cancel', id, '--yes').status, 65);
  assert.equal(run('training', 'change', id, '--seats', '1').status, 65);
});

test('each act is in the audit log, and no number is', async () => {
  const { items } = (await ask('GET', '/audit?limit=200')).json;
  const acts = items.filter((one) => one.what.startsWith('training.'));
  assert.deepEqual([...new Set(acts.map((one) => one.what))].sort(),
    ['training.attend', 'training.cancel', 'training.change', 'training.create', 'training.people']);
  assert.ok(!JSON.stringify(acts).includes('987622001'));
});

// ---- signing up

const bySms = (to) => twilio.calls.filter((call) => call.params.To === to).map((call) => call.params.Body);
const person = (i) => `+5198763${String(i).padStart(4, '0')}`;

async function join(i, words) {
  const phone = new TwilioPhone(chaski, person(i), 'smsa');
  await phone.say('hola');
  await phone.say('1');
  const before = bySms(person(i)).length;
  await phone.say(words);
  return { phone, number: person(i), before };
}

// What comes after `count` messages.
async function next(who, pattern, count) {
  await until(`${pattern} for ${who}`,
    () => bySms(who).slice(count).some((text) => pattern.test(text)));
}

test('seats go to who signs up first, then there is a waiting list that moves up by itself', async () => {
  const { id } = (await ask('POST', '/trainings', { ...usual, code: 'LISTA' })).json;
  const first = await join(1, 'me apunto lista');
  await next(first.number, /^Tienes lugar: Caja y precios, .* Municipalidad de Wanchaq\. Si no .* responde NO VOY/, 2);
  const second = await join(2, 'Me apunto: LISTA');
  await next(second.number, /^Tienes lugar/, 2);
  const third = await join(3, 'apúntame en lista');
  await next(third.number, /lista de espera, n.*mero 1\./, 2);
  const fourth = await join(4, 'me apunto LISTA por favor');
  await next(fourth.number, /lista de espera, n.*mero 2\./, 2);
  assert.deepEqual((await ask('GET', `/trainings/${id}/people`)).json.items.map((one) => [one.number, one.state]),
    [[person(1), 'seat'], [person(2), 'seat'], [person(3), 'waiting'], [person(4), 'waiting']]);

  await second.phone.say('no voy');
  await next(second.number, /^Listo, ya no est/, 3);
  await next(third.number, /^Se liber.* un lugar y es tuyo: Caja y precios/, 3);
  const twice = bySms(fourth.number).length;
  await fourth.phone.say('me apunto lista');
  await next(fourth.number, /lista de espera, n.*mero 1\./, twice);
  const { etag } = await ask('GET', `/trainings/${id}`);
  assert.equal((await ask('PATCH', `/trainings/${id}`, { seats: 3 }, ana, { 'If-Match': etag })).status, 200);
  await next(fourth.number, /^Se liber/, 3);
  const shown = (await ask('GET', `/trainings/${id}`)).json;
  assert.deepEqual([shown.seat, shown.waiting, shown.left, shown.came, shown.signed, shown.answered],
    [3, 0, 1, 0, 4, 4]);
  for (const i of [1, 2, 3, 4])
    assert.equal(bySms(person(i)).filter((text) => /^(Tienes lugar|Se liber)/.test(text)).length, 1, 'told once');
});

test('who names none is asked which; too late, cancelled and nothing are told', async () => {
  for (const one of (await ask('GET', '/trainings')).json.items)
    if (one.state === 'open') await ask('POST', `/trainings/${one.id}/cancel`);
  await next(person(1), /^Se cancel/, 3);
  const fifth = await join(5, 'me apunto');
  await next(fifth.number, /^Hoy no hay capacitaciones/, 2);
  await fifth.phone.say('no voy');
  await next(fifth.number, /^No est.*s en ninguna/, 3);
  const one = (await ask('POST', '/trainings', { ...usual, code: 'UNO' })).json;
  await fifth.phone.say('me apunto');
  await next(fifth.number, /^Tienes lugar/, 4);
  await ask('POST', '/trainings', { ...usual, code: 'DOS', audience: 'region = 08' });
  const sixth = await join(6, 'me apunto');
  await next(sixth.number, /^Tienes lugar/, 2);
  await ask('POST', '/trainings', { ...usual, code: 'TRES' });
  const seventh = await join(7, 'me apunto');
  await next(seventh.number, /ME APUNTO y su palabra:\nUNO ... \d+\/\d+ 15:00\nTRES /, 2);
  await ask('POST', `/trainings/${one.id}/cancel`);
  await seventh.phone.say('me apunto uno');
  await next(seventh.number, /^Se cancel/, 3);
  await seventh.phone.say('me apunto tres');
  await next(seventh.number, /^Tienes lugar/, 4);
  await seventh.phone.say('no puedo ir a tres');
  await next(seventh.number, /^Listo, ya no est/, 5);
});

test('who is erased is in no roster any more, and her seat is the next one\'s', async () => {
  const { id } = (await ask('POST', '/trainings', { ...usual, code: 'SOLA', seats: 1 })).json;
  const eighth = await join(8, 'me apunto sola');
  await next(eighth.number, /^Tienes lugar/, 2);
  const ninth = await join(9, 'me apunto sola');
  await next(ninth.number, /lista de espera/, 2);
  await eighth.phone.say('borrar');
  await eighth.phone.say('1');
  await next(ninth.number, /^Se liber/, 3);
  await until('her row is gone', async () =>
    !JSON.stringify((await ask('GET', `/trainings/${id}/people`)).json).includes(person(8)));
  await until('she is nowhere among staff\'s records',
    async () => !(await recordsOf('ck:{staff}:*')).includes(person(8)));
});

// What lies under keys, as text.
async function recordsOf(pattern) {
  const read = { hash: ['HGETALL'], zset: ['ZRANGE', 0, -1], stream: ['XRANGE', '-', '+'] };
  const found = [];
  for (const key of await redis.keys(pattern)) {
    const [command, ...rest] = read[await redis.command('TYPE', key)] ?? [];
    if (command) found.push(await redis.command(command, key, ...rest));
  }
  return JSON.stringify(found);
}

test('who is at the door sends its code; staff mark others, and take it back', async () => {
  const soon = new Date(Date.now() + 3600e3).toISOString();
  const made = (await ask('POST', '/trainings', { ...usual, code: 'HOY', starts_at: soon })).json;
  const tenth = await join(10, 'me apunto hoy');
  await next(tenth.number, /^Tienes lugar/, 2);
  await tenth.phone.say('asistencia ZZZ9');
  await next(tenth.number, /^Ese c.*digo no es de una/, 3);
  await tenth.phone.say(`Asistencia ${made.door.toLowerCase()}`);
  await next(tenth.number, /^Gracias por venir a Caja y precios/, 4);
  const eleventh = await join(11, 'me apunto hoy');
  await next(eleventh.number, /^Tienes lugar/, 2);
  const twelfth = await join(12, `asistencia ${made.door}`);
  await next(twelfth.number, /^Gracias por venir/, 2);
  const marked = await ask('POST', `/trainings/${made.id}/attendance`, { numbers: [person(11), '987000000'] });
  assert.deepEqual(marked.json, { marked: 1, unknown: ['+51987000000'] });
  const came = async () => (await ask('GET', `/trainings/${made.id}/people?state=came`)).json.items
    .map((one) => one.number);
  assert.deepEqual(await came(), [person(12), person(10), person(11)], 'who never signed up comes first');
  const matched = async (query) => (await ask('POST', '/audience/count', { query })).json.matched;
  const trained = (answer) => matched(`trained = ${answer}`);
  await until('who came is found by it', async () => await trained('yes') === 3);
  const { facts } = (await ask('GET', `/contacts/${person(11)}`)).json;
  assert.equal(facts.find((one) => one.slot === 'trained')?.rule, `training ${made.id}`);
  await ask('POST', `/trainings/${made.id}/attendance`, { numbers: [person(11)], came: false });
  assert.deepEqual(await came(), [person(12), person(10)]);
  await until('it is taken back of who came to no other', async () => await trained('yes') === 2);
  assert.equal(await trained('no'), await matched('all') - 2);
  const page = (await ask('GET', `/trainings/${made.id}/people?limit=1`, undefined, vera)).json;
  assert.equal(page.items[0].number, undefined);
  assert.match(page.items[0].person, /^[0-9a-f]+$/);
  assert.equal((await ask('GET', `/trainings/${made.id}/people?limit=2&cursor=${page.next}`)).json.items.length, 2);
});

// ---- invitations

const byWhatsApp = (to) => meta.calls.filter((call) => call.message?.to === to);

async function change(id, fields) {
  const { etag } = await ask('GET', `/trainings/${id}`);
  const changed = await ask('PATCH', `/trainings/${id}`, fields, ana, { 'If-Match': etag });
  assert.equal(changed.status, 200, JSON.stringify(changed.json));
}

test('a week: invited, signed up by "1" and by button, reminded, there, certified; and the funnel of it', async () => {
  for (const one of (await ask('GET', '/trainings')).json.items)
    if (one.state === 'open') await ask('POST', `/trainings/${one.id}/cancel`);
  const words = ['hola', '1', 'menu', 'avisos', '1', '1', '1'];
  const [maria, rosa, julia] = [20, 21, 22].map((i) => new TwilioPhone(chaski, person(i), 'smsa'));
  const pedro = new WhatsAppPhone(chaski, person(23)), at = person(23);
  for (const phone of [maria, rosa, julia, pedro]) for (const word of words) await phone.say(word);
  const { id } = (await ask('POST', '/trainings', { ...usual, code: 'SEMANA', seats: 2,
    texts: { certificate: 'Constancia: {{title}}. Número {{proof}}.' } })).json;
  const dry = run('training', 'invite', id, '--dry-run', '--json');
  assert.equal(dry.status, 0, dry.stderr);
  const foreseen = JSON.parse(dry.stdout);
  assert.ok(foreseen.recipients >= 4 && foreseen.channels.length > 1, dry.stdout);
  assert.match(dry.stdout, /Caja y precios: .* Responde 1 para apuntarte/);
  const kept = (await ask('GET', '/broadcasts')).json.items.filter((one) => one.training === id);
  assert.deepEqual(kept, [], 'nothing is kept');
  const invited = run('training', 'invite', id, '--channels', 'wa,smsa', '--yes');
  assert.equal(invited.status, 0, invited.stderr);
  for (const phone of [maria, rosa, julia])
    await next(phone.number, /Caja y precios: .* Responde 1 para apuntarte o 2 si no vas/, 0);
  await until('the invitation with its buttons', () => byWhatsApp(at).some((call) =>
    JSON.stringify(call.message).includes(`training:${id}:join`)));

  await maria.say('1');
  await next(maria.number, /^Tienes lugar/, 0);
  await pedro.press(`training:${id}:join`, 'Me apunto');
  await until('her seat', () => byWhatsApp(at).some((call) => call.text.includes('Tienes lugar')));
  await rosa.say('1');
  await next(rosa.number, /lista de espera/, 0);
  await julia.say('2');
  await next(julia.number, /^Listo, ya no est/, 0);
  const told = bySms(maria.number).length;
  await maria.say('1');
  await next(maria.number, /./, told);
  assert.doesNotMatch(bySms(maria.number)[told], /lugar/, 'what comes after is an answer to the question again');
  await pedro.press(`training:${id}:leave`, 'No voy');
  await next(rosa.number, /^Se liber/, 0);

  await change(id, { starts_at: new Date(Date.now() + 7200e3).toISOString(), place: 'Colegio Garcilaso' });
  for (const phone of [maria, rosa]) {
    await next(phone.number, /^Cambio: Caja y precios es ahora .* Colegio Garcilaso/, 0);
    await next(phone.number, /^Recuerda: Caja y precios/, 0);
  }
  assert.ok(!bySms(julia.number).some((text) => /^Recuerda/.test(text)));
  const { door } = (await ask('GET', `/trainings/${id}`)).json;
  await maria.say(`asistencia ${door}`);
  await next(maria.number, /^Gracias por venir/, 0);
  await ask('POST', `/trainings/${id}/attendance`, { numbers: [rosa.number] });
  await change(id, { starts_at: new Date(Date.now() - 2 * 86400e3).toISOString(), deadline_at: '' });
  for (const phone of [maria, rosa]) await next(phone.number, /^Constancia: Caja y precios\. N.*mero \d+-\d+\./, 0);
  for (const phone of [maria, rosa])
    for (const once of [/^Recuerda/, /^Constancia/, /^(Tienes lugar|Se liber)/])
      assert.equal(bySms(phone.number).filter((text) => once.test(text)).length, 1, `${once} once`);
  const invites = (text) => /Responde 1 para apuntarte/.test(text ?? '');
  for (const [who, status] of [[maria, 'delivered'], [rosa, 'delivered'], [rosa, 'read']])
    await send(chaski.url, twilio.callback(twilio.calls.find((call) => call.params.To === who.number &&
      invites(call.params.Body)), status));
  const button = byWhatsApp(at).find((call) => JSON.stringify(call.message).includes(`training:${id}:join`));
  await send(chaski.url, meta.callback(button, 'read', { appSecret: secrets.appSecret }));
  const shown = (await ask('GET', `/trainings/${id}`)).json;
  assert.ok(shown.invited >= 4 && shown.sent >= 4);
  assert.deepEqual([shown.delivered, shown.read], [3, 2]);
  assert.deepEqual([shown.answered, shown.signed, shown.seat, shown.waiting, shown.left, shown.came],
    [4, 3, 0, 0, 2, 2]);
});

test('what became of it replays', () => {
  for (const i of [3, 20, 21]) {
    const words = ['replay', '--contact', person(i), '-c', chaski.config];
    const replayed = spawnSync(binary, words, { cwd: top, encoding: 'utf8' });
    assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
  }
});

test('the menu lists them on each channel, and the choice signs up or puts on the waiting list', async () => {
  for (const one of (await ask('GET', '/trainings')).json.items)
    if (one.state === 'open') await ask('POST', `/trainings/${one.id}/cancel`);
  const { id } = (await ask('POST', '/trainings', { ...usual, code: 'PAN', seats: 2, starts_at: inDays(3) })).json;
  await ask('POST', '/trainings', { ...usual, code: 'WEB2', starts_at: inDays(2) });
  await ask('POST', '/trainings', { ...usual, code: 'CUSCO', audience: 'region = 08' });
  const ussd = new UssdPhone(chaski, person(40));
  await ussd.dial();
  for (const words of ['1', 'menu']) await ussd.say(words);
  let screen;
  await until('the newest are known', async () => {
    await ussd.say('menu');
    screen = await ussd.say('cursos');
    return /WEB2[^]*PAN/.test(screen.text);
  });
  assert.match(screen.text, /te apunto\?\n1 WEB2 ... \d+\/\d+ 15:00\n2 PAN ... \d+\/\d+ 15:00\n3 Otros cursos$/);
  assert.match((await ussd.say('2')).text, /^Anotado: PAN /);
  await next(person(40), /^Tienes lugar: Caja y precios/, 0);

  const wa = new WhatsAppPhone(chaski, person(41));
  for (const words of ['hola', '1', 'menu', 'capacitaciones']) await wa.say(words);
  const button = () => byWhatsApp(person(41))
    .flatMap((call) => call.message.interactive?.action?.buttons ?? [])
    .map((one) => one.reply).find((one) => one.title.startsWith('PAN '));
  await until('the buttons', button);
  await wa.press(button().id, button().title);
  await until('her seat', () => byWhatsApp(person(41)).some((call) => call.text.includes('Tienes lugar')));

  const sms = await join(42, 'menu');
  await sms.phone.say('cursos');
  await next(person(42), /2 PAN /, 0);
  await sms.phone.say('2');
  await next(person(42), /lista de espera, n.*mero 1\./, 0);
  assert.deepEqual((await ask('GET', `/trainings/${id}/people`)).json.items.map((one) => [one.number, one.state]),
    [[person(40), 'seat'], [person(41), 'seat'], [person(42), 'waiting']]);
  for (const i of [40, 41, 42]) {
    const words = ['replay', '--contact', person(i), '-c', chaski.config];
    const replayed = spawnSync(binary, words, { cwd: top, encoding: 'utf8' });
    assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
  }
});

test('who dials signs up there, and is told by SMS', async () => {
  const { id } = (await ask('POST', '/trainings', { ...usual, code: 'MARCA' })).json;
  const phone = new UssdPhone(chaski, person(30));
  await phone.dial();
  await phone.say('1');
  assert.ok(await phone.say('me apunto marca'));
  await next(person(30), /^Tienes lugar/, 0);
  assert.equal((await ask('GET', `/trainings/${id}/people`)).json.items[0].channel, 'smsa');
});
