// One person over the API: what is kept, what was said and agreed to, and that forgetting leaves nothing of her.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, top, until } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const number = '+51987611001', other = '+51987611002';
const said = ['hola', '1', 'vendo jugos en el mercado', '1', '=2 años'];
const skip = spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : false;
let redis, chaski, token;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, as = token, body) {
  const headers = { Authorization: `Bearer ${as}`, ...body && { 'Content-Type': 'application/json' } };
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
}

// The cells of CSV whose every cell is in quotes, and what a cell is to be that a spreadsheet would take for a formula.
const cellsOf = (csv) => csv.split('"\r\n').slice(0, -1).map((row) => row.slice(1).split('","')
  .map((cell) => cell.replaceAll('""', '"')));
const neutral = (cell) => (/^[=+@-]/.test(cell) ? `'${cell}` : cell);

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  token = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
  for (const one of [number, other]) {
    const phone = new TwilioPhone(chaski, one);
    for (const words of said) await phone.say(words);
  }
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('a person is shown with facts, each with her words, when and by which message', async () => {
  const { status, json } = await ask('GET', '/contacts/%2B51987611001');
  assert.equal(status, 200);
  assert.equal(json.number, number);
  assert.equal(json.opted_out, false);
  assert.deepEqual(json.channels.map((seen) => seen.channel), ['sms']);
  const facts = Object.fromEntries(json.facts.map((fact) => [fact.slot, fact]));
  assert.equal(facts.activity.value, 'vendo jugos en el mercado');
  assert.equal(facts.tenure.said, '=2 años');
  assert.ok(facts.tenure.message_id && facts.tenure.rule && facts.tenure.confidence > 0.5);
  assert.ok(Math.abs(Date.parse(facts.tenure.at) - Date.now()) < 60000);
  assert.equal((await ask('GET', '/contacts/987611001')).json.number, number, 'however the number is written');
});

