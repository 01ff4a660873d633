// Several workers behind one socket: one is killed, the configuration changes, the daemon ends, all while people
// write.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, redisCommand, tempDir, top, until } from './lib/daemon.mjs';
import { TwilioPhone } from './lib/phones.mjs';
import { send } from './lib/webhooks.mjs';
import { isAlive, procFile, workersOf } from './lib/workers.mjs';

let redis;
before(async () => { redis = await new Redis().start(); });
after(() => redis?.remove());

async function withChaski(settings, run) {
  const chaski = new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 2, ...settings });
  try {
    await chaski.start();
    await until('all are ready', () => /msg="ready"/.test(chaski.log));
    await run(chaski);
  } finally {
    await chaski.remove();
  }
}

const value = (metrics, name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
const metric = async (chaski, name) => value(await chaski.metrics(), name);

let people = 0;
const newPhone = (chaski) => new TwilioPhone(chaski, `+5198760${String(people++).padStart(4, '0')}`);

// People who each write once on a connection of their own, `width` at a time, until finish(). `failures` has what was
// neither 200 nor, where it is allowed, a connection that broke after it was made.
function load(chaski, width = 8) {
  const told = { answered: 0, failures: [], texts: [] };
  let over = false;
  const writer = async () => {
    while (!over) {
      try {
        const answer = await send(chaski.url, newPhone(chaski).request('hola'));
        if (answer.status === 200) told.answered++;
        else told.failures.push(String(answer.status));
        told.texts.push(answer.text);
      } catch (error) {
        told.failures.push(error.code ?? error.message);
      }
    }
  };
  const writers = Array.from({ length: width }, writer);
  told.finish = async () => {
    over = true;
    await Promise.all(writers);
    return told;
  };
  told.goesOn = async (more = 30) => {
    const from = told.answered;
    await until(`${more} more answers`, () => told.answered >= from + more);
  };
  return told;
}

test('both of two workers serve, and the metrics are of all', () => withChaski({}, async (chaski) => {
  const workers = workersOf(chaski.child.pid);
  assert.equal(workers.length, 2);
  const ticks = (pid) => {
    const fields = procFile(pid, 'stat').replace(/.*\) /s, '').split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  const start = workers.map(ticks);
  const before = await metric(chaski, 'chaski_turns_total\\{channel="sms"\\}') || 0;
  const writing = load(chaski, 16);
  await until('both work', () => workers.every((pid, i) => ticks(pid) > start[i]), 30000);
  const { answered, failures } = await writing.finish();
  assert.deepEqual(failures, []);
  assert.equal(await metric(chaski, 'chaski_turns_total\\{channel="sms"\\}'), before + answered);
  assert.equal(await metric(chaski, 'chaski_workers'), 2);
  assert.equal(await metric(chaski, 'chaski_worker_restarts_total'), 0);
  assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 1);
  assert.equal(await metric(chaski, 'chaski_durability_relaxed'), 0);
}));

for (const workers of [1, 2]) {
  test(`kill -9 of one of ${workers} workers under load: nobody is refused, it comes back, no counter goes down`,
    () => withChaski({ workers }, async (chaski) => {
    const counters = ['chaski_http_requests_total\\{code="200"\\}', 'chaski_turns_total\\{channel="sms"\\}',
      'chaski_turn_seconds_count\\{channel="sms"\\}', 'process_cpu_seconds_total'];
    let seen = counters.map(() => 0);
    const look = async () => {
      const metrics = await chaski.metrics().catch(() => ''); // the one that was asked may have been killed
      if (!metrics) return;
      const now = counters.map((name) => value(metrics, name));
      now.forEach((count, i) => assert.ok(count >= seen[i], `${counters[i]}: ${count} after ${seen[i]}`));
      seen = now;
    };
    const writing = load(chaski);
    for (let kill = 1; kill <= 3; kill++) {
      await writing.goesOn();
      await look();
      const [victim] = workersOf(chaski.child.pid);
      process.kill(victim, 'SIGKILL');
      await look();
      await until('it comes back', async () => {
        await look();
        const now = workersOf(chaski.child.pid);
        return now.length === workers && !now.includes(victim);
      });
    }
    await writing.goesOn();
    const { failures } = await writing.finish();
    await look();
    assert.deepEqual(failures.filter((code) => !['ECONNRESET', 'socket hang up'].includes(code)), []);
    assert.ok(failures.length <= 3 * 8, `${failures.length} requests broke`);
    assert.equal(await metric(chaski, 'chaski_worker_restarts_total'), 3);
    assert.match(chaski.log, /msg="a worker ended by itself and is started again"/);
  }));
}

// A folder of flows whose first words a test may change.
function ownFlows() {
  const dir = tempDir('flows');
  for (const name of fs.readdirSync(path.join(top, 'config/flows')).filter((each) => each.endsWith('.yaml')))
    fs.copyFileSync(path.join(top, 'config/flows', name), path.join(dir, name));
  return dir;
}

