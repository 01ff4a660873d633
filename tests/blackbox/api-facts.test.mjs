// Setting a fact right: by its ETag, in the session under way too, told in the journal; and never a consent.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, top } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const number = '+51987633001';
let redis, chaski, token, phone;

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, slot, { value, match, as = token } = {}) {
  const headers = { Authorization: `Bearer ${as}` };
  if (value !== undefined) headers['Content-Type'] = 'application/json';
  if (match) headers['If-Match'] = match;
  const response = await fetch(`${chaski.url}/api/v1/contacts/${number}/facts/${slot}`,
    { method, headers, body: value === undefined ? undefined : JSON.stringify({ value }) });
  return { status: response.status, json: JSON.parse(await response.text()), etag: response.headers.get('etag') };
}

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  token = run('user', 'add', 'ana', '--role', 'editor').stdout.trim();
  phone = new TwilioPhone(chaski, number);
  for (const words of ['hola', '1', 'vendo jugos en el mercado', '1']) await phone.say(words);
  assert.match((await phone.say('2 años'))[0], /vendes al mes/);
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('a fact is set right by its ETag, typed, and says who did it', async () => {
  const shown = await ask('GET', 'tenure');
  assert.deepEqual([shown.status, shown.json.value], [200, '24']);
  assert.equal((await ask('PATCH', 'tenure', { value: '36' })).status, 428);
  const changed = await ask('PATCH', 'tenure', { value: 'hace 3 años', match: shown.etag });
  assert.deepEqual([changed.status, changed.json.value, changed.json.rule], [200, '36', 'staff ana']);
  assert.equal((await ask('PATCH', 'tenure', { value: '48', match: shown.etag })).status, 412);
  assert.equal((await ask('GET', 'tenure')).etag, changed.etag);
});

test('the session goes on with it, and the journal replays', async () => {
  assert.equal(run('contact', 'correct', number, 'sales', '1500/month').status, 0);
  assert.match((await phone.say('b'))[0], /vendes m[aá]s, igual/, 'the open question is answered');
  const tenure = run('contact', 'show', number).stdout.split('\n').find((line) => line.startsWith('tenure'));
  assert.match(tenure, /^tenure\t36\t/);
  const words = ['replay', '--contact', number, '-c', chaski.config];
  const replayed = spawnSync(binary, words, { cwd: top, encoding: 'utf8' });
  assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
});

test('what staff set right is shown with what the model says', async () => {
  assert.equal((await ask('GET', 'tenure')).json.model, undefined, 'no model says how old a business is');
  const changed = await ask('PATCH', 'industry', { value: 'agro', match: '*' });
  assert.deepEqual([changed.status, changed.json.value, changed.json.rule], [200, 'agro', 'staff ana']);
  assert.match(changed.json.model, /^[a-z_]+$/);
  assert.notEqual(changed.json.model, 'agro', 'she sells juices at the market');
});

test('an outlook never stands without how little it tells', async () => {
  const auc = /^AUC: riesgo 0\.\d\d de 0\.\d\d a 0\.\d\d; crecer 0\.\d\d de 0\.\d\d a 0\.\d\d; 0\.50 es azar$/;
  const changed = await ask('PATCH', 'outlook', { value: 'estable', match: '*' });
  assert.deepEqual([changed.status, changed.json.value], [200, 'estable']);
  assert.match(changed.json.auc, auc);
  assert.match((await ask('GET', 'outlook')).json.auc, auc);
  assert.equal((await ask('GET', 'tenure')).json.auc, undefined);
  const shown = run('contact', 'show', number).stdout.split('\n').find((line) => line.startsWith('outlook\t'));
  assert.match(shown.split('\t')[4], auc);
  const csv = run('contact', 'export', number, '--format', 'csv').stdout.split('\n');
  assert.match(csv[0], /,"auc"\r?$/);
  assert.match(csv.find((line) => line.startsWith('"fact","outlook"')), /,"AUC: riesgo 0\.\d\d.* es azar"\r?$/);
});

test('what is no value, no slot, a consent or not allowed is refused', async () => {
  const rows = [['tenure', 'muchísimo', 422], ['tenure', '99999', 422], ['industry', 'algo', 422],
    ['region', '99', 422], ['sales', '1500/?', 422], ['consent', 'no', 422], ['notices', 'yes', 422],
    ['rubro', 'x', 404], ['x', '1', 404]];
  for (const [slot, value, status] of rows) {
    const refused = await ask('PATCH', slot, { value, match: '*' });
    assert.equal(refused.status, status, `${slot} ${value}`);
    assert.ok(refused.json.errors[0].rule);
  }
  assert.equal((await ask('PATCH', 'tenure', { value: '12' })).status, 428);
  const viewer = run('user', 'add', 'vera', '--role', 'viewer').stdout.trim();
  assert.equal((await ask('PATCH', 'tenure', { value: '12', match: '*', as: viewer })).status, 403);
  assert.equal(run('contact', 'correct', number, 'sales').status, 64);
  assert.equal(run('contact', 'correct', '+51987633999', 'tenure', '12').status, 65);
  assert.ok(!chaski.log.includes('987633'));
});
