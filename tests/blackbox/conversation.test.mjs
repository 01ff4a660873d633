// Whole conversations, on each channel, in the providers' exact wire formats, to the recommendations.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chaski, Redis, channels, until } from './lib/daemon.mjs';
import { TwilioPhone, UssdPhone, WhatsAppPhone, send } from './lib/phones.mjs';

let redis;
let chaski;

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

// What the made-up owner of a shop in Sicuani answers, question by question.
const answers = ['hola', '1', 'vendo abarrotes y verduras en mi tiendita', '1', 'hace 3 años', 'unos 120 soles diarios', '2', 'unos 40 al dia',
  'mi esposo y yo', 'no todavia', 'en Sicuani, Cusco', 'quiero un prestamo para surtir mi tienda'];

test('an SMS owner at Twilio comes to three recommendations, each within its segments', async () => {
  const phone = new TwilioPhone(chaski, '+51987000001');
  let last = [];
  for (const answer of answers) {
    last = await phone.say(answer);
    assert.ok(last.length >= 1, `no answer to ${answer}`);
  }
  assert.match(last.join('\n'), /1\).*\n2\).*\n3\)/s);
  const facts = await redis.command('HGETALL', (await redis.keys('ck:*:facts:+51987000001'))[0]);
  const stored = Object.fromEntries(facts.flatMap((item, i) => (i % 2 ? [] : [[item, JSON.parse(facts[i + 1])]])));
  assert.equal(stored.tenure.value, '36');
  assert.equal(stored.sales.value, '120/day');
  assert.equal(stored.sales.raw, 'unos 120 soles diarios');
  assert.equal(stored.workers.value, '2');
  assert.equal(stored.ruc.value, 'no');
  assert.equal(stored.region.value, '08');
  assert.equal(stored.goal.value, 'finance');
  assert.equal(stored.industry.value, 'bodega_alimentos');
  for (const fact of Object.values(stored)) {
    assert.ok(fact.confidence > 0 && fact.confidence <= 1);
    assert.match(fact.message_id, /^SM/);
    assert.ok(fact.at > 1.7e12);
  }
});

test('a USSD owner comes to recommendations in pages of at most 182 septets', async () => {
  const phone = new UssdPhone(chaski, '+51987000002');
  let screen = await phone.dial();
  assert.match(screen.type, /^text\/plain/);
  for (const answer of answers.slice(1)) {
    assert.ok([...screen.text].length <= 182, screen.text);
    assert.equal(screen.end, false, `ended before ${answer}: ${screen.text}`);
    for (let pages = 0; /98/.test(screen.text) && pages < 9; pages++) {
      screen = await phone.say('98');
      assert.ok([...screen.text].length <= 182, screen.text);
    }
    screen = await phone.say(answer);
  }
  let all = screen.text;
  for (let pages = 0; /98/.test(screen.text) && pages < 9; pages++) {
    screen = await phone.say('98');
    assert.ok([...screen.text].length <= 182, screen.text);
    all += screen.text;
  }
  assert.match(all, /1\)[\s\S]*2\)[\s\S]*3\)/);
});

test('the simulator shows the same conversation', async () => {
  const say = async (text, id) => JSON.parse((await send(chaski, '/hooks/demo', {
    headers: { 'content-type': 'application/json' }, body: JSON.stringify({ from: '+51987000003', text, id }) })).text);
  let answer;
  for (const [i, text] of answers.entries()) answer = await say(text, `sim-${i}`);
  assert.match(answer.replies.map((reply) => reply.text).join('\n'), /1\).*\n2\).*\n3\)/s);
});
