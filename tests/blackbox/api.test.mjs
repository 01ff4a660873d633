// The API over real HTTP and a real Redis: who may what, what is answered, and that the document tells it as it is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Chaski, Redis, binary, top, until } from './lib/daemon.mjs';

const roles = ['viewer', 'sender', 'editor', 'engineer', 'admin'];
const password = 'una clave larga 1';
const tokens = {};
let redis, chaski, document, ajv;

const command = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, { token, body, headers = {} } = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, {
    method,
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body !== undefined ? { 'Content-Type': 'application/json' } : {}), ...headers },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = /json$/.test(response.headers.get('content-type'));
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

const newToken = async (name) => (await ask('POST', `/users/${name}/tokens`,
  { token: tokens.admin, body: { label: 'test' } })).json.token;

// Every operation of the document.
function operations() {
  return Object.entries(document.paths).flatMap(([at, methods]) => Object.entries(methods)
    .map(([method, operation]) => ({ at, method: method.toUpperCase(), operation })));
}

const schemaOf = (operation) => operation.requestBody?.content['application/json'].schema;
const resolve = (schema) => (schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema);

// A value that a schema takes.
function sample(schema) {
  const found = resolve(schema);
  if (found.enum) return found.enum[0];
  if (found.type === 'object') {
    return Object.fromEntries((found.required ?? []).map((name) => [name, sample(found.properties[name])]));
  }
  if (found.type === 'string') return 'a'.repeat(Math.max(found.minLength ?? 1, 1));
  if (found.type === 'array') return Array(Math.max(found.minItems ?? 0, 1)).fill(sample(found.items));
  return found.type === 'integer' ? found.minimum ?? 0 : false;
}

// Another body that a schema takes.
function another(schema, body) {
  for (const [name, property] of Object.entries(resolve(schema).properties)) {
    const { type, enum: words } = resolve(property), least = sample(property);
    if (words?.length > 1) return { ...body, [name]: words[1] };
    if (words) continue;
    if (type === 'string' && name !== 'name') return { ...body, [name]: least.replaceAll('a', 'b') };
    if (type === 'integer') return { ...body, [name]: least + 1 };
    if (type === 'boolean') return { ...body, [name]: true };
    if (type === 'array') return { ...body, [name]: [...least, 'b'] };
  }
  assert.fail(JSON.stringify(schema));
}

// Fails unless an answer is one that the document tells of.
function assertTold({ operation }, answer, about) {
  const response = operation.responses[answer.status];
  assert.ok(response, `${about}: status ${answer.status} is not in the document: ${answer.text}`);
  const told = response.$ref ? document.components.responses[response.$ref.split('/').at(-1)] : response;
  const type = answer.headers.get('content-type');
  if (!told.content) return assert.equal(answer.text, '', about);
  assert.deepEqual(Object.keys(told.content), [type], about);
  const check = ajv.compile({ ...told.content[type].schema, components: document.components });
  assert.ok(check(answer.json), `${about}: ${JSON.stringify(check.errors)} in ${answer.text}`);
}

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  document = await (await fetch(`${chaski.url}/api/openapi.json`)).json();
  ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  for (const role of roles) {
    const made = command('user', 'add', role, '--role', role);
    assert.equal(made.status, 0, made.stderr);
    tokens[role] = made.stdout.trim();
  }
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('the matrix: every role on every route is let in exactly where the document says so', async () => {
  let cells = 0;
  for (const one of operations()) {
    for (const role of [null, ...roles]) {
      let token = role && tokens[role];
      if (one.operation.operationId === 'logOut' && role) token = await newToken(role); // it ends with this
      const at = one.at.replace('{name}', one.at.endsWith('{name}') ? 'nobody' : role ?? 'nobody').replace('{id}', '0')
        .replace('{number}', '+51900000001');
      const schema = schemaOf(one.operation);
      const answer = await ask(one.method, at, { token, body: schema && sample(schema),
        headers: one.method === 'PATCH' ? { 'If-Match': '*' } : {} });
      const about = `${role} ${one.method} ${one.at}`;
      const open = one.operation.security?.length === 0;
      if (open) assert.notEqual(answer.status, 403, about);
      else if (!role) assert.equal(answer.status, 401, about);
      else if (!one.operation['x-roles'].includes(role)) assert.equal(answer.status, 403, about);
      else assert.ok(![401, 403].includes(answer.status), `${about}: ${answer.status}`);
      assertTold(one, answer, about);
      cells++;
    }
  }
  assert.equal(cells, operations().length * 6);
});

