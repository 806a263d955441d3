// What the demo tells its user in words: the summary, and what to try next.
import { delimiter, dirname, join } from 'node:path';
import { isExecutable } from '../tools/overrides.ts';
import { formatGbShort, formatPercent } from './figures.ts';
import type { LabResult } from './lab-result.ts';

/** The figures of all labs in two lines. */
export function summaryText({ labs, storage, seconds }: LabResult): string {
  const machines = labs.reduce((sum, lab) => sum + lab.ready, 0);
  const lines = [
    `${machines} machines of ${labs.length} builds, all ready ${seconds.toFixed(1)} s after the first apply.`,
  ];
  if (storage !== null) {
    const { fullBytes, thinBytes, linkedBytes, savedPercent } = storage;
    lines.push(
      `Space: ${formatGbShort(fullBytes)} full, ${formatGbShort(thinBytes)} thin, ${formatGbShort(linkedBytes)} linked, ` +
        `${formatPercent(savedPercent)} saved (GB of 2^30 bytes; linked: the bases once and each machine's own disks)`,
    );
  }
  return `\n${lines.join('\n')}\n`;
}

export interface NextSteps {
  kubeconfig: string;
  /** Path of the kubectl that was built. */
  kubectl: string;
  operatorLog: string;
  metricsUrl: string;
  adminUrl: string;
  environment: NodeJS.ProcessEnv;
}

/** Commands to copy into another terminal. */
export function nextStepsText(steps: NextSteps): string {
  const { kubeconfig, kubectl, operatorLog, metricsUrl, adminUrl, environment } = steps;
  const path = hasKubectl(environment) ? [] : [`  export PATH=${quoted(dirname(kubectl))}:$PATH`];
  return `${[
    '',
    'Try next, in another terminal:',
    ...path,
    `  export KUBECONFIG=${quoted(kubeconfig)}`,
    '  kubectl get lcs -n lab                                      # the sets',
    '  kubectl get lclone -n lab                                   # their machines',
    '  kubectl scale lcs capture -n lab --replicas 3               # watch the table below',
    "  kubectl delete bsnap verification-1.0 -n lab --wait=false   # doesn't go: 25 clones hold it",
    '  kubectl describe bsnap verification-1.0 -n lab              # DeletionBlocked says which, until they are gone',
    '  kubectl delete lcs verification -n lab                      # the clones go, then the base',
    '',
    `The operator's log is ${operatorLog}, its metrics are ${metricsUrl}/metrics;`,
    `what vCenter was asked is ${adminUrl}/v1/stats and ${adminUrl}/v1/ledger.`,
    'Ctrl-C ends everything and leaves nothing behind.',
    '',
  ].join('\n')}\n`;
}

function hasKubectl(environment: NodeJS.ProcessEnv): boolean {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => isExecutable(join(folder, 'kubectl')));
}

/** For a shell; left as it is where nothing in it is special. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
