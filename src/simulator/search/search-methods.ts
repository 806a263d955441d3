// SearchIndex: from a uuid, a path, a name in DNS or an address to the entity. A datacenter given as argument limits the
// search to what is in it. Finding nothing isn't a fault.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { ancestorsOf } from '../views/hierarchy.ts';
import { findVisible, isVisible, mustSee } from '../wire/visibility.ts';
import { findByPath, findChild } from './inventory-path.ts';
import type { Resolve } from './inventory-path.ts';
import { UuidIndex } from './uuid-index.ts';

type Args = Record<string, unknown>;

export function searchMethods(world: World): MethodTable {
  const { registry, rootFolder } = world;
  const uuids = new UuidIndex(registry);

  function inDatacenter(context: CallContext, args: Args, found: readonly SimObject[]): readonly SimObject[] {
    const visible = found.filter((object) => isVisible(world, object, context.session));
    const ref = args['datacenter'] as MoRef | undefined;
    if (ref === undefined) return visible;
    const datacenter = mustSee(world, ref, context.session);
    return visible.filter((object) => ancestorsOf(registry, object).has(datacenter));
  }

  const seenBy =
    ({ session }: CallContext): Resolve =>
    (ref) =>
      findVisible(world, ref, session);

  function byUuid(args: Args): readonly SimObject[] {
    const uuid = String(args['uuid']).trim();
    if (args['vmSearch'] === true) return uuids.find(args['instanceUuid'] === true ? 'instanceUuid' : 'uuid', uuid);
    return [...registry.ofType('HostSystem')].filter((host) => sameText(host.get('summary.hardware.uuid'), uuid));
  }

  function byGuest(args: Args, isMatch: (guest: GuestNames) => boolean): readonly SimObject[] {
    const machines = args['vmSearch'] === true;
    const candidates = registry.ofType(machines ? 'VirtualMachine' : 'HostSystem');
    return [...candidates].filter((object) =>
      isMatch(machines ? guestNames(object) : { names: [object.get('name')], addresses: [object.get('name')] }),
    );
  }

  const byName = (args: Args): readonly SimObject[] =>
    byGuest(args, ({ names }) => names.some((name) => sameText(name, String(args['dnsName']))));
  const byAddress = (args: Args): readonly SimObject[] =>
    byGuest(args, ({ addresses }) => addresses.some((address) => sameText(address, String(args['ip']))));

  type Search = (args: Args) => readonly SimObject[];
  const first =
    (search: Search) =>
    (context: CallContext, args: Args): MoRef | undefined =>
      inDatacenter(context, args, search(args))[0]?.ref;
  const all =
    (search: Search) =>
    (context: CallContext, args: Args): readonly MoRef[] =>
      inDatacenter(context, args, search(args)).map((object) => object.ref);

  return {
    SearchIndex: {
      FindByUuid: first(byUuid),
      FindAllByUuid: all(byUuid),
      FindByDnsName: first(byName),
      FindAllByDnsName: all(byName),
      FindByIp: first(byAddress),
      FindAllByIp: all(byAddress),
      FindByInventoryPath: (context, args) =>
        findByPath(seenBy(context), rootFolder, String(args['inventoryPath']))?.ref,
      FindChild(context, args) {
        const parent = mustSee(world, args['entity'] as MoRef, context.session);
        return findChild(seenBy(context), parent, String(args['name']))?.ref;
      },
      FindByDatastorePath(context, args) {
        const path = String(args['path']);
        if (!/^\[[^\]]+\]/.test(path))
          throw new VimFault('InvalidDatastorePath', { datastorePath: path }, `Invalid datastore path '${path}'.`);
        const machines = [...registry.ofType('VirtualMachine')].filter(
          (vm) => vm.get('config.files.vmPathName') === path,
        );
        return inDatacenter(context, args, machines)[0]?.ref;
      },
    },
  };
}

interface GuestNames {
  readonly names: readonly unknown[];
  readonly addresses: readonly unknown[];
}

function guestNames(machine: SimObject): GuestNames {
  const nics = (machine.get('guest.net') ?? []) as { ipAddress?: string[] }[];
  return {
    names: [machine.get('guest.hostName')],
    addresses: [machine.get('guest.ipAddress'), ...nics.flatMap((nic) => nic.ipAddress ?? [])],
  };
}

function sameText(value: unknown, wanted: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === wanted.toLowerCase();
}
