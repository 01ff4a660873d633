// Partners' systems are told what happens: signed as Standard Webhooks says, in order, again after failures, of who
// agreed only, and nowhere inside. The partner is a real HTTP server; its library verifies what comes.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Chaski, Redis, binary, top, until } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const skip = spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : false;
let redis, chaski, ana, vera, partner;

// Runs a command while the partner can answer.
const run = (...words) => new Promise((done) => {
  execFile(binary, [...words, '-c', chaski.config, '--server', chaski.url], { cwd: top, encoding: 'utf8' },
    (error, stdout, stderr) => done({ status: error?.code ?? 0, stdout, stderr }));
});

async function ask(method, at, body, as = ana, more = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method,
    headers: { Authorization: `Bearer ${as}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...more },
    body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined, etag: response.headers.get('etag') };
}

// A partner: each path is an endpoint of its own, which answers what `answers` has for it, and else 204.
async function startPartner() {
  const calls = [], answers = new Map();
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => { body += bytes; });
    request.on('end', () => {
      const queue = answers.get(request.url) ?? [];
      const { status = 204, headers = {} } = queue.length > 1 ? queue.shift() : queue[0] ?? {};
      calls.push({ at: request.url, headers: request.headers, body, status });
      response.writeHead(status, headers).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  return { calls, answers, url: `http://127.0.0.1:${port}`, port,
    at: (where) => calls.filter((call) => call.at === where),
    close: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}

const events = ['contact.updated', 'contact.withdrawn', 'diagnosis.done'];
const make = async (where, more = {}) => (await ask('POST', '/webhooks',
  { url: partner.url + where, events, purpose: 'respuestas', ...more })).json;
const verify = (secret, call) => new Webhook(secret).verify(call.body, call.headers);
const deliveries = async (id, query = '') => (await ask('GET', `/webhooks/${id}/deliveries${query}`)).json.items;

// A conversation's beginning, in which one fact is learned.
async function begin(number) {
  const phone = new TwilioPhone(chaski, number);
  for (const words of ['hola', '1', 'vendo abarrotes en mi bodega', '1']) await phone.say(words);
  return phone;
}

// Workers take a new endpoint within a second: people begin to talk until it is told of one.
let people = 0;
async function known(where) {
  const calls = partner.at(where).length;
  await until('the endpoint is known', async () => {
    await begin(`+5198770${String(++people).padStart(4, '0')}`);
    return partner.at(where).length > calls;
  });
}

before(async () => {
  redis = await new Redis().start();
  partner = await startPartner();
  // One worker: what it is known to have heard of, all turns have heard of.
  chaski = await new Chaski({ workers: 1, redis: { url: `unix:${redis.socket}` },
    webhooks: { allow: ['127.0.0.1'], give_up: 4 } }).start();
  ana = (await run('user', 'add', 'ana', '--role', 'engineer')).stdout.trim();
  vera = (await run('user', 'add', 'vera', '--role', 'sender')).stdout.trim();
});

after(async () => {
  await chaski?.remove();
  await partner?.close();
  await redis?.remove();
});

test('only some make webhooks, and only with an address outside, or one that is allowed by name', async () => {
  const good = { url: `${partner.url}/x`, events: ['diagnosis.done'] };
  assert.equal((await ask('POST', '/webhooks', good, vera)).status, 403);
  assert.equal((await ask('GET', '/webhooks', undefined, vera)).status, 403);
  for (const url of ['http://example.com/', 'https://localhost/', 'https://169.254.169.254/', 'http://2130706433/',
    'https://user@example.com/', 'ftp://example.com/', 'https://example.com:6379/', 'http://127.1:80/']) {
    const refused = await ask('POST', '/webhooks', { ...good, url });
    assert.equal(refused.status, 422, url);
    assert.equal(refused.json.errors[0].field, 'url');
    assert.match(refused.json.errors[0].rule, /^must be |^must have /);
  }
  assert.equal((await ask('POST', '/webhooks', { ...good, events: ['nothing.done'] })).status, 422);
  assert.equal((await ask('POST', '/webhooks', { ...good, events: [] })).status, 422);
  const made = await ask('POST', '/webhooks', good);
  assert.equal(made.status, 201);
  assert.match(made.json.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(made.json.purpose, 'ofertas_aliados');
  const shown = await ask('GET', `/webhooks/${made.json.id}`);
  assert.equal(shown.json.secret, undefined);
  assert.equal(shown.json.state, 'on');
  const kept = await redis.command('HGET', 'ck:{staff}:webhooks', made.json.id);
  assert.ok(!kept.includes(made.json.secret.slice(6, 40)), 'the secret is not in Redis');
  assert.equal((await ask('PATCH', `/webhooks/${made.json.id}`, { description: 'x' })).status, 428);
  const old = { 'If-Match': shown.etag };
  const changed = await ask('PATCH', `/webhooks/${made.json.id}`, { description: 'x' }, ana, old);
  assert.equal(changed.json.description, 'x');
  assert.equal((await ask('DELETE', `/webhooks/${made.json.id}`, undefined, ana, old)).status, 412);
  const etag = { 'If-Match': changed.etag };
  assert.equal((await ask('DELETE', `/webhooks/${made.json.id}`, undefined, ana, etag)).status, 204);
  assert.equal((await ask('GET', `/webhooks/${made.json.id}`)).status, 404);
});

test('a conversation is told, signed and in order, without her number and her words', async () => {
  const { id, secret } = await make('/crm');
  await known('/crm');
  const phone = await begin('+51987633001');
  for (const words of ['=2 años', '3000 al mes', 'igual', '60 a la semana', '2', 'no', 'no', 'cusco', '1'])
    await phone.say(words);
  await until('a diagnosis', () => partner.at('/crm').some((call) => JSON.parse(call.body).type === 'diagnosis.done'));
  const all = partner.at('/crm').map((call) => verify(secret, call));
  const who = all.find((event) => event.type === 'diagnosis.done').data.contact;
  const told = all.filter((event) => event.data.contact === who);
  assert.match(who, /^[0-9a-f]{24}$/);
  assert.ok(told.every((event) => event.data.contact === who && event.data.number === undefined));
  assert.ok(!JSON.stringify(told).includes('987633001') && !JSON.stringify(told).includes('abarrotes'));
  const updates = told.filter((event) => event.type === 'contact.updated');
  const facts = Object.assign({}, ...updates.map(({ data }) => data.facts));
  assert.equal(facts.tenure, '24');
  assert.equal(facts.ruc, 'no');
  assert.equal(facts.outlook, undefined);
  const { data } = told.find((event) => event.type === 'diagnosis.done');
  assert.ok(['startup', 'growth', 'established', 'decline'].includes(data.stage), data.stage);
  assert.ok(data.resources.length > 0);
  const every = partner.at('/crm').map((call) => call.headers['webhook-id']);
  assert.equal(new Set(every).size, every.length, 'each once');
  const ids = partner.at('/crm').filter((call) => JSON.parse(call.body).data.contact === who)
    .map((call) => call.headers['webhook-id']);
  assert.deepEqual(ids, [...ids].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })), 'in their order');
  const lines = await until('all are written down', async () => {
    const found = await deliveries(id);
    return ids.every((one) => found.some((line) => line.event === one)) && found;
  });
  assert.ok(lines.every((line) => line.outcome === 'delivered' && line.status === 204));
  assert.throws(() => verify(`whsec_${'A'.repeat(43)}=`, partner.at('/crm')[0]));
});