test('what is sent wrongly gets an answer that the document tells of, never a failure of ours', async () => {
  const seeds = ['', '[]', '{}', 'null', '1', '"a"', '{"a":1}', '{', '{"name":null}', '{"name":"\\u0000"}',
    `{"name":"${'x'.repeat(5000)}"}`, '{"role":"root","name":"a"}', '{"name":"a","name":"b"}', '\u00ff',
    '[[[[[[[[]]]]]]]]',
    '{"days":1e400,"label":"x"}', '{"label":"\\ud800"}', '{"password":123456789012}', '{"state":"active","x":[]}'];
  const parts = ['nobody', '%41', '%', '%00', '%ff', '..%2f', 'a'.repeat(3000), '%F0%9F%98%80', '+51987654321', '*'];
  const queries = ['', '?limit=0', '?limit=9999999999999999999', '?limit=5&limit=6', '?cursor=%00', '?cursor=0-0',
    '?cursor=%22%3E', '?x=1', `?cursor=${'a'.repeat(2000)}`];
  let count = 0;
  for (const one of operations()) {
    if (one.operation.operationId === 'logOut') continue;
    const schema = schemaOf(one.operation), body = schema && '{}';
    const requests = [...schema ? seeds.map((seed) => ['nobody', '', seed]) : [],
      ...one.at.includes('{') ? parts.map((part) => [part, '', body]) : [],
      ...(one.method === 'GET' ? queries : ['?x=1']).map((query) => ['nobody', query, body])];
    for (const [part, query, sent] of requests) {
      const at = one.at.replace(/\{\w+\}/g, () => part) + query;
      const answer = await ask(one.method, at, { token: tokens.admin, body: sent });
      const about = `${one.method} ${at.slice(0, 60)} ${sent?.slice(0, 40)}`;
      assert.ok(answer.status < 500, `${about}: ${answer.status} ${answer.text}`);
      count++;
      if (answer.json) assertTold(one, answer, about); // else it is the gate's, in front of it
    }
  }
  assert.ok(count > 200, `${count}`);
});

// One field of a body broken at a time: [the body, the field that the answer must name].
function* broken(schema) {
  const { properties, required = [] } = resolve(schema), good = sample(schema);
  for (const name of required) {
    const { [name]: gone, ...rest } = good;
    yield [rest, name];
  }
  for (const [name, property] of Object.entries(properties)) {
    const { type, minLength, maxLength, minimum, maximum, minItems, maxItems, enum: words } = resolve(property);
    const bad = [null, type === 'string' ? 7 : 'siete', type === 'array' ? {} : []];
    if (type === 'array') bad.push([7]);
    if (type === 'integer') bad.push(1.5);
    if (words) bad.push('no such word');
    if (minLength) bad.push('');
    if (maxLength) bad.push('ñ'.repeat(maxLength + 1));
    if (minimum !== undefined) bad.push(minimum - 1);
    if (maximum !== undefined) bad.push(maximum + 1);
    if (minItems) bad.push(Array(minItems - 1).fill('a'));
    if (maxItems) bad.push(Array(maxItems + 1).fill('a'));
    for (const value of bad) yield [{ ...good, [name]: value }, name];
  }
  yield [{ ...good, nobody_knows_it: 1 }, 'nobody_knows_it'];
}

test('a body with one field broken is refused with a problem that names it', async () => {
  const most = 200000; // characters; a longer body is the gate's to refuse
  let count = 0;
  for (const one of operations().filter(({ operation }) => schemaOf(operation))) {
    const at = one.at.replace(/\{\w+\}/g, () => '0');
    for (const [body, field] of broken(schemaOf(one.operation))) {
      const sent = JSON.stringify(body), about = `${one.method} ${one.at} ${field}: ${sent.slice(0, 200)}`;
      if (sent.length > most) continue;
      const answer = await ask(one.method, at, { token: tokens.admin, body: sent, headers: { 'If-Match': '*' } });
      assert.ok(answer.status >= 400 && answer.status < 500, `${about}: ${answer.status} ${answer.text}`);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json', about);
      assert.ok(answer.json.errors?.some((error) => error.field === field), `${about}: ${answer.text}`);
      assertTold(one, answer, about);
      count++;
    }
  }
  assert.ok(count > 300, `${count}`);
});

