// Everything that must be unique in one vCenter: uuids, content ids, MAC addresses. They follow from the seed, so two runs
// of the same story look the same.
import { createHash } from 'node:crypto';
import { seededUuid } from '../core/seeded-uuid.ts';

/** 00:50:56:80 to :bf is the range from which a vCenter assigns addresses; each has its own part of it. */
const MAC_PREFIX = '00:50:56';
const FIRST_ASSIGNED = 0x80_00_00;
const ASSIGNED = 0x40_00_00;

export interface SavedIdentities {
  readonly macs: ReadonlyMap<string, number>;
  readonly uuids: number;
  readonly contentIds: number;
  readonly nextMac: number;
}

export class Identities {
  readonly #seed: number;
  /** How many cards have an address: more than one where clients chose it. */
  readonly #macs = new Map<string, number>();
  #uuids = 0;
  #contentIds = 0;
  #nextMac: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#nextMac = createHash('sha256').update(`mac:${seed}`).digest().readUInt32BE() % ASSIGNED;
  }

  save(): SavedIdentities {
    return { macs: this.#macs, uuids: this.#uuids, contentIds: this.#contentIds, nextMac: this.#nextMac };
  }

  load({ macs, uuids, contentIds, nextMac }: SavedIdentities): void {
    for (const [mac, count] of macs) this.#macs.set(mac, count);
    this.#uuids = uuids;
    this.#contentIds = contentIds;
    this.#nextMac = nextMac;
  }

  uuid(): string {
    return seededUuid(this.#seed, `uuid#${this.#uuids++}`);
  }

  contentId(): string {
    return createHash('md5').update(`${this.#seed}:cid#${this.#contentIds++}`).digest('hex');
  }

  /** An address that nobody here has, and that nobody gets until it is returned. */
  mac(): string {
    for (;;) {
      const digits = (FIRST_ASSIGNED + (this.#nextMac++ % ASSIGNED)).toString(16);
      const mac = `${MAC_PREFIX}:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}`;
      if (this.#macs.has(mac)) continue;
      this.#macs.set(mac, 1);
      return mac;
    }
  }

  /** A client chose this address itself, whoever has it. */
  reserveMac(mac: string): void {
    const key = mac.toLowerCase();
    this.#macs.set(key, (this.#macs.get(key) ?? 0) + 1);
  }

  /** True while a card has the address. */
  isTaken(mac: string): boolean {
    return this.#macs.has(mac.toLowerCase());
  }

  returnMac(mac: string): void {
    const key = mac.toLowerCase();
    const left = (this.#macs.get(key) ?? 0) - 1;
    if (left > 0) this.#macs.set(key, left);
    else this.#macs.delete(key);
  }
}