test('a sign-up is told with its training, and whether there is a seat', async () => {
  const { secret } = await make('/school', { events: ['contact.updated', 'training.signed_up'] });
  const training = await ask('POST', '/trainings', { code: 'CAJA', title: 'Caja y precios', seats: 1,
    starts_at: new Date(Date.now() + 7 * 86400000).toISOString(), place: 'Municipalidad de Wanchaq' }, vera);
  assert.equal(training.status, 201, JSON.stringify(training.json));
  await known('/school');
  const signed = () => partner.at('/school').map((call) => verify(secret, call))
    .filter((event) => event.type === 'training.signed_up').map(({ data }) => [data.training, data.place]);
  await (await begin('+51987633101')).say('me apunto CAJA');
  await until('the first has a seat', () => signed().length === 1);
  await (await begin('+51987633102')).say('me apunto CAJA');
  await until('the second waits', () => signed().length === 2);
  assert.deepEqual(signed(), [[training.json.id, 'seat'], [training.json.id, 'waiting']]);
});

test('numbers go only where they may, and BAJA, and erasing, are told without them', async () => {
  const { secret } = await make('/numbers', { numbers: true });
  const number = '+51987633002';
  await known('/numbers');
  const phone = await begin(number);
  await until('her number', () => partner.at('/numbers').map((call) => verify(secret, call))
    .some(({ data }) => data.number === number));
  const withdrawn = (why) => partner.at('/numbers').map((call) => verify(secret, call))
    .find(({ type, data }) => type === 'contact.withdrawn' && data.why === why);
  await phone.say('baja');
  await until('her BAJA', () => withdrawn('consent'));
  await begin('+51987633003');
  assert.equal((await run('contact', 'erase', '+51987633003', '--yes')).status, 0);
  await until('her erasure', () => withdrawn('erased'));
  assert.equal(withdrawn('erased').data.number, undefined);
  for (const key of await redis.keys('ck:{s[0-9]*}:webhooks')) {
    const all = JSON.stringify(await redis.command('XRANGE', key, '-', '+'));
    assert.ok(!all.includes('987633003'), 'nothing of an erased person waits');
  }
});

