// PerformanceManager: what there is to measure, and one sample of it, now. No history is kept, so whatever span a client asks
// for, it gets the newest sample.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { invalidArgument } from '../vm/vm-call.ts';
import { COUNTERS, counterInfo, countersOf } from './counters.ts';
import type { Counter } from './counters.ts';

const REALTIME_SECONDS = 20;
/** PerfInterval: seconds between samples, seconds that they are kept. */
const INTERVALS: readonly (readonly [period: number, length: number, name: string])[] = [
  [300, 86_400, 'Past day'],
  [1800, 604_800, 'Past week'],
  [7200, 2_592_000, 'Past month'],
  [86_400, 31_536_000, 'Past year'],
];

export const performanceMethods: MethodTable = {
  PerformanceManager: {
    QueryPerfProviderSummary(context, args) {
      const entity = args['entity'] as MoRef;
      const isMeasured = ['VirtualMachine', 'HostSystem'].includes(context.world.registry.must(entity).type);
      return {
        entity,
        currentSupported: isMeasured,
        summarySupported: true,
        ...(isMeasured ? { refreshRate: REALTIME_SECONDS } : {}),
      };
    },
    QueryAvailablePerfMetric: (context, args) =>
      countersOf(context.world.registry.must(args['entity'] as MoRef)).map(({ id }) => ({
        counterId: id,
        instance: '',
      })),
    QueryPerfCounter: (_context, args) =>
      (args['counterId'] as readonly number[]).map((id) => counterInfo(demandCounter(id))),
    QueryPerfCounterByLevel: () => COUNTERS.map(counterInfo),
    QueryPerf: (context, args) => (args['querySpec'] as readonly QuerySpec[]).map((spec) => sample(context, spec)),
  },
};

/** The counters and intervals of the manager. Once for a registry. */
export function describePerformance(registry: Registry): void {
  const element = (key: string): Record<string, unknown> => ({ key, label: key, summary: key });
  registry.derive('PerformanceManager', 'perfCounter', [], () => COUNTERS.map(counterInfo));
  registry.derive('PerformanceManager', 'historicalInterval', [], () =>
    INTERVALS.map(([samplingPeriod, length, name], index) => ({
      key: index + 1,
      samplingPeriod,
      name,
      length,
      level: 1,
      enabled: true,
    })),
  );
  registry.derive('PerformanceManager', 'description', [], () => ({
    counterType: ['average', 'latest', 'maximum', 'minimum', 'none', 'summation'].map(element),
    statsType: ['absolute', 'delta', 'rate'].map(element),
  }));
}

interface QuerySpec {
  readonly entity: MoRef;
  readonly metricId?: readonly { readonly counterId: number; readonly instance: string }[];
  readonly intervalId?: number;
  readonly format?: string;
}

/** PerfEntityMetric or PerfEntityMetricCSV. Throws InvalidArgument for a counter that there isn't. */
function sample(context: CallContext, { entity, metricId, intervalId, format }: QuerySpec): Record<string, unknown> {
  const { registry, clock } = context.world;
  const object = registry.must(entity);
  for (const { counterId } of metricId ?? []) demandCounter(counterId);
  const wanted = countersOf(object).filter(
    ({ id }) => metricId === undefined || metricId.some(({ counterId }) => counterId === id),
  );
  const interval = intervalId ?? REALTIME_SECONDS;
  const time = new Date(Math.floor(clock.now() / (interval * 1000)) * interval * 1000).toISOString();
  const series = wanted.map((counter) => ({
    id: { counterId: counter.id, instance: '' },
    value: valueOf(counter, object, clock.now()),
  }));
  if (format === 'csv')
    return {
      $type: 'PerfEntityMetricCSV',
      entity,
      sampleInfoCSV: `${interval},${time}`,
      value: series.map(({ id, value }) => ({ $type: 'PerfMetricSeriesCSV', id, value: String(value) })),
    };
  return {
    $type: 'PerfEntityMetric',
    entity,
    sampleInfo: [{ timestamp: time, interval }],
    value: series.map(({ id, value }) => ({ $type: 'PerfMetricIntSeries', id, value: [value] })),
  };
}

function valueOf(counter: Counter, object: SimObject, now: number): number {
  return counter.of[object.type]?.(object, now) ?? 0;
}

function demandCounter(id: number): Counter {
  const found = COUNTERS.find((counter) => counter.id === id);
  if (found === undefined) throw invalidArgument('querySpec.metricId');
  return found;
}
