// A host's services, clock, storage and autostart, as scripts set them up. Services run or don't, and nothing else follows.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { invalidArgument } from '../vm/vm-call.ts';
import { changeSettings, hostOfManager, serviceInfo, settingsOf, timeZoneInfo } from './host-settings.ts';
import type { ServiceSettings } from './host-settings.ts';
import { nicManagerInfo } from './host-network-info.ts';
import { refsAt, sameRef } from './links.ts';

type Args = Readonly<Record<string, unknown>>;

export const hostServiceMethods: MethodTable = {
  HostServiceSystem: {
    StartService: (context, args) => setService(context, args, { running: true }, 'stopped'),
    StopService: (context, args) => setService(context, args, { running: false }, 'running'),
    RestartService: (context, args) => setService(context, args, { running: true }),
    UpdateServicePolicy(context, args) {
      const policy = String(args['policy']);
      if (!['on', 'off', 'automatic'].includes(policy)) throw invalidArgument('policy');
      setService(context, args, { policy });
    },
    RefreshServices: () => undefined,
  },
  HostDateTimeSystem: {
    QueryDateTime: ({ world }) => new Date(world.clock.now()).toISOString(),
    QueryAvailableTimeZones: () => [timeZoneInfo('UTC')],
    RefreshDateTimeSystem: () => undefined,
    UpdateDateTimeConfig(context, args) {
      const { timeZone, ntpConfig } = args['config'] as {
        readonly timeZone?: string;
        readonly ntpConfig?: { readonly server?: readonly string[] };
      };
      if (timeZone !== undefined && timeZone !== 'UTC') throw invalidArgument('config.timeZone');
      if (ntpConfig === undefined) return;
      changeSettings(context.world.registry, hostOfManager(context.self), { ntpServers: ntpConfig.server ?? [] });
    },
  },
  HostStorageSystem: {
    RescanAllHba: () => undefined,
    RescanVmfs: () => undefined,
    RefreshStorageSystem: () => undefined,
  },
  HostVirtualNicManager: {
    QueryNetConfig(context, args) {
      const { netConfig } = nicManagerInfo(hostOfManager(context.self)) as {
        readonly netConfig: readonly { readonly nicType: string }[];
      };
      const found = netConfig.find(({ nicType }) => nicType === args['nicType']);
      if (found === undefined) throw invalidArgument('nicType');
      return found;
    },
  },
  HostAutoStartManager: { ReconfigureAutostart: reconfigureAutostart },
};

/** Throws NotFound, and InvalidState for a service that isn't as `demanded`. */
function setService(
  context: CallContext,
  args: Args,
  change: Partial<ServiceSettings>,
  demanded?: 'running' | 'stopped',
): void {
  const host = hostOfManager(context.self);
  const settings = settingsOf(host);
  const all = serviceInfo(settings)['service'] as readonly (ServiceSettings & { readonly key: string })[];
  const service = all.find(({ key }) => key === args['id']);
  if (service === undefined) throw new VimFault('NotFound', {}, 'The object or item referred to could not be found.');
  if (demanded !== undefined && service.running !== (demanded === 'running'))
    throw new VimFault('InvalidState', {}, 'The operation is not allowed in the current state.');
  const { key, running, policy } = service;
  changeSettings(context.world.registry, host, {
    services: { ...settings.services, [key]: { running, policy, ...change } },
  });
}

interface PowerInfo {
  readonly key: MoRef;
  readonly startOrder: number;
  readonly startAction: string;
  readonly stopAction: string;
}

/** A machine of which nothing is to be done goes from the list. Throws InvalidArgument for one of another host. */
function reconfigureAutostart(context: CallContext, args: Args): void {
  const host = hostOfManager(context.self);
  const { defaults, powerInfo = [] } = args['spec'] as {
    readonly defaults?: Readonly<Record<string, unknown>>;
    readonly powerInfo?: readonly PowerInfo[];
  };
  for (const { key } of powerInfo)
    if (!refsAt(host, 'vm').some((ref) => sameRef(ref, key))) throw invalidArgument('spec.powerInfo.key');
  const before = settingsOf(host).autoStart as {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly powerInfo: readonly PowerInfo[];
  };
  const given = Object.fromEntries(Object.entries(defaults ?? {}).filter(([, value]) => value !== undefined));
  const kept = before.powerInfo.filter(({ key }) => !powerInfo.some((each) => sameRef(each.key, key)));
  const wanted = powerInfo.filter(({ startAction }) => !['none', ''].includes(startAction));
  changeSettings(context.world.registry, host, {
    autoStart: { defaults: { ...before.defaults, ...given }, powerInfo: [...kept, ...wanted] },
  });
}