test('what fails is tried again under the same id, then put aside, and told again by hand', async () => {
  partner.answers.set('/weak', [{ status: 500 }, { status: 302, headers: { Location: `${partner.url}/elsewhere` } }]);
  const { id, secret } = await make('/weak');
  await known('/weak');
  const [first] = partner.at('/weak');
  const second = await until('a second try', () => partner.at('/weak').slice(1)
    .find((call) => call.headers['webhook-id'] === first.headers['webhook-id']));
  assert.equal(first.body, second.body);
  assert.ok(Number(second.headers['webhook-timestamp']) > Number(first.headers['webhook-timestamp']));
  assert.equal(partner.at('/elsewhere').length, 0, 'no redirect is followed');
  const dead = await until('it is given up', async () => (await deliveries(id, '?state=dead'))
    .find((line) => line.event === first.headers['webhook-id']));
  assert.equal(dead.why, 'status 302');
  assert.equal(dead.tries, 2);
  assert.ok((await ask('GET', `/webhooks/${id}`)).json.failing_since);
  assert.equal((await run('webhook', 'replay', id, dead.id)).status, 69);
  partner.answers.set('/weak', [{ status: 200 }]);
  const replayed = await run('webhook', 'replay', id, dead.id);
  assert.equal(replayed.status, 0, replayed.stderr);
  assert.ok(partner.at('/weak').some((call) => call.status === 200 && call.headers['webhook-id'] === dead.event));
  for (const call of partner.at('/weak')) verify(secret, call);
  assert.ok(!(await deliveries(id, '?state=dead')).some((line) => line.id === dead.id));
  assert.equal((await run('webhook', 'replay', id, dead.id)).status, 65);
  await ask('PATCH', `/webhooks/${id}`, { state: 'off' }, ana, { 'If-Match': '*' });
});

test('an endpoint that says it is gone is switched off, and told from then on when it is on again', async () => {
  partner.answers.set('/gone', [{ status: 410 }]);
  const { id, secret } = await make('/gone');
  await known('/gone');
  await until('it is off', async () => (await ask('GET', `/webhooks/${id}`)).json.off_why === 'gone');
  assert.match((await run('audit')).stdout, /chaski.*webhook\.off/);
  await until('that is counted', async () => /^chaski_partners_off [1-9]/m.test(await chaski.metrics()));
  assert.match(await chaski.metrics(), /^chaski_partner_calls_total\{outcome="delivered"\} [1-9]/m);
  partner.answers.set('/gone', [{ status: 200 }]);
  assert.equal((await run('webhook', 'change', id, '--on')).status, 0);
  const off = partner.at('/gone').length;
  await known('/gone');
  const before = partner.at('/gone').length, first = partner.at('/gone')[0].headers['webhook-id'];
  assert.ok(!partner.at('/gone').slice(off).some((call) => call.headers['webhook-id'] === first));
  const since = new Date(Date.now() - 3600000).toISOString();
  assert.equal((await run('webhook', 'replay', id, '--since', since)).status, 0);
  await until('all is told again', () => partner.at('/gone').slice(before).some((call) =>
    call.headers['webhook-id'] === first));
  verify(secret, partner.at('/gone').at(-1));
});