test('turns come newest first, in pages', async () => {
  const whole = (await ask('GET', `/contacts/${number}/turns?limit=200`)).json.items;
  assert.deepEqual(whole.map((turn) => turn.heard), [...said].reverse());
  assert.ok(whole.every((turn) => turn.said.length && turn.channel === 'sms' && turn.event === 'text'));
  const paged = [];
  let cursor = '';
  do {
    const page = (await ask('GET', `/contacts/${number}/turns?limit=2${cursor && `&cursor=${cursor}`}`)).json;
    paged.push(...page.items);
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(paged, whole);
});

test('consents are hers alone, with what was asked', async () => {
  const { json } = await ask('GET', `/contacts/${number}/consents`);
  assert.equal(json.items.length, 1);
  assert.equal(json.items[0].value, 'yes');
  assert.equal(json.items[0].channel, 'sms');
  assert.match(json.items[0].question, /\?/);
  assert.match(json.items[0].flow, /^diagnostico\/[^/ ]+\/[0-9a-f]+$/, 'which words exactly');
});

test('the command line shows and exports the same', async () => {
  assert.match(run('contact', 'show', number).stdout, /^tenure\t24\t\S+\t=2 años$/m);
  const whole = JSON.parse(run('contact', 'export', number).stdout);
  assert.deepEqual(whole.contact, (await ask('GET', `/contacts/${number}`)).json);
  assert.equal(whole.turns.length, said.length);
  assert.equal(whole.consents.length, 1);
  const csv = run('contact', 'export', number, '--format', 'csv').stdout;
  const [header, ...rows] = cellsOf(csv).map((cells) => cells.join('|'));
  assert.equal(header, 'kind|name|value|said|answered|at|channel|rule|message_id|auc');
  const { contact, turns, consents } = whole, words = ({ said }) => said.join('\n');
  assert.deepEqual(rows, [['person', number, '', '', '', contact.first_seen_at],
    ...contact.channels.map((one) => ['channel', one.channel, '', '', '', one.last_message_at]),
    ...contact.timers.map((one) => ['timer', one.name, '', '', '', one.due_at, one.channel]),
    ...contact.facts.map((one) => ['fact', one.slot, one.value, one.said, '', one.at, '', one.rule, one.message_id,
      one.auc]),
    ...turns.map((one) => ['turn', one.event, '', one.heard, words(one), one.at, one.channel]),
    ...consents.map((one) => ['consent', one.purpose, one.value, '', one.question, one.at, one.channel, one.flow,
      one.message_id])].map((cells) => Array.from({ length: 10 }, (_, i) => neutral(cells[i] ?? '')).join('|')));
  assert.doesNotMatch(csv, /(^|,)"[=+@-]/m);
  assert.equal(run('contact', 'export', number, '--format', 'xml').status, 64);
  assert.equal(run('contact', 'show', '12').status, 65);
  assert.equal(run('contact', 'show').status, 64);
  assert.equal(run('contact', 'show', '+51900000000').status, 65);
});

test('whoever may only look cannot erase, and erasing asks back', async () => {
  const viewer = run('user', 'add', 'vera', '--role', 'viewer').stdout.trim();
  assert.equal((await ask('GET', `/contacts/${number}`, viewer)).status, 200);
  assert.equal((await ask('DELETE', `/contacts/${number}`, viewer)).status, 403);
  assert.equal(run('contact', 'erase', number).status, 64);
  assert.equal((await ask('GET', `/contacts/${number}`)).status, 200);
});

// What the API answered under an Idempotency-Key, which is kept for a day: with her number, and with her words.
const asked = [['/requests', { number, kind: 'mydata' }],
  ['/broadcasts/preview', { texts: { es: 'Para {{activity|ti}}' }, channels: ['smsa'], numbers: [number] }],
  ['/contacts/import', { csv: `number,region\n${number},99\n` }]];
const askUnderKey = async ([at, body], i) => {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method: 'POST', body: JSON.stringify(body), headers: {
    Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': `sent-${i}` } });
  return { text: await response.text(), again: response.headers.get('idempotent-replayed') };
};

test('what was answered is repeated under its Idempotency-Key, and is kept sealed', async () => {
  const answers = await Promise.all(asked.map(askUnderKey));
  assert.ok(answers[0].text.includes(number), answers[0].text);
  for (const [i, { text, again }] of (await Promise.all(asked.map(askUnderKey))).entries())
    assert.deepEqual([text, again], [answers[i].text, 'true']);
  const kept = await redis.keys('ck:{staff}:done:*');
  assert.equal(kept.length, asked.length);
  for (const key of kept) assert.match(await redis.command('GET', key), /^[0-9a-f]{64} (?![1-5]\d\d )/);
  const [key] = kept, value = await redis.command('GET', key);
  await redis.command('SET', key, value.slice(0, 90), 'KEEPTTL');
  const spoilt = (await Promise.all(asked.map(askUnderKey))).filter(({ text }) => /cannot be read/.test(text));
  assert.equal(spoilt.length, 1, 'of one that was cut nothing is told but that it was done');
});

test('who was erased has left nothing but a consent log without her number', async () => {
  assert.equal(run('contact', 'erase', number, '--yes').status, 0);
  assert.equal((await ask('GET', `/contacts/${number}`)).status, 404);
  assert.equal((await ask('DELETE', `/contacts/${number}`)).status, 404);
  assert.deepEqual((await ask('GET', `/contacts/${number}/turns`)).json.items, []);
  const log = run('consent', 'log', number).stdout.trim().split('\n').map((line) => line.split('\t').slice(1, 4));
  assert.deepEqual(log.map((row) => row[1]), ['yes', 'yes']);
  assert.equal(log[1][0], 'borrado');
  await redis.command('BGREWRITEAOF');
  await until('the AOF is rewritten', async () => /aof_rewrite_in_progress:0\r\n(.*\r\n)*aof_last_bgrewrite_status:ok/
    .test(await redis.command('INFO', 'persistence')));
  const folder = path.join(redis.dir, 'appendonlydir');
  const files = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'latin1')).join('');
  for (const trace of [number.slice(1), 'Para vendo']) assert.ok(!files.includes(trace), `the AOF has ${trace}`);
  assert.ok(files.includes(other.slice(1)), 'and would show it');
  assert.ok(!chaski.log.includes(number.slice(3)), 'the log has her number');
  assert.equal((await ask('GET', `/contacts/${other}`)).status, 200);
});

test('who looked at whom is written down, without a number', async () => {
  const { json } = await ask('GET', '/audit?limit=200');
  const acts = json.items.map((entry) => `${entry.who} ${entry.what}`);
  for (const act of ['ana contact.show', 'vera contact.show', 'ana contact.turns', 'ana contact.consents']) {
    assert.ok(acts.includes(act), act);
  }
  assert.equal(json.items.filter((entry) => entry.what === 'contact.erase').length, 2);
  assert.doesNotMatch(JSON.stringify(json), /98761100/);
});

test('what people ask of staff is listed with its due date, and done once', async () => {
  await new TwilioPhone(chaski, other).say('mis datos');
  await new TwilioPhone(chaski, other).say('corregir');
  const list = run('request', 'list').stdout.trim().split('\n').map((line) => line.split('\t'));
  assert.deepEqual(list.map((row) => row[1]), ['mydata', 'rectify']);
  const [mydata, rectify] = (await ask('GET', '/requests')).json.items;
  assert.equal(mydata.number, other);
  const days = (Date.parse(mydata.due_at) - Date.parse(mydata.at)) / 86400000;
  assert.ok(days > 26 && days < 45, `20 working days are ${days}`);
  assert.equal(mydata.is_late, false);
  assert.ok(Date.parse(rectify.due_at) < Date.parse(mydata.due_at), '10 working days');
  const first = (await ask('GET', '/requests?limit=1')).json;
  assert.deepEqual((await ask('GET', `/requests?limit=1&cursor=${first.next}`)).json.items, [rectify]);
  assert.equal(run('request', 'done', rectify.id).status, 0);
  assert.equal(run('request', 'done', rectify.id).status, 65);
  assert.deepEqual((await ask('GET', '/requests')).json.items.map((request) => request.id), [mydata.id]);
  assert.equal((await ask('GET', '/requests?cursor=x')).status, 400);
  assert.equal(run('contact', 'erase', other, '--yes').status, 0);
  assert.deepEqual((await ask('GET', '/requests')).json.items, []);
  const acts = (await ask('GET', '/audit')).json.items.filter((entry) => entry.what === 'request.list');
  assert.equal(acts.length, 6, 'each reading of the list, but not the one whose cursor was none');
});

test('what is asked by letter is entered, and has the law\'s time from the day on which it was asked', async () => {
  const phone = new TwilioPhone(chaski, other);
  await phone.say('mis derechos');
  const [asked] = (await ask('GET', '/requests')).json.items;
  assert.deepEqual([asked.kind, asked.number, asked.channel], ['information', other, 'sms']);
  const days = (Date.parse(asked.due_at) - Date.parse(asked.at)) / 86400000;
  assert.ok(days > 9 && days < 20, `8 working days are ${days}`);
  const at = new Date(Date.now() - 40 * 86400000).toISOString();
  const enter = (body) => ask('POST', '/requests', token, body);
  const letter = await enter({ number: other, kind: 'information', at });
  assert.equal(letter.status, 201, JSON.stringify(letter.json));
  assert.deepEqual([letter.json.at, letter.json.channel, letter.json.is_late], [at, 'staff', true]);
  const [id, due] = run('request', 'add', other, 'erase').stdout.trim().split('\t');
  const list = (await ask('GET', '/requests')).json.items;
  assert.deepEqual(list.map((request) => [request.id, request.kind]),
    [[asked.id, 'information'], [letter.json.id, 'information'], [id, 'erase']]);
  assert.equal(list[2].due_at, due);
  for (const [part, field] of [[{ kind: 'agent' }, 'kind'], [{ number: '12' }, 'number'], [{ at: 'ayer' }, 'at'],
    [{ at: '2099-01-01T09:00' }, 'at'], [{ at: '2020-01-01T09:00' }, 'at']]) {
    const { status, json } = await enter({ number: other, kind: 'mydata', ...part });
    assert.deepEqual([status, json.errors[0].field], [422, field]);
  }
  assert.equal((await enter({ number: '+51987699999', kind: 'mydata' })).status, 404);
  await until('the late one is counted', async () => /^chaski_requests_overdue 1$/m.test(await chaski.metrics()));
  assert.equal(run('request', 'add', other).status, 64);
  assert.equal(run('contact', 'erase', other, '--yes').status, 0);
  assert.deepEqual((await ask('GET', '/requests')).json.items, []);
  await until('nothing is late any more', async () => /^chaski_requests_overdue 0$/m.test(await chaski.metrics()));
});

test('late ones are counted beyond what one command reads', async () => {
  const key = 'ck:{s7}:requests';
  const entry = (at) => JSON.stringify({ kind: 'erase', contact: number, channel: 'staff', at });
  for (let i = 0; i < 401; i++) await redis.command('XADD', key, '*', 'entry', entry(i % 2 ? Date.now() : 1));
  await redis.command('XADD', key, '*', 'entry', 'no JSON');
  await until('all are counted', async () => /^chaski_requests_overdue 201$/m.test(await chaski.metrics()));
  await redis.command('DEL', key);
  await until('none is', async () => /^chaski_requests_overdue 0$/m.test(await chaski.metrics()));
});

test('the alert rules fire and are silent where they should, and name metrics that there are', { skip }, () => {
  const rules = path.join(top, 'config/prometheus/requests.yaml');
  for (const args of [['check', 'rules', rules], ['test', 'rules', path.join(top, 'tests/alerts/requests.yaml')]]) {
    const checked = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  }
  const known = fs.readFileSync(path.join(top, 'gateway/metrics.c'), 'utf8');
  for (const name of new Set(fs.readFileSync(rules, 'utf8').match(/chaski_requests_[a-z]+/g)))
    assert.ok(known.includes(`"${name}"`), name);
});

test('an erased person who writes again is somebody new', async () => {
  const answer = await new TwilioPhone(chaski, number).say('hola');
  assert.ok(JSON.stringify(answer).length > 20);
  const { json } = await ask('GET', `/contacts/${number}`);
  assert.equal(json.turns, 1);
  assert.deepEqual(json.facts, []);
});
