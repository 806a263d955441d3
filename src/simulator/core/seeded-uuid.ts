// UUIDs that follow from a seed and a name, so that two starts of one inventory look the same to a client.
import { createHash } from 'node:crypto';

/** A UUID of version 5's shape, determined by `seed` and `name`. */
export function seededUuid(seed: number, name: string): string {
  const bytes = createHash('sha256').update(`${seed}:${name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
