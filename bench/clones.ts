// Many clones of three bases, from the first apply to the last Ready, and back to none. L1 = ⌈N/C⌉·T_clone + T_on + T_cust
// and L2 = max(⌈N/C_off⌉·T_off, ⌈N/C_del⌉·T_del) + min(T_off, T_del) are what the vCenter's slots allow; a result is
// quoted against them.
import { setTimeout as sleep } from 'node:timers/promises';
import { auditedWrites, countBy } from '../src/testbed/audit-log.ts';
import {
  LABS,
  OPERATOR_USER,
  applyLab,
  eventLoopOf,
  memoryOf,
  readSets,
  readStats,
  scaleAll,
  startRig,
  totalCalls,
} from './rig.ts';
import type { Rig, VCenterStats } from './rig.ts';

const SLOTS = { clones: 20, powerOps: 50, deletes: 12 };
const SECONDS = { clone: 5, powerOn: 3, customize: 2, powerOff: 1, destroy: 1 };

export interface ClonesResult {
  readonly clones: number;
  readonly speed: number;
  readonly up: {
    readonly seconds: number;
    readonly limitSeconds: number;
    readonly ratio: number;
    readonly vCenterCallsPerClone: number;
    readonly writesPerClone: number;
    readonly eventsPerClone: number;
  };
  readonly down: {
    readonly seconds: number;
    readonly limitSeconds: number;
    readonly ratio: number;
    readonly vCenterCallsPerDelete: number;
    readonly writesPerDelete: number;
  };
  readonly idle: {
    readonly seconds: number;
    readonly vCenterCallsPerMinute: number;
    readonly kubernetesWrites: number;
  };
  readonly queuedByVCenter: number;
  readonly maxInFlight: Readonly<Record<string, number>>;
  readonly memory: { readonly peakBytes: number; readonly readyBytes: number };
  readonly eventLoopMs: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  readonly downCalls: Readonly<Record<string, number>>;
  readonly writes: Readonly<Record<string, number>>;
  readonly downWrites: Readonly<Record<string, number>>;
}

async function until(
  what: string,
  deadlineMs: number,
  done: () => Promise<boolean>,
  note: (text: string) => void,
  describe: () => Promise<string>,
  signal: AbortSignal,
): Promise<number> {
  const start = Date.now();
  let noted = start;
  while (!(await done())) {
    if (Date.now() - start > deadlineMs)
      throw new Error(`${what}: not there after ${deadlineMs / 1000} s: ${await describe()}`);
    if (Date.now() - noted > 10_000) {
      noted = Date.now();
      note(`${what}: ${await describe()}`);
    }
    await sleep(100, undefined, { signal });
  }
  return Date.now();
}

function perMethod(after: VCenterStats, before: VCenterStats): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after.calls).flatMap(([method, count]) =>
      count === (before.calls[method] ?? 0) ? [] : [[method, count - (before.calls[method] ?? 0)]],
    ),
  );
}

async function describeSets(rig: Rig): Promise<string> {
  return (await readSets(rig))
    .map(
      (set) =>
        `${set.metadata.name} ${set.status?.readyReplicas ?? 0}/${set.spec.replicas ?? 0} (${set.status?.summary ?? ''})`,
    )
    .join(', ');
}

/** Runs it once on a fresh rig. */
export async function benchClones(
  clones: number,
  speed: number,
  idleSeconds: number,
  signal: AbortSignal,
  note: (text: string) => void,
): Promise<ClonesResult> {
  const rig = await startRig(speed, {}, signal);
  try {
    const counts = LABS.map((_, i) => Math.floor(clones / LABS.length) + (i < clones % LABS.length ? 1 : 0));
    const limitUp = (Math.ceil(clones / SLOTS.clones) * SECONDS.clone + SECONDS.powerOn + SECONDS.customize) / speed;
    const limitDown =
      (Math.max(
        Math.ceil(clones / SLOTS.powerOps) * SECONDS.powerOff,
        Math.ceil(clones / SLOTS.deletes) * SECONDS.destroy,
      ) +
        Math.min(SECONDS.powerOff, SECONDS.destroy)) /
      speed;
    const atStart = await readStats(rig);
    const firstApply = await applyLab(rig, counts);
    const describe = (): Promise<string> => describeSets(rig);
    const readyAt = await until(
      'all ready',
      limitUp * 4000 + 60_000,
      async () => (await readSets(rig)).every((set, i) => set.status?.readyReplicas === counts[i]),
      note,
      describe,
      signal,
    );
    await sleep(2000); // the last status writes of the parents
    const atReady = await readStats(rig);
    const memory = memoryOf(rig.operator.process.pid);
    const eventLoopMs = await eventLoopOf(rig);
    const upWrites = await auditedWrites(rig.controlPlane.auditLogPath, OPERATOR_USER, firstApply);
    note(
      `all ready after ${((readyAt - firstApply) / 1000).toFixed(1)} s, limit ${limitUp} s; idle for ${idleSeconds} s`,
    );

    const idleFrom = Date.now();
    await sleep(idleSeconds * 1000, undefined, { signal });
    const atIdle = await readStats(rig);
    const idleWrites = await auditedWrites(rig.controlPlane.auditLogPath, OPERATOR_USER, idleFrom);

    const downFrom = Date.now();
    await scaleAll(rig, 0);
    const goneAt = await until(
      'all gone',
      limitDown * 4000 + 60_000,
      async () =>
        (
          await rig.controlPlane.api.call<{ items: unknown[] }>(
            'GET',
            '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclones?limit=1',
          )
        ).items.length === 0,
      note,
      describe,
      signal,
    );
    await sleep(1000);
    const atEnd = await readStats(rig);
    const downWrites = await auditedWrites(rig.controlPlane.auditLogPath, OPERATOR_USER, downFrom);
    const onClones = (writes: typeof upWrites): number =>
      writes.filter((write) => write.code < 300 && write.resource.split('/')[0] === 'linkedclones').length;
    const up = (readyAt - firstApply) / 1000;
    const down = (goneAt - downFrom) / 1000;
    return {
      clones,
      speed,
      up: {
        seconds: up,
        limitSeconds: limitUp,
        ratio: up / limitUp,
        vCenterCallsPerClone: (totalCalls(atReady) - totalCalls(atStart)) / clones,
        writesPerClone: onClones(upWrites) / clones,
        eventsPerClone: upWrites.filter((write) => write.resource === 'events').length / clones,
      },
      down: {
        seconds: down,
        limitSeconds: limitDown,
        ratio: down / limitDown,
        vCenterCallsPerDelete: (totalCalls(atEnd) - totalCalls(atIdle)) / clones,
        writesPerDelete: onClones(downWrites) / clones,
      },
      idle: {
        seconds: idleSeconds,
        vCenterCallsPerMinute: ((totalCalls(atIdle) - totalCalls(atReady)) * 60) / idleSeconds,
        kubernetesWrites: idleWrites.length,
      },
      queuedByVCenter: atEnd.queued,
      maxInFlight: atEnd.maxInFlight,
      memory: { peakBytes: memory.peak, readyBytes: memory.now },
      eventLoopMs,
      calls: perMethod(atReady, atStart),
      downCalls: perMethod(atEnd, atIdle),
      writes: countBy(upWrites),
      downWrites: countBy(downWrites),
    };
  } finally {
    await rig.stop();
  }
}
