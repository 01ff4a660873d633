// The providers' bytes, written for speed: signed webhooks as one buffer each. tests/blackbox proves the same forms
// with the providers' own SDKs; here only what the daemon reads is written.
import { createHmac } from 'node:crypto';

export const publicUrl = 'https://gw.ejemplo.pe';
export const accountSid = 'AC00000000000000000000000000000001';
export const phoneNumberId = '200300400500600';
export const businessNumber = '+5117654321';
export const authToken = '12345678901234567890123456789012';
export const appSecret = 'chaski-app-secret-0001';
export const accessToken = 'EAAG-test-token';
export const verifyToken = 'verify-0123456789';

function post(target, type, signature, body) {
  return Buffer.from(`POST ${target} HTTP/1.1\r\nHost: gw.ejemplo.pe\r\nContent-Type: ${type}\r\n${signature}\r\n`
    + `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

// A form that Twilio sent to `target` of the public address. Source: Twilio, "Validating Signatures".
function twilioForm(target, params) {
  const names = Object.keys(params).sort();
  const signed = `${publicUrl}${target}${names.map((name) => name + params[name]).join('')}`;
  const signature = createHmac('sha1', authToken).update(signed).digest('base64');
  const body = names.map((name) => `${name}=${encodeURIComponent(params[name])}`).join('&');
  return post(target, 'application/x-www-form-urlencoded', `X-Twilio-Signature: ${signature}`, body);
}

function metaBody(channel, value) {
  const metadata = { display_phone_number: businessNumber.slice(1), phone_number_id: phoneNumberId };
  const changes = [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field: 'messages' }];
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '100200300400500', changes }] });
  const signature = createHmac('sha256', appSecret).update(body).digest('hex');
  return post(`/hooks/${channel}`, 'application/json', `X-Hub-Signature-256: sha256=${signature}`, body);
}

const seconds = () => String(Math.floor(Date.now() / 1000));

// What each kind of channel sends us: `message` from a person, `status` of a message that it took.
export const kinds = {
  sms: {
    message: ({ channel, from, id, text }) => twilioForm(`/hooks/${channel}`, {
      AccountSid: accountSid, Body: text, From: from, MessageSid: id, NumMedia: '0', To: businessNumber,
    }),
    status: ({ call, status }) => twilioForm(call.callback.slice(publicUrl.length), {
      AccountSid: accountSid, From: businessNumber, MessageSid: call.id, MessageStatus: status, To: call.to,
    }),
  },
  wa: {
    message: ({ channel, from, id, text }) => metaBody(channel, {
      contacts: [{ profile: { name: 'Rosa' }, wa_id: from.slice(1) }],
      messages: [{ from: from.slice(1), id, timestamp: seconds(), type: 'text', text: { body: text } }],
    }),
    status: ({ channel, call, status }) => metaBody(channel, {
      statuses: [{ id: call.id, status, timestamp: seconds(), recipient_id: call.to.slice(1),
        biz_opaque_callback_data: call.reference }],
    }),
  },
};
