// Oracle `held`: from when a base's machine isn't registered any more no clone on it is destroyed, unless a person has said so
// with the clone's own UID, and a base that has said so is never Ready again.
import type { Evidence } from '../harness/evidence.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { HistoryEntry, KnownObject } from '../harness/history.ts';
import type { Problem } from '../harness/run-plan.ts';
import { DECIDED_MS, HEARD_LATE_MS, versionsOf } from '../oracles/oracle.ts';
import { OWN_BASE, WITHOUT_BASE } from '../stories/own-parent.ts';

/** Right before it destroys the operator reads what is at most so old. */
const READ_MS = DECIDED_MS + HEARD_LATE_MS;

function cloneOf({ history }: Evidence, moRef: string): KnownObject | undefined {
  return history.find(({ object }) => {
    const made = object.status?.['vm'] as { readonly moRef?: string } | undefined;
    return object.kind === 'LinkedClone' && made?.moRef === moRef;
  })?.object;
}

/** A person had said by then that it may go. */
function mayGo(evidence: Evidence, uid: string, at: number): boolean {
  return versionsOf(evidence, uid).some(
    (entry) => entry.at <= at + HEARD_LATE_MS && entry.object.metadata.annotations?.[WITHOUT_BASE] === uid,
  );
}

function destroyedWithout(evidence: Evidence, goneAt: number): string[] {
  const calls = evidence.witnessed.filter(({ method, at }) => method === 'Destroy_Task' && at > goneAt + READ_MS);
  return calls.flatMap(({ target, at }) => {
    const clone = cloneOf(evidence, target);
    const base = clone?.spec['baseSnapshotRef'] as { readonly name?: string } | undefined;
    if (clone === undefined || base?.name !== OWN_BASE || mayGo(evidence, clone.metadata.uid, at)) return [];
    return [`${clone.metadata.name} (${target}) was destroyed ${at - goneAt} ms after its base's machine went`];
  });
}

function readyOf({ object }: HistoryEntry): { readonly status: string; readonly reason: string } | undefined {
  return conditionsOf(object).find(({ type }) => type === 'Ready');
}

function readyAgain({ history }: Evidence, goneAt: number): string[] {
  const versions = history.filter(
    ({ type, at, object }) =>
      type !== 'DELETED' && at >= goneAt && object.kind === 'BaseSnapshot' && object.metadata.name === OWN_BASE,
  );
  // that it says so is what the story waits for
  const said = versions.findIndex((entry) => readyOf(entry)?.reason === 'SourceNotRegistered');
  const isReadyAgain = said >= 0 && versions.slice(said).some((entry) => readyOf(entry)?.status === 'True');
  return isReadyAgain ? [`the base ${OWN_BASE} was Ready again, without its machine`] : [];
}

/** `goneAt`: when the base's machine had been destroyed or unregistered, epoch milliseconds. */
export function judgeParentGone(evidence: Evidence, goneAt: number): Problem[] {
  const all = [...destroyedWithout(evidence, goneAt), ...readyAgain(evidence, goneAt)];
  return all.map((text) => ({ oracle: 'held', text }));
}
