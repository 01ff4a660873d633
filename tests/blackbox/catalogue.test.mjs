// The catalogue over the API and the command line: edits are versions, whole or not at all, and every worker recommends
// by the newest without a restart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, top, until } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

let redis, chaski, token, viewer, shipped;

const rules = path.join(top, 'config/prometheus/catalogue.yaml');
const skip = spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed';

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, { as = token, body, match } = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, {
    method,
    headers: { Authorization: `Bearer ${as}`, ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...(match ? { 'If-Match': match } : {}) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get('etag'), json: text ? JSON.parse(text) : undefined };
}

const fresh = {
  id: 'feria-de-prueba', name: 'Feria de prueba', kind: 'market_access', provider: 'La prueba',
  text: 'Feria de prueba: vende ahí tu producto.', contact: 'ven a la feria', goals: ['customers'], stages: ['all'],
  industries: ['all'], regions: ['all'], formality: 'any', size: ['any'], checked_on: '2026-11-23',
  valid_until: 'open', confidence: 'A', sources: ['the test'],
};

const file = (name, text) => {
  const at = path.join(chaski.dir, name);
  fs.writeFileSync(at, text);
  return at;
};

// What somebody who wants a loan is pointed to.
async function recommended(number) {
  const phone = new TwilioPhone(chaski, number);
  let last = [];
  for (const words of ['hola', '1', 'vendo abarrotes y verduras en mi tiendita', '1', 'hace 3 años',
    'unos 120 soles diarios', '2', 'unos 40 al dia', 'mi esposo y yo', 'no todavia', 'en Sicuani, Cusco',
    'quiero un prestamo para surtir mi tienda']) last = await phone.say(words);
  return last.join('\n');
}

