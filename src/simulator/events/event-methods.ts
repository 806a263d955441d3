// EventManager and its collectors.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { modelOf } from '../inventory/model-state.ts';
import { invalidArgument } from '../vm/vm-call.ts';
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
      return latest(context, modelOf(context.world).events, filter).map((event) => event.data);
    },
    CreateCollectorForEvents(context, args) {
      const filter = (args['filter'] as EventFilterSpec | undefined) ?? {};
      const { events } = modelOf(context.world);
      const source = {
        log: events.log,
        matches: (event: LoggedEvent) => matchesEvent(event, filter) && mayRead(context, event),
        data: (event: LoggedEvent) => event.data,
      };
      return openCollector(
        context,
        'EventHistoryCollector',
        filter,
        (object) => new HistoryCollector(object, source),
        (collector) => events.subscribe((number, event) => collector.changed(number, event)),
      );
    },
    PostEvent: postEvent,
    // Which fields an event of an extension has is the extension's to say; there is none here.
    RetrieveArgumentDescription: () => [],
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

/** An event that a client writes itself: only those that are meant for that. */
function postEvent(context: CallContext, args: Readonly<Record<string, unknown>>): void {
  const given = args['eventToPost'] as Readonly<Record<string, unknown>>;
  const type = String(given['$type']);
  if (!POSTED.has(type)) throw invalidArgument('eventToPost');
  const { objectId, objectType, message, fullFormattedMessage } = given;
  const ref = { type: String(objectType), value: String(objectId) };
  const entity = objectId === undefined || objectType === undefined ? undefined : context.world.registry.get(ref);
  modelOf(context.world).events.post({
    type,
    entity,
    user: context.user,
    message: String(fullFormattedMessage ?? message ?? ''),
    fields: withoutHead(given),
  });
}

const POSTED = new Set(['EventEx', 'ExtendedEvent', 'GeneralUserEvent']);
/** What the server says, whatever the client sent. */
const HEAD = new Set(['$type', 'key', 'chainId', 'createdTime', 'userName', 'fullFormattedMessage']);

function withoutHead(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).filter(([name, value]) => !HEAD.has(name) && value !== undefined));
}

function mayRead({ world, session }: CallContext, event: LoggedEvent): boolean {
  return session === undefined || mayReadEvent(world, session.userName, event);
}

/** The newest that match, oldest first. */
function latest(context: CallContext, events: EventLog, filter: EventFilterSpec): readonly LoggedEvent[] {
  const most = Math.min(MOST, filter.maxCount ?? MOST);
  const found: LoggedEvent[] = [];
  for (const [, event] of events.log.before(events.log.end)) {
    if (found.length >= most) break;
    if (matchesEvent(event, filter) && mayRead(context, event)) found.push(event);
  }
  return found.toReversed();
}
