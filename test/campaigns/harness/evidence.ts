// What oracles judge a run by: the simulator's ledger and inventory, the API server's audit log and objects, how processes
// ended and what they wrote. Collected once, at the end; kept in a folder when a rule was broken.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LedgerEntry, SimulatedInventory } from '../../support/simulator-admin.ts';
import { auditWrites } from './audit.ts';
import type { AuditWrite } from './audit.ts';
import type { HistoryEntry, KnownObject } from './history.ts';
import type { OperatorExit } from './operator-process.ts';
import type { Stage } from './stage.ts';
import { strangersOf } from './strangers.ts';
import type { Stranger } from './strangers.ts';
import { passedAt } from './witness.ts';
import type { Witnessed } from './witness.ts';
import type { SeenWrite } from './write-tap.ts';

export interface Evidence {
  readonly clusterId: string;
  readonly namespace: string;
  readonly keepNamespace: string;
  readonly ledger: readonly LedgerEntry[];
  readonly inventory: SimulatedInventory;
  readonly decoysBefore: ReadonlyMap<string, string>;
  readonly decoysAfter: ReadonlyMap<string, string>;
  readonly history: readonly HistoryEntry[];
  readonly objects: readonly KnownObject[];
  readonly audit: readonly AuditWrite[];
  readonly kubeWrites: readonly SeenWrite[];
  readonly vcWrites: readonly SeenWrite[];
  readonly exits: readonly OperatorExit[];
  /** Sessions of the operator's account at the end of the story, and after the clean stop. */
  readonly sessionsAtRest: number;
  /** Operators that each have a session. */
  readonly installs: number;
  readonly sessionsAfterStop: number;
  readonly leaseHolderAfterStop: string;
  readonly secrets: readonly string[];
  /** What could give a secret away: name and text. */
  readonly texts: ReadonlyMap<string, string>;
  /** From when on to when the operator had nothing to do; undefined when it never came to rest. */
  readonly quiet: { readonly from: number; readonly to: number } | undefined;
  /** What the operator's changes hit, as it was when each arrived. */
  readonly witnessed: readonly Witnessed[];
  /** When each scan for orphans began, epoch milliseconds. */
  readonly scans: readonly number[];
  /** Machines that the operator made and that weren't its own any more. */
  readonly strangers: readonly Stranger[];
  /** When a call of the ledger arrived, epoch milliseconds. */
  arrivedAt(entry: LedgerEntry): number;
  /** The vCenter forgot things in this story: tasks, sessions, machines. */
  readonly vCenterForgot: boolean;
  /** Names of objects that the story leaves held. */
  readonly mayHold: ReadonlySet<string>;
}

/** What is read while the operator still runs. */
export interface LiveEvidence {
  readonly sessionsAtRest: number;
  readonly metrics: string;
  readonly quiet: Evidence['quiet'];
}

/** Where the events of VCenters are. */
const CLUSTER_WIDE = 'default';

export async function readMetrics(stage: Stage): Promise<string> {
  const { metricsUrl } = stage.operator;
  if (metricsUrl === '') return '';
  try {
    return await (await fetch(`${metricsUrl}/metrics`, { signal: AbortSignal.timeout(3000) })).text();
  } catch {
    return ''; // it ended meanwhile, what other rules judge
  }
}

/** After the operator's clean stop. */
export async function collectEvidence(
  stage: Stage,
  live: LiveEvidence,
  parts: Pick<Evidence, 'decoysAfter' | 'objects' | 'inventory' | 'sessionsAfterStop' | 'vCenterForgot' | 'mayHold'>,
): Promise<Evidence> {
  const { cluster } = stage;
  const [ledger, audit, leaseHolderAfterStop, events] = await Promise.all([
    stage.vcenter.ledger(),
    auditWrites(cluster.controlPlane.auditLogPath, stage.auditFrom),
    cluster.leaseHolder(),
    Promise.all([...stage.namespaces, CLUSTER_WIDE].map((namespace) => stage.api.list('events', namespace))),
  ]);
  const texts = new Map<string, string>([
    ['events', JSON.stringify(events)],
    ['objects', JSON.stringify(parts.objects)],
    ['versions of objects', JSON.stringify(stage.history.entries)],
    ['metrics', live.metrics],
  ]);
  for (const file of stage.logFiles) texts.set(basename(file), existsSync(file) ? readFileSync(file, 'utf8') : '');
  const evidence: Evidence = {
    clusterId: cluster.id,
    namespace: stage.namespace,
    keepNamespace: stage.keepNamespace,
    ledger,
    decoysBefore: stage.decoys,
    history: [...stage.history.entries],
    audit,
    kubeWrites: stage.apiProxy.writes.seen,
    vcWrites: stage.vcProxy.writes.seen,
    exits: stage.exits,
    sessionsAtRest: live.sessionsAtRest,
    installs: stage.installs,
    leaseHolderAfterStop,
    secrets: [stage.canary, Buffer.from(stage.canary).toString('base64')],
    texts,
    witnessed: stage.witnessed,
    scans: stage.vcProxy.scans,
    strangers: strangersOf(stage),
    quiet: live.quiet,
    arrivedAt: (entry) => passedAt(evidence, entry),
    ...parts,
  };
  return evidence;
}

/** Keeps all of it in a folder of its own. */
export function keepEvidence(
  folder: string,
  plan: string,
  problems: unknown,
  evidence: Evidence,
  logs: readonly string[],
): void {
  mkdirSync(folder, { recursive: true });
  const save = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), typeof value === 'string' ? value : `${JSON.stringify(value, null, 1)}\n`);
  save('plan.json', `${plan}\n`);
  save('problems.json', problems);
  save('ledger.json', evidence.ledger);
  save('audit.json', evidence.audit);
  save('inventory.json', evidence.inventory);
  save('objects.json', evidence.objects);
  save('history.json', evidence.history);
  save('writes.json', {
    kube: evidence.kubeWrites,
    vCenter: evidence.vcWrites,
    exits: evidence.exits,
    quiet: evidence.quiet,
  });
  save('decoys.json', { before: [...evidence.decoysBefore.values()], after: [...evidence.decoysAfter.values()] });
  for (const log of logs) if (existsSync(log)) copyFileSync(log, join(folder, basename(log)));
}
