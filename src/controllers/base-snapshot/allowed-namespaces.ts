// Who may make clones of a base from another namespace: spec.allowedNamespaces, as in the Gateway API. Asked by clones,
// which are refused, and by sets, which don't make them in the first place.
import type { BaseSnapshot } from '../../api/types.generated.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import type { Runtime } from '../shared/runtime.ts';

export function allowsNamespace(runtime: Runtime, base: BaseSnapshot, namespace: string): boolean {
  if (base.metadata.namespace === namespace) return true;
  const allowed = base.spec.allowedNamespaces;
  switch (allowed?.from ?? 'Same') {
    case 'Same':
      return false;
    case 'All':
      return true;
    case 'Selector':
      return matchesSelector(
        allowed?.selector,
        runtime.stores.namespaces.get({ namespace: '', name: namespace })?.metadata.labels ?? {},
      );
  }
}

/** What a refused object says; `base` as namespace/name. */
export function notAllowedMessage(base: string, namespace: string): string {
  return `BaseSnapshot "${base}" doesn't allow namespace "${namespace}"; its spec.allowedNamespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: ${namespace}}}} would`;
}