const version = async () => Number(/^chaski_catalogue_version (\d+)$/m.exec(await chaski.metrics())[1]);

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 2 }).start();
  token = run('user', 'add', 'edi', '--role', 'editor').stdout.trim();
  viewer = run('user', 'add', 'vera', '--role', 'viewer').stdout.trim();
  shipped = (await ask('GET', '/catalogue?limit=200')).json.items;
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('before anybody edits, the file is the catalogue', async () => {
  assert.equal(shipped.length, 89);
  assert.deepEqual((await ask('GET', '/catalogue/versions')).json.items, []);
  assert.equal((await ask('GET', '/catalogue/export')).json.version, 0);
  const pages = [];
  let cursor = '';
  do {
    const page = (await ask('GET', `/catalogue?limit=40${cursor && `&cursor=${cursor}`}`)).json;
    pages.push(...page.items);
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(pages, shipped);
});

test('what is exported in either form changes nothing when it is imported', async () => {
  for (const format of ['csv', 'yaml']) {
    const text = run('catalogue', 'export', '--format', format).stdout;
    const imported = run('catalogue', 'import', file(`same.${format}`, text), '--replace');
    assert.equal(imported.status, 0, imported.stderr);
    assert.equal(imported.stdout, '');
  }
  assert.deepEqual((await ask('GET', '/catalogue/versions')).json.items, [], 'and makes no version');
});

test('a viewer looks and does not edit', async () => {
  assert.equal((await ask('GET', '/catalogue', { as: viewer })).status, 200);
  assert.equal((await ask('POST', '/catalogue', { as: viewer, body: fresh })).status, 403);
});

test('an entry is added, changed by who knows its version, and taken away', async () => {
  const made = await ask('POST', '/catalogue', { body: fresh });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  assert.deepEqual(made.json, fresh);
  assert.equal((await ask('POST', '/catalogue', { body: fresh })).status, 409);
  const at = `/catalogue/${fresh.id}`;
  assert.equal((await ask('GET', at)).etag, made.etag);
  const changed = { ...fresh, text: 'Feria de prueba: vende más.' };
  assert.equal((await ask('PUT', at, { body: changed })).status, 428);
  const put = await ask('PUT', at, { body: changed, match: made.etag });
  assert.equal(put.status, 200);
  assert.equal((await ask('PUT', at, { body: fresh, match: made.etag })).status, 412);
  assert.equal((await ask('PUT', at, { body: { ...changed, id: 'other' }, match: put.etag })).status, 422);
  assert.equal((await ask('DELETE', at, { match: made.etag })).status, 412);
  assert.equal((await ask('DELETE', at, { match: put.etag })).status, 204);
  assert.equal((await ask('GET', at)).status, 404);
  const versions = (await ask('GET', '/catalogue/versions')).json.items;
  assert.deepEqual(versions.map((one) => [one.version, one.what, one.who]),
    [[4, 'catalogue.remove', 'edi'], [3, 'catalogue.replace', 'edi'], [2, 'catalogue.create', 'edi'],
      [1, 'catalogue.seed', 'edi']]);
  assert.deepEqual(versions[1].entries, [fresh.id]);
  assert.deepEqual((await ask('GET', '/catalogue?limit=200')).json.items, shipped);
});

test('what is wrong is told by field, and changes nothing', async () => {
  const body = { ...fresh, kind: 'finanse', text: 'a'.repeat(121), regions: ['26'] };
  const wrong = await ask('POST', '/catalogue', { body });
  assert.equal(wrong.status, 422);
  assert.deepEqual([...new Set(wrong.json.errors.map((error) => error.field))].sort(), ['kind', 'regions', 'text']);
  assert.match(wrong.json.errors.find((error) => error.field === 'kind').rule, /did you mean "finance"/);
  assert.equal((await ask('POST', '/catalogue', { body: { ...fresh, id: 'check' } })).status, 422);
  const { goals, ...without } = fresh;
  assert.equal((await ask('POST', '/catalogue', { body: without })).json.errors[0].field, 'goals', goals);
  assert.equal((await ask('GET', '/catalogue/versions')).json.items.length, 4);
});

test('what flows say by hand cannot be taken away from under them', async () => {
  const line = await ask('GET', '/catalogue/linea-111');
  const taken = await ask('DELETE', '/catalogue/linea-111', { match: line.etag });
  assert.equal(taken.status, 422);
  assert.match(taken.json.errors[0].rule, /linea-111/);
  assert.match(taken.json.errors[0].field, /\.yaml:\d+:\d+$/);
  const other = await ask('PUT', '/catalogue/linea-111', { match: line.etag, body: { ...line.json, contact: '999' } });
  assert.equal(other.status, 422);
});

test('a file is taken whole or not at all, and shown before', async () => {
  const names = Object.keys(fresh).join(',');
  const row = (entry) => Object.values(entry).map((value) => `"${[value].flat().join(', ')}"`).join(',');
  const bad = file('bad.csv', `${names}\n${row({ ...fresh, id: 'one' })}\n`
    + `${row({ ...fresh, id: 'two', size: 'big' })}\n`);
  const refused = run('catalogue', 'import', bad);
  assert.equal(refused.status, 65);
  assert.match(refused.stderr, /bad\.csv:3:\d+: there is no size "big"/);
  const told = await ask('POST', '/catalogue/import', { body: { format: 'csv', text: fs.readFileSync(bad, 'utf8') } });
  assert.equal(told.status, 422);
  assert.match(told.json.errors[0].field, /^3:\d+$/);
  const good = file('good.csv', `${names}\n${row({ ...fresh, id: 'one' })}\n`
    + `${row({ ...fresh, id: 'two', name: '\'=1+1' })}\n`);
  assert.equal(run('catalogue', 'import', good, '--dry-run').stdout, '+ one\n+ two\n');
  assert.equal((await ask('GET', '/catalogue/one')).status, 404);
  assert.equal(run('catalogue', 'import', good).stdout, '+ one\n+ two\n');
  assert.equal((await ask('GET', '/catalogue/two')).json.name, '=1+1');
  assert.match(run('catalogue', 'export', '--format', 'csv').stdout, /"'=1\+1"/);
  const gone = run('catalogue', 'import', path.join(top, 'models/catalogue.yaml'), '--replace', '--dry-run');
  assert.equal(gone.stdout, '- one\n- two\n');
});

test('versions are compared, exported and restored', async () => {
  assert.equal(run('catalogue', 'diff').stdout, '+ one\n+ two\n');
  assert.equal(run('catalogue', 'diff', '2', '3').stdout,
    `~ ${fresh.id}\ttext\t${fresh.text}\tFeria de prueba: vende más.\n`);
  assert.match(run('catalogue', 'export', '--version', '3').stdout, /vende más/);
  assert.equal(run('catalogue', 'export', '--version', '99').status, 65);
  const restored = run('catalogue', 'restore', '1');
  assert.equal(restored.stdout, '{"version":6}\n', restored.stderr);
  assert.deepEqual((await ask('GET', '/catalogue?limit=200')).json.items, shipped);
  assert.match(run('catalogue', 'versions').stdout, /^6\t\S+\t\w+\tcatalogue\.restore\n5\t/);
  assert.equal(run('catalogue', 'restore', '77').status, 65);
});

test('whatever is edited, every version stays what it was', async () => {
  const first = (await ask('GET', '/catalogue/versions?limit=1')).json.items[0].version;
  const versions = [], ids = Array.from({ length: 5 }, (_, i) => `odd-${i}`);
  for (let i = 0, seed = 7; i < 40; i++) {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    const id = ids[(seed >> 8) % 5], at = `/catalogue/${id}`, body = { ...fresh, id, name: `Feria ${i}` };
    const there = (await ask('GET', at)).status === 200, restores = i > 9 && (seed >> 12) % 5 === 0;
    const answer = restores ? await ask('POST', `/catalogue/versions/${first + 1 + (seed >> 16) % 9}/restore`)
      : !there ? await ask('POST', '/catalogue', { body })
        : (seed >> 12) % 2 ? await ask('DELETE', at, { match: '*' }) : await ask('PUT', at, { body, match: '*' });
    assert.ok(answer.status < 300, `${i}: ${answer.status}`);
    versions.push((await ask('GET', '/catalogue/export')).json);
  }
  for (const kept of versions) {
    assert.deepEqual((await ask('GET', `/catalogue/export?version=${kept.version}`)).json, kept);
  }
  assert.ok(new Set(versions.map((kept) => kept.version)).size > 30);
  const [from, to] = [first, versions.at(-1).version];
  const left = versions.at(-1).text.match(/id: odd-\d/g)?.map((line) => `+ ${line.slice(4)}\n`).join('') ?? '';
  assert.equal(run('catalogue', 'diff', `${from}`, `${to}`).stdout, left);
  assert.equal(run('catalogue', 'restore', '1').status, 0);
});

test('edits at the same time all count', async () => {
  const answers = await Promise.all(Array.from({ length: 6 },
    (_, i) => ask('POST', '/catalogue', { body: { ...fresh, id: `at-once-${i}` } })));
  assert.deepEqual(answers.map((answer) => answer.status), Array(6).fill(201));
  assert.equal((await ask('GET', '/catalogue?limit=200')).json.items.length, shipped.length + 6);
  assert.equal(run('catalogue', 'restore', '1').status, 0);
});

test('every worker recommends by the newest version, nothing expired, also after a restart', async () => {
  const text = run('catalogue', 'export').stdout.split('\n\n').map((entry) => (/kind: finance/.test(entry)
    ? entry.replace(/text: .*/, 'text: "Vencida"').replace(/valid_until: .*/, 'valid_until: 2020-01-01')
    : entry.replace(/text: .*/, 'text: "Editada por el personal"'))).join('\n\n');
  assert.equal(run('catalogue', 'import', file('edited.yaml', text)).status, 0);
  const newest = (await ask('GET', '/catalogue/versions?limit=1')).json.items[0].version;
  await until('every worker has it', async () => await version() === newest);
  assert.match(await recommended('+51987000001'), /1\).*Editada.*2\)/s);
  assert.doesNotMatch(await recommended('+51987000002'), /Vencida/);
  await chaski.stop();
  await chaski.start();
  assert.match(await recommended('+51987000003'), /1\).*Editada.*2\)/s);
  assert.match(await chaski.metrics(), /^chaski_catalogue_good 1$/m);
  assert.equal(run('catalogue', 'restore', '1').status, 0);
  await until('every worker has the first again', async () => await version() === newest + 1);
});