const flowFile = (flows) => path.join(flows, 'diagnostico.yaml');
function change(flows, from, to) {
  const text = fs.readFileSync(flowFile(flows), 'utf8');
  assert.ok(text.includes(from), from);
  fs.writeFileSync(flowFile(flows), text.replaceAll(from, to));
}

// Asks again and again on connections that are kept: an agent's next request must not meet one that was closed.
function keepAsking(chaski) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const told = { failures: [], count: 0 };
  let over = false;
  const asking = (async () => {
    while (!over) {
      await new Promise((next) => {
        http.get(`${chaski.url}/livez`, { agent }, (answer) => {
          if (answer.statusCode !== 200) told.failures.push(answer.statusCode);
          told.count++;
          answer.resume().on('end', next);
        }).on('error', (error) => {
          told.failures.push(error.code);
          next();
        });
      });
    }
    agent.destroy();
  })();
  told.finish = async () => {
    over = true;
    await asking;
    return told;
  };
  return told;
}

test('SIGHUP under load serves the new flow, or keeps the old one where the new has a fault; nobody notices', () => {
  const flows = ownFlows();
  return withChaski({ flows }, async (chaski) => {
    const greeting = async () => (await newPhone(chaski).say('hola')).join('\n');
    const hangup = () => chaski.child.kill('SIGHUP');
    assert.match(await greeting(), /Hola/);
    const old = workersOf(chaski.child.pid);
    const since = await metric(chaski, 'chaski_config_last_reload_success_timestamp_seconds');
    assert.ok(Math.abs(since - Date.now() / 1000) < 60);
    const writing = load(chaski), asking = keepAsking(chaski);
    await writing.goesOn();

    change(flows, 'Hola', 'Buenas');
    hangup();
    await until('the new flow', () => /the new configuration is served/.test(chaski.log));
    await until('the old ones go', () => old.every((pid) => !isAlive(pid)), 30000);
    const turns = await metric(chaski, 'chaski_turns_total\\{channel="sms"\\}');
    assert.match(await greeting(), /Buenas/);
    assert.doesNotMatch(await greeting(), /Hola/);
    assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 1);
    const then = await metric(chaski, 'chaski_config_last_reload_success_timestamp_seconds');
    assert.ok(then >= since);
    const current = workersOf(chaski.child.pid);
    assert.equal(current.length, 2);

    change(flows, 'Buenas', 'Qué tal');
    change(flows, 'max: 5000', 'max: many');
    hangup();
    await until('the fault', () => /the new configuration is not served/.test(chaski.log));
    assert.match(chaski.log,
      /level=error msg="a fault in the new configuration" at=\S*diagnostico\.yaml:\d+:\d+ why="/);
    await writing.goesOn();
    assert.match(await greeting(), /Buenas/);
    assert.deepEqual(workersOf(chaski.child.pid).sort(), current.sort());
    assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 0);
    assert.equal(await metric(chaski, 'chaski_config_last_reload_success_timestamp_seconds'), then);

    const { failures } = await writing.finish();
    assert.deepEqual(failures, []);
    const kept = await asking.finish();
    assert.deepEqual(kept.failures, []);
    assert.ok(kept.count > 20);
    assert.ok(await metric(chaski, 'chaski_turns_total\\{channel="sms"\\}') > turns);
    assert.equal(await metric(chaski, 'chaski_worker_restarts_total'), 0);
  });
});

// Each file that is read anew, and what breaks it: the old configuration serves on, all of it.
const broken = [
  ['the configuration', (chaski) => { fs.appendFileSync(chaski.config, 'unheard: of\n'); }, /chaski\.yaml:\d+:\d+/],
  ['the catalogue', (chaski, dir) => { fs.appendFileSync(path.join(dir, 'catalogue.yaml'), '  - {id: 7}\n'); },
    /catalogue\.yaml:\d+:\d+/],
  ['the holidays', (chaski, dir) => {
    fs.appendFileSync(path.join(dir, 'holidays.yaml'), '  - {day: 02-30, name: Nunca}\n');
  }, /holidays\.yaml:\d+:11/],
  ['a model', (chaski, dir) => {
    const stage = path.join(dir, 'registry/stage');
    const version = fs.readFileSync(path.join(stage, 'champion'), 'utf8').trim();
    fs.rmSync(path.join(stage, version), { recursive: true });
  }, /registry\/stage/],
];

for (const [what, spoil, place] of broken) {
  test(`SIGHUP with a fault in ${what} keeps all as it was`, async () => {
    const dir = path.join(tempDir(), 'models'), flows = ownFlows();
    fs.cpSync(path.join(top, 'models'), dir, { recursive: true });
    const files = { flows, catalogue: path.join(dir, 'catalogue.yaml'), models: path.join(dir, 'registry') };
    await withChaski(files, async (chaski) => {
      const same = workersOf(chaski.child.pid).sort();
      change(flows, 'Hola', 'Buenas'); // this is whole, and must not be served with what is not
      spoil(chaski, dir);
      chaski.child.kill('SIGHUP');
      await until('the fault', () => /the new configuration is not served/.test(chaski.log), 30000);
      const told = /msg="a fault in the new configuration" at=(.*)/.exec(chaski.log);
      assert.match(told?.[1] ?? '', place);
      assert.deepEqual(workersOf(chaski.child.pid).sort(), same);
      assert.match((await newPhone(chaski).say('hola')).join('\n'), /Hola/);
      assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 0);
    });
  });
}

