// The Lease object that leader election is made of, and the pure rules on it: who holds it, for how long, and what the
// record becomes when it's taken, renewed or given back.
import type { KubeObject, Resource } from './objects.ts';
import { toMicroTime } from './micro-time.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export type Lease = KubeObject<LeaseSpec | undefined>;

export const LEASES: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/** The holder's identity; empty when nobody holds it. */
export function holderOf(lease: Lease): string {
  return lease.spec?.holderIdentity ?? '';
}

/** How long the holder promised not to be doubted, in milliseconds. */
export function durationMsOf(lease: Lease, fallbackMs: number): number {
  const seconds = lease.spec?.leaseDurationSeconds;
  return seconds === undefined ? fallbackMs : seconds * 1_000;
}

/** The record with `identity` as its holder now: taken (a transition) or renewed. */
export function heldBy(
  previous: LeaseSpec | undefined,
  identity: string,
  leaseDurationMs: number,
  nowMs: number,
): LeaseSpec {
  const renewal = previous?.holderIdentity === identity;
  const now = toMicroTime(nowMs);
  const transitions = previous?.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    // The API has whole seconds and refuses 0.
    leaseDurationSeconds: Math.max(1, Math.ceil(leaseDurationMs / 1_000)),
    acquireTime: renewal ? (previous.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: renewal || previous === undefined ? transitions : transitions + 1,
  };
}

/** The record of a holder that leaves: the next one needn't wait. */
export function released(previous: LeaseSpec | undefined, nowMs: number): LeaseSpec {
  return { ...previous, holderIdentity: '', leaseDurationSeconds: 1, renewTime: toMicroTime(nowMs) };
}