// But a login, where nobody is known yet: a key that anybody may name would be everybody's.
test('every POST takes an Idempotency-Key', async () => {
  const posts = operations().filter(({ method, operation }) => method === 'POST' &&
    operation.security?.length !== 0);
  for (const [i, one] of posts.entries()) {
    const schema = schemaOf(one.operation);
    const ends = one.operation.operationId === 'logOut';
    const post = async (body, id = '7') => ask('POST', one.at.replace(/\{\w+\}/g, () => id), {
      token: ends ? await newToken('admin') : tokens.admin, body,
      headers: { 'Idempotency-Key': `post-${i}` } });
    const body = schema && { ...sample(schema), ...resolve(schema).properties.name ? { name: `post${i}` } : {} };
    const first = await post(body), again = await post(body);
    const about = `${one.at}: ${first.status} ${first.text}, then ${again.status} ${again.text}`;
    assert.equal(again.headers.get('idempotent-replayed'), 'true', about);
    if (again.status !== 409) assert.deepEqual([again.status, again.text], [first.status, first.text], about);
    else assert.ok(first.status === 409 || first.json?.token || first.json?.secret, about);
    if (ends) continue; // there is no other request to log out
    const other = schema ? await post(another(schema, body)) : await post(undefined, '8');
    assert.equal(other.status, 422, `${about}, then ${other.status} ${other.text}`);
    assert.match(other.json.detail, /Idempotency-Key/, about);
  }
  assert.ok(posts.length >= 30, `${posts.length}`);
});

test('a login looks at no Idempotency-Key, and the document names none', async () => {
  const body = { name: 'nobody', password }, headers = { 'Idempotency-Key': 'login' };
  const answers = await Promise.all([body, body, { ...body, name: 'somebody' }].map((one) =>
    ask('POST', '/login', { body: one, headers })));
  assert.deepEqual(answers.map((answer) => answer.status), [401, 401, 401]);
  for (const { method, operation } of operations()) {
    const named = (operation.parameters ?? []).some((one) => one.name === 'Idempotency-Key');
    assert.equal(named, method === 'POST' && operation.operationId !== 'logIn', operation.operationId);
  }
});

test('a request repeated under its Idempotency-Key is done once', async () => {
  const headers = { 'Idempotency-Key': 'first-try-1' }, body = { name: 'luz', role: 'viewer' };
  const first = await ask('POST', '/users', { token: tokens.admin, body, headers });
  assert.equal(first.status, 201);
  const again = await ask('POST', '/users', { token: tokens.admin, body, headers });
  assert.equal(again.status, 201);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.get('etag'), first.headers.get('etag'));
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  const other = await ask('POST', '/users', { token: tokens.admin, body: { ...body, role: 'admin' }, headers });
  assert.equal(other.status, 422);
  const without = await ask('POST', '/users', { token: tokens.admin, body });
  assert.equal(without.status, 409);
  const bad = await ask('POST', '/users', { token: tokens.admin, body, headers: { 'Idempotency-Key': 'a b' } });
  assert.equal(bad.status, 400);
  const secret = { token: tokens.admin, body: { label: 'once' }, headers: { 'Idempotency-Key': 'token-1' } };
  assert.equal((await ask('POST', '/users/luz/tokens', secret)).status, 201);
  assert.equal((await ask('POST', '/users/luz/tokens', secret)).status, 409);
  const list = await ask('GET', '/users/luz/tokens', { token: tokens.admin });
  assert.equal(list.json.items.length, 1);
});

test('twenty at once under one key make one user', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('POST', '/users',
    { token: tokens.admin, body: { name: 'mar', role: 'viewer' }, headers: { 'Idempotency-Key': 'many' } })));
  const created = answers.filter((answer) => answer.status === 201);
  assert.ok(created.length >= 1);
  assert.equal(created.filter((answer) => !answer.headers.get('idempotent-replayed')).length, 1);
  for (const answer of answers) assert.ok([201, 409].includes(answer.status), answer.text);
});

