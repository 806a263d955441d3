// The claim on a vCenter: who looks after it, as a custom value on its root folder that every operator sees, also one whose
// cluster was restored elsewhere with the same UIDs and a Lease of its own. Each installation (a cluster, and a namespace
// with a Lease in it) has a field of its own: others in the same vCenter have other machines. Pure: what a value says, and
// whether it may be taken over.
import { createHash } from 'node:crypto';
import type { FormerHolder } from '../../../kube/former-holders.ts';

/** How long a claim that isn't renewed is believed, by the vCenter's clock. */
export const CLAIM_LIVES_MS = 600_000;
/** How much newer than its holder's last Lease renewal a claim may be, by the holder's own clock: its renew deadline. */
const SLACK_MS = 10_000;
/** So many renewals that didn't come tell that the holder is gone. */
const RENEWALS_MISSED = 1.5;

export interface Claim {
  /** UID of the namespace kube-system. */
  readonly cluster: string;
  /** Identity in the Lease. */
  readonly holder: string;
  /** The vCenter's time of the renewal, RFC 3339: what its age goes by. */
  readonly at: string;
  /** The holder's own time of it, RFC 3339: what is compared with the Lease, which has that clock's times, too. */
  readonly holderTime: string;
}

/** What a holder that stops leaves: a field that has no value yet is one that somebody has just defined. */
export const GIVEN_UP = 'given up';

/** Name of the custom field of one installation; `namespace` is that of its Lease. */
export function claimFieldName(cluster: string, namespace: string): string {
  const id = createHash('sha256').update(`${cluster}/${namespace}`).digest('hex').slice(0, 12);
  return `linkedclone.dev/claim-${id}`;
}

export function formatClaim({ cluster, holder, at, holderTime }: Claim): string {
  return JSON.stringify({ cluster, holder, at, holderTime });
}

/** Undefined for an empty value, or one that isn't a claim: nobody can hold by it. */
export function parseClaim(text: string | undefined): Claim | undefined {
  if (text === undefined || !text.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // somebody else's text in our field claims nothing
  }
  const { cluster, holder, at, holderTime } = value as Record<string, unknown>;
  const parts = [cluster, holder, at, holderTime];
  return parts.every((part) => typeof part === 'string') ? ({ cluster, holder, at, holderTime } as Claim) : undefined;
}

export interface Claimant {
  readonly cluster: string;
  readonly holder: string;
  /** How often it renews a claim, and one with the same flags does. */
  readonly renewMs: number;
  /** Who had this one's Lease before it. */
  readonly former: readonly FormerHolder[];
}

/** `free`: to be taken, and then looked at again before anything is done; two may have found it free at the same moment. */
export type ClaimVerdict = 'mine' | 'free' | 'takeOver' | 'elsewhere';

/**
 * How long nobody else takes a claim over that says this, counted from the vCenter's time `nowMs`: what is written in its place
 * by then needs no second look. Negative where somebody may be about to.
 */
export function isAloneForMs(claim: Claim | undefined, verdict: ClaimVerdict, own: Claimant, nowMs: number): number {
  if (claim === undefined || (verdict !== 'mine' && verdict !== 'takeOver')) return Number.NEGATIVE_INFINITY;
  const ageMs = nowMs - Date.parse(claim.at);
  return (verdict === 'mine' ? CLAIM_LIVES_MS : othersWaitMs(own)) - ageMs;
}

/** After so long each holder has looked at the claim again, and one that didn't is taken for gone. */
export function othersWaitMs({ renewMs }: Pick<Claimant, 'renewMs'>): number {
  return RENEWALS_MISSED * renewMs;
}

/** `nowMs`: the vCenter's time. */
export function judgeClaim(claim: Claim | undefined, own: Claimant, nowMs: number): ClaimVerdict {
  if (claim === undefined) return 'free';
  const ageMs = nowMs - Date.parse(claim.at);
  if (!(ageMs <= CLAIM_LIVES_MS)) return 'free'; // our own, too: somebody may be about to take it
  if (claim.cluster === own.cluster && claim.holder === own.holder) return 'mine';
  const previous = own.former.find(({ identity }) => identity === claim.holder);
  if (previous === undefined || claim.cluster !== own.cluster) return 'elsewhere';
  // one that went on renewing after our copy of its Lease was made isn't gone: it has a Lease of its own
  const newerMs = Date.parse(claim.holderTime) - Date.parse(previous.renewTime);
  const isGone = previous.isRecent || ageMs > othersWaitMs(own);
  return newerMs <= SLACK_MS && isGone ? 'takeOver' : 'elsewhere';
}
