// SIGTERM at the worst moment: a provider that took a message and says nothing, a client that sends half a request and
// no more, a Redis that stands still. The daemon ends with 0 within the time that it states, and what nobody knows is
// in doubt afterwards, listed and not sent again.
import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, test } from 'node:test';
import { Chaski, Redis, channels, secrets, until } from './lib/daemon.mjs';
import { FakeTwilio } from './lib/fakes.mjs';
import { metric } from './lib/outage.mjs';
import { TwilioPhone } from './lib/phones.mjs';

const drainMs = 20000; // DRAIN_MS of gateway/worker.h
const graceMs = 5000; // beyond it the master kills, a second later; a busy machine takes its time

async function halfRequest(chaski) {
  const socket = net.connect(chaski.port, '127.0.0.1').on('error', () => {});
  await new Promise((connected) => { socket.once('connect', connected); });
  socket.write('POST /hooks/smsa HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nBody=ho');
  return socket;
}

describe('SIGTERM at the worst moment', { concurrency: 2 }, () => {
  for (const away of [false, true]) {
    test(`the end is within ${drainMs / 1000} s${away ? ', also with a Redis that stands still' : ''}`, async (t) => {
      const redis = await new Redis().start();
      const fake = await new FakeTwilio({ authToken: secrets.authToken }).start();
      const chaski = new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 2,
        channels: channels({ twilio: fake.url }) });
      try {
        await chaski.start();
        fake.failNext('hang');
        await new TwilioPhone(chaski, '+51987420001', 'smsa').say('hola');
        await until('the call', () => fake.calls.length === 1);
        const socket = await halfRequest(chaski);
        if (away) redis.child.kill('SIGSTOP');
        const began = Date.now();
        chaski.child.kill('SIGTERM');
        const code = await new Promise((ended) => { chaski.child.once('exit', ended); });
        const took = Date.now() - began;
        socket.destroy();
        if (away) redis.child.kill('SIGCONT');
        assert.equal(code, 0);
        assert.ok(took < drainMs + graceMs, `${took} ms`);
        await chaski.start();
        await until('the doubt', async () => await metric(chaski, 'chaski_outbox_in_doubt_messages') === 1, 20000);
        assert.equal(fake.calls.length, 1);
        t.diagnostic(`ended after ${took} ms`);
      } finally {
        redis.child.kill('SIGCONT');
        await chaski.remove();
        await fake.close();
        await redis.remove();
      }
    });
  }
});
