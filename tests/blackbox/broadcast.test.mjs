// A broadcast from draft to done, over the API and a real Redis: who gets it, who does not and why, what is refused,
// and that pausing, cancelling and a killed worker change nothing of: each once.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Chaski, Redis, binary, secrets, top, until } from './lib/daemon.mjs';
import { Api, agree, anyHour, numberOf, smsChannels } from './lib/broadcasts.mjs';
import { FakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone } from './lib/phones.mjs';
import { accountSid, send } from './lib/webhooks.mjs';
import { workersOf } from './lib/workers.mjs';

const people = Array.from({ length: 400 }, (_, n) => numberOf(n));
const refuses = numberOf(500), left = numberOf(501), stranger = numberOf(502), doubts = numberOf(503);
let redis, chaski, twilio, api;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

// As above, while the fake of the provider goes on answering.
const runBeside = (...words) => promisify(execFile)(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

// Whom the provider was called for since, by number.
const callsSince = (from) => twilio.calls.slice(from).map((call) => call.params.To);
const once = (numbers) => assert.equal(new Set(numbers).size, numbers.length, 'somebody got it twice');

async function restart(settings) {
  await chaski.stop();
  Object.assign(chaski.settings, settings);
  await chaski.start();
}

before(async () => {
  redis = await new Redis().start();
  twilio = await new FakeTwilio({ sid: accountSid, authToken: secrets.authToken }).start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour, workers: 2,
    channels: smsChannels(twilio) }).start();
  api = new Api(chaski, run('user', 'add', 'ana', '--role', 'sender').stdout.trim());
  await agree(chaski, [...people, left]);
  await agree(chaski, [refuses], ['hola', '1', 'menu', 'cursos', '2']);
  await agree(chaski, [doubts], ['hola', '1', 'menu', 'cursos', '1']);
  await new TwilioPhone(chaski, left).say('baja');
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
  await twilio?.close();
});

test('what is wrong with a draft is told field by field', async () => {
  const good = { name: 'a', texts: { es: 'b' }, channels: ['sms'], numbers: [people[0]] };
  const rows = [[{ name: '' }, /^name$/], [{ texts: {} }, /^texts/], [{ texts: { es: '' } }, /^texts/],
    [{ texts: { español: 'a' } }, /^texts/], [{ texts: { es: '{{nombre}}' } }, /^texts/], [{ texts: [] }, /^texts/],
    [{ channels: [] }, /^channels$/], [{ channels: ['ussd'] }, /^channels$/], [{ channels: ['no'] }, /^channels$/],
    [{ channels: ['sms', 'sms'] }, /^channels$/], [{ channels: [1] }, /^channels$/], [{ numbers: ['12'] }, /^numbers$/],
    [{ numbers: [] }, /^numbers$/], [{ numbers: 'x' }, /^numbers$/], [{ start_at: 'mañana' }, /^start_at$/],
    [{ until_at: 'ayer' }, /^until_at$/], [{ until_at: '2026-01-01T09:00' }, /^until_at$/],
    [{ start_at: '2031-01-02T09:00', until_at: '2031-01-02T09:00' }, /^until_at$/],
    [{ budget: -1 }, /^budget$/], [{ budget: '1' }, /^budget$/], [{ budget: 1 }, /^budget$/]];
  for (const [part, field] of rows) {
    const { status, json } = await api.ask('POST', '/broadcasts', { ...good, ...part });
    assert.equal(status, 422, JSON.stringify(part));
    assert.match(json.errors[0].field, field, JSON.stringify(json));
  }
});

