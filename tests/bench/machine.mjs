// What the machine had to do with a measurement: CPU time of processes, what its host withheld, what its disk asks.
import fs from 'node:fs';
import path from 'node:path';

// The process and all that it started, as they are now.
export function family(pid) {
  const parents = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      const text = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
      return [Number(name), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])];
    } catch {
      return [0, 0]; // it ended meanwhile
    }
  });
  const of = (one) => [one, ...parents.filter(([, parent]) => parent === one).flatMap(([child]) => of(child))];
  return of(pid);
}

// Microseconds of CPU that the threads of these processes have had.
export function cpuOf(pids) {
  let ns = 0;
  for (const pid of pids)
    for (const thread of fs.readdirSync(`/proc/${pid}/task`))
      ns += Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0]);
  return ns / 1000;
}

export const cpu = (pid) => cpuOf(family(pid));

// The files that tell how often a limit on this process' CPU time stopped it: of its control group and those above.
const throttles = fs.readFileSync('/proc/self/cgroup', 'latin1').split('\n').flatMap((line) => {
  const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
  if (controllers === undefined || (controllers && !controllers.split(',').includes('cpu'))) return [];
  const root = `/sys/fs/cgroup/${controllers}`, found = [];
  for (let at = group; ; at = path.dirname(at)) {
    const file = path.join(root, at, 'cpu.stat');
    if (fs.existsSync(file)) found.push(file);
    if (at === '/' || at === '.') return found;
  }
});

// Hundredths of a second of CPU: all, those that programs had, and those that the machine was ready to use and its
// host withheld; and how many times a limit stopped us.
export function machine() {
  const ticks = fs.readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/ +/).slice(1, 9).map(Number);
  const throttled = throttles.reduce((sum, file) =>
    sum + Number(/^nr_throttled (\d+)/m.exec(fs.readFileSync(file, 'latin1'))?.[1] ?? 0), 0);
  const [user, nice, system, idle, wait, irq, softirq, stolen] = ticks;
  const busy = user + nice + system + irq + softirq;
  return { all: busy + idle + wait + stolen, busy, stolen, throttled };
}

// Does the work and tells what was taken from it, { result, stolen: %, untouched }, and the microseconds of CPU that
// all programs had. A hundredth of a second is the least that the kernel tells of: less is told of later.
export async function watched(work) {
  const before = machine();
  const result = await work();
  const after = machine();
  const [stolen, throttled] = [after.stolen - before.stolen, after.throttled - before.throttled];
  return { result, stolen: (100 * stolen) / Math.max(1, after.all - before.all),
    untouched: stolen === 0 && throttled === 0, busyUs: (after.busy - before.busy) * 10000 };
}

// What the disk itself asks for a commit: so much, appended and synced, again and again, beside the AOF. `times` in ms.
export function disk(dir, ms) {
  const file = fs.openSync(path.join(dir, 'disk'), 'a'), bytes = Buffer.alloc(12 * 1024), times = [];
  const begin = performance.now();
  let at = begin; // in the end some way past `ms`: a sync takes as long as it takes
  while (at - begin < ms) {
    fs.writeSync(file, bytes);
    fs.fdatasyncSync(file);
    const now = performance.now();
    times.push(now - at);
    at = now;
  }
  fs.closeSync(file);
  return { turns_s: (times.length * 1000) / (at - begin), times };
}
