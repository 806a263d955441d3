// Oracles 6 to 8, conduct: nothing is written once there's nothing to do, no secret is given away, and a process ends only
// when somebody ends it.
import type { OperatorExit } from '../harness/operator-process.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';

const UNHANDLED = /unhandled|uncaught|^\s+at .+:\d+:\d+\)?$/im;

/** It couldn't renew its Lease in time, and what kept it from that was planned or measured: then it ends by design. */
export function couldNotRenew({ lost }: Pick<OperatorExit, 'lost'>): boolean {
  return lost?.excuse !== undefined;
}

function endOf({ code, signal, lost }: OperatorExit): string {
  const how = String(signal ?? code);
  if (lost === undefined) return how;
  return `${how}, its Lease lost, though it was kept from renewing it for ${lost.hinderedMs} of ${lost.renewDeadlineMs} ms only`;
}

export const quietAtRest: Oracle = {
  name: 'quiet',
  rule: 'converged, nothing is written but renewals of Lease and claim',
  check({ quiet, audit, kubeWrites, vcWrites }) {
    if (quiet === undefined) {
      const last = [...kubeWrites, ...vcWrites].toSorted((a, b) => a.at - b.at).slice(-6);
      return [`it never came to rest; the last writes: ${last.map(({ label }) => label).join('; ')}`];
    }
    const within = audit.filter(({ at }) => at >= quiet.from && at < quiet.to);
    const calls = vcWrites.filter(({ at }) => at >= quiet.from && at < quiet.to);
    return [
      ...within.map(({ verb, resource, namespace, name }) => `${verb} ${resource} ${namespace}/${name} at rest`),
      ...calls.map(({ label }) => `${label} at rest`),
    ];
  },
};

export const noSecret: Oracle = {
  name: 'secret',
  rule: 'a planted secret appears in no log, event, status, metric or error',
  check({ secrets, texts }) {
    return [...texts].flatMap(([name, text]) =>
      secrets.some((secret) => text.includes(secret)) ? [`in ${name}`] : [],
    );
  },
};

export const endsByPlan: Oracle = {
  name: 'exit',
  rule: 'no unhandled rejection; a process ends only by plan, and well when it is asked to',
  check({ exits, texts }) {
    const logs = [...texts].filter(([name]) => name.endsWith('.log'));
    const bad = exits.filter((exit) => exit.asked === undefined && !couldNotRenew(exit));
    const stops = exits.filter((exit) => exit.asked === 'stop' && exit.code !== 0 && !couldNotRenew(exit));
    return [
      ...bad.map((exit) => `it ended by itself (${endOf(exit)}): ${exit.tail.slice(-600)}`),
      ...stops.map((exit) => `a stop ended with ${endOf(exit)}: ${exit.tail.slice(-600)}`),
      ...logs.flatMap(([name, text]) => {
        const line = text.split('\n').find((one) => !one.startsWith('{') && UNHANDLED.test(one));
        return line === undefined ? [] : [`${name}: ${line}`];
      }),
    ];
  },
};

export const allTasksWell: Oracle = {
  name: 'foreign-calls',
  rule: 'the operator only calls what its role is for',
  check({ ledger }) {
    return ledger
      .filter((entry) => entry.phase === 'end' && byOperator(entry) && entry.fault === 'NoPermission')
      .map((entry) => `${describeEntry(entry)} was refused: NoPermission`);
  },
};
