// What a notice would say, cost and take: over the API and by the command. What an SMS costs is held against
// `text segments`, and against a library of others (split-sms).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import splitSms from 'split-sms';
import { Chaski, Redis, binary, channels, top } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const asked = '+51987622001', other = '+51987622002', leave = 'Para no recibir: BAJA';
let redis, chaski, sender, viewer;

const run = (words, input) => spawnSync(binary, ['broadcast', 'preview', ...words, '-c', chaski.config,
  '--server', chaski.url], { cwd: top, encoding: 'utf8', input, env: { ...process.env, CHASKI_TOKEN: sender } });

async function preview(draft, token = sender) {
  const response = await fetch(`${chaski.url}/api/v1/broadcasts/preview`, { method: 'POST', body: JSON.stringify(draft),
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } });
  return { status: response.status, json: await response.json() };
}

// What `chaski text segments` says of texts.
function segments(texts, policy) {
  const { stdout } = spawnSync(binary, ['text', 'segments', '--policy', policy],
    { cwd: top, encoding: 'utf8', input: `${texts.join('\n')}\n` });
  return stdout.trimEnd().split('\n').map((line) => {
    const [encoding, units, count] = line.split('\t');
    return { encoding, units: Number(units), segments: Number(count) };
  });
}

before(async () => {
  redis = await new Redis().start();
  const all = channels();
  Object.assign(all.sms, { price: '0.0450', price_by_prefix: '+51=0.0400,+1=0.0075', rate: '2' });
  Object.assign(all.smsa, { sms_text: 'exact', sms_segments: '10' });
  Object.assign(all.wa, { price_utility: '0.1100', price: '0.0300' });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: all }).start();
  const token = (name, role) => spawnSync(binary, ['user', 'add', name, '--role', role, '-c', chaski.config, '--server',
    chaski.url], { cwd: top, encoding: 'utf8' }).stdout.trim();
  sender = token('sara', 'sender');
  viewer = token('vera', 'viewer');
  const phone = new TwilioPhone(chaski, asked);
  for (const words of ['hola', '1', 'vendo jugos en el mercado']) await phone.say(words);
  await new TwilioPhone(chaski, other).say('hola');
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('a text costs what text segments and another library say it does', async () => {
  const words = ['Hoy', 'Feria en el Perú', 'n'.repeat(160), 'ñ'.repeat(120), '€'.repeat(90), `${'a'.repeat(70)}á`,
    'ó'.repeat(140), `Oferta ${'x'.repeat(300)}`, 'Cupos [20]', '“Gratis” – hoy…', '¿Qué tal? 😀'];
  for (const [channel, policy] of [['sms', 'plain'], ['smsa', 'exact']]) {
    const told = [], asIs = [];
    for (const text of words.filter((one) => policy === 'exact' || !one.includes('😀'))) {
      const whole = `Chaski. ${text}. Sal con BAJA`;
      const { status, json } = await preview({ texts: { es: whole }, channels: [channel], people: 1 });
      assert.equal(status, 200, JSON.stringify(json));
      const { text: sent, encoding, units, segments: count } = json.channels[0].samples[0];
      const { characterSet, bytes, parts } = splitSms.split(sent, { summary: true });
      told.push({ encoding, units, segments: count });
      assert.deepEqual([characterSet === 'GSM' ? 'GSM-7' : 'UCS-2', characterSet === 'GSM' ? bytes : bytes / 2,
        parts.length], [encoding, units, count], sent);
      asIs.push(whole);
    }
    assert.deepEqual(told, segments(asIs, policy));
  }
});

test('who sends and how to leave are always said', async () => {
  const { json } = await preview({ texts: { es: 'Hay feria' }, channels: ['sms'], people: 10 });
  assert.equal(json.channels[0].samples[0].text, `Chaski: Hay feria\n${leave}`);
  const own = await preview({ texts: { es: 'Chaski: hay feria. BAJA para salir' }, channels: ['sms'] });
  assert.equal(own.json.channels[0].samples[0].text, 'Chaski: hay feria. BAJA para salir');
});

