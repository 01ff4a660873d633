// The tests' own providers, held against the vectors of providers.md and against npm twilio: a helper that signs
// or checks wrongly would let the daemon's tests pass for the wrong reason.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import twilio from 'twilio';
import {
  accountSid, atEnd, atRequest, fakeMeta, FakeProvider, fakeTwilio, metaEnvelope, metaHandshake, metaJson,
  metaMessage, metaRequest, metaStatus, metaText, phoneNumberId, send, twilioMessage, twilioRequest,
  twilioStatus, twimlMessages, UssdPhone,
} from './lib/providers.mjs';

const authToken = '12345678901234567890123456789012';
const appSecret = 'chaski-app-secret-0001';
const accessToken = 'EAAG-test-token';

test('twilioRequest signs the vectors', () => {
  const url = 'https://gw.ejemplo.pe/hooks/twilio/sms';
  const sid = 'SM0123456789abcdef0123456789abcdef';
  const t1 = twilioMessage({ from: '+51987654321', text: 'Hola, ¿a qué hora abren? ñ 😀', sid });
  const t2 = twilioStatus({ sid, status: 'delivered', to: '+51987654321' });
  delete t2.SmsSid;
  delete t2.SmsStatus;
  const rows = [
    [url, t1, 'POST', 'KeloLbvY0KVmEiBII2su6qOTamg='],
    ['https://gw.ejemplo.pe/hooks/twilio/status?id=42&t=a%20b', t2, 'POST', '0JyMorHdChcmcGdVu3WpvRp1E0I='],
    [url, { Body: 'x', Zeta: ['b', 'a', 'b'] }, 'POST', 'NiVjZNjFdKt85ab7/V1kdcgem6c='],
    [url, {}, 'POST', 'kvOa+LAJfddvMyamSPHN0aD9hqw='],
    ['https://gw.ejemplo.pe/hooks/twilio/get', { Body: 'Hola Perú', From: '+51987654321' }, 'GET',
      'mcr6I1NBUzRs0YPiY2AdQ+RzZ7o='],
  ];
  for (const [address, params, method, signature] of rows) {
    const request = twilioRequest({ url: address, authToken, params, method });
    assert.equal(request.headers['X-Twilio-Signature'], signature);
    const target = `https://gw.ejemplo.pe${request.path}`;
    assert.ok(twilio.validateRequest(authToken, signature, target, method === 'GET' ? {} : params));
  }
  const repeated = twilioRequest({ url, authToken, params: { Body: 'a+b c&ñ', Zeta: ['b', 'a'] } });
  assert.equal(repeated.path, '/hooks/twilio/sms');
  assert.equal(repeated.body, 'Body=a%2Bb+c%26%C3%B1&Zeta=b&Zeta=a');
});

test('twimlMessages reads what the SDK writes', () => {
  const { MessagingResponse } = twilio.twiml;
  const document = new MessagingResponse();
  assert.deepEqual(twimlMessages(document.toString()), []);
  document.message('a & <b>\n"ñ"');
  document.message('&lt;');
  assert.deepEqual(twimlMessages(document.toString()), ['a & <b>\n"ñ"', '&lt;']);
  document.redirect('https://e.pe');
  assert.throws(() => twimlMessages(document.toString()), /more than messages/);
  assert.throws(() => twimlMessages('OK'), /no TwiML/);
});

test('metaRequest signs the vectors', () => {
  const value = {
    contacts: [{ profile: { name: 'María Ñahui' }, wa_id: '51987654321', user_id: 'PE.1000000000000001' }],
    messages: [{ from: '51987654321', from_user_id: 'PE.1000000000000001', id: 'wamid.TEST0001',
      timestamp: '1795402800', type: 'text', text: { body: '¿A qué hora abren? 😀' } }],
  };
  const rows = [
    [metaEnvelope(value), '944fd44148cfa5c121f553781a4d874ff711a25ec5eaa0fc82e52838f368a0f6'],
    [JSON.stringify(metaEnvelope(value)), 'ebcff4a008a2b48ef0d0bbbb4de86aecb6e39260663d0a4f3e46e8ca5ef5b3ab'],
    ['', 'de68cfca7cbdb57ea3c1b3af1a151958f5a2a3b89908eab9d460d57e4f518e88'],
    ['{"a":"\\/x\\u003C\\u0040"}', '14be63b0c014b5edf4fd52fecb63b9e0dc893cda2b96ef5f89447a22060bb8c3'],
    [{ a: '/x<@' }, '14be63b0c014b5edf4fd52fecb63b9e0dc893cda2b96ef5f89447a22060bb8c3'],
  ];
  for (const [body, mac] of rows)
    assert.equal(metaRequest({ body, appSecret }).headers['X-Hub-Signature-256'], `sha256=${mac}`);
  assert.equal(metaJson({ a: 'ñ😀/%' }), '{"a":"\\u00f1\\ud83d\\ude00\\/\\u0025"}');
});