test('a draft is previewed, confirmed with the number of its people, held, and taken back', async () => {
  const made = await api.ask('POST', '/broadcasts', { name: 'ferias', texts: { es: 'Hola' }, channels: ['sms'],
    numbers: [people[0], people[1], people[0]], start_at: '2031-01-02T09:00' });
  assert.equal(made.status, 201);
  const { id } = made.json, at = `/broadcasts/${id}`;
  assert.equal(made.json.start_at, '2031-01-02T14:00:00.000Z', 'without a zone it is Lima');
  assert.equal(made.json.state, 'draft');
  assert.equal((await api.ask('POST', `${at}/confirm`, { people: 2 })).status, 409, 'not previewed');
  assert.equal((await api.good('POST', `${at}/preview`)).people, 2);
  const changed = await api.ask('PATCH', at, { start_at: '' }, { 'If-Match': '*' });
  assert.equal(changed.json.state, 'draft', 'what is changed must be previewed again');
  assert.equal(changed.json.start_at, undefined);
  assert.equal((await api.ask('PATCH', at, { name: 'x' }, { 'If-Match': made.etag })).status, 412);
  await api.good('POST', `${at}/preview`);
  assert.equal((await api.ask('POST', `${at}/confirm`, { people: 3 })).json.errors[0].field, 'people');
  await api.good('PATCH', at, { start_at: '2031-01-02T09:00' }, { 'If-Match': '*' });
  await api.good('POST', `${at}/preview`);
  const confirmed = await api.good('POST', `${at}/confirm`, { people: 1, tolerance: 1 });
  assert.equal(confirmed.state, 'confirmed');
  assert.equal(confirmed.confirmed_by, 'ana');
  assert.equal((await api.ask('PATCH', at, { name: 'x' }, { 'If-Match': '*' })).status, 422);
  assert.equal((await api.ask('POST', `${at}/pause`)).status, 409);
  assert.equal((await api.good('POST', `${at}/undo`)).state, 'previewed');
  assert.equal((await api.good('POST', `${at}/cancel`)).state, 'cancelled');
  assert.equal((await api.ask('POST', `${at}/resume`)).status, 409);
  await until('its ledger is closed', async () => (await api.show(id)).dropped === 2);
  await until('nobody looks at it any more',
    async () => await redis.command('SISMEMBER', 'ck:{staff}:casts:live', id) === 0);
  assert.equal(twilio.calls.length, 0);
});

test('a test send goes to one person at once, if she may get it', async () => {
  const { id } = await api.good('POST', '/broadcasts', { name: 'prueba', texts: { es: 'Solo para mí' },
    channels: ['sms'], numbers: [people[0]] });
  assert.equal((await api.ask('POST', `/broadcasts/${id}/test`, { number: people[3] })).status, 204);
  await twilio.waitForCalls(1);
  assert.equal(twilio.calls[0].params.To, people[3]);
  assert.match(twilio.calls[0].params.Body, /Solo para m[\s\S]*BAJA/);
  for (const number of [refuses, left, stranger, doubts]) {
    assert.equal((await api.ask('POST', `/broadcasts/${id}/test`, { number })).status, 422, number);
  }
  await api.good('POST', `/broadcasts/${id}/cancel`);
});

test('everybody gets it once, and who gets none is told with the reason', async () => {
  const from = twilio.calls.length;
  const id = await api.send({ numbers: [...people, refuses, left, stranger, doubts] });
  const shown = await api.reaches(id, 'done');
  assert.equal(shown.sent, 400);
  assert.equal(shown.excluded, 4);
  const rows = await api.audit(id);
  const reasons = Object.fromEntries(rows.filter((row) => row.state === 'excluded')
    .map((row) => [row.number, row.reason]));
  assert.deepEqual(reasons, { [refuses]: 'no consent', [left]: 'opted out', [stranger]: 'unknown',
    [doubts]: 'not confirmed' });
  assert.deepEqual(callsSince(from).sort(), [...people].sort());
  const one = twilio.calls.at(-1);
  for (const status of ['delivered', 'sent', 'delivered']) await send(chaski.url, twilio.callback(one, status));
  assert.equal((await api.show(id)).delivered, 1);
  const [row] = await api.whole(`/broadcasts/${id}/recipients?state=delivered`);
  assert.equal(row.number, one.params.To);
  await api.audit(id);
});

test('what partners offer goes to who agreed to that, and to nobody else', async () => {
  const from = twilio.calls.length, takes = people[7], numbers = [people[6], takes];
  const id = await api.send({ numbers, purpose: 'ofertas_aliados' });
  assert.equal((await api.reaches(id, 'done')).excluded, 2);
  assert.deepEqual((await api.audit(id)).map((row) => row.reason), ['no consent', 'no consent']);
  await agree(chaski, [takes], ['menu', 'avisos', '2', '1', '1']);
  assert.equal((await api.show(await api.send({ audience: 'all', purpose: 'ofertas_aliados' }))).people, 1);
  await until('it goes', () => callsSince(from).length === 1);
  assert.deepEqual(callsSince(from), [takes]);
  const wrong = await api.ask('POST', '/broadcasts', { name: 'x', texts: { es: 'x' }, channels: ['sms'], numbers,
    purpose: 'respuestas' });
  assert.deepEqual([wrong.status, wrong.json.errors[0].field], [422, 'purpose']);
});

