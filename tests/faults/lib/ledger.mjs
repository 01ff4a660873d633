// The ledgers of both ends, compared: what the provider's side was promised and got, against what lies in Redis.
//
// Where things lie is said here and nowhere else in this folder (ARCHITECTURE.md, "The commit protocol").
import { until } from './processes.mjs';

const SHARDS = 64;
export const shards = Array.from({ length: SHARDS }, (_, i) => i);

// FNV-1a, folded, as slice_hash() of base/slice.c; numbers are ASCII.
export function shardOf(contact) {
  let hash = 2166136261;
  for (let i = 0; i < contact.length; i++) hash = Math.imul(hash ^ contact.charCodeAt(i), 16777619) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) % SHARDS;
}

const key = (contact, kind) => `ck:{s${shardOf(contact)}}:${kind}:${contact}`;
const fieldOf = (fields, name) => fields[fields.indexOf(name) + 1];

// A reference is "SHARD-MS-SEQ": the shard and the stream id of the outbox entry, whose order is that of the commits.
const idOf = (reference) => reference.slice(reference.indexOf('-') + 1);
const compareIds = (a, b) => {
  const [aMs, aSeq] = a.split('-').map(Number);
  const [bMs, bSeq] = b.split('-').map(Number);
  return aMs - bMs || aSeq - bSeq;
};

// Waits until nothing is left to be sent.
export async function settle(redis, ms) {
  let left = [];
  const what = () => `an empty outbox: ${left.reduce((a, b) => a + (Number(b) || 0), 0)} messages are left`;
  await until(what, async () => {
    try {
      left = await redis.all(shards.flatMap((n) => [['XLEN', `ck:{s${n}}:outbox`], ['XLEN', `ck:{s${n}}:bulk`]]));
    } catch {
      return false;
    }
    return left.every((one) => one === 0);
  }, ms, 50);
}

// How many timers wait.
export async function countTimers(redis) {
  const counts = await redis.all(shards.map((n) => ['ZCARD', `ck:{s${n}}:timers`]));
  return counts.reduce((a, b) => a + b, 0);
}

// What was put aside: reference → { to, text, code }.
export async function readAside(redis, kind) {
  const found = new Map();
  const streams = await redis.all(shards.map((n) => ['XRANGE', `ck:{s${n}}:${kind}`, '-', '+']));
  streams.forEach((items, shard) => {
    for (const [, fields] of items ?? []) {
      const entry = JSON.parse(fieldOf(fields, 'entry'));
      const reference = `${shard}-${fieldOf(fields, 'id')}`;
      const listed = (found.get(reference)?.listed ?? 0) + 1;
      found.set(reference, { to: entry.to, text: entry.text, code: fieldOf(fields, 'code'), listed });
    }
  });
  return found;
}

// What each person's messages became: { version, ids of the journal in its order }.
export async function readPersons(redis, persons) {
  const replies = await redis.all(persons.flatMap(({ number }) => [
    ['HGET', key(number, 'contact'), 'v'], ['LRANGE', key(number, 'turns'), 0, -1],
  ]));
  return persons.map((_, i) => ({
    version: Number((replies[2 * i] ?? '0').split(' ')[0]), // the line begins with it
    ids: (replies[2 * i + 1] ?? []).map((turn) => turn.slice(turn.indexOf(':') + 1, turn.indexOf('\n'))),
  }));
}

export function groupBy(items, name) {
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(name(item));
    if (group) group.push(item);
    else groups.set(name(item), [item]);
  }
  return groups;
}

// Collects figures and, of each kind of violation, the first few in words.
export class Verdict {
  constructor() {
    this.figures = { lost: 0, doubled: 0, disordered: 0, unsent: 0, unasked: 0, repeated: 0, misplaced: 0, dead: 0,
      untold: 0, unfired: 0, refired: 0, miscounted: 0, inDoubt: 0 };
    this.examples = [];
  }

  get isWhole() {
    return this.figures.lost + this.figures.unsent === 0;
  }

  add(figure, count, words) {
    if (count <= 0) return;
    this.figures[figure] += count;
    if (this.examples.length < 12) this.examples.push(`${figure}: ${words}`);
  }
}

