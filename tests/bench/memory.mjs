// What people and their turns weigh in Redis, by kind of key.
import { Chaski, Redis, end, load } from './servers.mjs';

// What grows with messages and not with people: recorded answers, the journal, what is to be sent.
const ofTurns = new Set(['seen', 'turns', 'outbox', 'sends', 'receipt', 'early']);

// SAMPLES 0 counts every field: of a contact's few, a sample of five may miss the one that is most of it.
async function keyKinds(redis) {
  const kinds = {};
  let cursor = '0';
  do {
    const [next, keys] = await redis.command('SCAN', cursor, 'COUNT', 10000);
    const sampled = keys.filter((key) => {
      const kind = (kinds[key.split(':')[2] ?? 'other'] ??= { keys: 0, sampled: 0, bytes: 0 });
      return kind.keys++ < 64 || kind.keys % 50 === 0; // what a shard has once, and few of what each person has
    });
    const ask = sampled.map((key) => ['MEMORY', 'USAGE', key, 'SAMPLES', 0]);
    const sizes = ask.length ? await redis.commands(ask) : [];
    sampled.forEach((key, i) => {
      const kind = kinds[key.split(':')[2] ?? 'other'];
      kind.sampled++;
      kind.bytes += sizes[i];
    });
    cursor = next;
  } while (cursor !== '0');
  return kinds;
}

// Whole conversations of many people in a server of their own. Gives { contacts, turns, bytes, kinds }, with bytes a
// contact (contactBytes) and a turn (turnBytes) as the kinds of keys have it.
export async function measureMemory(sinkPort, contacts) {
  const redis = await new Redis('memory', 'everysec').start();
  const chaski = await new Chaski('memory-daemon', redis, sinkPort, 'relaxed').start();
  const before = await redis.usedMemory();
  const { turns } = await load(chaski.port, ['-c', 64, '-n', contacts]);
  const bytes = await redis.usedMemory() - before;
  await end(chaski.child);
  const kinds = await keyKinds(redis);
  await end(redis.child);
  let [contactBytes, turnBytes] = [0, 0];
  for (const [name, kind] of Object.entries(kinds)) {
    kind.mean = kind.sampled ? kind.bytes / kind.sampled : 0;
    kind.growsWithTurns = ofTurns.has(name);
    if (kind.growsWithTurns) turnBytes += (kind.mean * kind.keys) / turns;
    else contactBytes += (kind.mean * kind.keys) / contacts;
  }
  return { contacts, turns, bytes, kinds, contactBytes, turnBytes };
}

export function printMemory({ contacts, turns, bytes, kinds, turnBytes }) {
  const round = (value, width = 0) => value.toFixed(0).padStart(width);
  console.log(`\nRedis after ${contacts} conversations, ${turns} turns: ${round(bytes / turns)} bytes a turn in all ` +
    `(answers and journal ${round(turnBytes)}), ${round(bytes / contacts)} a contact with its whole conversation`);
  for (const [name, kind] of Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`  ${name.padEnd(10)} ${round(kind.keys, 9)} keys of ${round(kind.mean, 6)} bytes, ` +
      `${round((kind.mean * kind.keys) / contacts, 6)} a contact ` +
      `(${kind.growsWithTurns ? 'grows with turns' : 'stays'})`);
}
