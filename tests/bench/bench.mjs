// `make bench`: what a turn costs, measured in one run and side by side, so that the ratios mean something whatever
// else the machine does. Starts everything itself on loopback and unix sockets, and ends what it started. A wrong or
// missing answer fails it; a figure never does, for timing is no test.
//
// bench.mjs [--quick] [--rounds=3] [--seconds=2] [--contacts=20000] [--only=WORDS]
// In each round a server is loaded for so many seconds at 256 connections, a quarter of it at 64 and at 1, and half as
// long again at half load. With --only (a regular expression) just what matches is measured: "256 connections", ….
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cpu } from './machine.mjs';
import { measureMemory, printMemory } from './memory.mjs';
import { measureOutbound } from './outbound.mjs';
import { keep, printTable, printTargets, results } from './report.mjs';
import { Bare, Chaski, Redis, Witness, build, dir, end, load, pause, top, until, workers } from './servers.mjs';
import { Slices } from './slices.mjs';
import { measureTimers } from './timers.mjs';

const option = (name, fallback) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const quick = process.argv.includes('--quick');
const rounds = option('rounds', quick ? 1 : 3);
const seconds = option('seconds', quick ? 0.3 : 2);
const contacts = option('contacts', quick ? 200 : 20000);
const posts = quick ? 6000 : 20000; // more than the outbox holds: what is called while the sink waits is not counted
const sliceS = quick ? 0.1 : 0.25;
const slices = Math.ceil(seconds / sliceS);
const only = new RegExp(process.argv.find((arg) => arg.startsWith('--only='))?.slice('--only='.length) ?? '');

// A million timers that wait, and ten thousand that are due.
async function timers(sink) {
  await sink.ask('go');
  const size = quick ? { stored: 20000, people: 200, idleS: 2, afterS: 3 }
    : { stored: 1000000, people: 10000, idleS: 10, afterS: 25 };
  const tools = { top, dir, Redis, Chaski, load, cpu, end, until, pause, sinkPort: sink.port };
  const found = await measureTimers(size, tools);
  if (found.firing) keep('timers, firing', found.firing);
  keep('timers, idle', { many_us: found.idle[0], none_us: found.idle[1], ratio: found.idle[0] / found.idle[1] });
  return `${size.stored} timers that wait: Redis has ${found.idle[0].toFixed(0)} us of CPU a second when idle, ` +
    `${found.idle[1].toFixed(0)} with none; ${size.people} that are due ` + (found.firing
    ? `fire in ${found.firing.seconds.toFixed(1)} s from when the daemon was ready`
    : 'were not measured: the machine was too slow to set them all before the first fired');
}

// The servers that stay up, loaded by turns. Gives the percent of a CPU that those had that were not, and that programs
// had which are none of ours.
async function speeds(sink) {
  const redis = { always: await new Redis('always', 'always').start(),
    everysec: await new Redis('everysec', 'everysec').start() };
  const servers = { echo: await Bare.start('echo'),
    always: await new Chaski('always-daemon', redis.always, sink.port, 'strict').start(),
    everysec: await new Chaski('everysec-daemon', redis.everysec, sink.port, 'relaxed').start() };
  const sides = new Slices({ servers, redis, witness: new Witness(), seconds: sliceS, keep });
  const steps = [
    ['256 connections', () => sides.speeds(256, slices)],
    ['half load', () => sides.halfLoad(256, 2 * slices)],
    ['64 connections', () => sides.speeds(64, Math.ceil(slices / 4))],
    ['1 connection', () => sides.speeds(1, Math.ceil(slices / 4))],
    ['outbound', () => measureOutbound({ sink, server: servers.always, redis: redis.always, posts,
      seconds: seconds / 3, times: 2, keep })],
  ].filter(([name]) => only.test(name));
  for (let round = 0; round < rounds; round++)
    for (const [name, step] of round % 2 ? [...steps].reverse() : steps) { // what drifts, drifts both ways
      const begin = performance.now();
      await step();
      console.error(`  round ${round + 1}, ${name}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    }
  for (const one of [servers.always, servers.everysec, ...Object.values(redis)]) await end(one.child);
  return { idle: sides.idle(), foreign: sides.foreign() };
}

async function main() {
  const sink = await Bare.start('sink');
  console.log(`${os.cpus().length} CPUs, workers: ${workers}, load ${os.loadavg()[0].toFixed(1)}; ${rounds} rounds ` +
    `in slices of ${sliceS} s; medians of the slices; server and Redis: CPU microseconds a message; stolen: CPU time ` +
    'that the host of this machine withheld');
  const { idle, foreign } = await speeds(sink);
  const said = only.test('timers') ? await timers(sink) : '';
  const memory = only.test('memory') ? await measureMemory(sink.port, contacts) : null;
  console.log();
  printTable();
  if (foreign >= 0)
    console.log(`while one server was loaded, the others had ${idle.toFixed(1)} % of a CPU, and programs that are ` +
      `none of ours ${foreign.toFixed(1)} %`);
  if (said) console.log(said);
  if (memory) printMemory(memory);
  printTargets(memory, foreign);
  const kept = Object.fromEntries([...results].map(([name, list]) =>
    [name, list.map(({ us, late, times, ...row }) => row)]));
  fs.writeFileSync(path.join(build, 'bench/result.json'), JSON.stringify(kept, null, 1));
}

await main();
process.exit(0);