test('one that is broken in Redis is not taken, and that is told', async () => {
  const held = await version();
  const kept = await redis.command('HGET', 'ck:{staff}:catalogue', 'linea-111');
  const broken = kept.replace('"emergency"', '"nothing"');
  await redis.command('HSET', 'ck:{staff}:catalogue', 'linea-111', broken, '#version', '90');
  await until('it is told', async () => /^chaski_catalogue_good 0$/m.test(await chaski.metrics()));
  assert.equal(await version(), held);
  assert.match(chaski.log, /at=linea-111\.kind:0:0/);
  const checked = spawnSync(binary, ['check', '-c', chaski.config], { cwd: top, encoding: 'utf8' });
  assert.equal(checked.status, 78);
  assert.match(checked.stderr, /^linea-111\.kind: there is no kind "nothing".*version 90/m);
  await redis.command('HSET', 'ck:{staff}:catalogue', 'linea-111', kept, '#version', '91');
  await until('it is good again', async () => await version() === 91);
});

test('what must be looked at is listed, of the daemon and of a file', async () => {
  const entry = { ...fresh, id: 'vencida', valid_until: '2020-01-01' };
  assert.equal((await ask('POST', '/catalogue', { body: entry })).status, 201);
  await until('it is counted', async () => /^chaski_catalogue_entries\{state="expired"\} [1-9]/m
    .test(await chaski.metrics()));
  const expired = (await ask('GET', '/catalogue/check?state=expired&limit=200')).json.items;
  assert.ok(expired.some((one) => one.id === 'vencida' && one.screens === 1));
  assert.match(run('catalogue', 'check').stdout, /^expired\tvencida\t2026-11-23\t2020-01-01\tA\tFeria de prueba$/m);
  const local = spawnSync(binary, ['catalogue', 'check', 'models/catalogue.yaml', '--now', '2027-01-01', '--json'],
    { cwd: top, encoding: 'utf8' });
  assert.equal(local.status, 0);
  assert.ok(local.stdout.trim().split('\n').map(JSON.parse).some((one) => one.state === 'expired'));
  assert.equal(run('catalogue', 'check', file('none.yaml', 'resources: []\n')).status, 65);
});

