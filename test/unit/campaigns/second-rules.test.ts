// The rules of a second installation: whoever it is called, its token is that of a ServiceAccount that there is.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { rulesIn } from '../../campaigns/harness/second-rules.ts';

it('have another name where they are cluster-wide, and the same one in the namespace of their own', () => {
  const rules = rulesIn('second-system', readFileSync(repositoryPath('deploy/rbac.yaml'), 'utf8'));
  const named = parseAllDocuments(rules).map((document) => {
    const { kind, metadata, roleRef } = document.toJS() as {
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace?: string };
      readonly roleRef?: { readonly name: string };
    };
    return [kind, metadata.namespace, metadata.name, roleRef?.name];
  });
  expect(named).toEqual([
    ['Namespace', undefined, 'second-system', undefined],
    ['ServiceAccount', 'second-system', 'linked-clone-operator', undefined],
    ['ClusterRole', undefined, 'second-operator', undefined],
    ['ClusterRoleBinding', undefined, 'second-operator', 'second-operator'],
    ['Role', 'second-system', 'linked-clone-operator', undefined],
    ['RoleBinding', 'second-system', 'linked-clone-operator', 'linked-clone-operator'],
  ]);
});
