// People of a list: taken whole or not at all, twice as once, never over what somebody told, and never written to.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Api, agree, anyHour, smsChannels } from './lib/broadcasts.mjs';
import { Chaski, Redis, binary, secrets, top, until } from './lib/daemon.mjs';
import { FakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone } from './lib/phones.mjs';
import { accountSid } from './lib/webhooks.mjs';

const known = '+51987631001', out = '+51987631002', fresh = '+51987631003', other = '+51987631004';
let redis, chaski, twilio, api, viewer, file;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });
const take = (csv, more) => api.ask('POST', '/contacts/import', { csv, ...more });
const person = (number) => api.ask('GET', `/contacts/${encodeURIComponent(number)}`);

before(async () => {
  redis = await new Redis().start();
  twilio = await new FakeTwilio({ sid: accountSid, authToken: secrets.authToken }).start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour,
    channels: smsChannels(twilio) }).start();
  api = new Api(chaski, run('user', 'add', 'ana', '--role', 'admin').stdout.trim());
  viewer = new Api(chaski, run('user', 'add', 'vera', '--role', 'viewer').stdout.trim());
  await agree(chaski, [known, out], ['hola', '1', 'vendo jugos en el mercado']);
  await new TwilioPhone(chaski, out).say('baja');
  file = path.join(chaski.dir, 'lista.csv');
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
  await twilio?.close();
});

test('each fault is told by line and column, with the value and the remedy, and nothing is done', async () => {
  const rows = [
    ['numero,region\n987631003,08\n', /^line 1, column 1$/, /numero.*must be number, or a slot/],
    ['number,consent\n987631003,yes\n', /^line 1, column 8$/, /a consent is the person's alone/],
    ['number,region,region\n987631003,08,08\n', /^line 1, column 15$/, /there twice/],
    ['region\n08\n', /^line 1, column 1$/, /number.*missing/],
    ['number;region\n987631003;08\n12;08\n', /^line 3, column 1$/, /number '12'.*\+51987654321/],
    ['number,region\n987631003,marte\n', /^line 2, column 11$/, /region 'marte': it must be a value/],
    ['number,region\n987631003\n', /^line 2, column 1$/, /as many cells/],
    ['number,region\n987631003,08\n+51987631003,08\n', /^line 3, column 1$/, /there twice/],
    ['number,region\n987631003,"08\n', /^line \d, column \d+$/, /quote/],
  ];
  for (const [csv, field, rule] of rows) {
    const { status, json } = await take(csv);
    assert.equal(status, 422, csv);
    assert.match(json.errors[0].field, field, csv);
    assert.match(json.errors[0].rule, rule, csv);
  }
  const two = await take('number,region\n12,08\n987631003,marte\n');
  assert.equal(two.json.errors.length, 2);
  assert.match(two.json.detail, /2 faults: nothing was done/);
  assert.equal((await person(fresh)).status, 404);
  assert.equal((await viewer.ask('POST', '/contacts/import', { csv: 'number\n987631003\n' })).status, 403);
});

test('a list makes people and adds what is not known; again it changes nothing', async () => {
  const csv = 'number,activity,region,sales\n987631001,hago pan,cusco,\n987631002,,puno,\n' +
    `${fresh},"vendo ropa, y zapatos",Cusco,1500 al mes\n${other},,,\n`;
  const done = { rows: 4, made: 2, changed: 1, unchanged: 0, opted_out: 1, erased: 0 };
  const dry = await take(csv, { dry_run: true });
  assert.deepEqual(dry.json, { ...done, dry_run: true });
  assert.equal((await person(fresh)).status, 404);
  fs.writeFileSync(file, csv);
  assert.equal(run('contact', 'import', file).stdout,
    'rows\t4\nmade\t2\nchanged\t1\nunchanged\t0\nopted_out\t1\nerased\t0\n');
  const facts = Object.fromEntries((await person(fresh)).json.facts.map((fact) => [fact.slot, fact]));
  assert.deepEqual([facts.activity.value, facts.region.value, facts.sales.value],
    ['vendo ropa, y zapatos', '08', '1500/month']);
  for (const fact of Object.values(facts)) assert.match(fact.rule, /^import /);
  const own = Object.fromEntries((await person(known)).json.facts.map((fact) => [fact.slot, fact]));
  assert.equal(own.activity.value, 'vendo jugos en el mercado', 'what she told stays');
  assert.deepEqual([own.region.value, own.region.rule.split(' ')[0]], ['08', 'import']);
  assert.deepEqual((await take(csv)).json,
    { rows: 4, made: 0, changed: 0, unchanged: 3, opted_out: 1, erased: 0, dry_run: false });
  assert.match(run('contact', 'import', file, '--dry-run', '--json').stdout, /"unchanged":3/);
  assert.deepEqual((await api.good('POST', '/audience/count', { query: 'region = cusco' })).matched, 2);
});

test('nobody is written to because she is in a list', async () => {
  const count = await api.good('POST', '/audience/count', { query: 'all' });
  assert.deepEqual([count.people, count.excluded.never_wrote, count.recipients], [4, 2, 0]);
  const id = await api.send({ numbers: [fresh, other] });
  assert.equal((await api.reaches(id, 'done')).excluded, 2);
  assert.deepEqual((await api.audit(id)).map((row) => row.reason), ['never wrote', 'never wrote']);
  assert.equal(twilio.calls.length, 0);
});

test('who was imported begins as anybody, is not asked what is known, and can agree', async () => {
  const phone = new TwilioPhone(chaski, fresh);
  assert.match((await phone.say('hola')).join('\n'), /¿Aceptas\?/);
  assert.match((await phone.say('1')).join('\n'), /rubro/);
  assert.equal((await api.good('POST', '/audience/count', { query: 'region = cusco' })).excluded.no_consent, 2);
  await agree(chaski, [fresh], ['cursos', '1', '1']);
  assert.equal((await api.good('POST', '/audience/count', { query: 'region = cusco' })).recipients, 1);
  const replayed = spawnSync(binary, ['replay', '--contact', fresh, '-c', chaski.config],
    { cwd: top, encoding: 'utf8' });
  assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
});

test('erasing leaves nothing of who was imported, and the audit log has no number', async () => {
  assert.equal(run('contact', 'erase', fresh, '--yes').status, 0);
  assert.equal(run('contact', 'erase', other, '--yes').status, 0);
  await redis.command('BGREWRITEAOF');
  await until('the AOF is rewritten', async () => /aof_rewrite_in_progress:0\r\n(.*\r\n)*aof_last_bgrewrite_status:ok/
    .test(await redis.command('INFO', 'persistence')));
  const folder = path.join(redis.dir, 'appendonlydir');
  const files = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'latin1')).join('');
  assert.ok(!files.includes('vendo ropa'), 'the AOF has what the list said of her');
  for (const number of [fresh, other]) assert.ok(!files.includes(number.slice(1)), 'the AOF has a number of the list');
  assert.ok(!chaski.log.includes(fresh.slice(3)) && !chaski.log.includes(other.slice(3)), 'the log has a number');
  assert.ok(files.includes(known.slice(1)), 'and would show it');
  const audit = JSON.stringify((await api.good('GET', '/audit?limit=200')).items);
  assert.match(audit, /contact\.import/);
  assert.ok(!/987631/.test(audit), 'a phone number is in the audit log');
});

