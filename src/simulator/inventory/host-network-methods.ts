// HostNetworkSystem: virtual switches and port groups. A port group is a network of the datacenter that its machines can use; it
// goes when no host has it any more.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { invalidArgument } from '../vm/vm-call.ts';
import { datacenterOf } from './add-host.ts';
import { createNetwork } from './build-storage.ts';
import { linkToHost } from './build-compute.ts';
import { portGroupsOf } from './host-network-info.ts';
import { changeSettings, hostOfManager, settingsOf } from './host-settings.ts';
import type { PortGroupSettings } from './host-settings.ts';
import { link, refAt, refsAt, sameRef, unlink } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';
import { shrink } from './remove-host.ts';

type Args = Readonly<Record<string, unknown>>;

interface SwitchSpec {
  readonly numPorts?: number;
  readonly mtu?: number;
  readonly bridge?: { readonly nicDevice?: readonly string[] };
}

export const hostNetworkMethods: MethodTable = {
  HostNetworkSystem: {
    AddVirtualSwitch(context, args) {
      const { model, host, settings } = call(context);
      const name = String(args['vswitchName']);
      if (settings.switches.some((each) => each.name === name)) throw alreadyExists(name);
      const added = {
        name,
        numPorts: 1536,
        mtu: 1500,
        nics: [],
        ...switchSpec(args['spec'] as SwitchSpec | undefined),
      };
      changeSettings(model.world.registry, host, { switches: [...settings.switches, added] });
    },
    UpdateVirtualSwitch(context, args) {
      const { model, host, settings } = call(context);
      const name = demandSwitch(context, args['vswitchName']);
      const switches = settings.switches.map((each) =>
        each.name === name ? { ...each, ...switchSpec(args['spec'] as SwitchSpec) } : each,
      );
      changeSettings(model.world.registry, host, { switches });
    },
    RemoveVirtualSwitch(context, args) {
      const { model, host, settings } = call(context);
      const name = demandSwitch(context, args['vswitchName']);
      const groups = portGroupsOf(model.world.registry, host, settings).filter((group) => group.vswitchName === name);
      // The host is managed over the first one.
      if (settings.switches[0]?.name === name) throw inUse('HostVirtualSwitch', name);
      for (const group of groups) demandUnused(model, host, group.name);
      for (const group of groups) removePortGroup(model, host, group.name);
      changeSettings(model.world.registry, host, {
        switches: settingsOf(host).switches.filter((each) => each.name !== name),
      });
    },
    AddPortGroup: addPortGroup,
    UpdatePortGroup(context, args) {
      const { model, host, settings } = call(context);
      const name = String(args['pgName']);
      const spec = args['portgrp'] as PortGroupSettings;
      if (!hasPortGroup(model, host, name)) throw notFound();
      if (spec.name !== name) throw invalidArgument('portgrp.name');
      demandSwitch(context, spec.vswitchName);
      const others = settings.portGroups.filter((group) => group.name !== name);
      changeSettings(model.world.registry, host, { portGroups: [...others, settingsOfGroup(spec)] });
    },
    RemovePortGroup(context, args) {
      const { model, host } = call(context);
      const name = String(args['pgName']);
      if (!hasPortGroup(model, host, name)) throw notFound();
      demandUnused(model, host, name);
      removePortGroup(model, host, name);
    },
    RefreshNetworkSystem: () => undefined,
  },
};

function call(context: CallContext) {
  const model = modelOf(context.world);
  const host = hostOfManager(context.self);
  return { model, host, settings: settingsOf(host) };
}

function addPortGroup(context: CallContext, args: Args): void {
  const { model, host, settings } = call(context);
  const spec = args['portgrp'] as PortGroupSettings;
  const { name } = spec;
  if (name === '') throw invalidArgument('portgrp.name');
  demandSwitch(context, spec.vswitchName);
  if (hasPortGroup(model, host, name)) throw alreadyExists(name);
  const network = networkNamed(model, datacenterOf(model, host), name);
  link(network, 'host', host.ref);
  linkToHost(model, host, 'network', network);
  changeSettings(model.world.registry, host, { portGroups: [...settings.portGroups, settingsOfGroup(spec)] });
}

/** The network of that name in the datacenter, made when there is none. Throws DuplicateName for something else of that name. */
function networkNamed(model: Model, datacenter: SimObject, name: string): SimObject {
  const { registry } = model.world;
  for (const ref of refsAt(datacenter, 'network')) {
    const network = registry.must(ref);
    if (network.get('name') === name) return network;
  }
  return createNetwork(model, datacenter, registry.must(refAt(datacenter, 'networkFolder')), name);
}

function removePortGroup(model: Model, host: SimObject, name: string): void {
  const { registry } = model.world;
  const network = networkOf(model, host, name);
  if (network === undefined) return;
  unlink(network, 'host', host.ref);
  unlink(host, 'network', network.ref);
  const compute = registry.must(refAt(host, 'parent'));
  if (compute.type === 'ClusterComputeResource') shrink(model, compute);
  else unlink(compute, 'network', network.ref);
  const portGroups = settingsOf(host).portGroups.filter((group) => group.name !== name);
  changeSettings(registry, host, { portGroups });
  if (refsAt(network, 'host').length > 0 || refsAt(network, 'vm').length > 0) return;
  const folder = registry.must(refAt(network, 'parent'));
  unlink(folder, 'childEntity', network.ref);
  unlink(datacenterOf(model, network), 'network', network.ref);
  model.names.release(folder.ref, name);
  registry.remove(network);
}

/** Throws ResourceInUse while a machine of the host has a card on it. */
function demandUnused(model: Model, host: SimObject, name: string): void {
  const network = networkOf(model, host, name);
  const isUsed = refsAt(host, 'vm').some((ref) =>
    refsAt(model.world.registry.must(ref), 'network').some((used) => sameRef(used, network?.ref)),
  );
  if (isUsed) throw inUse('HostPortGroup', name);
}

function networkOf(model: Model, host: SimObject, name: string): SimObject | undefined {
  return refsAt(host, 'network')
    .map((ref) => model.world.registry.must(ref))
    .find((network) => network.get('name') === name);
}

function hasPortGroup(model: Model, host: SimObject, name: string): boolean {
  return networkOf(model, host, name) !== undefined;
}

/** The name of a switch that the host has. Throws NotFound. */
function demandSwitch(context: CallContext, name: unknown): string {
  if (!call(context).settings.switches.some((each) => each.name === name)) throw notFound();
  return String(name);
}

function settingsOfGroup({ name, vlanId, vswitchName }: PortGroupSettings): PortGroupSettings {
  if (vlanId < 0 || vlanId > 4095) throw invalidArgument('portgrp.vlanId');
  return { name, vlanId, vswitchName };
}

function switchSpec(spec: SwitchSpec | undefined): Record<string, unknown> {
  return {
    ...(spec?.numPorts === undefined ? {} : { numPorts: spec.numPorts }),
    ...(spec?.mtu === undefined ? {} : { mtu: spec.mtu }),
    ...(spec?.bridge?.nicDevice === undefined ? {} : { nics: spec.bridge.nicDevice }),
  };
}

function alreadyExists(name: string): VimFault {
  return new VimFault('AlreadyExists', { name }, `The specified key, name, or identifier '${name}' already exists.`);
}

function notFound(): VimFault {
  return new VimFault('NotFound', {}, 'The object or item referred to could not be found.');
}

function inUse(type: string, name: string): VimFault {
  return new VimFault('ResourceInUse', { type, name }, `The resource '${name}' is in use.`);
}
