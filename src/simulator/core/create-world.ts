// An empty vCenter: root folder, service instance and managers, nobody logged in. The model fills the inventory in.
import { Conditions } from '../conditions/conditions.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import { SessionManagerState } from '../sessions/session-manager-state.ts';
import { ALLOW_ALL } from './access.ts';
import { Hook } from './hook.ts';
import { Ledger } from './ledger.ts';
import { Registry } from './registry.ts';
import { seededUuid } from './seeded-uuid.ts';
import { MANAGERS, PARTS, serviceContent } from './service-content.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimObject } from './sim-object.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { Stats } from './stats.ts';
import type { World } from './world.ts';

/** vCenter's default total of sessions. */
const MAX_SESSIONS = 2000;

export function createWorld(options: SimulatorOptions, clock: SimClock): World {
  const registry = new Registry();
  const sessions = new SessionManagerState(clock, {
    idleMs: options.sessionTimeoutSeconds * 1000,
    maxSessions: options.maxSessions ?? MAX_SESSIONS,
  });
  sessions.addAccount({ userName: options.username, password: options.password, fullName: options.username });
  const rootFolder = registry.create('Folder', {
    name: 'Datacenters',
    childType: ['Folder', 'Datacenter'],
    childEntity: [],
    overallStatus: 'green',
    configStatus: 'green',
    alarmActionsEnabled: true,
    effectiveRole: [-1],
  });
  const instanceUuid = seededUuid(options.seed, 'vcenter');
  const content = serviceContent(rootFolder.ref, instanceUuid);
  const serviceInstance = registry.create(
    'ServiceInstance',
    {
      content,
      capability: {
        provisioningSupported: true,
        multiHostSupported: true,
        userShellAccessSupported: false,
        supportedEVCMode: [],
      },
    },
    { value: 'ServiceInstance' },
  );
  for (const [type, value] of Object.values(MANAGERS)) registry.create(type, {}, { value });
  for (const [place, [type, value]] of Object.entries(PARTS)) {
    const part = registry.create(type, {}, { value });
    const [manager = '', property = ''] = place.split('.');
    registry.derive(manager, property, [], () => part.ref);
  }
  const restart = new Hook();
  restart.add(() => sessions.endAll());
  return {
    registry,
    clock,
    ledger: new Ledger(() => clock.now()),
    stats: new Stats(),
    faults: new FaultPlan(options.seed, () => clock.now()),
    sessions,
    conditions: new Conditions(clock),
    options,
    access: ALLOW_ALL,
    accessChanged: new Hook(),
    restart,
    outage: new Hook<[number]>(),
    taskLost: new Hook<[SimObject]>(),
    eventFlood: new Hook<[SimObject, number]>(),
    rootFolder,
    serviceInstance,
    instanceUuid,
    extra: new Map(),
  };
}
