// Why a lab isn't ready: the Ready condition of each object that isn't, in the order in which one depends on the other.
import type { Condition } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import type { AdminApi } from '../control-plane/admin-api.ts';

export interface NotReadyReason {
  kind: string;
  /** Absent for cluster-scoped objects. */
  namespace?: string;
  name: string;
  reason: string;
  message: string;
}

interface Listed {
  metadata: { name: string; namespace?: string };
  status?: { conditions?: readonly Condition[] };
}

const KINDS = [
  ['VCenter', 'vcenters'],
  ['BaseSnapshot', 'basesnapshots'],
  ['LinkedCloneSet', 'linkedclonesets'],
  ['LinkedClone', 'linkedclones'],
] as const;
const LINES = 20;

/** One for each object that isn't ready. */
export async function findNotReady(api: AdminApi, signal: AbortSignal): Promise<NotReadyReason[]> {
  const lists = await Promise.all(
    KINDS.map(async ([kind, plural]) => {
      const { items } = await api.call<{ items: Listed[] }>('GET', `/apis/linkedclone.dev/v1alpha1/${plural}`, {
        signal,
      });
      return items.flatMap((item) => reasonOf(kind, item));
    }),
  );
  return lists.flat();
}

/** For people: a line each, twenty at most. */
export function describeNotReady(reasons: readonly NotReadyReason[]): string {
  const lines = reasons.slice(0, LINES).map(({ kind, namespace, name, reason, message }) => {
    return `  ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}: ${reason}: ${message}\n`;
  });
  const more = reasons.length - LINES;
  return `${lines.join('')}${more > 0 ? `  and ${more} more\n` : ''}`;
}

function reasonOf(kind: string, { metadata: { name, namespace }, status }: Listed): NotReadyReason[] {
  const ready = findCondition(status?.conditions, 'Ready');
  if (ready?.status === 'True') return [];
  const { reason = 'Unknown', message = 'the operator has said nothing about it yet' } = ready ?? {};
  return [{ kind, ...(namespace === undefined ? {} : { namespace }), name, reason, message }];
}
