// EventManager and its collectors.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { modelOf } from '../inventory/model-state.ts';
import { matchesEvent } from './event-filter.ts';
import type { EventFilterSpec } from './event-filter.ts';
import type { EventLog, LoggedEvent } from './event-log.ts';
import { HistoryCollector } from './history-collector.ts';
import { closeCollector, collectorOf, openCollector } from './open-collector.ts';
import { mayReadEvent } from './visible-events.ts';

/** vCenter returns at most this many events to one query. */
const MOST = 1000;

export const eventMethods: MethodTable = {
  EventManager: {
    QueryEvents(context, args) {
      const filter = (args['filter'] as EventFilterSpec | undefined) ?? {};
      const found = matching(context, modelOf(context.world).events, filter);
      return found.slice(-Math.min(MOST, filter.maxCount ?? MOST)).map((event) => event.data);
    },
    CreateCollectorForEvents(context, args) {
      const filter = (args['filter'] as EventFilterSpec | undefined) ?? {};
      const { events } = modelOf(context.world);
      const source = { items: () => matching(context, events, filter), data: (event: LoggedEvent) => event.data };
      return openCollector(
        context,
        'EventHistoryCollector',
        filter,
        (object) => new HistoryCollector(object, source),
        (refresh) =>
          events.subscribe((event) => {
            if (matchesEvent(event, filter) && mayRead(context, event)) refresh();
          }),
      );
    },
    LogUserEvent(context, args) {
      const entity = context.world.registry.must(args['entity'] as MoRef);
      const message = String(args['msg']);
      const name = String(entity.get('name') ?? '');
      modelOf(context.world).events.post({
        type: 'GeneralUserEvent',
        entity,
        user: context.user,
        message: `User logged event: ${message}`,
        fields: { message, entity: { name, entity: entity.ref } },
      });
    },
  },
  EventHistoryCollector: {
    ReadNextEvents: (context, args) => collectorOf(context).readNext(Number(args['maxCount'])),
    ReadPreviousEvents: (context, args) => collectorOf(context).readPrevious(Number(args['maxCount'])),
  },
  HistoryCollector: {
    SetCollectorPageSize: (context, args) => collectorOf(context).setPageSize(Number(args['maxCount'])),
    RewindCollector: (context) => collectorOf(context).rewind(),
    ResetCollector: (context) => collectorOf(context).reset(),
    DestroyCollector: (context) => closeCollector(context),
  },
};

/** Oldest first. */
function matching(context: CallContext, events: EventLog, filter: EventFilterSpec): readonly LoggedEvent[] {
  return events.events.filter((event) => matchesEvent(event, filter) && mayRead(context, event));
}

function mayRead({ world, session }: CallContext, event: LoggedEvent): boolean {
  return session === undefined || mayReadEvent(world, session.userName, event);
}