test('a recipient that the provider refuses stops nobody else', async () => {
  twilio.failNext(400, { times: 5, body: { code: 21211, message: 'no', status: 400 } });
  const id = await api.send({ numbers: people.slice(0, 40) });
  const shown = await api.reaches(id, 'done');
  assert.equal(shown.failed, 5);
  assert.equal(shown.sent, 35);
  assert.ok((await api.audit(id)).filter((row) => row.state === 'failed').every((row) => row.reason === '21211'));
});

test('paused it stops within 2 s, resumed it goes on, nobody twice', async () => {
  await restart({ channels: smsChannels(twilio, 50) });
  const from = twilio.calls.length, id = await api.send({ numbers: people.slice(0, 200) });
  await api.reaches(id, 'sending');
  await twilio.waitForCalls(from + 20);
  await api.good('POST', `/broadcasts/${id}/pause`);
  const at = Date.now();
  await until('nothing is on its way', async () => (await Promise.all((await redis.keys('ck:{s*}:bulk'))
    .map((key) => redis.command('XLEN', key)))).every((count) => count === 0), 2000);
  assert.ok(Date.now() - at < 2000);
  const gone = twilio.calls.length;
  const paused = await api.show(id);
  assert.equal(paused.sent + paused.queued, 200);
  await until('seconds in which nothing goes', () => Date.now() > at + 2500);
  assert.equal(twilio.calls.length, gone);
  await api.audit(id);
  await api.good('POST', `/broadcasts/${id}/resume`);
  assert.equal((await api.reaches(id, 'done')).sent, 200);
  await api.audit(id);
  assert.deepEqual(callsSince(from).sort(), people.slice(0, 200).sort());
});

test('cancelled it ends within 2 s: each is sent or dropped', async () => {
  const from = twilio.calls.length, id = await api.send({ numbers: people });
  await twilio.waitForCalls(from + 20);
  await api.good('POST', `/broadcasts/${id}/cancel`);
  await until('its ledger is closed', async () => (await api.show(id)).queued === 0, 2000);
  const shown = await api.show(id), gone = twilio.calls.length;
  assert.equal(shown.sent + shown.dropped, 400);
  assert.equal(shown.sent, gone - from);
  const rows = await api.audit(id);
  assert.ok(rows.filter((row) => row.state === 'dropped').every((row) => row.reason === 'cancelled'));
  once(callsSince(from));
  assert.equal((await api.ask('POST', `/broadcasts/${id}/pause`)).status, 409);
});

test('workers killed on the way: the ledger is exact, nobody gets it twice', async () => {
  await restart({ channels: smsChannels(twilio, 100) });
  const from = twilio.calls.length, id = await api.send({ numbers: people });
  for (let kill = 1; kill <= 4; kill++) {
    await twilio.waitForCalls(from + kill * 60, 30000);
    process.kill(workersOf(chaski.child.pid)[kill % 2], 'SIGKILL');
    if (kill === 2) {
      await api.good('POST', `/broadcasts/${id}/pause`).catch(() => api.good('POST', `/broadcasts/${id}/pause`));
      await api.good('POST', `/broadcasts/${id}/resume`).catch(() => api.good('POST', `/broadcasts/${id}/resume`));
    }
    await until('another worker', () => workersOf(chaski.child.pid).length === 2);
  }
  const shown = await api.reaches(id, 'done', 60000);
  assert.equal(shown.sent + shown.doubt, 400);
  await api.audit(id);
  const got = callsSince(from);
  once(got);
  const rows = await api.whole(`/broadcasts/${id}/recipients?state=sent`);
  for (const row of rows) assert.ok(got.includes(row.number), `${row.number} is sent, and was not`);
});

test('whoever is erased loses her name in the ledger, and the sums stay', async () => {
  const id = await api.send({ numbers: people.slice(0, 3) });
  await api.reaches(id, 'done');
  assert.equal(run('contact', 'erase', people[1], '--yes').status, 0);
  const rows = await api.audit(id);
  assert.deepEqual(rows.map((row) => row.number ?? '').sort(), ['', people[0], people[2]].sort());
  assert.equal((await api.show(id)).sent, 3);
});

