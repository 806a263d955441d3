// What oracles judge a run by: the simulator's ledger and inventory, the API server's audit log and objects, how processes
// ended and what they wrote. Collected once, at the end; kept in a folder when a rule was broken.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LedgerEntry, SimulatedInventory } from '../../support/simulator-admin.ts';
import { auditDeletes, auditWrites, copyAudit } from './audit.ts';
import type { AuditDelete, AuditPart, AuditWrite } from './audit.ts';
import { objectsOf } from './cluster.ts';
import type { HistoryEntry, KnownObject } from './history.ts';
import type { OperatorExit, OperatorProcess } from './operator-process.ts';
import type { Side } from './plan.ts';
import type { Scan } from './scans.ts';
import type { Stage } from './stage.ts';
import { strangersOf } from './strangers.ts';
import type { Stranger } from './strangers.ts';
import { passedAt } from './witness.ts';
import type { SeenSnapshot, Witnessed } from './witness.ts';
import type { SeenWrite } from './write-tap.ts';

export interface LeaseAtTheEnd {
  readonly namespace: string;
  /** Empty: nobody. */
  readonly holder: string;
  readonly last: OperatorExit | undefined;
}

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
  /** By anybody, from the audit log. */
  readonly deletes: readonly AuditDelete[];
  readonly kubeWrites: readonly SeenWrite[];
  readonly vcWrites: readonly SeenWrite[];
  /** To Leases, and about claims: nothing is judged by them. */
  readonly writesByTime: readonly SeenWrite[];
  readonly exits: readonly OperatorExit[];
  /** Sessions of the operator's account at the end of the story, and after the clean stop. */
  readonly sessionsAtRest: number;
  /** Operators that each have a session. */
  readonly installs: number;
  readonly sessionsAfterStop: number;
  /** The Lease of each installation after the clean stop, and how the last of its processes ended. */
  readonly leases: readonly LeaseAtTheEnd[];
  readonly secrets: readonly string[];
  /** What could give a secret away: name and text. */
  readonly texts: ReadonlyMap<string, string>;
  /** From when on to when the operator had nothing to do; undefined when it never came to rest. */
  readonly quiet: { readonly from: number; readonly to: number } | undefined;
  /** What the operator's changes hit, as it was when each arrived. */
  readonly witnessed: readonly Witnessed[];
  /** What references to snapshots meant, in the order in which that was seen. */
  readonly snapshotsSeen: readonly SeenSnapshot[];
  /** For orphans. */
  readonly scans: readonly Scan[];
  /** Machines that the operator made and that weren't its own any more. */
  readonly strangers: readonly Stranger[];
  /** When a call of the ledger arrived, epoch milliseconds. */
  arrivedAt(entry: LedgerEntry): number;
  /** The vCenter forgot things in this story: tasks, sessions, machines. */
  readonly vCenterForgot: boolean;
  /** Last entries of the ledger before the vCenter was restored from a backup, each time. */
  readonly restoredAt: readonly number[];
  /** The API server's own record of the run, of everybody. */
  readonly auditPart: AuditPart;
  /** Names of objects that the story leaves held. */
  readonly mayHold: ReadonlySet<string>;
}

/** What is read while the operator still runs. */
export interface LiveEvidence {
  readonly sessionsAtRest: number;
  /** Of each operator that answers, by its name. */
  readonly metrics: ReadonlyMap<string, string>;
  readonly quiet: Evidence['quiet'];
}

/** Of the first operator. */
export function readMetrics(stage: Stage): Promise<string> {
  return metricsOf(stage.operator);
}

/** Empty where it doesn't answer. */
async function metricsOf({ metricsUrl }: OperatorProcess): Promise<string> {
  if (metricsUrl === '') return '';
  try {
    return await (await fetch(`${metricsUrl}/metrics`, { signal: AbortSignal.timeout(3000) })).text();
  } catch {
    return ''; // it ended meanwhile, what other rules judge
  }
}

/** Of all operators, standbys and those of other installations among them. */
export async function readAllMetrics({ operators }: Pick<Stage, 'operators'>): Promise<Map<string, string>> {
  const texts = await Promise.all(operators.map(async (one) => [one.name, await metricsOf(one)] as const));
  return new Map(texts.filter(([, text]) => text !== ''));
}

/** How a secret may be written: as it is, and in base64 wherever in a longer text it stands. */
export function formsOf(secret: string): readonly string[] {
  const shifted = [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${' '.repeat(before)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '');
    // the first and last characters have bits of what stands beside it
    return whole.slice(before === 0 ? 0 : before + 1, -1);
  });
  return [secret, ...shifted];
}