test('a change names the version that it was made from', async () => {
  const shown = await ask('GET', '/users/luz', { token: tokens.admin });
  const etag = shown.headers.get('etag');
  const change = (headers, body = { role: 'editor' }) => ask('PATCH', '/users/luz',
    { token: tokens.admin, body, headers });
  assert.equal((await change({})).status, 428);
  const changed = await change({ 'If-Match': etag });
  assert.equal(changed.status, 200);
  assert.equal(changed.json.role, 'editor');
  assert.equal((await change({ 'If-Match': etag }, { role: 'viewer' })).status, 412);
  assert.equal((await change({ 'If-Match': changed.headers.get('etag') }, { role: 'viewer' })).status, 200);
});

test('lists come in pages', async () => {
  for (let i = 0; i < 5; i++) {
    await ask('POST', '/users', { token: tokens.admin, body: { name: `page${i}`, role: 'viewer' } });
  }
  const names = [];
  let cursor = '';
  do {
    const page = await ask('GET', `/users?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      { token: tokens.admin });
    assert.ok(page.json.items.length <= 2);
    names.push(...page.json.items.map((user) => user.name));
    cursor = page.json.next;
  } while (cursor);
  const whole = await ask('GET', '/users?limit=200', { token: tokens.admin });
  assert.deepEqual(names, whole.json.items.map((user) => user.name));
  assert.deepEqual(names, [...names].sort());
});

test('whoever is revoked is out at once, tokens and password', async () => {
  assert.equal((await ask('POST', '/users', { token: tokens.admin,
    body: { name: 'rosa', role: 'sender', password } })).status, 201);
  const token = await newToken('rosa');
  const login = () => ask('POST', '/login', { body: { name: 'rosa', password } });
  const session = (await login()).json.token;
  for (const good of [token, session]) assert.equal((await ask('GET', '/me', { token: good })).json.name, 'rosa');
  assert.equal(command('user', 'revoke', 'rosa').status, 0);
  for (const ended of [token, session]) assert.equal((await ask('GET', '/me', { token: ended })).status, 401);
  assert.equal((await login()).status, 401);
});

test('a token is revoked by itself, and logging out is that', async () => {
  const one = await newToken('viewer'), two = await newToken('viewer');
  const list = (await ask('GET', '/users/viewer/tokens', { token: one })).json.items;
  const id = createHash('sha256').update(one).digest('hex').slice(0, 12);
  assert.ok(list.some((token) => token.id === id));
  assert.equal((await ask('DELETE', `/users/viewer/tokens/${id}`, { token: tokens.sender })).status, 403);
  assert.equal((await ask('DELETE', `/users/viewer/tokens/${id}`, { token: two })).status, 204);
  assert.equal((await ask('GET', '/me', { token: one })).status, 401);
  assert.equal((await ask('POST', '/logout', { token: two })).status, 204);
  assert.equal((await ask('GET', '/me', { token: two })).status, 401);
});

test('passwords are changed by who knows them, and guessed by nobody', async () => {
  await ask('POST', '/users', { token: tokens.admin, body: { name: 'ines', role: 'viewer', password } });
  const login = (words) => ask('POST', '/login', { body: { name: 'ines', password: words } });
  const { token } = (await login(password)).json;
  const change = (old, now) => ask('POST', '/me/password', { token, body: { old_password: old, new_password: now } });
  assert.equal((await change('another one', 'una clave larga 2')).status, 403);
  assert.equal((await change(password, 'short')).status, 422);
  assert.equal((await change(password, 'una clave larga 2')).status, 204);
  assert.equal((await login('una clave larga 2')).status, 201);
  for (let i = 0; i < 5; i++) assert.equal((await login('no')).status, 401);
  const waiting = await login('una clave larga 2');
  assert.equal(waiting.status, 429);
  assert.ok(Number(waiting.headers.get('retry-after')) > 600);
  for (let i = 0; i < 5; i++) await ask('POST', '/login', { body: { name: 'nobody', password } });
  assert.equal((await ask('POST', '/login', { body: { name: 'nobody', password } })).status, 429);
});

test('what is kept of tokens and passwords is not they', async () => {
  const token = await newToken('viewer');
  const kept = [];
  for (const key of await redis.keys('ck:{staff}:*')) {
    const type = await redis.command('TYPE', key);
    kept.push(JSON.stringify(await redis.command(...{ hash: ['HGETALL', key], string: ['GET', key],
      stream: ['XRANGE', key, '-', '+'] }[type])));
  }
  const body = JSON.stringify({ name: 'eva', role: 'viewer', password });
  const headers = { 'Idempotency-Key': 'eva' };
  assert.equal((await ask('POST', '/users', { token: tokens.admin, body, headers })).status, 201);
  const done = await Promise.all((await redis.keys('ck:{staff}:done:*')).map((key) => redis.command('GET', key)));
  for (const guessed of [`/api/v1/users\n${body}`, `/api/v1/users\n${body}\n`]) {
    const digest = createHash('sha256').update(guessed).digest('hex');
    assert.ok(done.length && !done.some((one) => one.startsWith(digest)), 'a password could be guessed by its digest');
  }
  const all = kept.join('\n') + chaski.log + fs.readFileSync(path.join(redis.dir, 'appendonlydir',
    fs.readdirSync(path.join(redis.dir, 'appendonlydir')).find((name) => name.endsWith('.incr.aof'))), 'latin1');
  for (const secret of [token, ...Object.values(tokens), password]) assert.ok(!all.includes(secret));
});

test('every act is written down: who, what, on whom, from where', async () => {
  const { json } = await ask('GET', '/audit?limit=200', { token: tokens.admin });
  const acts = json.items.map((entry) => `${entry.who} ${entry.what} ${entry.whom}`);
  const operator = json.items.at(-1).who;
  for (const act of [`${operator} user.create admin`, 'admin user.create luz', 'admin user.change luz',
    `${operator} user.change rosa`, 'rosa login rosa', 'viewer token.revoke viewer', 'ines user.password ines']) {
    assert.ok(acts.includes(act), act);
  }
  for (const entry of json.items) assert.equal(entry.from, '127.0.0.1');
  assert.equal((await ask('GET', '/audit?cursor=x', { token: tokens.admin })).status, 400);
});

test('an expired token is none, and goes away', async () => {
  const token = await newToken('viewer');
  const digest = createHash('sha256').update(token).digest('hex');
  const record = await redis.command('HGET', 'ck:{staff}:tokens', digest);
  await redis.command('HSET', 'ck:{staff}:tokens', digest, record.replace(/^\d+/, '1'));
  assert.equal((await ask('GET', '/me', { token })).status, 401);
  await newToken('viewer');
  assert.equal(await redis.command('HGET', 'ck:{staff}:tokens', digest), null);
});

test('channels are told of without their secrets', async () => {
  const { json } = await ask('GET', '/channels', { token: tokens.viewer });
  assert.deepEqual(json.items.map((channel) => channel.name), Object.keys(chaski.settings.channels));
  const page = await ask('GET', '/channels?limit=2&cursor=sms', { token: tokens.viewer });
  assert.deepEqual(page.json.items.map((channel) => channel.name), ['smsa', 'wa']);
});

test('bodies, types, methods and paths that are none are told', async () => {
  const form = await fetch(`${chaski.url}/api/v1/login`, { method: 'POST', body: 'name=a',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
  assert.equal(form.status, 415);
  assert.equal((await ask('PUT', '/users', { token: tokens.admin })).headers.get('allow'), 'GET, POST');
  assert.equal((await ask('GET', '/nothing', { token: tokens.admin })).status, 404);
  assert.equal((await ask('GET', '/me', { token: 'chk_x' })).headers.get('www-authenticate'), 'Bearer realm="chaski"');
  const body = `{"name":"${'a'.repeat(300000)}"}`;
  const large = await ask('POST', '/login', { body }).catch(() => ({ status: 413 }));
  assert.equal(large.status, 413);
});

test('with Redis away it says so, and serves again when it is back', async () => {
  await redis.stop('SIGKILL');
  await until('503', async () => (await ask('GET', '/me', { token: tokens.viewer })).status === 503);
  await redis.start();
  await until('200', async () => (await ask('GET', '/me', { token: tokens.viewer })).status === 200);
});
