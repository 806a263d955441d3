// ViewManager and the three kinds of view. Views belong to their session and end with it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { membersOf } from '../property-collector/view-members.ts';
import { createOwned, removeOwned } from '../sessions/owned-object.ts';
import { sessionOf } from '../sessions/session-of.ts';
import { findVisible, isVisible, mustSee } from '../wire/visibility.ts';
import { ContainerViews } from './container-views.ts';
import { isContainer } from './hierarchy.ts';
import { ListedMembers } from './listed-members.ts';
import { REVISION, View } from './view.ts';

type Args = Record<string, unknown>;

export function viewMethods(world: World): MethodTable {
  const { registry } = world;
  const containers = new ContainerViews(registry);
  const listed = new ListedMembers(registry);
  const views = new WeakMap<SimObject, View>();
  /** Whose each view is. */
  const owners = new Map<View, string>();
  world.accessChanged.add((isAffected) => {
    for (const [view, userName] of owners) {
      if (!isAffected(userName)) continue;
      view.dropHidden();
      containers.refill(view);
      listed.refill(view);
    }
  });
  registry.derive('ManagedObjectView', 'view', [REVISION], (object) =>
    [...(membersOf(object)?.members ?? [])].map((member) => member.ref),
  );

  function create(context: CallContext, type: string, properties: Args): View {
    const session = sessionOf(context);
    const object = createOwned(world, session, type, properties);
    const view = new View(object, (member) => isVisible(world, member, session));
    views.set(object, view);
    owners.set(view, session.userName);
    object.extra.set(
      'forget',
      session.onEnd(() => destroy(view)),
    );
    return view;
  }

  function destroy(view: View): void {
    owners.delete(view);
    containers.remove(view);
    listed.remove(view);
    removeOwned(world, view.object);
  }

  function viewOf(context: CallContext): View {
    const view = views.get(context.self);
    if (view === undefined) throw new Error(`${context.self.type}:${context.self.value} is no view`);
    return view;
  }

  /** Adds what exists to a list view; returns the references that lead nowhere. */
  function addTo(context: CallContext, view: View, refs: unknown): readonly MoRef[] {
    return ((refs ?? []) as MoRef[]).filter((ref) => {
      const object = findVisible(world, ref, context.session);
      if (object !== undefined) view.add(object);
      return object === undefined;
    });
  }

  function createContainerView(context: CallContext, args: Args): MoRef {
    const container = mustSee(world, args['container'] as MoRef, context.session);
    if (!isContainer(container)) throw invalid('container');
    const types = (args['type'] as string[] | undefined) ?? [];
    const isRecursive = args['recursive'] === true;
    const view = create(context, 'ContainerView', { container: container.ref, type: types, recursive: isRecursive });
    containers.add(view, { container, types, isRecursive });
    return view.object.ref;
  }

  function modifyListView(context: CallContext, args: Args): readonly MoRef[] {
    const view = viewOf(context);
    for (const ref of (args['remove'] ?? []) as MoRef[]) {
      const object = registry.get(ref);
      if (object !== undefined) view.delete(object);
    }
    return addTo(context, view, args['add']);
  }

  function resetListView(context: CallContext, args: Args): readonly MoRef[] {
    const view = viewOf(context);
    const refs = (args['obj'] ?? []) as MoRef[];
    const found = refs.map((ref) => findVisible(world, ref, context.session));
    view.replace(new Set(found.filter((object) => object !== undefined)));
    return refs.filter((_ref, index) => found[index] === undefined);
  }

  /** Nothing comes back: references that lead nowhere were refused before. */
  function openOrClose(context: CallContext, args: Args, change: (view: View, entity: SimObject) => void): void {
    const view = viewOf(context);
    for (const ref of (args['entity'] ?? []) as MoRef[]) change(view, mustSee(world, ref, context.session));
  }

  return {
    ViewManager: {
      CreateContainerView: createContainerView,
      CreateListView(context, args) {
        const view = create(context, 'ListView', {});
        listed.add(view);
        addTo(context, view, args['obj']);
        return view.object.ref;
      },
      CreateInventoryView(context) {
        const view = create(context, 'InventoryView', {});
        listed.add(view, world.rootFolder);
        return view.object.ref;
      },
    },
    View: {
      DestroyView(context) {
        (context.self.extra.get('forget') as () => void)();
        destroy(viewOf(context));
      },
    },
    ListView: {
      ModifyListView: modifyListView,
      ResetListView: resetListView,
      ResetListViewFromView(context, args) {
        const source = mustSee(world, args['view'] as MoRef, context.session);
        const members = membersOf(source);
        if (members === undefined) throw invalid('view');
        viewOf(context).replace(members.members);
      },
    },
    InventoryView: {
      OpenInventoryViewFolder: (context, args) =>
        openOrClose(context, args, (view, entity) => listed.open(view, entity)),
      CloseInventoryViewFolder: (context, args) =>
        openOrClose(context, args, (view, entity) => listed.close(view, entity)),
    },
  };
}

function invalid(property: string): VimFault {
  return new VimFault(
    'InvalidArgument',
    { invalidProperty: property },
    `A specified parameter was not correct: ${property}`,
  );
}
