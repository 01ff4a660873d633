// Phones: people who talk with the daemon, each through one provider's exact wire format.
import crypto from 'node:crypto';
import twilio from 'twilio';
import { publicUrl, secrets } from './daemon.mjs';

const { getExpectedTwilioSignature } = twilio;

let counter = 0;
export const nextId = () => `${Date.now().toString(16)}${(counter++).toString(16).padStart(6, '0')}`;

// Sends any request and gives {status, type, text}.
export async function send(chaski, path, { method = 'POST', headers = {}, body } = {}) {
  const answer = await fetch(chaski.url + path, { method, headers, body });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

export function twimlMessages(xml) {
  return [...xml.matchAll(/<Message[^>]*>(?:<Body>)?([\s\S]*?)(?:<\/Body>)?<\/Message>/g)].map((m) => unescape(m[1]));
}

// A Twilio webhook for one inbound message; `token` signs it.
export function twilioRequest(channel, params, token = secrets.authToken, path = `/hooks/${channel}`) {
  return {
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': getExpectedTwilioSignature(token, publicUrl + path, params),
    },
    body: new URLSearchParams(params).toString(),
  };
}

export function smsParams(from, text, id = `SM${nextId().padStart(32, '0')}`) {
  return { AccountSid: 'AC00000000000000000000000000000001', ApiVersion: '2010-04-01', Body: text, From: from, FromCountry: 'PE',
    MessageSid: id, NumMedia: '0', NumSegments: '1', SmsMessageSid: id, SmsSid: id, SmsStatus: 'received', To: '+5117654321', ToCountry: 'PE' };
}

// An SMS owner behind Twilio, answered in TwiML. `say` gives what came back, one string a message.
export class TwilioPhone {
  constructor(chaski, number, channel = 'sms') {
    Object.assign(this, { chaski, number, channel });
  }

  request(text, id) {
    return twilioRequest(this.channel, smsParams(this.number, text, id));
  }

  async say(text, id) {
    const request = this.request(text, id);
    const answer = await send(this.chaski, request.path, request);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return twimlMessages(answer.text);
  }
}

export const metaSignature = (body, secret = secrets.appSecret) =>
  `sha256=${crypto.createHmac('sha256', secret).update(body).digest('hex')}`;

export function metaEnvelope(value) {
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '100200300400500', changes: [{ field: 'messages',
    value: { messaging_product: 'whatsapp', metadata: { display_phone_number: '5117654321', phone_number_id: '200300400500600' }, ...value } }] }] });
}

export function metaRequest(body, channel = 'wa') {
  return { path: `/hooks/${channel}`, headers: { 'content-type': 'application/json', 'x-hub-signature-256': metaSignature(body) }, body };
}

// A WhatsApp owner behind Meta; replies come through the fake of Meta's send API.
export class WhatsAppPhone {
  constructor(chaski, number) {
    Object.assign(this, { chaski, number });
  }

  message(part, id = `wamid.${nextId()}`) {
    return { from: this.number.slice(1), id, timestamp: String(Math.floor(Date.now() / 1000)), ...part };
  }

  envelope(messages) {
    return metaEnvelope({ contacts: [{ profile: { name: 'María Ñahui' }, wa_id: this.number.slice(1) }], messages });
  }

  async send(...messages) {
    const request = metaRequest(this.envelope(messages));
    const answer = await send(this.chaski, request.path, request);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  }

  say(text, id) {
    return this.send(this.message({ type: 'text', text: { body: text } }, id));
  }

  press(id, title) {
    return this.send(this.message({ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id, title } } }));
  }

  pick(id, title) {
    return this.send(this.message({ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id, title } } }));
  }
}

// A feature phone in a USSD session of Africa's Talking: `dial`, then `say`; gives {end, text}.
export class UssdPhone {
  constructor(chaski, number) {
    Object.assign(this, { chaski, number, text: '', session: null });
  }

  body() {
    return new URLSearchParams({ sessionId: this.session, serviceCode: '*384*1#', phoneNumber: this.number, networkCode: '71606', text: this.text }).toString();
  }

  async step(body = this.body(), key = secrets.hookSecret) {
    const answer = await send(this.chaski, `/hooks/ussd?key=${key}`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
    if (answer.status !== 200 || !/^(CON|END) /.test(answer.text)) throw new Error(`${answer.status} ${answer.text}`);
    return { end: answer.text.startsWith('END '), text: answer.text.slice(4), raw: answer.text, type: answer.type };
  }

  dial() {
    this.session = `ATUid_${nextId()}`;
    this.text = '';
    return this.step();
  }

  say(text) {
    this.text = this.text === '' ? text : `${this.text}*${text}`;
    return this.step();
  }
}