test('the command line makes, tries out, rotates and deletes', async () => {
  const made = await run('webhook', 'create', `${partner.url}/cli`, '--events', 'diagnosis.done',
    '--description', 'the CLI');
  assert.equal(made.status, 0, made.stderr);
  const [id, secret] = made.stdout.trim().split('\t');
  assert.match((await run('webhook', 'list')).stdout, new RegExp(`^${id}\t${partner.url}/cli\ton\t`, 'm'));
  const tried = await run('webhook', 'test', id);
  assert.equal(tried.status, 0, tried.stderr);
  assert.match(tried.stdout, /^204\t/);
  assert.equal(verify(secret, partner.at('/cli')[0]).type, 'webhook.test');
  const other = (await run('webhook', 'rotate', id)).stdout.trim().split('\t')[1];
  assert.notEqual(other, secret);
  assert.equal((await run('webhook', 'test', id)).status, 0);
  verify(secret, partner.at('/cli')[1]);
  verify(other, partner.at('/cli')[1]);
  assert.throws(() => verify(other, partner.at('/cli')[0]));
  const page = fs.readFileSync(path.join(top, 'docs/webhooks.md'), 'utf8');
  const source = `${/```js\n([^]*?)```/.exec(page)[1]}export { verify };`;
  const example = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const [first, second] = partner.at('/cli');
  assert.equal(example.verify(secret, first.headers, first.body).type, 'webhook.test');
  assert.equal(example.verify(other, second.headers, second.body).type, 'webhook.test');
  assert.throws(() => example.verify(other, first.headers, first.body), /bad signature/);
  assert.throws(() => example.verify(secret, first.headers, `${first.body} `), /bad signature/);
  assert.equal(JSON.parse((await run('webhook', 'show', id)).stdout).description, 'the CLI');
  assert.match((await run('webhook', 'deliveries', id)).stdout, /^$/);
  assert.equal((await run('webhook', 'delete', id)).status, 0);
  assert.equal((await run('webhook', 'show', id)).status, 65);
  assert.equal((await run('webhook', 'test')).status, 64);
});

test('a worker that dies has the next one go on: nothing is lost', async () => {
  const { secret } = await make('/kill');
  await known('/kill');
  const number = '+51987633006', phone = await begin(number);
  await phone.say('=2 años');
  await chaski.stop('SIGKILL');
  await chaski.start();
  await phone.say('3000 al mes');
  const waiting = [];
  for (const key of await redis.keys('ck:{s[0-9]*}:webhooks'))
    for (const [id, fields] of await redis.command('XRANGE', key, '-', '+'))
      if (fields[1] === number) waiting.push(`${key.match(/s(\d+)/)[1]}-${id}`);
  assert.equal(waiting.length, 3);
  await until('all of hers are told', () => {
    const ids = partner.at('/kill').map((call) => call.headers['webhook-id']);
    return waiting.every((id) => ids.includes(id));
  });
  for (const call of partner.at('/kill')) verify(secret, call);
});

test('the alert rules fire and are silent where they should, and name metrics that there are', { skip }, () => {
  const rules = path.join(top, 'config/prometheus/webhooks.yaml');
  for (const args of [['check', 'rules', rules], ['test', 'rules', path.join(top, 'tests/alerts/webhooks.yaml')]]) {
    const checked = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  }
  const known = fs.readFileSync(path.join(top, 'gateway/metrics.c'), 'utf8');
  for (const name of new Set(fs.readFileSync(rules, 'utf8').match(/chaski_partners?_[a-z_]+/g)))
    assert.ok(known.includes(`"${name}"`), name);
});
