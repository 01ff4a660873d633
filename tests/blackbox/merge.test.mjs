// Two numbers of one person made one: what is taken, what is not, that nobody becomes reachable by it, and that a
// daemon that dies in the middle leaves nothing half done.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, top, until } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const dying = path.join(top, 'build/faults/chaski');
const started = ['hola', '1'];
const whole = [...started, 'vendo jugos en el mercado', '1', '=2 años'];
let redis, chaski, token;

const person = (i) => `+51987640${String(i).padStart(3, '0')}`;
const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, body, as = token, more = {}) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method, body: body && JSON.stringify(body),
    headers: { Authorization: `Bearer ${as}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...more } });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
}

const merge = (into, from, more = {}, ...rest) => ask('POST', `/contacts/${into}/merge`, { from, ...more }, ...rest);
const show = async (number) => (await ask('GET', `/contacts/${number}`)).json;
const factsOf = async (number) =>
  Object.fromEntries((await show(number)).facts.map((fact) => [fact.slot, fact]));
const consentsOf = async (number) => (await ask('GET', `/contacts/${number}/consents`)).json.items;

async function say(number, words) {
  const phone = new TwilioPhone(chaski, number);
  for (const one of words) await phone.say(one);
}

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  token = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('a dry run tells what would be done, and does nothing', async () => {
  await say(person(1), [...started, 'vendo ropa']);
  await say(person(2), whole);
  const was = [await show(person(1)), await show(person(2))];
  const { status, json } = await merge(person(1), person(2), { dry_run: true });
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(json.dry_run, true);
  const facts = Object.fromEntries(json.facts.map((fact) => [fact.slot, fact]));
  assert.equal(facts.activity.instead_of, 'vendo ropa');
  assert.equal(facts.tenure.value, '24');
  assert.equal(facts.tenure.instead_of, undefined);
  assert.ok(json.left.includes('consent'));
  assert.deepEqual([await show(person(1)), await show(person(2))], was);
});

test('who may not erase may not merge, and only two that are known, and two, are merged', async () => {
  const editor = run('user', 'add', 'eva', '--role', 'editor').stdout.trim();
  assert.equal((await merge(person(1), person(2), {}, editor)).status, 403);
  assert.equal((await merge(person(1), person(1))).status, 422);
  assert.equal((await merge(person(1), '12')).status, 422);
  assert.equal((await merge('12', person(1))).status, 400);
  assert.equal((await merge(person(1), '+51900000000')).status, 404);
  assert.equal((await merge('+51900000000', person(1))).status, 404);
  assert.equal((await ask('POST', `/contacts/${person(1)}/merge`, {})).status, 422);
  assert.equal((await show(person(2))).number, person(2));
});

test('facts are taken with where they are from, consents are not, and the other number is erased', async () => {
  const mine = await factsOf(person(1)), hers = await factsOf(person(2)), agreed = await consentsOf(person(1));
  const key = { 'Idempotency-Key': 'merge-0001' };
  const first = await merge(person(1), person(2), {}, token, key);
  assert.equal(first.status, 200, JSON.stringify(first.json));
  assert.deepEqual((await merge(person(1), person(2), {}, token, key)).json, first.json);
  const now = await factsOf(person(1));
  for (const slot of first.json.facts.map((fact) => fact.slot)) assert.deepEqual(now[slot], hers[slot]);
  assert.deepEqual(now.consent, mine.consent);
  assert.deepEqual(await consentsOf(person(1)), agreed);
  const missing = await ask('GET', `/contacts/${person(2)}`);
  assert.equal(missing.status, 404);
  assert.match(missing.json.detail, /merged into \+51987640001\.$/);
  assert.deepEqual((await consentsOf(person(2))).map((one) => one.purpose).at(-1), 'borrado');
  assert.equal((await ask('GET', `/contacts/${person(1)}/turns`)).json.items[0].staff, 'merge ana');
  const again = await merge(person(1), person(2));
  assert.equal(again.status, 200, 'done is done');
  assert.deepEqual(again.json.facts, []);
  assert.equal((await merge(person(2), person(1))).status, 404);
  assert.deepEqual(await redis.command('HGETALL', 'ck:{staff}:merges'), []);
});

test('the flow goes on with what was taken, and finds her by it', async () => {
  const found = await ask('GET', `/contacts?query=${encodeURIComponent('tenure = 24')}`);
  assert.ok(found.json.items.some((one) => one.number === person(1)), JSON.stringify(found.json));
  assert.equal(JSON.parse(run('audience', 'rebuild', '--dry-run', '--json').stdout).wrong, 0);
});

test('who writes from the number that was erased begins anew', async () => {
  const [words] = await new TwilioPhone(chaski, person(2)).say('hola');
  assert.match(words, /acepta|acuerdo|permis|datos/i);
  const anew = await show(person(2));
  assert.ok(!anew.facts.some((fact) => fact.slot === 'activity'));
  assert.equal(anew.merged_into, person(1));
  assert.ok(Math.abs(Date.parse(anew.merged_at) - Date.now()) < 60000);
});

test('what she left stays left, and agreeing on one number is agreeing on that', async () => {
  await say(person(3), [...whole, 'baja']);
  await say(person(4), [...started, 'vendo pan']);
  const agreed = await consentsOf(person(4));
  const into = await merge(person(4), person(3));
  assert.equal(into.json.from_opted_out, true);
  assert.equal(into.json.opted_out, false);
  assert.deepEqual(await consentsOf(person(4)), agreed);
  await say(person(5), [...started, 'baja']);
  await say(person(6), whole);
  assert.equal((await merge(person(5), person(6))).json.opted_out, true);
  const stays = await show(person(5));
  assert.equal(stays.opted_out, true);
  assert.ok(stays.facts.some((fact) => fact.slot === 'tenure'));
});

test('whoever waits for staff on the other number is answered first', async () => {
  await say(person(7), whole);
  await say(person(8), [...started, 'asesor']);
  const [ticket] = (await ask('GET', '/tickets')).json.items;
  assert.equal(ticket.number, person(8));
  assert.equal((await merge(person(7), person(8))).status, 409);
  assert.equal((await ask('POST', `/tickets/${ticket.id}/close`)).status, 204);
  assert.equal((await merge(person(7), person(8))).status, 200);
});

const inDays = (days) => `${new Date(Date.now() - 5 * 3600e3 + days * 86400e3).toISOString().slice(0, 10)}T15:00`;

test('places in trainings go with her, the better of two stays, and what is free then goes to who waits', async () => {
  const { json: training } = await ask('POST', '/trainings',
    { code: 'CAJA', title: 'Caja', starts_at: inDays(7), place: 'Cusco', seats: 2 });
  const people = async () => Object.fromEntries((await ask('GET', `/trainings/${training.id}/people`)).json.items
    .map((one) => [one.number, one.state]));
  for (const [i, state] of [[10, 'seat'], [11, 'seat'], [12, 'waiting'], [13, 'waiting']]) {
    await say(person(i), [...started, 'me apunto caja']);
    await until(`${person(i)} is ${state}`, async () => (await people())[person(i)] === state);
  }
  await say(person(14), started);
  assert.equal((await merge(person(14), person(10))).json.trainings, 1);
  assert.deepEqual(await people(),
    { [person(11)]: 'seat', [person(12)]: 'waiting', [person(13)]: 'waiting', [person(14)]: 'seat' });
  assert.equal((await merge(person(12), person(11))).status, 200);
  assert.deepEqual(await people(), { [person(12)]: 'seat', [person(13)]: 'waiting', [person(14)]: 'seat' });
  assert.equal((await merge(person(12), person(14))).status, 200);
  assert.deepEqual(await people(), { [person(12)]: 'seat', [person(13)]: 'seat' });
  const shown = (await ask('GET', `/trainings/${training.id}`)).json;
  assert.deepEqual([shown.seat, shown.waiting, shown.left, shown.answered], [2, 0, 0, 2]);
  const [taken] = (await ask('POST', '/contacts/import', { csv: `number\n${person(15)}\n` })).json.made ? [1] : [0];
  assert.equal(taken, 1);
  assert.equal((await merge(person(15), person(13))).json.trainings, 0, 'who never wrote there has no place there');
  await until('the place is given up', async () => !(person(13) in await people()));
  assert.ok(!(person(15) in await people()));
});

test('the command line shows, asks back, and merges', async () => {
  await say(person(20), started);
  await say(person(21), whole);
  const shown = run('contact', 'merge', person(20), '--from', person(21), '--dry-run');
  assert.match(shown.stdout, /^fact\ttenure\t24\t$/m, shown.stderr);
  assert.match(shown.stdout, /^left\tconsent$/m);
  assert.match(shown.stdout, /^trainings\t0$/m);
  assert.equal(run('contact', 'merge', person(20), '--from', person(21)).status, 64);
  assert.equal(run('contact', 'merge', person(20)).status, 64);
  assert.equal(JSON.parse(run('contact', 'merge', person(20), '--from', person(21), '--yes', '--json').stdout).from,
    person(21));
  assert.equal(run('contact', 'merge', person(20), '--from', person(22), '--yes').status, 65);
});

// ---- dying

const points = ['merge.taken', 'merge.moved', 'merge.erased'];

test('a daemon that dies in the middle has it finished by the next', async () => {
  const pairs = points.map((_, i) => [person(30 + 2 * i), person(31 + 2 * i)]);
  for (const [into, from] of pairs) {
    await say(into, started);
    await say(from, whole);
  }
  for (const [i, point] of points.entries()) {
    await chaski.stop();
    const from = chaski.log.length;
    await chaski.start({ program: dying, env: { CHASKI_FAILPOINT: point } });
    await assert.rejects(merge(...pairs[i]), 'it dies before it answers');
    await until('it died', () => chaski.log.slice(from).includes(`failpoint ${point}`));
  }
  await chaski.stop();
  await chaski.start();
  await until('all is done', async () => (await redis.command('HLEN', 'ck:{staff}:merges')) === 0, 30000);
  for (const [into, from] of pairs) {
    assert.equal((await factsOf(into)).tenure.said, '=2 años');
    const { items } = (await ask('GET', `/contacts/${into}/turns`)).json;
    assert.equal(items.filter((turn) => turn.staff).length, 1, 'once');
    assert.equal((await ask('GET', `/contacts/${from}`)).status, 404);
    assert.equal((await merge(into, from)).status, 200, 'asked again, it is done');
  }
});

// Has a merge die at its first half, and gives what goes on with it: nobody does before.
async function halve(into, from) {
  await chaski.stop();
  const begun = chaski.log.length;
  await chaski.start({ program: dying, env: { CHASKI_FAILPOINT: 'merge.taken' } });
  await assert.rejects(merge(into, from));
  await until('it died', () => /failpoint merge.taken/.test(chaski.log.slice(begun)));
  await chaski.stop();
  const [field, record] = await redis.command('HGETALL', 'ck:{staff}:merges');
  await redis.command('HSET', 'ck:{staff}:merges', field, record.replace(/"at":\d+/, `"at":${Date.now() + 3600e3}`));
  await chaski.start();
  return async () => {
    await redis.command('HSET', 'ck:{staff}:merges', field, record);
    await until('it ends', async () => (await redis.command('HLEN', 'ck:{staff}:merges')) === 0, 30000);
  };
}

test('who writes between the halves has it taken too, and who was erased meanwhile ends it', async () => {
  const [into, from, gone, other] = [40, 41, 42, 43].map(person);
  for (const one of [into, from, gone, other]) await say(one, started);
  const goOn = await halve(into, from);
  await say(from, ['vendo flores']);
  await goOn();
  assert.equal((await factsOf(into)).activity.value, 'vendo flores');
  assert.equal((await ask('GET', `/contacts/${from}`)).status, 404);
  const giveUp = await halve(gone, other);
  await say(gone, ['borrar', '1']);
  await giveUp();
  assert.equal((await ask('GET', `/contacts/${gone}`)).status, 404);
  assert.equal((await ask('GET', `/contacts/${other}`)).status, 200, 'nobody is erased for one who is gone');
});

test('each merge is in the audit log, and no number is', async () => {
  const acts = (await ask('GET', '/audit?limit=200')).json.items.filter((one) => one.what.startsWith('contact.merge'));
  assert.ok(acts.some((one) => one.what === 'contact.merge.dry_run'));
  assert.match(acts.find((one) => one.what === 'contact.merge').more.from, /^[0-9a-f]{24}$/);
  assert.ok(!JSON.stringify(acts).includes('987640'));
  assert.ok(!chaski.log.includes('987640'));
});
