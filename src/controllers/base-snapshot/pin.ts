// Pins a base to its source VM and snapshot, for good: by references for speed, by instanceUuid, snapshot id and creation
// time for the truth, because a re-registration gives new references and names mean nothing.
import type { BaseScope } from './scope.ts';
import type { SnapshotNode } from './snapshot-tree.ts';

/** Pins the machine alone, on its vCenter: for a snapshot that is about to be taken of it. */
export function recordMachine({ inspection, draft, connection, vCenter }: BaseScope): void {
  if (inspection === undefined || connection === undefined || vCenter === undefined) return;
  const host =
    inspection.host === undefined ? undefined : connection.hosts.get(`HostSystem:${inspection.host.value}`)?.name;
  draft.status.vCenter = {
    name: vCenter.metadata.name,
    uid: vCenter.metadata.uid,
    instanceUuid: connection.instanceUuid,
  };
  draft.status.source = {
    moRef: inspection.ref.value,
    instanceUuid: inspection.instanceUuid,
    name: inspection.name,
    path: inspection.path,
    ...(host === undefined ? {} : { host }),
    ...(inspection.host === undefined ? {} : { hostMoRef: inspection.host.value }),
  };
}

/** Pins source and snapshot; a pin's references follow a re-registration. */
export function recordSource(scope: BaseScope, node: SnapshotNode, createdByOperator: boolean): void {
  const { inspection, draft, connection, vCenter, runtime } = scope;
  if (inspection === undefined || connection === undefined || vCenter === undefined) return;
  recordMachine(scope);
  draft.status.snapshot = {
    moRef: node.ref.value,
    id: node.id,
    name: node.name,
    createTime: new Date(node.createTime).toISOString(),
    createdByOperator,
    powerState: node.state === 'poweredOn' ? 'PoweredOn' : node.state === 'suspended' ? 'Suspended' : 'PoweredOff',
    quiesced: node.quiesced,
  };
  draft.set('SnapshotFound', true, 'Found', `snapshot "${node.path}" (${node.ref.value}) of "${inspection.name}"`);
  runtime.grace.clear(scope.base.metadata.uid);
}
