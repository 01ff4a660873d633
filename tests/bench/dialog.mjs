// `make bench-dialog`: what the dialogue of a turn costs (build/bench/step: no Redis, no HTTP) beside what the barest
// HTTP echo costs (build/bench/bare), by turns in one run. CPU microseconds a message; lowest of the rounds, for other
// work on the machine only adds to them. SECONDS and ROUNDS scale it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../../', import.meta.url)));
const bench = path.join(process.env.BUILD ?? 'build', 'bench');
const seconds = process.env.SECONDS ?? '1';
const scripts = ['tests/bench/diagnostico.tsv', 'tests/bench/careful.tsv'];
const url = 'https://gw.ejemplo.pe', token = '12345678901234567890123456789012'; // made up

const run = (program, args) => JSON.parse(execFileSync(path.join(bench, program), args));

// Microseconds of CPU of a process of ours without children.
function cpu(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10000;
}

async function echoUs() {
  const echo = spawn(path.join(bench, 'bare'), ['echo', url, token], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(readline.createInterface({ input: echo.stdout }), 'line');
  const before = cpu(echo.pid);
  const result = run('load', ['-p', port, '-m', 'echo', '-c', '64', '-d', seconds, '-w', '0', '-s', scripts[0],
    '-u', url, '-k', token]);
  const us = (cpu(echo.pid) - before) / result.messages;
  echo.stdin.end();
  await once(echo, 'exit');
  return us;
}

const figures = [];
for (let round = 0; round < Number(process.env.ROUNDS ?? 3); round++)
  figures.push({ echo: await echoUs(), usual: run('step', ['-d', seconds, scripts[0]]),
    mixed: run('step', ['-d', seconds, ...scripts]) });
const least = (of) => Math.min(...figures.map(of));
const echo = least((f) => f.echo);
console.log(`bare echo ${echo.toFixed(1)} us`);
for (const name of ['usual', 'mixed']) {
  const us = least((f) => f[name].turn_us);
  console.log(`${name.padEnd(6)} ${us.toFixed(2)} us a turn, ${(1e6 / us).toFixed(0)} turns/s a core, ` +
    `${(us / echo).toFixed(2)} of the echo; state ${figures[0][name].state_bytes} bytes at the end, ` +
    `${figures[0][name].longest_state_bytes} at most`);
}
