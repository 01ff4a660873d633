// What tests of broadcasts share: people who agreed to notices, the API, and a ledger held against itself.
import assert from 'node:assert/strict';
import { channels, until } from './daemon.mjs';
import { TwilioPhone } from './phones.mjs';

export const states = ['queued', 'sent', 'delivered', 'read', 'failed', 'dropped', 'doubt', 'excluded'];

// Settings under which notices go at any hour, and are held for a second.
export const anyHour = { bulk_hours: '00:00-24:00', bulk_days: 'all', monthly_cap: 0, broadcast_hold: 1 };

export const numberOf = (n) => `+519${String(70000000 + n)}`;

// Channels that send SMS to a fake of Twilio, `rate` a second (0: as fast as may be).
export function smsChannels(twilio, rate) {
  const all = channels({ twilio: twilio.url });
  return { sms: { ...all.sms, api_base: twilio.url, ...rate ? { rate } : {} }, ussd: all.ussd };
}

// Lets people write until they have agreed to notices, twice (or, `words` being others, to nothing).
export async function agree(chaski, numbers, words = ['hola', '1', 'menu', 'cursos', '1', '1']) {
  const left = [...numbers];
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let number = left.pop(); number; number = left.pop()) {
      const phone = new TwilioPhone(chaski, number);
      for (const word of words) await phone.say(word);
    }
  }));
}

export class Api {
  constructor(chaski, token) {
    Object.assign(this, { chaski, token });
  }

  async ask(method, at, body, headers = {}) {
    const response = await fetch(`${this.chaski.url}/api/v1${at}`, { method, body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${this.token}`, ...body ? { 'Content-Type': 'application/json' } : {},
        ...headers } });
    const text = await response.text();
    return { status: response.status, etag: response.headers.get('etag'), json: text ? JSON.parse(text) : undefined };
  }

  async good(method, at, body, headers) {
    const answer = await this.ask(method, at, body, headers);
    assert.ok(answer.status < 300, `${method} ${at}: ${answer.status} ${JSON.stringify(answer.json)}`);
    return answer.json;
  }

  show(id) {
    return this.good('GET', `/broadcasts/${id}`);
  }

  // Makes a broadcast, and confirms it.
  async send(draft) {
    const { id } = await this.good('POST', '/broadcasts', { name: 'prueba', texts: { es: 'Feria el sábado.' },
      channels: ['sms'], ...draft });
    const { people } = await this.good('POST', `/broadcasts/${id}/preview`);
    await this.good('POST', `/broadcasts/${id}/confirm`, { people });
    return id;
  }

  reaches(id, state, ms = 30000) {
    return until(`broadcast ${id} is ${state}`, async () => {
      const shown = await this.show(id).catch(() => undefined);
      return shown?.state === state && shown;
    }, ms);
  }

  // All of a list, page by page.
  async whole(at, limit = 200) {
    const items = [];
    let next = '';
    do {
      const page = await this.good('GET',
        `${at}${at.includes('?') ? '&' : '?'}limit=${limit}${next && `&cursor=${next}`}`);
      items.push(...page.items);
      next = page.next ?? '';
    } while (next);
    return items;
  }

  // Each recipient in exactly one state, and the sums as a recount has them. Gives the recipients.
  async audit(id) {
    const shown = await this.show(id), rows = await this.whole(`/broadcasts/${id}/recipients`);
    const counts = Object.fromEntries(states.map((state) => [state, rows.filter((row) => row.state === state).length]));
    assert.deepEqual(Object.fromEntries(states.map((state) => [state, shown[state]])), counts);
    assert.equal(rows.length, shown.people);
    const names = rows.filter((row) => row.number).map((row) => row.number);
    assert.equal(new Set(names).size, names.length, 'somebody is in the ledger twice');
    return rows;
  }
}
