// Webhooks as each provider sends them to Chaski, signed as it signs.
//
// A request here is { method, path, headers, body }: `path` is what the provider has configured behind the
// public address, and send(origin, request) delivers it to wherever the daemon listens.
// Source: reference providers.md parts 1 to 3 and 6.5. Proved by tests/blackbox/providers.test.mjs.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import twilio from 'twilio';

export const accountSid = 'AC00000000000000000000000000000001';
export const phoneNumberId = '200300400500600';
export const businessNumber = '+5117654321';

const pathOf = (url) => /^[a-z]+:\/\/[^/?]*(.*)$/.exec(url)[1] || '/';
let counted = 0;

// Counts up, and writes a count as the 32 hex digits of a Twilio id.
export const next = () => ++counted;
export const hex32 = (n) => n.toString(16).padStart(32, '0');

// Delivers a request to the daemon, its path byte for byte (fetch would rewrite some characters, and Twilio signs
// them as they are), and gives the answer whole.
export async function send(origin, { method, path, headers, body }) {
  const { hostname, port } = new URL(origin);
  const call = http.request({ method, hostname, port, path, headers, agent: false });
  call.end(body);
  const [answer] = await once(call, 'response');
  const pieces = [];
  for await (const piece of answer) pieces.push(piece);
  const type = answer.headers['content-type'] ?? '';
  return { status: answer.statusCode, type, headers: answer.headers, text: Buffer.concat(pieces).toString() };
}

// ---- Twilio ----

const formEncoded = (text) => encodeURIComponent(text).replaceAll('%20', '+');
const formOf = (params) => Object.entries(params)
  .flatMap(([name, value]) => [value].flat().map((one) => `${formEncoded(name)}=${formEncoded(one)}`))
  .join('&');