test('SIGHUP takes another number of workers, and not what needs a restart',
  () => withChaski({}, async (chaski) => {
  const file = fs.readFileSync(chaski.config, 'utf8');
  fs.writeFileSync(chaski.config, file.replace('workers: "2"', 'workers: "3"'));
  chaski.child.kill('SIGHUP');
  await until('three workers', async () => workersOf(chaski.child.pid).length === 3
    && await metric(chaski, 'chaski_workers') === 3);
  fs.writeFileSync(chaski.config, file.replace('127.0.0.1:0', '127.0.0.1:1'));
  chaski.child.kill('SIGHUP');
  await until('the fault', () => /chaski\.yaml:1:\d+ why="listen .*needs a restart/.test(chaski.log));
  assert.equal(workersOf(chaski.child.pid).length, 3);
  assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 0);
}));

test('SIGTERM under load finishes what was accepted, ends with 0 and leaves nobody',
  () => withChaski({}, async (chaski) => {
  const workers = workersOf(chaski.child.pid);
  const waiting = Array.from({ length: 40 }, () => send(chaski.url, newPhone(chaski).request('hola')));
  await Promise.race(waiting);
  const stopped = chaski.stop();
  const answers = await Promise.allSettled(waiting);
  assert.equal(await stopped, 0);
  assert.deepEqual(answers.map((one) => one.value?.status ?? one.reason.code).filter((status) => status !== 200), []);
  assert.ok(workers.every((pid) => !isAlive(pid)));
  assert.match(chaski.log, /msg="a worker drains"/);
}));

test('a second SIGTERM ends at once, also with a worker that does not listen',
  () => withChaski({}, async (chaski) => {
  const workers = workersOf(chaski.child.pid);
  process.kill(workers[0], 'SIGSTOP');
  chaski.child.kill('SIGTERM');
  await until('it drains', () => /msg="draining"/.test(chaski.log));
  assert.equal(await chaski.stop('SIGTERM'), 0);
  assert.match(chaski.log, /msg="a worker does not end and is killed"/);
  assert.ok(workers.every((pid) => !isAlive(pid)));
}));

test('kill -9 of the master leaves no process, and the next one starts at once', async () => {
  const chaski = new Chaski({ redis: { url: 'embedded' }, workers: 2 });
  try {
    await chaski.start();
    const socket = path.join(chaski.settings.state_dir, 'redis/redis.sock');
    const info = await redisCommand(socket, 'INFO', 'server');
    const all = [...workersOf(chaski.child.pid), Number(/process_id:(\d+)/.exec(info)[1])];
    assert.equal(all.length, 3);
    chaski.settings.listen = `127.0.0.1:${chaski.port}`;
    await chaski.stop('SIGKILL');
    await chaski.start();
    await until('all are gone', () => all.every((pid) => !isAlive(pid)));
    assert.equal(await chaski.stop(), 0);
  } finally {
    await chaski.remove();
  }
});

test('the embedded Redis holds neither the socket nor anything else of the master, also when started again',
  async () => {
  const chaski = new Chaski({ redis: { url: 'embedded' }, workers: 1 });
  try {
    await chaski.start();
    const socket = path.join(chaski.settings.state_dir, 'redis/redis.sock');
    const server = async () => Number(/process_id:(\d+)/.exec(await redisCommand(socket, 'INFO', 'server'))[1]);
    const first = await server();
    process.kill(first, 'SIGKILL');
    const second = await until('another server', () => server().then((pid) => pid !== first && pid, () => false));
    const links = (pid) => fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
    const port = chaski.port.toString(16).toUpperCase().padStart(4, '0');
    const inode = new RegExp(`:${port} 00000000:0000 0A(?: +\\S+){5} (\\d+)`)
      .exec(fs.readFileSync('/proc/net/tcp', 'utf8'))[1];
    const [worker] = workersOf(chaski.child.pid);
    assert.ok(links(chaski.child.pid).includes(`socket:[${inode}]`));
    assert.ok(links(worker).includes(`socket:[${inode}]`));
    assert.ok(!links(second).includes(`socket:[${inode}]`));
    assert.ok(links(chaski.child.pid).some((link) => link.endsWith('redis/lock')));
    assert.ok(!links(worker).some((link) => /redis\/.*lock$/.test(link)));
  } finally {
    await chaski.remove();
  }
});

for (const workers of ['0', '99', 'two', '-1']) {
  test(`--workers ${workers} is refused with the rule`, () => {
    const run = spawnSync(binary, ['serve', '--workers', workers], { encoding: 'utf8' });
    assert.equal(run.status, 64);
    assert.match(run.stderr, new RegExp(`--workers ${workers}: it must be auto or a whole number from 1 to 64`));
  });
}