test('it goes to whom a query means, counted when it is confirmed and frozen when it is sent', async () => {
  const wrong = await api.ask('POST', '/broadcasts', { name: 'a', texts: { es: 'b' }, channels: ['sms'],
    audience: 'stage = grwth' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.json.errors[0].rule, /^column 9: /);
  const both = await api.ask('POST', '/broadcasts', { name: 'a', texts: { es: 'b' }, channels: ['sms'],
    audience: 'all', numbers: [people[0]] });
  assert.equal(both.json.errors[0].field, 'audience');
  const from = twilio.calls.length, { id } = await api.good('POST', '/broadcasts', { name: 'a', texts: { es: 'b' },
    channels: ['sms'], audience: 'seen < 30d' });
  const { people: count, audience } = await api.good('POST', `/broadcasts/${id}/preview`);
  assert.equal(audience, 'seen < 30d');
  assert.equal(count, 399, 'who was erased, left or did not agree is not among them');
  const more = [600, 601, 602].map(numberOf);
  await agree(chaski, more);
  const moved = await api.ask('POST', `/broadcasts/${id}/confirm`, { people: count, tolerance: 2 });
  assert.equal(moved.status, 409);
  assert.match(moved.json.errors[0].rule, /402/);
  await api.good('POST', `/broadcasts/${id}/confirm`, { people: count, tolerance: 3 });
  const shown = await api.reaches(id, 'done');
  assert.equal(shown.sent, 402, JSON.stringify(shown));
  await api.audit(id);
  assert.deepEqual(callsSince(from).sort(), [...people.filter((number) => number !== people[1]), ...more].sort());
});

test('a budget stops it to the message; a higher one lets it go on', async () => {
  const all = smsChannels(twilio);
  await restart({ channels: { ...all, sms: { ...all.sms, price: '0.05' } } });
  const from = twilio.calls.length, id = await api.send({ numbers: people.slice(100, 200), budget: 1.98 });
  const paused = await api.reaches(id, 'paused');
  assert.equal(paused.reason, 'budget');
  const shown = await until('what was granted is sent', async () => {
    const now = await api.show(id);
    return now.sent === 39 && now;
  });
  assert.equal(shown.cost, 1.95);
  assert.equal(shown.queued, 61);
  await api.good('PATCH', `/broadcasts/${id}`, { budget: 4 }, { 'If-Match': '*' });
  await api.good('POST', `/broadcasts/${id}/resume`);
  await until('it is paused again', async () => {
    const now = await api.show(id);
    return now.state === 'paused' && now.sent === 80;
  });
  const change = (...words) => run('broadcast', 'change', id, ...words);
  for (const words of [['--name', 'otra'], ['--budget', '-1']]) assert.equal(change(...words).status, 65);
  for (const words of [[], ['--budget', 'mucho']]) assert.equal(change(...words).status, 64);
  assert.equal(change('--budget', '0').stdout, `${id}\tpaused\tbudget\n`);
  assert.match(run('broadcast', 'resume', id).stdout, /\tsending\n$/);
  assert.equal((await api.reaches(id, 'done')).sent, 100);
  await api.audit(id);
  assert.deepEqual(callsSince(from).sort(), people.slice(100, 200).sort());
});

test('who had her share of the month is excluded, told by number, and costs nothing', async (t) => {
  const month = () => new Date(Date.now() - 5 * 3600000).getUTCMonth(), begun = month(), all = smsChannels(twilio);
  await restart({ monthly_cap: 1, channels: { ...all, sms: { ...all.sms, price: '0.05' } } });
  const [ana, bea, caro] = [700, 701, 702].map(numberOf), from = twilio.calls.length;
  await agree(chaski, [ana, bea, caro]);
  await api.reaches(await api.send({ numbers: [ana, bea] }), 'done');
  const seen = await api.good('POST', '/broadcasts/preview', { texts: { es: 'Feria' }, channels: ['sms'],
    numbers: [ana, bea, caro] });
  const id = await api.send({ numbers: [ana, bea, caro], budget: 0.05 });
  const shown = await api.reaches(id, 'done');
  const rows = await api.audit(id);
  if (month() !== begun) return t.skip('a month began');
  assert.deepEqual([seen.excluded, seen.recipients], [[{ reason: 'cap', people: 2 }], 1]);
  assert.deepEqual([shown.sent, shown.excluded, shown.queued, shown.cost], [1, 2, 0, 0.05]);
  assert.deepEqual(rows.filter((row) => row.reason).map((row) => `${row.number} ${row.reason}`).sort(),
    [`${ana} cap`, `${bea} cap`]);
  assert.deepEqual(callsSince(from), [...callsSince(from).slice(0, 2), caro]);
  await restart({ monthly_cap: 0 });
});

test('what is told nobody after its last moment is in the ledger as expired, and the sums are exact', async () => {
  const all = smsChannels(twilio);
  await restart({ channels: { ...all, sms: { ...all.sms, rate: 2, burst: 2 } } });
  const from = twilio.calls.length, last = Date.now() + 6000;
  const id = await api.send({ numbers: people.slice(200, 260), until_at: new Date(last).toISOString() });
  const shown = await api.reaches(id, 'done'), rows = await api.audit(id);
  assert.equal(shown.until_at, new Date(last).toISOString());
  assert.ok(shown.sent > 0 && shown.sent < 30, `${shown.sent} were sent at two a second`);
  assert.equal(shown.sent + shown.dropped + shown.excluded, 60, JSON.stringify(shown));
  assert.equal(shown.queued + shown.failed + shown.doubt, 0);
  const late = rows.filter((row) => row.reason);
  assert.deepEqual([...new Set(late.map((row) => row.reason))], ['expired']);
  assert.equal(late.length, 60 - shown.sent);
  once(callsSince(from));
  assert.equal(callsSince(from).length, shown.sent);
  await restart({ channels: all });
});

test('the command line makes, confirms, follows, lists; nothing goes before the number is typed', async () => {
  const file = path.join(chaski.dir, 'feria.json'), numbers = path.join(chaski.dir, 'numbers');
  fs.writeFileSync(file, JSON.stringify({ name: 'feria', texts: { es: 'Feria' }, channels: ['sms'] }));
  fs.writeFileSync(numbers, people.slice(10, 15).join('\n'));
  const tried = run('broadcast', 'create', file, '--numbers', numbers, '--dry-run');
  assert.match(tried.stdout, /^people 5, recipients 5 \(everybody, looked at 5\)/, tried.stderr);
  assert.match(tried.stdout, /^ {4}\| Chaski: Feria$/m);
  const both = path.join(chaski.dir, 'both.json');
  fs.writeFileSync(both, JSON.stringify({ name: 'feria', texts: { es: 'Feria' }, channels: ['sms'],
    numbers: people.slice(0, 2) }));
  const all = JSON.parse(run('broadcast', 'preview', file, '--audience', 'seen < 30d', '--json').stdout);
  for (const named of [file, both]) {
    const meant = run('broadcast', 'create', named, '--audience', 'seen < 30d', '--dry-run', '--json');
    const { people: count, recipients } = JSON.parse(meant.stdout);
    assert.deepEqual([count, recipients], [all.people, all.recipients], meant.stderr);
    assert.ok(count > 300, `${count} people`);
  }
  await api.good('POST', '/segments', { name: 'recientes', query: 'seen < 30d' });
  const segment = ['--segment', 'recientes'];
  for (const words of [['preview'], ['create', '--dry-run']])
    assert.equal(JSON.parse(run('broadcast', ...words, file, ...segment, '--json').stdout).people, all.people);
  assert.match(run('broadcast', 'create', file, ...segment, '--audience', 'all').stderr, /said twice/);
  assert.equal(run('broadcast', 'create', file, '--segment', 'nadie').status, 65);
  const wrong = run('broadcast', 'create', file, '--audience', 'stage = grwth', '--dry-run');
  assert.deepEqual([wrong.status, /column 9: /.test(wrong.stderr)], [65, true], wrong.stderr);
  const made = run('broadcast', 'create', file, '--numbers', numbers);
  assert.match(made.stdout, /^\d+\tpreviewed\t5\n$/, made.stderr);
  const id = made.stdout.split('\t')[0];
  assert.match(run('broadcast', 'confirm', id, '--yes').stdout, /^\d+\tholding\t5\n$/);
  assert.match(run('broadcast', 'undo', id).stdout, /previewed/);
  const start = ['--start', '2031-01-02T09:00', '--name', 'otra'];
  assert.match(run('broadcast', 'change', id, ...start).stdout, /^\d+\tdraft\n$/);
  const from = twilio.calls.length;
  assert.equal(JSON.parse(run('broadcast', 'create', file, '--numbers', numbers, '--yes', '--json').stdout).people, 5);
  const second = String(Number(id) + 1), followed = await runBeside('broadcast', 'show', second, '--follow');
  assert.match(followed.stdout, /^done 5\/5 sent 5\n$/m);
  assert.equal(twilio.calls.length, from + 5);
  assert.match(run('broadcast', 'show', second).stdout, /^sent\t5$/m);
  assert.equal(run('broadcast', 'recipients', second).stdout.match(/\tsent\t/g).length, 5);
  assert.equal(run('broadcast', 'recipients', second, '--state', 'sent').stdout.trim().split('\n').length, 5);
  assert.equal(run('broadcast', 'recipients', second, '--state', 'failed').stdout, '');
  assert.match(run('broadcast', 'recipients', second, '--state', 'lost').stderr, /must be one of queued, sent,/);
  assert.match(run('broadcast', 'list').stdout, new RegExp(`^${second}\\tdone\\tferia\\t`, 'm'));
  const drawn = (await api.good('POST', '/broadcasts', { name: 'a', texts: { es: 'b' }, channels: ['sms'],
    audience: 'all' })).id;
  assert.equal(run('broadcast', 'change', drawn, ...segment).status, 0);
  assert.equal((await api.show(drawn)).audience, 'seen < 30d');
  assert.match(run('broadcast', 'cancel', id).stdout, /cancelled/);
  assert.equal(run('broadcast', 'pause', second).status, 65);
  assert.equal(run('broadcast', 'show').status, 64);
  assert.equal(run('broadcast', 'test', id).status, 64);
  assert.equal(run('broadcast', 'create', numbers).status, 65);
});

// Runs a command at a terminal of its own, where a line is typed once a question ends in ": ". Returns what was shown.
const terminal = `import os, pty, sys
def show(fd):
    got = os.read(fd, 4096)
    if got.endswith(b': '): os.write(fd, sys.argv[1].encode() + b'\\n')
    return got
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], show, lambda fd: b'')))`;

async function atTerminal(typed, ...words) {
  const args = ['-c', terminal, typed, binary, ...words, '-c', chaski.config, '--server', chaski.url];
  return promisify(execFile)('python3', args, { cwd: top, encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '' } }).catch((error) => error);
}

