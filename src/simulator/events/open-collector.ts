// Opening and finding history collectors: they belong to the session that made them and go with it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import { createOwned, removeOwned } from '../sessions/owned-object.ts';
import { sessionOf } from '../sessions/session-of.ts';
import type { HistoryCollector } from './history-collector.ts';

/** Any collector, whatever it collects. */
export type AnyCollector = Pick<
  HistoryCollector<never>,
  'object' | 'setPageSize' | 'readNext' | 'readPrevious' | 'rewind' | 'reset'
>;

/** `filter` is declared as anyType, so it has to say what it is. */
const FILTER_TYPES = { EventHistoryCollector: 'EventFilterSpec', TaskHistoryCollector: 'TaskFilterSpec' } as const;

const COLLECTOR = 'historyCollector';
const CLOSE = 'closeHistoryCollector';

/** Makes the managed object and keeps its latest page current with what `follow` hears. Throws InvalidState: too many. */
export function openCollector<T>(
  context: CallContext,
  type: 'EventHistoryCollector' | 'TaskHistoryCollector',
  filter: unknown,
  create: (object: SimObject) => HistoryCollector<T>,
  follow: (collector: HistoryCollector<T>) => () => void,
): MoRef {
  const session = sessionOf(context);
  const object = createOwned(context.world, session, type, {
    filter: { $type: FILTER_TYPES[type], ...(filter as object) },
    latestPage: [],
    ...(type === 'EventHistoryCollector' ? { initialized: true } : {}),
  });
  const collector = create(object);
  const stop = follow(collector);
  const forget = session.onEnd(close);
  object.extra.set(COLLECTOR, collector);
  object.extra.set(CLOSE, () => {
    forget();
    close();
  });
  return object.ref;

  function close(): void {
    stop();
    removeOwned(context.world, object);
  }
}

/** The collector that a method was called on. */
export function collectorOf(context: CallContext): AnyCollector {
  const collector = context.self.extra.get(COLLECTOR) as AnyCollector | undefined;
  if (collector === undefined) throw managedObjectNotFound(context.self.ref);
  return collector;
}

export function closeCollector(context: CallContext): void {
  const close = context.self.extra.get(CLOSE) as (() => void) | undefined;
  close?.();
}