test('who was erased is not taken in again by a list: by her own BORRAR after BAJA, or by staff', async () => {
  const borrar = '+51987631005', csv = `number,region\n${fresh},08\n${borrar},08\n`;
  const phone = new TwilioPhone(chaski, borrar);
  for (const words of ['hola', '1', 'baja', 'borrar', '1']) await phone.say(words);
  assert.equal((await person(borrar)).status, 404);
  const none = { rows: 2, made: 0, changed: 0, unchanged: 0, opted_out: 0, erased: 2 };
  assert.deepEqual((await take(csv, { dry_run: true })).json, { ...none, dry_run: true });
  assert.deepEqual((await take(csv)).json, { ...none, dry_run: false });
  for (const number of [fresh, borrar]) assert.equal((await person(number)).status, 404);
  const proof = run('consent', 'log', borrar).stdout;
  assert.match(proof, /\tmensajes\tno\t.*\tbaja\n/, proof);
});

test('she herself may come back, and then a list adds to what she told', async () => {
  const csv = `number,region\n${fresh},08\n`;
  await new TwilioPhone(chaski, fresh).say('hola');
  const { changed, erased } = (await take(csv)).json;
  assert.deepEqual([changed, erased], [1, 0]);
  const count = await api.good('POST', '/audience/count', { query: 'region = cusco and seen < 1d' });
  assert.deepEqual([count.matched, count.recipients], [2, 0], 'she has not agreed anew');
});
