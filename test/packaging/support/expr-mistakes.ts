// What a PromQL expression says of series that the operator doesn't have, or of labels that those don't have.
import { createMetrics } from '../../../src/telemetry/metrics.ts';

interface Series {
  readonly name: string;
  readonly labelNames: readonly string[];
}

const OURS = /\b((?:linkedclone|workqueue|controller_runtime|leader_election|rest_client)_\w+)(?:\{([^}]*)\})?/g;

/** Of histograms. */
const ADDED_LABELS = ['le'];

function knownSeries(): ReadonlyMap<string, ReadonlySet<string>> {
  const { registry: _, ...own } = createMetrics([]);
  const series = Object.values(own as unknown as Readonly<Record<string, Series>>);
  return new Map(
    series.flatMap(({ name, labelNames }) =>
      ['', '_bucket', '_sum', '_count'].map((suffix) => [name + suffix, new Set([...labelNames, ...ADDED_LABELS])]),
    ),
  );
}

/** Keeps what is of the operator's processes; `job` and `instance` are given by Prometheus. */
const OF_OURS = / and on \(job, instance\) linkedclone_build_info\b/g;
/** Names that much other software has: without OF_OURS they mean all of it. */
const SHARED = /\b(?:workqueue|controller_runtime|rest_client)_/g;

export function exprMistakes(whole: string): string[] {
  const count = (pattern: RegExp): number => whole.match(pattern)?.length ?? 0;
  if (count(OF_OURS) < count(SHARED)) return [`${whole}: of any software`];
  const expr = whole.replaceAll(OF_OURS, '');
  const known = knownSeries();
  const series = [...expr.matchAll(OURS)];
  if (series.length === 0) return [`${expr}: no series of ours`];
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, ?/));
  return series.flatMap(([, name = '', selector = '']) => {
    const labels = known.get(name);
    if (labels === undefined) return [`${name} isn't a series`];
    const used = [...selector.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
    return [...used, ...grouped].filter((label) => !labels.has(label)).map((label) => `${name} has no label ${label}`);
  });
}
