// The processes of a daemon, as the kernel tells of them.
import fs from 'node:fs';

export const procFile = (pid, name) => {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // it ended while we looked
  }
};
export const isAlive = (pid) => !['', 'Z', 'X'].includes(/\) (\w)/.exec(procFile(pid, 'stat'))?.[1] ?? '');

// The worker processes of a master, without its redis-server.
export const workersOf = (master) => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  .filter((pid) => Number(/\) \w (\d+)/.exec(procFile(pid, 'stat'))?.[1]) === master && isAlive(pid))
  .filter((pid) => procFile(pid, 'cmdline').includes('\0serve\0'));
