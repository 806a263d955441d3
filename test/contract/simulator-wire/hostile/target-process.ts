// The simulator as a child process that can say what memory it holds after everything unneeded is gone (--expose-gc), and
// how long it was ever deaf.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { PRIVILEGES } from '../../../../src/simulator/access/privileges.ts';
import { startSimulator } from '../../../../src/simulator/start-simulator.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';

/** All but to change who may do what: attackers would lock themselves out. */
const PRIVILEGED = PRIVILEGES.filter((id) => !/^(?:Authorization|System)\./.test(id));

/** Mallory may do nearly anything anywhere, but not even see what the bystander works with. */
const INVENTORY = `
datacenter: DC0
users:
  - { name: mallory@vsphere.local, password: mallory, role: Mallory }
  - { name: reader@vsphere.local, password: reader, role: ReadOnly }
roles:
  - { name: Mallory, privileges: [${PRIVILEGED.join(', ')}] }
permissions:
  - { entity: /DC0/vm/Quiet, user: mallory@vsphere.local, role: NoAccess }
  - { entity: /DC0/host/Quiet, user: mallory@vsphere.local, role: NoAccess }
  - { entity: /DC0/datastore/quiet, user: mallory@vsphere.local, role: NoAccess }
clusters:
  - { name: Front, hosts: [front-1, front-2], pools: [Classes] }
  - { name: Quiet, hosts: [quiet-1] }
datastores:
  - { name: front, capacity: 50 TB, hosts: [front-1, front-2] }
  - { name: quiet, capacity: 1 TB, hosts: [quiet-1] }
networks: [{ name: VM Network, dhcp: 10.0.0.0/8 }]
folders: [Front, Quiet]
vms:
${Array.from({ length: 8 }, (_, i) => `  - { name: victim-${i}, folder: Front, host: front-1, datastore: front, disks: [{ capacity: 1 GB, used: 1 MB }], snapshots: [{ name: s }] }`).join('\n')}
  - { name: bystander, folder: Quiet, host: quiet-1, datastore: quiet, disks: [{ capacity: 1 GB, used: 1 MB }] }
durations: { all: 0 }
`;

const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined || process.send === undefined)
  throw new Error('this is started by its test, with --expose-gc');

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
const logger = createLogger('error');
const { url, world } = await startSimulator({ inventory: INVENTORY, logger, sessionTimeoutSeconds: 0 });

/** What clients may refer to, without what is the bystander's. */
const references: Record<string, string[]> = {};
let bystander = '';
for (const object of world.registry.all()) {
  const name = String(object.get('name') ?? '');
  if (name === 'bystander') bystander = object.value;
  else if (!/quiet/i.test(name)) (references[object.type] ??= []).push(object.value);
}

process.on('message', (question) => {
  if (question === 'memory') void tell();
});
process.on('disconnect', () => process.exit(0));
process.send({ url, references, bystander });

async function tell(): Promise<void> {
  // Closed connections let go of what they hold a turn later.
  for (let i = 0; i < 4; i++) {
    await after(50);
    collect?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  const sessions = world.sessions
    .list()
    .map(
      ({ userName, userAgent, loginTime, callCount }) =>
        `${userName} by ${userAgent}, since ${new Date(loginTime).toISOString()}, ${callCount} calls`,
    );
  process.send?.({ heldBytes: heapUsed + external, deafMs: delay.max / 1e6, sessions });
  delay.reset();
}
