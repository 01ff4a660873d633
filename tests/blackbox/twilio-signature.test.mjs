// The daemon's signature check against npm twilio's: what the SDK signs is let in, however odd, and whatever is
// changed afterwards is kept out. The requests are status callbacks of a status that does not exist, so that
// nothing comes of them but the answer. The seed is fixed and printed with a failure.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { Chaski, channels, publicUrl, Redis, secrets } from './lib/daemon.mjs';
import { send, twilioRequest, twilioStatus } from './lib/providers.mjs';

const seed = 20261123;
const rounds = 300;
const values = [
  '', ' ', '+', '%', '%41', 'a&b=c', 'ñandú', '¿qué? 😀', 'a\nb', 'á'.repeat(300), '<Response/>', "o'clock", '*!()~',
];
const names = ['A', 'a', 'Z', '_', 'A1', 'a.b', 'x-y', 'Ñ', 'b[]', 'From', 'Body', ' '];
const queries = ['', '?ref=s17%3A42', '?t=a%20b&id=42', "?q=it's", '?plus=a+b&empty=', '?x=%C3%B1'];

// A small generator of its own (mulberry32), so that a failure can be had again.
function generator(state) {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function randomParams(random, round) {
  const sid = `SM${String(round).padStart(32, '0')}`;
  const params = twilioStatus({ sid, status: 'teleported', to: '+51987654321' });
  for (let i = random(8); i > 0; i--) {
    const some = Array.from({ length: 1 + random(3) }, () => values[random(values.length)]);
    params[names[random(names.length)]] = some.length === 1 ? some[0] : some;
  }
  return params;
}

let redis;
let chaski;
before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, channels: { sms: channels().sms } }).start();
});
after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

// Ways to spoil a request that was signed; each changes something in every request.
const signature = 'X-Twilio-Signature';
const spoilers = [
  (request) => { request.body += '&one=more'; },
  (request) => { request.body = request.body.replace('teleported', 'teleportee'); },
  (request) => { request.path += request.path.includes('?') ? '&x=1' : '?x=1'; },
  (request) => { request.path = request.path.replace('/status', ''); },
  (request) => { delete request.headers[signature]; },
  (request) => { request.headers[signature] = request.headers[signature]
    .replace(/^./, (c) => (c === 'A' ? 'B' : 'A')); },
  (request) => { request.headers[signature] = request.headers[signature].slice(0, -1); },
  (request) => { request.method = 'GET'; },
];

test('the daemon and the SDK agree', async () => {
  const random = generator(seed);
  for (let round = 0; round < rounds; round++) {
    const url = `${publicUrl}/hooks/sms/status${queries[random(queries.length)]}`;
    const params = randomParams(random, round);
    const request = twilioRequest({ url, authToken: secrets.authToken, params });
    const about = `seed ${seed}, round ${round}: ${JSON.stringify(params)}`;
    const good = await send(chaski.url, request);
    assert.equal(good.status, 200, about);
    assert.equal(good.text, '<?xml version="1.0" encoding="UTF-8"?><Response/>', about);
    const spoiler = random(spoilers.length);
    spoilers[spoiler](request);
    assert.equal((await send(chaski.url, request)).status, 401, `spoiler ${spoiler}, ${about}`);
  }
});

test('either form of the port is taken, as the SDK takes it', async () => {
  const params = randomParams(generator(seed), 1);
  const rows = [
    ['https://gw.ejemplo.pe', true], ['https://gw.ejemplo.pe:443', true], ['https://gw.ejemplo.pe:8443', false],
    ['http://gw.ejemplo.pe', false], ['https://gw.ejemplo.pe:80', false],
  ];
  for (const [origin, accepted] of rows) {
    const request = twilioRequest({ url: `${origin}/hooks/sms/status`, authToken: secrets.authToken, params });
    const sdk = twilio.validateRequest(secrets.authToken, request.headers[signature], `${publicUrl}/hooks/sms/status`,
      params);
    assert.equal(sdk, accepted, origin);
    assert.equal((await send(chaski.url, request)).status, accepted ? 200 : 401, origin);
  }
});