test('metaMessage and metaStatus speak of numbers and of user ids', () => {
  const [byNumber, byUser] = ['+51987654321', 'PE.1000000000000001']
    .map((from) => metaMessage({ from, content: metaText('a') }).entry[0].changes[0].value);
  assert.equal(byNumber.messages[0].from, '51987654321');
  assert.equal(byNumber.contacts[0].wa_id, '51987654321');
  assert.ok(!('from' in byUser.messages[0]) && byUser.messages[0].from_user_id === 'PE.1000000000000001');
  const failed = metaStatus({ id: 'a', status: 'failed', to: '+51987654321', reference: 'r', code: 131026 });
  const [status] = failed.entry[0].changes[0].value.statuses;
  assert.equal(status.errors[0].code, 131026);
  assert.equal(status.biz_opaque_callback_data, 'r');
  const query = 'hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+b';
  assert.equal(metaHandshake({ token: 'a b' }).path, `/hooks/wa?${query}`);
});

test('atRequest and atEnd are forms', () => {
  const hop = { key: 's/1', sessionId: 'ATUid_1', phoneNumber: '+51987654321', text: '1*dos tres' };
  const request = atRequest(hop);
  assert.equal(request.path, '/hooks/ussd?key=s%2F1');
  assert.equal(request.body, 'sessionId=ATUid_1&serviceCode=*384*1%23&phoneNumber=%2B51987654321'
    + '&networkCode=71606&text=1*dos+tres');
  const end = new URLSearchParams(atEnd({ ...hop, status: 'Incomplete' }).body);
  assert.equal(end.get('status'), 'Incomplete');
  assert.equal(end.get('text'), null);
});

test('a USSD phone sends its whole history', async () => {
  const gateway = await new FakeProvider(() => ({ status: 200, body: 'x' })).start();
  try {
    const phone = new UssdPhone({ origin: gateway.origin, key: 'k', phoneNumber: '+51987654321' });
    const say = (body) => gateway.failNext(200, { body, headers: { 'Content-Type': 'text/plain' } });
    say('CON Uno\nDos');
    assert.deepEqual(await phone.dial(), { ends: false, text: 'Uno\nDos' });
    say('CON a');
    await phone.press('1');
    say('END b');
    assert.deepEqual(await phone.press('x*y'), { ends: true, text: 'b' });
    say('hola');
    await assert.rejects(phone.again(), /no screen/);
    const forms = gateway.calls.map((call) => new URLSearchParams(call.text));
    assert.deepEqual(forms.map((form) => form.get('text')), ['', '1', '1*x*y', '1*x*y']);
    assert.equal(new Set(forms.map((form) => form.get('sessionId'))).size, 1);
  } finally {
    await gateway.close();
  }
});

