// Chance that a seed repeats. The order in which the network and the kernel do things is not ours to repeat.
export class Chance {
  constructor(seed) {
    this.state = BigInt(seed) & 0xffffffffffffffffn;
  }

  // At least 0, less than 1: splitmix64.
  next() {
    this.state = (this.state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    let z = this.state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
    return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  }

  // From `low` to `high`, both included.
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  happens(probability) {
    return this.next() < probability;
  }
}
