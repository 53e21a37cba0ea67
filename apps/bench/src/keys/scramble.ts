const PRIME_LOW = 0x1b3;

/**
 * YCSB's `Math.abs(fnvhash64(rank)) % count`: spreads hot ranks over the key space. FNV-1 in its variant with
 * xor first, 64 bits held as two halves, because BigInt costs a hundred times as much.
 * `rank` is below 2^53, `count` below 9 × 10^7.
 */
export function scramble(rank: number, count: number): number {
  let low = 0x8422_2325;
  let high = 0xcbf2_9ce4;
  let rankLow = rank >>> 0;
  let rankHigh = Math.floor(rank / 0x1_0000_0000);
  for (let octet = 0; octet < 8; octet++) {
    low = (low ^ (rankLow & 0xff)) >>> 0;
    rankLow = ((rankLow >>> 8) | ((rankHigh & 0xff) << 24)) >>> 0;
    rankHigh >>>= 8;
    // times 2^40 + 0x1b3
    const product = low * PRIME_LOW;
    high = (high * PRIME_LOW + Math.floor(product / 0x1_0000_0000) + low * 0x100) % 0x1_0000_0000;
    low = product % 0x1_0000_0000;
  }
  if (high >= 0x8000_0000) {
    low = (~low + 1) >>> 0;
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
  }
  return ((high % count) * (0x1_0000_0000 % count) + (low % count)) % count;
}
