// Trainings: made, changed and cancelled over the API and the command line; who signed up, who waits, who came.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, top } from './lib/daemon.mjs';

let redis, chaski, ana, vera;

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
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: channels({}) }).start();
  ana = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
  vera = run('user', 'add', 'vera', '--role', 'viewer').stdout.trim();
});

after(async () => {
  await chaski?.remove();
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
    ['training.attend', 'training.cancel', 'training.change', 'training.create']);
  assert.ok(!JSON.stringify(acts).includes('987622001'));
});