test('the letters that cost are told with what to write instead', async () => {
  const text = `${'a'.repeat(75)} á [`;
  const { json } = await preview({ texts: { es: text }, channels: ['smsa', 'sms'], people: 1 });
  const [exact, plain] = json.channels.map((one) => one.letters);
  assert.deepEqual(exact.map((one) => [one.letter, one.effect, one.instead]), [['á', 'ucs-2', 'a']]);
  assert.equal(exact[0].means,
    'á makes the whole SMS hold 70 characters instead of 160 (2 segments instead of 1): send a');
  assert.deepEqual(plain.map((one) => [one.letter, one.effect]), [['á', 'replaced'], ['[', 'two units']]);
});

test('people, segments, soles and the finishing time', async () => {
  const { json } = await preview({ texts: { es: 'Hay feria' }, channels: ['sms'], people: 7200,
    start_at: '2030-06-03T08:00' }); // a Monday
  const [sms] = json.channels;
  assert.equal(json.basis, 'assumed');
  assert.deepEqual([sms.people, sms.segments, sms.cost, sms.rate], [7200, 7200, 324, 2]);
  assert.equal(sms.begins_at, '2030-06-03T13:00:00.000Z');
  assert.equal(sms.ends_at, '2030-06-03T13:59:59.500Z');
  const night = await preview({ texts: { es: 'Hay feria' }, channels: ['sms'], people: 2,
    start_at: '2030-06-02T23:00' });
  assert.equal(night.json.channels[0].begins_at, '2030-06-03T13:00:00.000Z', 'a Sunday night waits for Monday');
});

test('whom it does not reach before until_at is told, with the remedy', async () => {
  const draft = { texts: { es: 'Hay feria' }, channels: ['sms'], people: 7200, start_at: '2030-06-03T08:00' };
  const asked = async (until) => {
    const { status, json } = await preview({ ...draft, until_at: until });
    assert.equal(status, 200, JSON.stringify(json));
    return { missed: json.channels[0].missed, told: json.advice.filter((one) => one.field === 'until_at') };
  };
  const half = await asked('2030-06-03T08:30'); // two a second: 3,600 in half an hour
  assert.equal(half.missed, 3600);
  assert.deepEqual(half.told.map((one) => one.rule), ['channel sms would be through on 2030-06-03 at 08:59 (Lima), and '
    + 'about 3600 of its 7200 people would get nothing: set it later, start earlier, raise the channel\'s rate, or '
    + 'send it to fewer']);
  assert.equal((await asked('2030-06-03T13:59:59.500Z')).missed, 1, 'the last one goes at that instant');
  for (const until of ['2030-06-03T13:59:59.501Z', '2030-06-04', ''])
    assert.deepEqual(await asked(until), { missed: 0, told: [] }, until);
  assert.equal((await preview({ ...draft, start_at: '2030-06-02T09:00', until_at: '2030-06-02T20:00' }))
    .json.channels[0].missed, 7200, 'a Sunday: all of it lies outside the hours');
  const words = ['--text', 'Hay feria', '--channels', 'sms', '--people', '7200', '--start', '2030-06-03T08:00'];
  const shown = run([...words, '--until', '2030-06-03T08:30']);
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /^sms: .* to 2030-06-03 08:59 \(Lima\), too late for 3600$/m);
  assert.match(shown.stdout, /^until_at: channel sms would be through on 2030-06-03 at 08:59 \(Lima\), and about /m);
  assert.doesNotMatch(run([...words, '--until', '2030-06-03T09:00']).stdout, /too late|until_at/);
});

