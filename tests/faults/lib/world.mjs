// Everything that a break needs, running: Redis, a provider, a load, a daemon that is prepared but not started.
import { Chance } from './chance.mjs';
import { Daemon } from './daemon.mjs';
import { Load } from './load.mjs';
import { Provider } from './provider.mjs';
import { Redis } from './redis.mjs';
import { Wires } from './wires.mjs';

export const channels = [{ name: 'smsa', kind: 'sms' }, { name: 'wa', kind: 'wa' }];
const started = Date.now();

// Says how far a run is, on a terminal only.
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${((Date.now() - started) / 1000).toFixed(0)} s  ${text}`);
}

// `settings` replace the daemon's own, at their top level, `more` those of each channel; what is not named here is the
// load's.
export async function setUp({ seed, wires = 24, options = [], settings = {}, more = {}, provider: manners = {},
  receipts = 0, ...load }) {
  const chance = new Chance(seed);
  const world = { chance, seed, began: Date.now(), done: 0 };
  world.redis = await new Redis().start();
  world.provider = await new Provider(chance, {
    ...manners, onAccepted: (call) => receipts && chance.happens(receipts) && world.load.tell(call),
  }).start();
  const { redis, provider } = world;
  world.daemon = await new Daemon({ redis, provider, channels, options, settings, more }).prepare();
  world.wires = new Wires(world.daemon.port, wires, chance);
  world.load = new Load({ wires: world.wires, chance, channels, people: 48, ...load });
  return world;
}

export async function tearDown(world) {
  world.load.end();
  world.wires.close();
  if (!world.daemon.isGone) await world.daemon.stop();
  world.provider.close();
  await world.redis.stop();
}

export const countDead = (daemon) => [...daemon.died.values()].reduce((a, b) => a + b, 0);
