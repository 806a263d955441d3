// HostConnectInfo: what a vCenter learns of a host before it manages it, or knows of one that it manages.
import { seededUuid } from '../core/seeded-uuid.ts';
import type { SimObject } from '../core/sim-object.ts';
import { hostListSummary } from './build-compute.ts';
import { refsAt } from './links.ts';
import type { Model } from './model-state.ts';

/** Of a host that nobody has seen before. */
export const NEW_HARDWARE = { memorySize: 256 * 1024 ** 3, cores: 32 };

/** Of a host in the inventory. */
export function hostConnectInfo(model: Model, host: SimObject): Record<string, unknown> {
  const { registry } = model.world;
  const summaries = (property: string): readonly unknown[] =>
    refsAt(host, property).map((ref) => registry.must(ref).get('summary'));
  return {
    serverIp: '127.0.0.1',
    inDasCluster: false,
    host: host.get('summary'),
    vm: summaries('vm'),
    vimAccountNameRequired: false,
    clusterSupported: true,
    network: summaries('network').map((summary) => ({ summary })),
    datastore: summaries('datastore').map((summary) => ({ summary })),
    capability: host.get('capability'),
  };
}

/** Of a host that isn't: one that was removed, or any other, about which there is nothing to tell. */
export function outsideConnectInfo(model: Model, name: string): Record<string, unknown> {
  const outside = model.outside.get(name);
  const summaryOf = (object: { get(path: string): unknown }): unknown => object.get('summary');
  return {
    serverIp: '127.0.0.1',
    inDasCluster: false,
    host: hostListSummary(
      name,
      outside?.hardware ?? { uuid: seededUuid(model.world.options.seed, `host:${name}`), ...NEW_HARDWARE },
    ),
    vm: outside?.vms.map((vm) => summaryOf(vm.object)) ?? [],
    vimAccountNameRequired: false,
    clusterSupported: true,
    network: outside?.networks.map((network) => ({ summary: summaryOf(network) })) ?? [],
    datastore: outside?.volumes.map((volume) => ({ summary: summaryOf(model.world.registry.must(volume.ref)) })) ?? [],
  };
}
