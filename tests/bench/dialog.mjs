// `make bench-dialog`: what the dialogue of a turn costs (build/bench/step: no Redis, no HTTP) beside what the barest
// HTTP echo costs (build/bench/bare), by turns in one run: the step, with recognition and rendering, and all of a turn,
// with the engine's advice and the state read and written. CPU microseconds a message; lowest of the rounds, for other
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

const mixes = { usual: scripts.slice(0, 1), mixed: scripts };
const target = 200000; // steps a second of the mixed

const figures = [];
for (let round = 0; round < Number(process.env.ROUNDS ?? 3); round++) {
  const figure = { echo: await echoUs() };
  for (const [name, files] of Object.entries(mixes)) {
    figure[`${name} step`] = run('step', ['-s', '-d', seconds, ...files]);
    figure[`${name} turn`] = run('step', ['-d', seconds, ...files]);
  }
  figures.push(figure);
}
const least = (of) => Math.min(...figures.map(of));
const echo = least((f) => f.echo);
console.log(`bare echo    ${echo.toFixed(2)} us`);
for (const name of Object.keys(figures[0]).filter((one) => one !== 'echo')) {
  const us = least((f) => f[name].turn_us), one = figures[0][name];
  console.log(`${name.padEnd(12)} ${us.toFixed(2)} us, ${(1e6 / us).toFixed(0)} a second a core, ` +
    `${(us / echo).toFixed(2)} of the echo` + (one.longest_state_bytes
    ? `; state ${one.state_bytes} bytes at the end, ${one.longest_state_bytes} at most` : ''));
}
const steps = 1e6 / least((f) => f['mixed step'].turn_us);
console.log(`${steps < target ? 'MISSED' : 'reached'}: ${target} steps a second of the mixed`);
