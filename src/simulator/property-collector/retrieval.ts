// RetrieveProperties and its successor with pages. A page's objects are chosen when the retrieval starts and read when
// the page is asked for; a token is good for one use by the session that got it.
import { randomUUID } from 'node:crypto';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import type { Session } from '../sessions/session.ts';
import { compileFilterSpec } from './filter-spec.ts';
import { ANY_OBJECT } from '../wire/resolve-method.ts';
import { objectContent, typed } from './object-content.ts';
import { PropertyPlans } from './property-plan.ts';
import type { PlannedProperty } from './property-plan.ts';
import { readProperty, refusal } from './read-property.ts';
import { selectObjects } from './traverse.ts';

/** What RetrievePropertiesEx answers at once when the client sets no limit. */
const DEFAULT_PAGE = 1000;
/** Retrievals that a session may leave unfinished; the oldest is dropped. */
const MAX_OPEN = 50;

interface Selected {
  readonly object: SimObject;
  readonly plan: readonly PlannedProperty[];
}

interface OpenRetrieval {
  readonly rest: readonly Selected[];
  readonly pageSize: number;
}

type Data = Record<string, unknown>;

export function retrievalMethods(world: World): MethodTable {
  const open = new WeakMap<Session, Map<string, OpenRetrieval>>();

  function page(context: CallContext, selected: readonly Selected[], pageSize: number): Data | undefined {
    const reader = { world, session: context.session };
    const [now, rest] = [selected.slice(0, pageSize), selected.slice(pageSize)];
    const objects = now
      .filter(({ object }) => isThere(world, object))
      .map(({ object, plan }) => objectContent(reader, object, plan));
    if (rest.length === 0 || context.session === undefined) return objects.length === 0 ? undefined : { objects };
    return { token: remember(context.session, { rest, pageSize }), objects };
  }

  function remember(session: Session, retrieval: OpenRetrieval): string {
    const tokens = open.get(session) ?? new Map<string, OpenRetrieval>();
    open.set(session, tokens);
    const token = randomUUID();
    tokens.set(token, retrieval);
    const oldest = tokens.keys().next().value;
    if (tokens.size > MAX_OPEN && oldest !== undefined) tokens.delete(oldest);
    return token;
  }

  function take(context: CallContext, token: unknown): OpenRetrieval {
    const tokens = context.session === undefined ? undefined : open.get(context.session);
    const retrieval = tokens?.get(String(token));
    if (retrieval === undefined)
      throw new VimFault('InvalidArgument', { invalidProperty: 'token' }, 'The token is not known or was used before.');
    tokens?.delete(String(token));
    return retrieval;
  }

  return {
    PropertyCollector: {
      RetrieveProperties(context, args) {
        const result = page(context, select(world, context, args['specSet']), Infinity);
        return result?.['objects'];
      },
      RetrievePropertiesEx(context, args) {
        const pageSize = (args['options'] as { maxObjects?: number }).maxObjects ?? DEFAULT_PAGE;
        if (pageSize <= 0)
          throw new VimFault(
            'InvalidArgument',
            { invalidProperty: 'options.maxObjects' },
            'maxObjects must be positive.',
          );
        return page(context, select(world, context, args['specSet']), pageSize);
      },
      ContinueRetrievePropertiesEx(context, args) {
        const { rest, pageSize } = take(context, args['token']);
        return page(context, rest, pageSize) ?? { objects: [] };
      },
      CancelRetrievePropertiesEx(context, args) {
        take(context, args['token']);
      },
    },
    [ANY_OBJECT]: {
      Fetch: (context, args) => fetchProperty(world, context, String(args['prop'])),
    },
  };
}

/** One property of the object itself. What may not be read is a fault here, not a missingSet. */
function fetchProperty(world: World, context: CallContext, path: string): unknown {
  const reader = { world, session: context.session };
  const [property] =
    new PropertyPlans([{ type: context.self.type, all: false, paths: [path] }], context.view).for(context.self.type) ??
    [];
  if (property === undefined) return undefined;
  const refused = refusal(reader, context.self, property);
  if (refused !== undefined) throw refused;
  const value = readProperty(reader, context.self, property);
  return value === undefined ? undefined : typed(context.self, path, value);
}

function isThere(world: World, object: SimObject): boolean {
  return world.registry.get(object.ref) === object;
}

function select(world: World, context: CallContext, specSet: unknown): readonly Selected[] {
  const selected: Selected[] = [];
  for (const data of (specSet ?? []) as Data[]) {
    const spec = compileFilterSpec(data);
    const plans = new PropertyPlans(spec.propertySets, context.view);
    for (const object of selectObjects({ world, session: context.session }, spec)) {
      const plan = plans.for(object.type);
      if (plan !== undefined) selected.push({ object, plan });
    }
  }
  return selected;
}