// A webhook signed by Twilio's own SDK. `url` is the public address as it stands in Twilio's console; a value
// that is an array is sent as a repeated name. With method GET the parameters go into the URL.
export function twilioRequest({ url, authToken, params = {}, method = 'POST' }) {
  const isGet = method === 'GET';
  const target = isGet ? `${url}${url.includes('?') ? '&' : '?'}${formOf(params)}` : url;
  const signature = twilio.getExpectedTwilioSignature(authToken, target, isGet ? {} : params);
  return {
    method,
    path: pathOf(target),
    headers: {
      'X-Twilio-Signature': signature,
      'I-Twilio-Idempotency-Token': hex32(next()),
      'User-Agent': 'TwilioProxy/1.1',
      ...(isGet ? {} : { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
    },
    body: isGet ? undefined : formOf(params),
  };
}

// The parameters of an inbound message, as an SMS; `extra` adds or replaces (WhatsApp: from 'whatsapp:+51…',
// ButtonPayload, …).
export function twilioMessage({ from, text = '', to = businessNumber, sid, ...extra }) {
  const id = sid ?? `SM${hex32(next())}`;
  return {
    AccountSid: accountSid, ApiVersion: '2010-04-01', Body: text, From: from, FromCountry: 'PE',
    MessageSid: id, NumMedia: '0', NumSegments: '1', SmsMessageSid: id, SmsSid: id, SmsStatus: 'received',
    To: to, ToCountry: 'PE', ...extra,
  };
}

// The parameters of a status callback.
export function twilioStatus({ sid, status, to, from = businessNumber, ...extra }) {
  return {
    AccountSid: accountSid, ApiVersion: '2010-04-01', From: from, MessageSid: sid, MessageStatus: status,
    SmsSid: sid, SmsStatus: status, To: to, ...extra,
  };
}

// The texts of a TwiML document's messages; throws where it is none.
export function twimlMessages(document) {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  const whole = /^(?:<Response\/>|<Response>(.*)<\/Response>)$/s.exec(document.replace(declaration, ''));
  if (!whole || !document.startsWith(declaration)) throw new Error(`no TwiML: ${document}`);
  const message = /<Message>([^<>]*)<\/Message>/g;
  const rest = whole[1] ?? '';
  if (rest.replaceAll(message, '') !== '') throw new Error(`more than messages: ${document}`);
  return [...rest.matchAll(message)].map((found) => found[1]
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#xD;', '\r').replaceAll('&amp;', '&'));
}

// ---- WhatsApp Cloud API ----

// JSON as Meta writes it on the wire: what is not ASCII, and / < % @, escaped.
export function metaJson(value) {
  return JSON.stringify(value)
    .replaceAll('/', '\\/').replaceAll('<', '\\u003C').replaceAll('%', '\\u0025').replaceAll('@', '\\u0040')
    .replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// A signed webhook; `body` is a value, or a string or Buffer that is sent as it is.
export function metaRequest({ path = '/hooks/wa', body, appSecret }) {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = Buffer.from(isRaw ? body : metaJson(body));
  return {
    method: 'POST',
    path,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'facebookexternalua',
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`,
    },
    body: bytes,
  };
}

export function metaHandshake({ path = '/hooks/wa', token, challenge = '1158201444', mode = 'subscribe' }) {
  const query = { 'hub.mode': mode, 'hub.challenge': challenge, 'hub.verify_token': token };
  const headers = { 'User-Agent': 'facebookplatform/1.0' };
  return { method: 'GET', path: `${path}?${new URLSearchParams(query)}`, headers };
}

// An envelope of one change; `value` holds messages, statuses or errors.
export function metaEnvelope(value, { id = phoneNumberId, field = 'messages' } = {}) {
  const metadata = { display_phone_number: businessNumber.slice(1), phone_number_id: id };
  const changes = [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field }];
  return { object: 'whatsapp_business_account', entry: [{ id: '100200300400500', changes }] };
}

// One inbound message in its envelope: `content` is { type, [type]: … }; text, button and list below.
export function metaMessage({ from, content, id = `wamid.IN${next()}`, name = 'María', at = Date.now() }) {
  const isNumber = from.startsWith('+'); // else a business-scoped user id, which comes without a number
  const contact = isNumber ? { wa_id: from.slice(1) } : { user_id: from };
  const sender = isNumber ? { from: from.slice(1) } : { from_user_id: from };
  const message = { ...sender, id, timestamp: String(Math.floor(at / 1000)), ...content };
  return metaEnvelope({ contacts: [{ profile: { name }, ...contact }], messages: [message] });
}
export const metaText = (body) => ({ type: 'text', text: { body } });
const metaReply = (type, reply) => ({ type: 'interactive', interactive: { type, [type]: reply } });
export const metaButton = (id, title) => metaReply('button_reply', { id, title });
export const metaRow = (id, title) => metaReply('list_reply', { id, title });

// One delivery status in its envelope; a code makes it carry errors.
export function metaStatus({ id, status, to, reference, code, at = Date.now() }) {
  const recipient = to.startsWith('+') ? { recipient_id: to.slice(1) } : { recipient_user_id: to };
  const item = { id, status, timestamp: String(Math.floor(at / 1000)), ...recipient };
  if (reference) item.biz_opaque_callback_data = reference;
  if (code) item.errors = [{ code, title: 'refused' }];
  return metaEnvelope({ statuses: [item] });
}

// ---- Africa's Talking, USSD ----

// One hop: `text` is all input of the session so far, joined by "*".
export function atRequest({ path = '/hooks/ussd', key, sessionId, phoneNumber, text = '', serviceCode }) {
  const hop = { sessionId, serviceCode: serviceCode ?? '*384*1#', phoneNumber, networkCode: '71606', text };
  return {
    method: 'POST',
    path: key === undefined ? path : `${path}?key=${encodeURIComponent(key)}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: formOf(hop),
  };
}

// The notice of a session's end: Incomplete, Success or Failed.
export function atEnd({ status, ...hop }) {
  const request = atRequest(hop);
  const ended = { date: '2026-11-23 03:00:00', status, durationInMillis: '9000', hopsCount: '3' };
  request.body = `${request.body.replace(/&text=[^&]*/, '')}&${formOf(ended)}`;
  return request;
}

// A phone in a USSD session: dial() and press() give the screen, { ends, text }.
export class UssdPhone {
  constructor({ origin, key, phoneNumber, path, serviceCode }) {
    Object.assign(this, { origin, hop: { key, phoneNumber, path, serviceCode } });
  }

  dial(text = '') {
    this.sessionId = `ATUid_${hex32(next())}`;
    this.text = text;
    return this.again();
  }

  press(input) {
    this.text = this.text === '' ? input : `${this.text}*${input}`;
    return this.again();
  }

  // Sends the latest hop (once more): what the network does when it saw no answer.
  async again() {
    const hop = { ...this.hop, sessionId: this.sessionId, text: this.text };
    const answer = await send(this.origin, atRequest(hop));
    const screen = /^(CON|END) (.*)$/s.exec(answer.text);
    if (answer.status !== 200 || !answer.type.startsWith('text/plain') || !screen)
      throw new Error(`no screen: ${answer.status} ${answer.type} ${answer.text}`);
    return { ends: screen[1] === 'END', text: screen[2] };
  }
}

// ---- Infobip, USSD ----

// One hop, `verb` start, response or end: `text` is the last input only.
export function infobipRequest({ path = '/hooks/ussdi', password, sessionId, msisdn, verb, text = '',
  shortCode = '*384*1#' }) {
  const body = verb === 'end' ? { reason: 'the person hung up', exitCode: 520 }
    : { msisdn, imsi: '', shortCode, optional: '', ussdNodeId: 'node-1', text, networkName: 'x', countryName: 'Peru' };
  const headers = { 'Content-Type': 'application/json' };
  if (password !== undefined)
    headers.Authorization = `Basic ${Buffer.from(`chaski:${password}`).toString('base64')}`;
  return {
    method: verb === 'start' ? 'POST' : 'PUT',
    path: `${path}/session/${sessionId}/${verb}`,
    headers,
    body: JSON.stringify(body),
  };
}

// ---- the simulator ----

export function simulatorRequest({ path = '/hooks/demo', ...message }) {
  const headers = { 'Content-Type': 'application/json' };
  return { method: 'POST', path, headers, body: JSON.stringify(message) };
}