test('those who are named are looked at, and who gets nothing is told why', async () => {
  const yes = await preview({ texts: { es: 'Feria para {{activity|tu negocio}}' }, channels: ['sms'],
    numbers: [asked, other, '+51987622003'] });
  assert.equal(yes.json.basis, 'everybody');
  assert.deepEqual(yes.json.excluded, [{ reason: 'unknown', people: 1 }, { reason: 'no_consent', people: 2 }]);
  const phone = new TwilioPhone(chaski, asked);
  await phone.say('capacitacion');
  await phone.say('1');
  const once = await preview({ texts: { es: 'Feria' }, channels: ['sms'], numbers: [asked] });
  assert.deepEqual(once.json.excluded, [{ reason: 'not_confirmed', people: 1 }]);
  await phone.say('1');
  const offer = await preview({ texts: { es: 'Feria' }, channels: ['sms'], numbers: [asked],
    purpose: 'ofertas_aliados' });
  assert.deepEqual(offer.json.excluded, [{ reason: 'no_consent', people: 1 }]);
  const { json } = await preview({ texts: { es: 'Feria para {{activity|tu negocio}}' }, channels: ['sms'],
    numbers: [asked, other] });
  const [sms] = json.channels;
  assert.equal(sms.people, 1, JSON.stringify(json));
  assert.equal(sms.cost, 0.04, 'the price of numbers that begin so');
  const longest = sms.samples.find((one) => one.which === 'longest');
  assert.equal(longest.text, `Chaski: Feria para vendo jugos en el mercado\n${leave}`);
  assert.equal((await preview({ texts: { es: 'a' }, numbers: ['12'] })).json.errors[0].field, 'numbers');
  await phone.say('BAJA');
  const out = await preview({ texts: { es: 'Feria' }, channels: ['sms'], numbers: [asked] });
  assert.deepEqual(out.json.excluded, [{ reason: 'opted_out', people: 1 }]);
});

test('an audience is counted, and some of it looked at', async () => {
  const phone = new TwilioPhone(chaski, '+51987622009');
  for (const words of ['hola', '1', 'vendo ropa', 'capacitacion', '1', '1']) await phone.say(words);
  const draft = { texts: { es: 'Feria para {{activity|tu negocio}}' }, channels: ['sms'], audience: 'channel = sms' };
  const { status, json } = await preview(draft);
  assert.equal(status, 200, JSON.stringify(json));
  assert.deepEqual([json.people, json.recipients, json.looked_at, json.basis], [3, 1, 1, 'everybody']);
  assert.deepEqual(json.excluded, [{ reason: 'opted_out', people: 1 }, { reason: 'no_consent', people: 1 }]);
  assert.deepEqual([json.channels[0].people, json.cost], [1, 0.04]);
  assert.match(json.channels[0].samples.at(-1).text, /^Chaski: Feria para vendo ropa\n/);
  const wrong = await preview({ ...draft, audience: 'regio = 08' });
  assert.equal(wrong.status, 422);
  assert.deepEqual([wrong.json.errors[0].field, /^column 1: /.test(wrong.json.errors[0].rule)], ['audience', true]);
  assert.match((await preview({ ...draft, people: 4 })).json.errors[0].rule, /one of audience, numbers and people/);
  assert.match(run(['--text', 'Feria', '--channels', 'sms', '--audience', 'channel = sms']).stdout,
    /^people 3, recipients 1 \(everybody, looked at 1\), S\/ 0\.0400$/m);
});

test('a template is priced, and without one that is said', async () => {
  const template = { name: 'feria', language: 'es', params: ['{{activity|tu negocio}}'], category: 'utility' };
  const { json } = await preview({ texts: { es: 'Feria' }, template, channels: ['wa'], people: 100 });
  const [wa] = json.channels;
  assert.deepEqual([wa.cost, wa.templates, wa.samples[0].goes_as], [11, 100, 'template']);
  assert.deepEqual([wa.samples[0].template, wa.samples[0].params], ['feria', ['tu negocio']]);
  const without = await preview({ texts: { es: 'Feria' }, channels: ['wa'], people: 100 });
  assert.match(without.json.advice[0].rule, /name an approved template/);
});

