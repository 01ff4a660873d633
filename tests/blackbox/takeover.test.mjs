// Two daemons on one Redis, each with half of the shards. One is killed with all its workers, and nobody tells the
// other: it takes the dead one's shards over by itself, sends what is said there, and nothing twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chaski, Redis, channels, secrets, until } from './lib/daemon.mjs';
import { FakeTwilio } from './lib/fakes.mjs';
import { metric } from './lib/outage.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const statedMs = 10000; // SHARDS_TAKEN_OVER_MS of gateway/shards.h
const busyMs = 5000; // what a busy machine may add
const people = Array.from({ length: 60 }, (_, i) => `+519874300${String(i).padStart(2, '0')}`);

test(`a dead daemon's messages go within ${statedMs / 1000} s by the other`, async (t) => {
  const redis = await new Redis().start();
  const fake = await new FakeTwilio({ authToken: secrets.authToken }).start();
  const [dead, other] = [1, 2].map(() => new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 1,
    channels: channels({ twilio: fake.url }) }));
  // Shards by who holds their lease, as "{sN}".
  const holders = async () => {
    const held = new Map();
    for (const key of await redis.keys('ck:*:lease')) {
      const [owner] = (await redis.command('GET', key) ?? '').split(' ');
      held.set(owner, [...held.get(owner) ?? [], /\{.*\}/.exec(key)[0]]);
    }
    return held;
  };
  try {
    await dead.start();
    const [[owner]] = await until('it has all shards', async () => {
      const held = await holders();
      return [...held.values()][0]?.length === 64 && [...held];
    }, 30000);
    await other.start();
    await until('each has half', async () => (await holders()).get(owner)?.length === 32, 30000);
    const its = (await holders()).get(owner);
    const began = Date.now();
    assert.equal(await dead.stop('SIGKILL'), 'SIGKILL');
    await Promise.all(people.map((who) => new TwilioPhone(other, who, 'smsa').say('hola')));
    await until('all have their message', () =>
      new Set(fake.calls.map((call) => call.params.To)).size === people.length, 40000);
    const took = Date.now() - began;
    const waited = (await redis.keys('ck:*:contact:+5198743*')).filter((key) => its.includes(/\{.*\}/.exec(key)[0]));
    assert.ok(waited.length > 0);
    assert.ok(took < statedMs + busyMs, `${took} ms`);
    await until('the outbox is empty', async () => await metric(other, 'chaski_outbox_messages') === 0);
    assert.equal(fake.calls.length, people.length);
    t.diagnostic(`${waited.length} of ${people.length} messages were of the dead daemon's shards: the last went`
      + ` ${took} ms after it was killed`);
  } finally {
    await Promise.all([dead.remove(), other.remove()]);
    await fake.close();
    await redis.remove();
  }
});
