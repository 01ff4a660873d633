// The daemon is killed in the middle of work, again and again, with its embedded Redis: what was answered 200 has its
// one effect, and every message goes once or is listed in doubt.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, channels, redisCommand, secrets, until } from './lib/daemon.mjs';
import { fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone, newSid } from './lib/phones.mjs';
import { send } from './lib/webhooks.mjs';

const owners = 40;
const kills = [15, 40, 80, 140]; // ms after the burst begins

let api, chaski;
before(async () => {
  api = await fakeTwilio({ authToken: secrets.authToken });
  chaski = await new Chaski({ redis: { url: 'embedded' }, channels: channels({ twilio: api.url }) }).start();
});
after(async () => {
  await chaski?.remove();
  await api?.close();
});

const command = (...args) => redisCommand(path.join(chaski.settings.state_dir, 'redis/redis.sock'), ...args);

test(`${kills.length} kills in a burst of ${owners} owners lose nothing and say nothing twice`, async () => {
  const waiting = Array.from({ length: owners }, (_, i) => {
    const phone = new TwilioPhone(chaski, `+5198750${String(i).padStart(4, '0')}`, 'smsa');
    return { phone, sid: newSid(), answered: false };
  });
  // As Twilio would with retries on: the same message again until it is answered 200.
  const burst = () => Promise.all(waiting.filter((one) => !one.answered).map(async (one) => {
    const answer = await send(chaski.url, one.phone.request('hola', one.sid)).catch(() => ({ status: 0 }));
    one.answered = answer.status === 200;
  }));
  for (const ms of kills) {
    const sending = burst();
    await new Promise((next) => setTimeout(next, ms));
    await chaski.stop('SIGKILL');
    await sending;
    await chaski.start();
  }
  await until('all are answered', async () => {
    await burst();
    return waiting.every((one) => one.answered);
  });
  await until('an idle outbox', async () => {
    const text = await chaski.metrics();
    return /^chaski_shards 64$/m.test(text) && /^chaski_outbox_messages 0$/m.test(text);
  }, 30000);
  const doubts = [];
  for (const key of await command('KEYS', 'ck:*:doubt')) doubts.push(...await command('XRANGE', key, '-', '+'));
  const left = (await Promise.all((await command('KEYS', 'ck:*:outbox')).map((key) => command('XLEN', key))))
    .reduce((a, b) => a + b, 0);
  assert.equal(left, 0);
  const inDoubt = doubts.map(([, fields]) => JSON.parse(fields[fields.indexOf('entry') + 1]).to);
  for (const { phone } of waiting) {
    const calls = api.calls.filter((call) => call.params.To === phone.number).length;
    const listed = inDoubt.filter((to) => to === phone.number).length;
    assert.ok(calls <= 1, `${calls} calls for one message`);
    assert.ok(calls + listed >= 1, 'neither sent nor listed');
    assert.ok(listed <= 1);
  }
  assert.deepEqual(api.problems, []);
});