test('at a terminal the number of people is typed, and the bar shows rate and end', async () => {
  await restart({ channels: smsChannels(twilio, 20) });
  const { id } = await api.good('POST', '/broadcasts', { name: 'feria', texts: { es: 'Feria' }, channels: ['sms'],
    numbers: people.slice(200, 300) });
  const wrong = await atTerminal('99', 'broadcast', 'confirm', id);
  assert.match(wrong.stdout, /It goes to 100 people\. Type that number to confirm: [^]*nothing is confirmed/);
  assert.equal((await api.show(id)).state, 'previewed');
  const right = await atTerminal('100', 'broadcast', 'confirm', id);
  assert.match(right.stdout, new RegExp(`\\n${id}\tholding\t100\r`));
  const { stdout } = await atTerminal('', 'broadcast', 'show', id, '--follow');
  assert.match(stdout, /\[#+\.+\] sending .*, \d+\.\d\/s, ends \d\d:\d\d:\d\d \(Lima\)/);
  assert.match(stdout, /done .*100\/100 sent 100/);
});

test('who may only look sees no numbers, and every act is in the audit log', async () => {
  const viewer = new Api(chaski, run('user', 'add', 'vera', '--role', 'viewer').stdout.trim());
  const [{ id }] = await viewer.whole('/broadcasts', 2);
  const rows = await viewer.whole(`/broadcasts/${id}/recipients`);
  assert.ok(rows.every((row) => !row.number));
  assert.equal((await viewer.ask('POST', `/broadcasts/${id}/cancel`)).status, 403);
  const admin = new Api(chaski, run('user', 'add', 'adm', '--role', 'admin').stdout.trim());
  const acts = (await admin.whole('/audit')).map((entry) => `${entry.who} ${entry.what}`);
  for (const act of ['create', 'preview', 'change', 'confirm', 'undo', 'pause', 'resume', 'cancel', 'test']) {
    assert.ok(acts.includes(`ana broadcast.${act}`), act);
  }
  assert.ok(acts.includes('vera broadcast.recipients'));
  for (const act of ['send', 'done']) assert.ok(acts.includes(`chaski broadcast.${act}`), act);
  assert.ok(!chaski.log.includes(people[7].slice(1)), 'the log has a number');
  const ids = (await admin.whole('/broadcasts', 2)).map((one) => Number(one.id));
  assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
  assert.equal(ids.length, new Set(ids).size);
});