// Every accepted message has moved the state once, in the order in which it was accepted.
function judgeInbound(verdict, person, held) {
  const expected = person.accepted;
  const seen = new Set(held.ids);
  const who = person.number;
  const missing = expected.filter((id) => !seen.has(id)).length;
  verdict.add('lost', Math.max(missing, expected.length - held.version),
    `${who}: ${expected.length} accepted, version ${held.version}, ${missing} not in the journal`);
  verdict.add('doubled', Math.max(held.ids.length - seen.size, held.version - expected.length),
    `${who}: ${expected.length} accepted, version ${held.version}, journal ${held.ids.length} of ${seen.size} ids`);
  const inOrder = held.ids.filter((id, i) => held.ids.indexOf(id) === i);
  if (!missing && inOrder.some((id, i) => id !== expected[i]))
    verdict.add('disordered', 1, `${who}: the journal's order is ${inOrder.join(' ')}`);
}

// Each of the flow's replies went once, or is listed in doubt, and they went in order.
function judgeOutbound(verdict, person, calls, doubts, golden) {
  const who = person.number;
  const first = new Map();
  for (const call of calls) {
    if (!first.has(call.reference)) first.set(call.reference, call.text);
    else if (!doubts.has(call.reference)) verdict.add('repeated', 1, `${who}: ${call.reference} was sent again`);
  }
  const sent = [...first.keys()];
  if (sent.some((reference, i) => i && compareIds(idOf(sent[i - 1]), idOf(reference)) > 0))
    verdict.add('misplaced', 1, `${who}: sent in the order ${sent.join(' ')}`);
  for (const [reference, { to, text }] of doubts) if (to === who && !first.has(reference)) first.set(reference, text);
  const texts = [...first].sort(([a], [b]) => compareIds(idOf(a), idOf(b))).map(([, text]) => text);
  const expected = golden.slice(0, person.accepted.length).flat();
  verdict.add('unsent', expected.length - texts.length, `${who}: ${texts.length} replies of ${expected.length}`);
  verdict.add('unasked', texts.length - expected.length, `${who}: ${texts.length} replies of ${expected.length}`);
  const at = texts.findIndex((text, i) => text !== expected[i]);
  if (at >= 0 && texts.length === expected.length)
    verdict.add('unasked', 1, `${who}: reply ${at + 1} is "${texts[at]}", not "${expected[at]}"`);
}

// A status that we took is in the message's record.
async function judgeReceipts(verdict, redis, calls) {
  const told = calls.filter((call) => call.told);
  const states = await redis.all(told.map(({ reference }) => {
    const [shard, ms] = reference.split('-');
    return ['HGET', `ck:{s${shard}}:sends:${Math.floor(ms / 86400000)}`, idOf(reference)];
  }));
  states.forEach((record, i) => {
    const state = record?.split(' ')[6]; // its delivery: gateway/lua/outbox.lua
    if (state !== told[i].told) verdict.add('untold', 1, `${told[i].reference}: the status is "${state}"`);
  });
}

// Compares the ledgers. golden: kind → for each line of the script, the texts that answer it.
export async function judge({ redis, load, provider, golden }) {
  const verdict = new Verdict();
  const { persons } = load;
  const [held, doubts, dead] = [await readPersons(redis, persons), await readAside(redis, 'doubt'),
    await readAside(redis, 'dead')];
  const calls = groupBy(provider.accepted, (call) => call.to);
  const doubtsOf = groupBy([...doubts], ([, { to }]) => to);
  persons.forEach((person, i) => {
    judgeInbound(verdict, person, held[i]);
    judgeOutbound(verdict, person, calls.get(person.number) ?? [], new Map(doubtsOf.get(person.number)),
      golden[person.channel.kind]);
  });
  for (const [reference, { code }] of dead) verdict.add('dead', 1, `${reference}: ${code}`);
  for (const [reference, { listed }] of doubts)
    verdict.add('doubled', listed - 1, `${reference} is listed in doubt ${listed} times`);
  await judgeReceipts(verdict, redis, provider.accepted);
  verdict.add('unasked', provider.unreadable, 'calls without a reference of ours');
  verdict.figures.inDoubt = doubts.size;
  for (const fault of load.faults) verdict.add('lost', 1, fault);
  return verdict;
}