test('what is wrong is told field by field', async () => {
  const rows = [
    [{ texts: { es: 'Hola {{activty|ti}}' } }, 'texts.es', /did you mean 'activity'/],
    [{ texts: { es: 'x'.repeat(600) }, channels: ['sms'] }, 'texts.es', /3 segments/],
    [{ texts: { es: 'Hola' }, channels: ['ussd'] }, 'channels', /cannot begin a message/],
    [{ texts: { es: 'Hola' }, channels: ['fax'] }, 'channels', /names of the configuration/],
    [{ texts: { es: 'Hola' }, channels: ['sms', 'sms'] }, 'channels', /each once/],
    [{ texts: { es: 'Hola' }, start_at: 'mañana' }, 'start_at', /2026-12-01T09:00/],
    [{ texts: { qu: 'Hola' } }, 'texts.qu', /not a language/],
    [{ text: 'Hola' }, 'text', /did you mean texts/],
    [{}, 'texts', /must be given/],
  ];
  for (const [draft, field, rule] of rows) {
    const { status, json } = await preview(draft);
    assert.equal(status, 422, JSON.stringify(json));
    assert.ok(json.errors.some((one) => one.field === field && rule.test(one.rule)), JSON.stringify(json));
  }
  assert.equal((await preview({ texts: { es: 'Hola' } }, viewer)).status, 403);
  const many = await preview({ texts: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`es.k${i}`, 'a'])) });
  assert.equal(many.status, 422);
  assert.match(many.json.errors[0].rule, /at most 32 texts/);
  for (const draft of [{ texts: { es: 'x'.repeat(200000) } }, { texts: { es: 'a', [`${'ñ'.repeat(90000)}`]: 'a' } },
    { texts: { es: 'a' }, template: { name: 'a', language: 'x'.repeat(200000), category: 'utility' } }]) {
    const { status, json } = await preview(draft);
    assert.equal(status, 422);
    assert.ok(json.errors.length);
  }
  const params = Array.from({ length: 5000 }, () => 3);
  const template = { name: 'a', language: 'es', params, category: 'utility' };
  const wide = await preview({ texts: { es: 'Hola' }, template });
  assert.equal(wide.status, 422);
});

test('nothing is kept but that somebody looked', async () => {
  const before = await redis.keysOfWork();
  await preview({ texts: { es: 'Hola' }, people: 5 });
  assert.deepEqual(await redis.keysOfWork(), before);
  const log = await redis.command('XREVRANGE', 'ck:{staff}:audit', '+', '-', 'COUNT', '1');
  assert.match(log[0][1][1], /"who":"sara","what":"notice.preview"/);
});

test('the command tells the same', async () => {
  const shown = run(['--text', 'Hay feria en el Perú', '--channels', 'sms', '--people', '7200', '--start',
    '2030-06-03T08:00']);
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /^people 7200, recipients 7200 \(assumed, looked at 0\), S\/ 324\.0000$/m);
  assert.match(shown.stdout, /^sms: people 7200, segments 7200, S\/ 324\.0000, from 2030-06-03 08:00 to /m);
  assert.match(shown.stdout, / to 2030-06-03 08:59 \(Lima\)$/m);
  assert.match(shown.stdout, /^ {4}\| Chaski: Hay feria en el Peru$/m);
  assert.match(shown.stdout, /^ {2}letter: ú goes as u, which costs nothing$/m);
  const file = path.join(chaski.dir, 'draft.json');
  const draft = { texts: { es: 'Hay feria' }, channels: ['sms'], people: 3 };
  fs.writeFileSync(file, JSON.stringify(draft));
  assert.deepEqual(JSON.parse(run([file, '--json']).stdout).channels[0].samples,
    (await preview(draft)).json.channels[0].samples);
  assert.equal(run(['-'], JSON.stringify(draft)).status, 0);
  assert.equal(run(['-'], 'no').status, 65);
  assert.equal(run([]).status, 64);
  assert.equal(run(['--text', 'a', '--people', 'x']).status, 64);
  const wrong = run(['--text', 'Hola {{activty|ti}}']);
  assert.equal(wrong.status, 65);
  assert.match(wrong.stderr, /texts\.es .*did you mean 'activity'/);
});
