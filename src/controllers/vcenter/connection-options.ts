// How a connection is wired to the rest: which object an event of vCenter wakes, and when a session must be a new one.
import { createHash } from 'node:crypto';
import type { VCenter } from '../../api/types.generated.ts';
import { formatKey, keyOf } from '../../kube/objects.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { clonesPinnedTo } from '../shared/pinned-to.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import type { ConnectionOptions } from './connection.ts';
import type { Credentials } from './credentials.ts';
import type { VCenterHolds } from './holds.ts';
import type { Limits } from './slot-pools.ts';
import { TerminatingCrds } from './terminating-crds.ts';
import type { VmView } from './vm-view.ts';

/** Equal as long as the open session may be used: server, trust, account. A digest, so that it can be kept and compared freely. */
export function endpointFingerprint(vCenter: VCenter, credentials: Credentials): string {
  const parts = [
    vCenter.metadata.uid,
    vCenter.spec.server,
    JSON.stringify(vCenter.spec.tls ?? {}),
    credentials.username,
    credentials.resourceVersion,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export function connectionOptions(
  runtime: Runtime,
  vCenter: VCenter,
  client: VSphereClient,
  { limits, holds }: { readonly limits: Limits; readonly holds: VCenterHolds },
): ConnectionOptions {
  const name = vCenter.metadata.name;
  return {
    name,
    uid: vCenter.metadata.uid,
    client,
    clock: runtime.clock,
    logger: runtime.logger.child({ vcenter: name }),
    limits,
    eventCheck: {
      uncheckedRetryMs: runtime.config['connect-retry'],
      stoppedRetryMs: runtime.config['status-interval'],
    },
    holds,
    crds: new TerminatingCrds(runtime.live, runtime.clock, {
      windowMs: runtime.config['batch-window'],
      maxAgeMs: runtime.config['event-check-interval'],
    }),
    batchWindowMs: runtime.config['batch-window'],
    capacityRetryMs: runtime.config['capacity-retry'],
    treeRereadMs: runtime.config['inventory-reread'],
    specCacheMs: runtime.config['spec-cache'],
    onVmChange: (vm) => wakeClonesOf(runtime, client.about.instanceUuid, vm),
    onOperationEnd: (owner) => {
      if (owner.controller === 'linked-clone') runtime.wake.clone(owner.key, true);
      else if (owner.controller === 'base-snapshot') runtime.wake.base(owner.key);
      else runtime.wake.vCenter(owner.key.name);
    },
    onSourceChange: (source) => {
      for (const base of runtime.stores.bases.byIndex(INDEX.source, `${name}/${source.value}`))
        runtime.wake.base(keyOf(base));
    },
    onHostChange: (host, usable) => wakeWaitingClones(runtime, name, host, usable),
    onConnectionChange: () => runtime.wake.vCenter(name),
    onBack: () => wakeAllOn(runtime, name),
  };
}

/** Everything that stands on a vCenter looks again: it's connected, or answers again. */
export function wakeAllOn({ stores, wake }: Pick<Runtime, 'stores' | 'wake'>, vCenterName: string): void {
  for (const base of stores.bases.byIndex(INDEX.vCenter, vCenterName)) {
    wake.base(keyOf(base));
    // those without an intent aren't recorded as the vCenter's yet
    for (const clone of stores.clones.byIndex(INDEX.base, formatKey(keyOf(base))))
      if (clone.status?.vCenter === undefined) wake.clone(keyOf(clone));
  }
  for (const clone of stores.clones.byIndex(INDEX.vCenter, vCenterName)) wake.clone(keyOf(clone));
}

function wakeClonesOf(runtime: Runtime, vCenterUuid: string, vm: VmView): void {
  const byMarker =
    vm.marker?.cluster === runtime.clusterId ? runtime.stores.clones.byIndex(INDEX.uid, vm.marker.uid) : [];
  const byRef = runtime.stores.clones.byIndex(INDEX.vm, `${vCenterUuid}/${vm.ref.value}`);
  for (const clone of new Set([...byMarker, ...byRef])) runtime.wake.clone(keyOf(clone));
}

/**
 * Clones that aren't made yet look whether a host can take them now. Those whose source is on a host that came back don't
 * wait for their next attempt, nor their set for its next probe: what they failed for is probably over.
 */
function wakeWaitingClones(runtime: Runtime, vCenterName: string, host: MoRef, usable: boolean): void {
  const connection = runtime.connections.get(vCenterName);
  if (connection === undefined) return;
  for (const clone of clonesPinnedTo(runtime, connection)) {
    const intent = clone.status?.operation;
    if (intent?.sourceVm === undefined || clone.status?.vm !== undefined) continue;
    const { uid } = clone.metadata;
    const sourceHost = connection.sourceHost({ type: 'VirtualMachine', value: intent.sourceVm });
    if (usable && sourceHost?.value === host.value) {
      connection.hurried.add(uid);
      connection.breaker.hurry(clone.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? uid);
    }
    runtime.wake.clone(keyOf(clone));
  }
}