function textsOf(
  stage: Stage,
  metrics: ReadonlyMap<string, string>,
  api: { readonly events: unknown; readonly objects: unknown },
): Map<string, string> {
  const texts = new Map([
    ['events', JSON.stringify(api.events)],
    ['objects', JSON.stringify(api.objects)],
    ['versions of objects', JSON.stringify(stage.history.entries)],
  ]);
  for (const [name, text] of metrics) texts.set(`metrics of ${name}`, text);
  for (const file of stage.logFiles) texts.set(basename(file), existsSync(file) ? readFileSync(file, 'utf8') : '');
  for (const [i, { tail }] of stage.exits.entries()) texts.set(`last words of process ${i + 1}`, tail);
  return texts;
}

/** By the leaders of all installations, in their order. */
function writesTo({ installations }: Stage, side: Side): readonly SeenWrite[] {
  return installations.flatMap(({ taps }) => taps.of[side].seen).toSorted((a, b) => a.at - b.at);
}

/** A process that waited for the first one's Lease may have had it last. */
function leasesOf({ cluster, installations, others }: Stage): Promise<readonly LeaseAtTheEnd[]> {
  return Promise.all(
    installations.map(async ({ namespace, operator }, i) => {
      const processes = i === 0 ? [operator, ...others.map(({ process }) => process)] : [operator];
      const exits = processes.flatMap((one) => one.exits).toSorted((a, b) => a.at - b.at);
      return { namespace, holder: await cluster.leaseHolder(namespace), last: exits.at(-1) };
    }),
  );
}

/** After the operator's clean stop. */
export async function collectEvidence(
  stage: Stage,
  live: LiveEvidence,
  parts: Pick<Evidence, 'decoysAfter' | 'objects' | 'inventory' | 'sessionsAfterStop' | 'vCenterForgot' | 'mayHold'>,
): Promise<Evidence> {
  const { cluster } = stage;
  const path = cluster.controlPlane.auditLogPath;
  const [ledger, audit, deletes, leases, events] = await Promise.all([
    stage.vcenter.ledger(),
    auditWrites(path, stage.auditFrom),
    auditDeletes(path, stage.auditFrom),
    leasesOf(stage),
    // of all namespaces: VCenters have theirs in another one
    Promise.all(stage.apis.map((api) => api.list('events', ''))),
  ]);
  const copies = await Promise.all(stage.apis.slice(1).map((api) => objectsOf(api)));
  const evidence: Evidence = {
    clusterId: cluster.id,
    namespace: stage.namespace,
    keepNamespace: stage.keepNamespace,
    ledger,
    decoysBefore: stage.decoys,
    history: [...stage.history.entries],
    ...{ audit, deletes },
    kubeWrites: writesTo(stage, 'kube'),
    vcWrites: writesTo(stage, 'vcenter'),
    writesByTime: [...writesTo(stage, 'lease'), ...writesTo(stage, 'claim')],
    exits: stage.exits,
    sessionsAtRest: live.sessionsAtRest,
    installs: stage.installations.length,
    leases,
    auditPart: { path, from: stage.auditFrom, to: await cluster.auditSize() },
    secrets: [...new Set([stage.canary, ...stage.secrets].flatMap(formsOf))],
    texts: textsOf(stage, live.metrics, { events, objects: [parts.objects, ...copies] }),
    restoredAt: stage.restoredAt,
    ...{ witnessed: stage.witness.calls, snapshotsSeen: stage.witness.snapshots },
    scans: stage.installations.flatMap(({ vcProxy }) => vcProxy.scans.all),
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
  copyAudit(evidence.auditPart, join(folder, 'audit.log'));
  save('witnessed.json', evidence.witnessed);
  save('snapshots-seen.json', evidence.snapshotsSeen);
  for (const [name, text] of evidence.texts) {
    if (name === 'events') save('events.json', `${text}\n`);
    if (name.startsWith('metrics of ')) save(`${name.replaceAll(' ', '-')}.txt`, text);
  }
  save('inventory.json', evidence.inventory);
  save('objects.json', evidence.objects);
  save('history.json', evidence.history);
  save('writes.json', {
    kube: evidence.kubeWrites,
    vCenter: evidence.vcWrites,
    byTime: evidence.writesByTime,
    exits: evidence.exits,
    quiet: evidence.quiet,
  });
  save('decoys.json', { before: [...evidence.decoysBefore.values()], after: [...evidence.decoysAfter.values()] });
  for (const log of logs) if (existsSync(log)) copyFileSync(log, join(folder, basename(log)));
}
