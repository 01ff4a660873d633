// Speeds side by side. The servers stay up and are loaded one at a time, for a slice of a quarter of a second each, in
// an order that rotates: what is compared is of the same second, for the machine changes its pace within seconds. Who
// is not loaded sleeps, which is measured too.
import { Load, dir } from './servers.mjs';
import { cpuOf, disk, family, watched } from './machine.mjs';
import { quantile } from './report.mjs';

// The connections are warm and the conversations apart from each other before the first slice; each slice begins anew
// with what is not counted, in which caches fill and all connections have something under way.
const firstWarmUpS = 0.4, warmUpS = 0.06, pacedWarmUpS = 0.25; // a paced load takes longer to be as it goes on
const diskMs = 50;
const speedsKept = 5; // closed slices, whose median's half is half load

class Side {
  constructor(name, server, redis, args) {
    Object.assign(this, { name, server, redis, load: new Load(server.port, args) });
  }
}

export class Slices {
  // servers: { echo, always, everysec }, redis: { always, everysec }; keep(name, row) takes each slice's figures.
  constructor({ servers, redis, witness, seconds, keep }) {
    Object.assign(this, { servers, redis, witness, seconds, keep });
    const all = [...Object.values(servers), ...Object.values(redis)];
    this.processes = new Map(all.map((one) => [one, family(one.child.pid)]));
    this.measured = { us: 0, idle_us: 0, foreign_us: 0 }; // slices; CPU in them of our idle servers, of other programs
    this.compared = 0; // one number for what is compared with each other
  }

  sides(connections, names = Object.keys(this.servers)) {
    return names.map((name) => new Side(name, this.servers[name], this.redis[name],
      ['-c', connections, ...(name === 'echo' ? ['-m', 'echo'] : [])]));
  }

  costs() {
    return new Map([...this.processes].map(([one, pids]) => [one, cpuOf(pids)]));
  }

  // Loads one side for a slice; gives what came of it and what it cost.
  async slice(side, rate = 0) {
    const tools = [process.pid, side.load.child.pid], warmUp = rate ? pacedWarmUpS : warmUpS;
    const before = this.costs(), toolsBefore = cpuOf(tools), begin = performance.now();
    const { result: [loaded, late], stolen, untouched, busyUs } = await watched(() => Promise.all([
      side.load.slice(warmUp, this.seconds, rate), rate ? this.witness.watch(warmUp + this.seconds) : null]));
    const spent = new Map([...this.costs()].map(([one, us]) => [one, us - before.get(one)]));
    const [daemonUs, redisUs] = [spent.get(side.server), side.redis ? spent.get(side.redis) : 0];
    const serversUs = [...spent.values()].reduce((sum, us) => sum + us, 0);
    this.measured.us += (performance.now() - begin) * 1000;
    this.measured.idle_us += serversUs - daemonUs - redisUs;
    this.measured.foreign_us += busyUs - serversUs - (cpuOf(tools) - toolsBefore) - (late?.cpu_us ?? 0);
    if (side.name === 'everysec') side.redis.sync(); // or it would do so in another's slice
    return { ...loaded, rate, stolen, untouched, late, compared: this.compared,
      daemon_us: daemonUs / loaded.messages, redis_us: redisUs / loaded.messages };
  }

  async withSides(sides, work) {
    for (const side of sides) await side.load.slice(firstWarmUpS, 0.01);
    await work();
    for (const side of sides) await side.load.close();
  }

  // Percent of a CPU that other programs of this machine had in the slices, and our servers that were not loaded.
  foreign() {
    return Math.max(0, (100 * this.measured.foreign_us) / this.measured.us);
  }

  idle() {
    return (100 * this.measured.idle_us) / this.measured.us;
  }

  // Echo and both turns, closed loop.
  async speeds(connections, count) {
    const sides = this.sides(connections);
    await this.withSides(sides, async () => {
      for (let i = 0; i < count; i++, this.compared++)
        for (let at = 0; at < sides.length; at++) {
          const side = sides[(i + at) % sides.length];
          this.keep(`${side.name === 'echo' ? 'bare echo' : `turn, ${side.name}`}, ${connections}`,
            await this.slice(side));
        }
    });
  }

  // Half of the speed of just before, the median of some slices for a single one may be lucky; the echo at that rate,
  // and what the machine does by itself: its wake-ups in the same slices, its disk between them.
  async halfLoad(connections, count) {
    const [always, echo] = this.sides(connections, ['always', 'echo']);
    const speeds = [];
    const measure = async () => speeds.push((await this.slice(always)).turns_s);
    await this.withSides([always, echo], async () => {
      while (speeds.length < speedsKept - 1) await measure();
      for (let i = 0; i < count; i++, this.compared++) {
        await measure();
        const rate = Math.max(1, quantile(speeds.slice(-speedsKept), 0.5) / 2); // 0 would be a closed loop
        const half = async () => this.keep('turn, always, half load', await this.slice(always, rate));
        this.keep('disk, 12 KB synced', disk(dir, diskMs));
        if (i % 2 === 0) await half();
        this.keep('bare echo, that rate', await this.slice(echo, rate));
        if (i % 2 === 1) await half();
      }
    });
  }
}
