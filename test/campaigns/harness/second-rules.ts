// The rules of a second installation in the same cluster: those of the chart, in a namespace of its own. Only what is
// cluster-wide needs another name; its ServiceAccount, Role and Lease are called as always.
import { parseAllDocuments, stringify } from 'yaml';
import { OPERATOR_NAMESPACE } from '../../../src/testbed/control-plane/operator-user.ts';

const SECOND_NAME = 'second-operator';

interface Rule {
  kind: string;
  metadata: Record<string, unknown>;
  roleRef?: { kind: string; name: string };
}

/** `text`: the chart's rules, as YAML. */
export function rulesIn(namespace: string, text: string): string {
  const documents = parseAllDocuments(text.replaceAll(OPERATOR_NAMESPACE, namespace));
  const rules = documents.map((document) => document.toJS() as Rule);
  for (const { kind, metadata, roleRef } of rules) {
    if (kind.startsWith('Cluster')) metadata['name'] = SECOND_NAME;
    if (roleRef?.kind === 'ClusterRole') roleRef.name = SECOND_NAME;
  }
  return rules.map((rule) => stringify(rule)).join('---\n');
}
