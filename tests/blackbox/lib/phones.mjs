// Phones: people who talk with a daemon of daemon.mjs, each through one provider's exact wire format (webhooks.mjs).
import { publicUrl, secrets } from './daemon.mjs';
import { atRequest, hex32, infobipRequest, metaButton, metaMessage, metaRequest, metaRow, metaText, next, send,
  twilioMessage, twilioRequest, twimlMessages } from './webhooks.mjs';

export const newSid = () => `SM${hex32(Date.now() * 1000 + next())}`;

// A signed SMS webhook of the channel.
export const smsRequest = (channel, message, authToken = secrets.authToken) =>
  twilioRequest({ url: `${publicUrl}/hooks/${channel}`, authToken,
    params: twilioMessage({ sid: newSid(), ...message }) });

// A signed WhatsApp webhook.
export const whatsAppRequest = (body, appSecret = secrets.appSecret) =>
  metaRequest({ path: '/hooks/wa', body, appSecret });

async function accepted(chaski, request) {
  const answer = await send(chaski.url, request);
  if (answer.status !== 200) throw new Error(`${request.path}: ${answer.status} ${answer.text}`);
  return answer;
}

// An SMS owner behind Twilio. On a synchronous channel `say` gives the messages that came back.
export class TwilioPhone {
  constructor(chaski, number, channel = 'sms') {
    Object.assign(this, { chaski, number, channel });
  }

  request(text, sid = newSid()) {
    return smsRequest(this.channel, { from: this.number, text, sid });
  }

  async say(text, sid) {
    return twimlMessages((await accepted(this.chaski, this.request(text, sid))).text);
  }
}

// A WhatsApp owner behind Meta; what Chaski says comes through the fake of Meta's send API.
export class WhatsAppPhone {
  constructor(chaski, number) {
    Object.assign(this, { chaski, number });
  }

  send(content) {
    return accepted(this.chaski, whatsAppRequest(metaMessage({ from: this.number, content, id: `wamid.${newSid()}` })));
  }

  say(text) {
    return this.send(metaText(text));
  }

  press(id, title) {
    return this.send(metaButton(id, title));
  }

  pick(id, title) {
    return this.send(metaRow(id, title));
  }
}

// A feature phone in USSD sessions of Africa's Talking: `dial`, then `say`; gives {end, text, raw, type}.
export class UssdPhone {
  constructor(chaski, number) {
    Object.assign(this, { chaski, number });
  }

  request(key = secrets.hookSecret) {
    return atRequest({ key, sessionId: this.session, phoneNumber: this.number, text: this.text });
  }

  // Sends the latest hop, once more where it was sent before.
  async step() {
    const answer = await accepted(this.chaski, this.request());
    if (!/^(CON|END) /.test(answer.text)) throw new Error(answer.text);
    return { end: answer.text.startsWith('END '), text: answer.text.slice(4), raw: answer.text, type: answer.type };
  }

  dial(text = '') {
    this.session = `ATUid_${newSid()}`;
    this.text = text;
    return this.step();
  }

  say(text) {
    this.text = this.text === '' ? text : `${this.text}*${text}`;
    return this.step();
  }
}

// A feature phone in USSD sessions of Infobip: as above, with the last input only. `again` sends the latest hop once
// more; `hangUp` tells the end.
export class InfobipPhone {
  constructor(chaski, number) {
    Object.assign(this, { chaski, number });
  }

  request(change = {}) {
    return infobipRequest({ password: secrets.hookSecret, sessionId: this.session, msisdn: this.number.slice(1),
      verb: this.verb, text: this.text, ...change });
  }

  async again() {
    const answer = await accepted(this.chaski, this.request());
    const screen = JSON.parse(answer.text);
    const members = ['responseExitCode', 'responseMessage', 'shouldClose', 'ussdMenu'];
    if (Object.keys(screen).sort().join() !== members.join() || screen.responseExitCode !== 200)
      throw new Error(answer.text);
    return { end: screen.shouldClose, text: screen.ussdMenu, raw: answer.text, type: answer.type };
  }

  dial() {
    Object.assign(this, { session: `IB_${newSid()}`, verb: 'start', text: '*384*1#' });
    return this.again();
  }

  say(text) {
    Object.assign(this, { verb: 'response', text });
    return this.again();
  }

  hangUp() {
    return accepted(this.chaski, this.request({ verb: 'end' }));
  }
}