describe('fakeTwilio', () => {
  let fake;
  const good = { to: '+51987654321', from: '+5117654321', body: 'a' };
  before(async () => { fake = await fakeTwilio({ authToken }); });
  after(() => fake.close());

  const sdk = (token) => {
    const client = twilio(accountSid, token);
    client.api.baseUrl = fake.url;
    return client;
  };

  test('takes what npm twilio sends', async () => {
    const sent = await sdk(authToken).messages.create({ ...good, body: 'Hola ñ & 😀',
      statusCallback: 'https://gw.ejemplo.pe/hooks/sms/status?ref=r' });
    assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
    assert.equal(sent.status, 'queued');
    const [call] = await fake.waitForCalls(1);
    assert.equal(call.params.Body, 'Hola ñ & 😀');
    const callback = fake.callback(call, 'delivered');
    assert.equal(callback.path, '/hooks/sms/status?ref=r');
    assert.equal(new URLSearchParams(callback.body).get('MessageSid'), sent.sid);
    assert.deepEqual(fake.problems, []);
  });

  test('refuses what Twilio refuses', async () => {
    const rows = [
      ['wrong', {}, 401, 20003],
      [authToken, { to: 'x' }, 400, 21211],
      [authToken, { body: '' }, 400, 21602],
      [authToken, { body: 'a'.repeat(1601) }, 400, 21617],
      [authToken, { to: 'whatsapp:+51987654321' }, 400, 63007],
      [authToken, { statusCallback: 'nowhere' }, 400, 21609],
    ];
    for (const [token, change, status, code] of rows) {
      const sent = sdk(token).messages.create({ ...good, ...change });
      await assert.rejects(sent, (error) => error.status === status && error.code === code);
    }
    assert.equal(fake.problems.length, rows.length);
    fake.problems.length = 0;
  });

  test('fails on demand', async () => {
    const create = () => sdk(authToken).messages.create(good);
    fake.failNext(429);
    await assert.rejects(create(), (error) => error.status === 429 && error.code === 20429);
    fake.failNext(500, { body: '<html>', headers: { 'Content-Type': 'text/html' } });
    await assert.rejects(create());
    fake.failNext('drop');
    await assert.rejects(create());
    fake.failNext('cut');
    await assert.rejects(create());
    await create();
    assert.deepEqual(fake.calls.slice(-5).map((call) => call.outcome), [429, 500, 'drop', 'cut', 201]);
    await assert.rejects(fake.waitForCalls(1000, 20), /of 1000 calls within 20 ms/);
  });
});

describe('fakeMeta', () => {
  let fake;
  before(async () => { fake = await fakeMeta({ accessToken }); });
  after(() => fake.close());

  const post = (message, token = accessToken) => send(fake.origin, {
    method: 'POST',
    path: `/v25.0/${phoneNumberId}/messages`,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(message),
  });
  const good = {
    messaging_product: 'whatsapp', recipient_type: 'individual', to: '+51987654321', type: 'text',
    text: { body: 'a' }, biz_opaque_callback_data: 'r',
  };
  const interactive = (value) => ({ ...good, type: 'interactive', text: undefined,
    interactive: { body: { text: 'a' }, ...value } });
  const buttons = (...titles) => interactive({ type: 'button',
    action: { buttons: titles.map((title) => ({ type: 'reply', reply: { id: title, title } })) } });
  const list = (button, rows) => interactive({ type: 'list', action: { button, sections: [{ rows }] } });

  test('takes good messages and calls back', async () => {
    const byUserId = { ...good, to: undefined, recipient: 'PE.1' };
    for (const message of [good, byUserId, buttons('a', 'b'), list('Ver', [{ id: 'a', title: 'A' }])])
      assert.equal((await post(message)).status, 200);
    const callback = fake.callback(fake.calls[0], 'read', { appSecret });
    const [status] = JSON.parse(callback.body).entry[0].changes[0].value.statuses;
    assert.equal(status.id, fake.calls[0].id);
    assert.equal(status.status, 'read');
    assert.equal(status.biz_opaque_callback_data, 'r');
    assert.deepEqual(fake.problems, []);
  });

  test('refuses what Meta refuses', async () => {
    assert.equal((await post(good, 'wrong')).status, 401);
    const rows = [
      { ...good, to: '51987654321' }, { ...good, recipient: 'PE.1' }, { ...good, text: { body: '' } },
      { ...good, messaging_product: 'sms' }, { ...good, type: 'hologram' },
      buttons(), buttons('a', 'a'), buttons('a', 'b', 'c', 'd'), buttons('a'.repeat(21)),
      list('', [{ id: 'a', title: 'A' }]), list('Ver', []), list('Ver', [{ id: 'a', title: 'a'.repeat(25) }]),
    ];
    for (const message of rows) assert.equal((await post(message)).status, 400, JSON.stringify(message));
    assert.equal(fake.problems.length, rows.length + 1);
  });

  test('hangs until it is closed', async () => {
    fake.failNext('hang');
    const hanging = assert.rejects(post(good));
    await fake.waitForCalls(fake.calls.length + 1);
    await fake.close();
    await hanging;
  });
});
