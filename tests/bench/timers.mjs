// What timers cost: whether Redis works more when idle because a million wait, and how fast those that are due fire.
// Both daemons of the idle measurement run in the same seconds, so that their ratio means something.
import fs from 'node:fs';
import path from 'node:path';

const SHARDS = 64;
const AT_ONCE = 500; // timers of one ZADD; 64 of these are under way at a time
const DAY_MS = 86400000;
const PATIENCE_MS = 120000;

const shardKeys = Array.from({ length: SHARDS }, (_, i) => `ck:{s${i}}:timers`);

// Fills the shards with timers of people who are not there, due tomorrow and later.
async function fill(redis, count) {
  const from = Date.now() + DAY_MS;
  for (let i = 0; i < count; i += SHARDS * AT_ONCE) {
    const lines = shardKeys.map((key, shard) => {
      const line = ['ZADD', key];
      for (let n = i + shard; n < Math.min(count, i + SHARDS * AT_ONCE); n += SHARDS)
        line.push(from + n, `+518${String(n).padStart(8, '0')}`);
      return line;
    });
    await redis.commands(lines.filter((line) => line.length > 2));
  }
}

const sum = (replies) => replies.reduce((a, b) => a + b, 0);
const waiting = async (redis) => sum(await redis.commands(shardKeys.map((key) => ['ZCARD', key])));

// Microseconds of CPU that the server has had.
async function cpuOf(redis) {
  const text = await redis.command('INFO', 'cpu');
  return ['used_cpu_sys', 'used_cpu_user'].reduce((us, name) =>
    us + 1e6 * Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(text)[1]), 0);
}

// The flow of the timers' break, with a reminder that waits so long that everybody is there before the first is due.
function writeFlow(top, dir, afterS) {
  const text = fs.readFileSync(path.join(top, 'tests/faults/flows/avisos.yaml'), 'utf8');
  fs.mkdirSync(dir);
  fs.writeFileSync(path.join(dir, 'avisos.yaml'), text.replace('after: 2s', `after: ${afterS}s`));
  return dir;
}

// Measures two idle daemons, one over a million timers and one over none. Gives the microseconds of Redis' CPU a
// second of each.
async function idle(servers, seconds, tools) {
  const before = await Promise.all(servers.map(cpuOf));
  await tools.pause(seconds * 1000);
  const after = await Promise.all(servers.map(cpuOf));
  return after.map((us, i) => (us - before[i]) / seconds);
}

// Lets people be due for a reminder while the daemon is away; gives what firing them took, from the first on, or null
// where the machine was so slow that the first fired before the last was there.
async function fire(redis, daemon, people, afterS, tools) {
  const stored = await waiting(redis), begun = Date.now();
  await tools.load(daemon.port, ['-t', '/hooks/smsa', '-m', 'ack', '-c', 64, '-n', people]);
  const all = await waiting(redis);
  if (Date.now() - begun >= afterS * 1000) return null;
  if (all !== stored + people) throw new Error(`${all - stored} timers were set instead of ${people}`);
  await tools.end(daemon.child);
  await tools.pause(afterS * 1000);
  await daemon.start();
  const [redisUs, daemonUs] = [await cpuOf(redis), tools.cpu(daemon.child.pid)];
  const started = Date.now();
  let first;
  const left = async () => {
    const now = await waiting(redis);
    if (now < all) first ??= { at: Date.now(), fired: all - now };
    return now === stored;
  };
  await tools.until('all timers fire', left, PATIENCE_MS);
  const ended = Date.now();
  return {
    turns_s: (people - first.fired) / Math.max(0.001, (ended - first.at) / 1000), seconds: (ended - started) / 1000,
    daemon_us: (tools.cpu(daemon.child.pid) - daemonUs) / people, redis_us: (await cpuOf(redis) - redisUs) / people,
  };
}

// tools: { top, dir, Redis, Chaski, load, cpu, end, until, pause, sinkPort }. Gives { idle: [with, none], firing }.
export async function measureTimers({ stored, people, idleS, afterS }, tools) {
  const flows = writeFlow(tools.top, path.join(tools.dir, 'timer-flows'), afterS);
  const settings = { flows, more: 'bulk_hours: "00:00-24:00"\nbulk_days: all\nmonthly_cap: 0\n' };
  const servers = [], daemons = [];
  for (const name of ['timers-many', 'timers-none']) {
    const redis = await new tools.Redis(name, 'everysec').start();
    servers.push(redis);
    daemons.push(await new tools.Chaski(`${name}-daemon`, redis, tools.sinkPort, 'relaxed', settings).start());
  }
  await fill(servers[0], stored);
  await tools.pause(1500); // the AOF of the filling is synchronised
  const rates = await idle(servers, idleS, tools);
  await tools.end(daemons[1].child);
  const firing = await fire(servers[0], daemons[0], people, afterS, tools);
  await tools.end(daemons[0].child);
  for (const redis of servers) await tools.end(redis.child);
  return { idle: rates, firing };
}
