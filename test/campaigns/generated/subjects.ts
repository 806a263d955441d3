// What each chain of edits begins with: an object that is Ready, and stays in nobody's way.
import type { Rig } from '../long-lived/rig.ts';

type Json = Record<string, unknown>;

export const KINDS = ['LinkedCloneSet', 'LinkedClone', 'BaseSnapshot', 'VCenter'] as const;
export type SubjectKind = (typeof KINDS)[number];

export const PLURALS: Readonly<Record<SubjectKind, string>> = {
  LinkedCloneSet: 'linkedclonesets',
  LinkedClone: 'linkedclones',
  BaseSnapshot: 'basesnapshots',
  VCenter: 'vcenters',
};

export function subjectSpec(rig: Rig, kind: SubjectKind, name: string): Json {
  const clone = { baseSnapshotRef: { name: 'gold', namespace: 'lab' } };
  switch (kind) {
    case 'LinkedCloneSet':
      return { replicas: 2, naming: { pattern: `${name}-##` }, template: { spec: clone } };
    case 'LinkedClone':
      return { ...clone, vmName: name };
    case 'BaseSnapshot':
      return { vCenterRef: { name: 'vc' }, source: { vm: { inventoryPath: 'Templates/Tmpl' } } };
    case 'VCenter':
      return { ...rig.lab.vCenterSpec(), ...rig.endpoint };
  }
}
