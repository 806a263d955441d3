// The bases of the campaign: each namespace names each parent in each way, and asks for a snapshot of its own of each. What the
// rules allow is Ready; of what they don't no snapshot is taken, by the simulator's ledger.
import type { Rig } from '../long-lived/rig.ts';
import { settledOutcome } from '../long-lived/outcome.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import { OTHER } from '../../integration/operator/support/inventory.ts';
import { SOURCES } from './plans.ts';
import type { SourceField } from './plans.ts';
import { LABELS, NAMESPACES, PARENTS, SHARING, mayUseParent } from './world.ts';
import type { Namespace, Parent } from './world.ts';

const PARENT_NAMES = Object.keys(PARENTS) as Parent[];
const ASKED = 'asked-by-';
/** Each allowed one makes the chain below the next longer. */
const MAX_CHAIN_DEPTH = 16;

export function baseName(parent: Parent, source: SourceField): string {
  return `${parent}-${source.toLowerCase()}`;
}

function takingName(parent: Parent): string {
  return `${parent}-taking`;
}

/** The name that tells who asked for it. */
function snapshotName(namespace: Namespace, parent: Parent): string {
  return `${ASKED}${namespace}-of-${parent}`;
}

/** A snapshot that a base of the campaign asked for. */
export function isAsked(name: string): boolean {
  return name.startsWith(ASKED);
}

/** The call that takes a snapshot which the rules allow. */
export function isAllowedSnapshot(method: string, name = ''): boolean {
  const allowed = NAMESPACES.flatMap((namespace) =>
    PARENT_NAMES.filter((parent) => mayUseParent(namespace, parent)).map((parent) => snapshotName(namespace, parent)),
  );
  return method === 'CreateSnapshot_Task' && allowed.includes(name);
}

export async function applyBases({ lab }: Rig): Promise<void> {
  const { vms } = await lab.vcenter.inventory();
  await Promise.all(NAMESPACES.map((namespace) => lab.api.ensureNamespace(namespace, LABELS[namespace])));
  for (const namespace of NAMESPACES)
    for (const parent of PARENT_NAMES)
      for (const field of SOURCES) {
        const machine = vms.find(({ name }) => name === parent);
        const inventoryPath = `Templates/${PARENTS[parent]}/${parent}`;
        const values = { inventoryPath, moRef: '', instanceUuid: '', ...machine };
        await lab.api.apply({
          apiVersion: 'linkedclone.dev/v1alpha1',
          kind: 'BaseSnapshot',
          metadata: { name: baseName(parent, field), namespace },
          spec: {
            vCenterRef: { name: 'vc' },
            source: { vm: { [field]: values[field] } },
            allowedNamespaces: { from: namespace === SHARING ? 'All' : 'Same' },
          },
        });
      }
}

async function judgeBase({ lab }: Rig, namespace: Namespace, parent: Parent, name: string): Promise<Fall[]> {
  const { ready, reason } = await settledOutcome(lab, 'basesnapshots', name, namespace);
  const isRight = ready === mayUseParent(namespace, parent) && (ready || reason === 'AccessDenied');
  return isRight ? [] : [{ oracle: 'bases as the rules say', text: `${namespace}/${name}: ${reason}` }];
}

/** Every base says what the rules say about its parent. */
export async function judgeBases(rig: Rig): Promise<Fall[]> {
  const falls: Fall[] = [];
  for (const namespace of NAMESPACES)
    for (const parent of PARENT_NAMES)
      for (const field of SOURCES) falls.push(...(await judgeBase(rig, namespace, parent, baseName(parent, field))));
  return falls;
}

/** Once those are pinned: each namespace asks for a snapshot of each parent. `since`: the ledger's last entry before all that. */
export async function judgeSnapshots(rig: Rig, since: number): Promise<Fall[]> {
  const { lab } = rig;
  for (const namespace of NAMESPACES)
    for (const parent of PARENT_NAMES)
      await lab.applyBase(
        takingName(parent),
        `Templates/${PARENTS[parent]}/${parent}`,
        {
          snapshot: { create: { name: snapshotName(namespace, parent) } },
          deletionPolicy: 'Delete',
          maxChainDepth: MAX_CHAIN_DEPTH,
        },
        namespace,
      );
  const falls: Fall[] = [];
  for (const namespace of NAMESPACES)
    for (const parent of PARENT_NAMES) falls.push(...(await judgeBase(rig, namespace, parent, takingName(parent))));
  const calls = (await lab.vcenter.ledger()).filter(
    ({ seq, phase, user }) => seq > since && phase === 'call' && user !== OTHER.username,
  );
  const wrong = calls.filter(({ method, args }) => !isAllowedSnapshot(method, args.name));
  return [
    ...falls,
    ...wrong.map(({ method, target, args }) => ({
      oracle: 'no call for what is refused',
      text: `${method} ${target} ${args.name ?? ''}`,
    })),
  ];
}
