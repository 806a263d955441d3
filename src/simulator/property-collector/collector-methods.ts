// The methods of PropertyCollector and PropertyFilter that watch. Every session has the collector `propertyCollector`
// to itself and may make more; collectors and filters end with their session.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound, VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { createOwned, demandRoomFor, removeOwned } from '../sessions/owned-object.ts';
import { notAuthenticated, sessionOf } from '../sessions/session-of.ts';
import type { Session } from '../sessions/session.ts';
import { ChangeHub } from './change-hub.ts';
import { Collector } from './collector.ts';
import { compileFilterSpec } from './filter-spec.ts';
import { PropertyFilter } from './property-filter.ts';

/** Longest wait a timer can measure, in seconds. */
const LONGEST_WAIT_SECONDS = 2_000_000;

export function collectorMethods(world: World): MethodTable {
  const { registry } = world;
  const hub = new ChangeHub(registry);
  const defaults = new WeakMap<Session, Collector>();
  const made = new WeakMap<SimObject, Collector>();
  /** Every live collector, and whose it is. */
  const owners = new Map<Collector, string>();
  world.accessChanged.add((isAffected) => {
    for (const [collector, userName] of owners) if (isAffected(userName)) collector.accessChanged();
  });

  function collectorOf(context: CallContext): Collector {
    const own = made.get(context.self);
    if (own !== undefined) return own;
    const session = sessionOf(context);
    let collector = defaults.get(session);
    if (collector === undefined) {
      defaults.set(session, (collector = new Collector()));
      owners.set(collector, session.userName);
      session.onEnd(() => destroy(collector as Collector, notAuthenticated()));
    }
    return collector;
  }

  function destroy(collector: Collector, fault: VimFault): void {
    owners.delete(collector);
    for (const object of collector.destroy(fault)) removeOwned(world, object);
  }

  function createFilter(context: CallContext, args: Record<string, unknown>): unknown {
    const session = sessionOf(context);
    demandRoomFor(session, 'PropertyFilter');
    const collector = collectorOf(context);
    const partialUpdates = args['partialUpdates'] === true;
    const spec = args['spec'] as Record<string, unknown>;
    const reader = { world, session };
    const filter = new PropertyFilter({
      reader,
      hub,
      spec: compileFilterSpec(spec),
      partialUpdates,
      view: context.view,
      onDirty: () => collector.wake(),
    });
    const object = createOwned(world, session, 'PropertyFilter', { spec, partialUpdates });
    object.extra.set('collector', context.self.value);
    object.extra.set('destroy', () => {
      collector.removeFilter(object);
      removeOwned(world, object);
    });
    collector.addFilter(object, filter);
    return object.ref;
  }

  function createCollector(context: CallContext): unknown {
    const session = sessionOf(context);
    const object = createOwned(world, session, 'PropertyCollector', {});
    const collector = new Collector();
    made.set(object, collector);
    owners.set(collector, session.userName);
    const end = (fault: VimFault): void => {
      destroy(collector, fault);
      removeOwned(world, object);
    };
    const forget = session.onEnd(() => end(notAuthenticated()));
    object.extra.set('destroy', () => {
      forget();
      end(managedObjectNotFound(object.ref));
    });
    return object.ref;
  }

  function waitForUpdates(context: CallContext, args: Record<string, unknown>): unknown {
    const options = (args['options'] ?? {}) as { maxWaitSeconds?: number; maxObjectUpdates?: number };
    const maxWaitSeconds = positive('options.maxWaitSeconds', options.maxWaitSeconds, 0);
    const limits = {
      maxWaitSeconds: maxWaitSeconds === undefined ? undefined : Math.min(maxWaitSeconds, LONGEST_WAIT_SECONDS),
      maxObjectUpdates: positive('options.maxObjectUpdates', options.maxObjectUpdates, 1),
    };
    return collectorOf(context).wait(args['version'] as string | undefined, limits, context.signal);
  }

  return {
    PropertyCollector: {
      CreateFilter: createFilter,
      CreatePropertyCollector: createCollector,
      WaitForUpdates: (context, args) => waitForUpdates(context, { version: args['version'] }),
      WaitForUpdatesEx: waitForUpdates,
      CheckForUpdates: (context, args) => collectorOf(context).check(args['version'] as string | undefined, undefined),
      CancelWaitForUpdates(context) {
        collectorOf(context).cancelWaits(new VimFault('RequestCanceled', {}, 'The task was canceled by a user.'));
      },
      DestroyPropertyCollector(context) {
        const end = context.self.extra.get('destroy') as (() => void) | undefined;
        if (end === undefined)
          throw new VimFault('NotSupported', {}, "A session's own property collector can't be destroyed.");
        end();
      },
    },
    PropertyFilter: {
      DestroyPropertyFilter(context) {
        (context.self.extra.get('destroy') as () => void)();
      },
    },
  };
}

function positive(name: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined || value >= least) return value;
  throw new VimFault('InvalidArgument', { invalidProperty: name }, `A specified parameter was not correct: ${name}`);
}
