// A Redis that answers and takes no write: nobody is told that it was done, operators are told why, and the trouble
// ends by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chaski, Redis, until } from './lib/daemon.mjs';
import { TwilioPhone, UssdPhone, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

const readiness = async (chaski) => {
  const answer = await fetch(`${chaski.url}/readyz`);
  return { status: answer.status, ...await answer.json() };
};

test('a Redis without memory makes the daemon unready until it has some again', async () => {
  const redis = await new Redis().start();
  const chaski = new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 1 }); // each finds out by itself
  try {
    await chaski.start();
    const phone = new TwilioPhone(chaski, '+51987500001');
    await phone.say('hola');
    assert.equal(await redis.command('CONFIG', 'SET', 'maxmemory', '1'), 'OK');
    const request = whatsAppRequest(metaMessage({ from: '+51987500001', content: metaText('1') }));
    assert.equal((await send(chaski.url, request)).status, 503);
    const full = await until('not ready', async () => {
      const seen = await readiness(chaski);
      return seen.status === 503 && seen;
    });
    assert.equal(full.failing[0].check, 'redis');
    assert.match(full.failing[0].why, /maxmemory/);
    assert.equal((await new UssdPhone(chaski, '+51987500002').dial()).end, true);
    assert.equal((await send(chaski.url, request)).status, 503);
    assert.equal((await readiness(chaski)).status, 503);
    assert.equal(await redis.command('CONFIG', 'SET', 'maxmemory', '0'), 'OK');
    await until('ready without a message', async () => (await readiness(chaski)).status === 200);
    assert.equal((await send(chaski.url, request)).status, 200);
  } finally {
    await chaski.remove();
    await redis.remove();
  }
});