test('every edit is in the audit log', async () => {
  const admin = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
  const acts = (await ask('GET', '/audit?limit=200', { as: admin })).json.items.map((act) => `${act.what} ${act.whom}`);
  for (const act of [`catalogue.create ${fresh.id}`, `catalogue.replace ${fresh.id}`, `catalogue.remove ${fresh.id}`,
    'catalogue.import ', 'catalogue.restore 1', 'catalogue.create vencida']) assert.ok(acts.includes(act), act);
});

test('the command line lists, shows and takes away an entry', async () => {
  const before = (await ask('GET', '/catalogue?limit=200')).json.items;
  assert.equal((await ask('POST', '/catalogue', { body: fresh })).status, 201);
  const rows = run('catalogue', 'list').stdout.trim().split('\n').map((line) => line.split('\t'));
  const items = [...before, fresh];
  assert.deepEqual(rows, items.map((one) => [one.id, one.kind, one.checked_on, one.valid_until, one.name]));
  assert.deepEqual(JSON.parse(run('catalogue', 'show', fresh.id, '--json').stdout), fresh);
  const shown = run('catalogue', 'show', fresh.id).stdout;
  for (const line of [`id\t${fresh.id}`, `text\t${fresh.text}`, `goals\t${fresh.goals.join(', ')}`])
    assert.ok(`\n${shown}`.includes(`\n${line}\n`), shown);
  assert.equal(run('catalogue', 'remove', fresh.id).status, 0);
  assert.match(run('catalogue', 'remove', fresh.id).stderr, /\(404\)/);
  for (const act of ['show', 'remove']) assert.equal(run('catalogue', act).status, 64);
  assert.deepEqual((await ask('GET', '/catalogue?limit=200')).json.items, before);
});

test('the alert rules fire and are silent where they should, and name metrics that there are', { skip }, () => {
  for (const args of [['check', 'rules', rules], ['test', 'rules', path.join(top, 'tests/alerts/catalogue.yaml')]]) {
    const checked = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  }
  const known = fs.readFileSync(path.join(top, 'gateway/metrics.c'), 'utf8');
  for (const name of new Set(fs.readFileSync(rules, 'utf8').match(/chaski_catalogue_[a-z_]+/g))) {
    assert.ok(known.includes(`"${name}"`), name);
  }
});
