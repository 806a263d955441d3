// A session that has ended does not always show as a fault: the property collector then answers 200 with every property
// "missing, NotAuthenticated", which reads like an object without properties. Such an answer is turned into the fault it
// is, before anybody can mistake it for an empty inventory.
import { VSphereError } from '../faults.ts';
import type { SoapCall } from './call.ts';

interface Missing {
  readonly fault?: { readonly fault?: { readonly $type?: string } };
}

interface WithMissing {
  readonly missingSet?: readonly Missing[];
}

interface Answer {
  readonly objects?: readonly WithMissing[];
  readonly filterSet?: readonly (WithMissing & { readonly objectSet?: readonly WithMissing[] })[];
}

const METHODS = new Set(['RetrievePropertiesEx', 'ContinueRetrievePropertiesEx', 'WaitForUpdatesEx']);

/** Throws NotAuthenticated where an answer of the property collector says so for any property or object. */
export function refuseUnauthenticated({ object, method, opId }: SoapCall, value: unknown): void {
  if (!METHODS.has(method) || value === undefined) return;
  const { objects = [], filterSet = [] } = value as Answer;
  const holders = [...objects, ...filterSet, ...filterSet.flatMap((update) => update.objectSet ?? [])];
  for (const { missingSet = [] } of holders) {
    const found = missingSet.find((missing) => missing.fault?.fault?.$type === 'NotAuthenticated');
    if (found?.fault?.fault === undefined) continue;
    throw new VSphereError({ object, method, opId, fault: 'NotAuthenticated', detail: { ...found.fault.fault } });
  }
}
