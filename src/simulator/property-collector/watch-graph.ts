// The objects that a filter selects, kept current: which object was reached from where, by which part of the spec.
// A change of a traversed property moves only the edges that differ; views tell of their members one by one. An object
// is selected while at least one edge that reports it leads to it. Guarantee: after every change the selected set is
// what a fresh walk would find.
import { isManagedA } from '../schema/schema.ts';
import { pathsTouch } from '../core/property-path.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { RootSpec, SelectList, Traversal } from './filter-spec.ts';
import { membersOf } from './view-members.ts';

/** The edges from one object under one part of the spec. */
interface Entry {
  incoming: number;
  readonly edges: Map<Traversal, Set<SimObject>>;
  readonly stops: (() => void)[];
}

interface Node {
  /** Edges and roots that lead here. */
  incoming: number;
  /** Those of them that report the object. */
  reported: number;
  isGone: boolean;
  entries: Map<SelectList, Entry> | undefined;
}

export interface GraphEvents {
  /** The object became, or ceased to be, selected. */
  selected(object: SimObject, isSelected: boolean): void;
  /** Whether changes of the object have to be reported to this graph. */
  interested(object: SimObject, isInterested: boolean): void;
}

export class WatchGraph {
  readonly #nodes = new Map<SimObject, Node>();
  readonly #roots: [SimObject, SelectList][] = [];
  /** Something lost an edge but kept another: if that one comes from itself, counting won't notice. */
  #needsSweep = false;
  readonly #targetsOf: (from: SimObject, traversal: Traversal) => Iterable<SimObject>;
  readonly #events: GraphEvents;

  constructor(targetsOf: (from: SimObject, traversal: Traversal) => Iterable<SimObject>, events: GraphEvents) {
    this.#targetsOf = targetsOf;
    this.#events = events;
  }

  addRoot(object: SimObject, root: RootSpec): void {
    this.#roots.push([object, root.selects]);
    this.#arrive(object, root.selects, !root.skip);
  }

  /** Takes back what `addRoot` with the same arguments did. */
  removeRoot(object: SimObject, root: RootSpec): void {
    const index = this.#roots.findIndex(([known, selects]) => known === object && selects === root.selects);
    if (index < 0) return;
    this.#roots.splice(index, 1);
    this.#depart(object, root.selects, !root.skip);
    this.#sweep();
  }

  /** What traversals lead to may be something else, though no property changed: follows them all again. */
  retrace(): void {
    for (const [object, node] of [...this.#nodes]) {
      for (const [selects, entry] of [...(node.entries ?? [])]) {
        for (const [traversal, known] of entry.edges) {
          // What came before may have led away from here.
          if (node.entries?.get(selects) !== entry) break;
          if (!isFollowed(object, traversal)) this.#reroute(object, traversal, known);
        }
      }
    }
    this.#sweep();
  }

  isSelected(object: SimObject): boolean {
    const node = this.#nodes.get(object);
    return node !== undefined && node.reported > 0 && !node.isGone;
  }

  /** Selected objects in the order they were reached. */
  *selected(): Iterable<SimObject> {
    for (const [object, node] of this.#nodes) if (node.reported > 0 && !node.isGone) yield object;
  }

  /** A property of an object changed: follow it where the spec does. */
  changed(object: SimObject, path: string): void {
    for (const entry of [...(this.#nodes.get(object)?.entries?.values() ?? [])]) {
      for (const [traversal, known] of entry.edges) {
        if (pathsTouch(traversal.path, path) && !isFollowed(object, traversal)) this.#reroute(object, traversal, known);
      }
    }
    this.#sweep();
  }

  /** An object left the inventory. Who refers to it still may, so its node stays until they let go. */
  left(object: SimObject): void {
    const node = this.#nodes.get(object);
    if (node === undefined || node.isGone) return;
    const wasSelected = node.reported > 0;
    node.isGone = true;
    for (const [selects, entry] of node.entries ?? []) this.#dropEntry(node, selects, entry);
    if (wasSelected) this.#events.selected(object, false);
    this.#sweep();
  }

  /** Forgets everything without announcing it. */
  clear(): void {
    for (const [object, node] of this.#nodes) {
      for (const entry of node.entries?.values() ?? []) for (const stop of entry.stops) stop();
      this.#events.interested(object, false);
    }
    this.#nodes.clear();
    this.#roots.length = 0;
  }

  #arrive(object: SimObject, selects: SelectList, isReported: boolean): void {
    let node = this.#nodes.get(object);
    if (node === undefined) {
      node = { incoming: 0, reported: 0, isGone: false, entries: undefined };
      this.#nodes.set(object, node);
      this.#events.interested(object, true);
    }
    node.incoming += 1;
    if (isReported) {
      node.reported += 1;
      if (node.reported === 1 && !node.isGone) this.#events.selected(object, true);
    }
    if (selects.traversals.length > 0 && !node.isGone) this.#enterPart(object, node, selects);
  }

  #enterPart(object: SimObject, node: Node, selects: SelectList): void {
    node.entries ??= new Map();
    const known = node.entries.get(selects);
    if (known !== undefined) {
      known.incoming += 1;
      return;
    }
    const entry: Entry = { incoming: 1, edges: new Map(), stops: [] };
    // Stored before it is expanded: a recursive spec may lead back here.
    node.entries.set(selects, entry);
    for (const traversal of selects.traversals) {
      if (isManagedA(object.type, traversal.type)) this.#expand(object, traversal, entry);
    }
  }

  #expand(object: SimObject, traversal: Traversal, entry: Entry): void {
    const targets = new Set(this.#targetsOf(object, traversal));
    entry.edges.set(traversal, targets);
    if (isFollowed(object, traversal)) {
      const stop = membersOf(object)?.subscribe((member, isMember) => {
        if (isMember === targets.has(member)) return;
        if (isMember) targets.add(member);
        else targets.delete(member);
        this.#link(member, traversal, isMember);
        this.#sweep();
      });
      if (stop !== undefined) entry.stops.push(stop);
    }
    for (const target of [...targets]) this.#link(target, traversal, true);
  }

  #reroute(object: SimObject, traversal: Traversal, known: Set<SimObject>): void {
    const wanted = new Set(this.#targetsOf(object, traversal));
    for (const target of [...known]) {
      if (wanted.has(target)) continue;
      known.delete(target);
      this.#link(target, traversal, false);
    }
    for (const target of wanted) {
      if (known.has(target)) continue;
      known.add(target);
      this.#link(target, traversal, true);
    }
  }

  #link(target: SimObject, traversal: Traversal, isThere: boolean): void {
    if (isThere) this.#arrive(target, traversal.selects, !traversal.skip);
    else this.#depart(target, traversal.selects, !traversal.skip);
  }

  #depart(object: SimObject, selects: SelectList, isReported: boolean): void {
    const node = this.#nodes.get(object);
    if (node === undefined) return;
    node.incoming -= 1;
    if (isReported) {
      node.reported -= 1;
      if (node.reported === 0 && !node.isGone) this.#events.selected(object, false);
    }
    if (node.incoming === 0) this.#nodes.delete(object);
    const entry = node.entries?.get(selects);
    if (entry !== undefined) {
      entry.incoming -= 1;
      if (entry.incoming === 0) this.#dropEntry(node, selects, entry);
      else this.#needsSweep = true;
    }
    if (node.incoming === 0) this.#events.interested(object, false);
  }

  #dropEntry(node: Node, selects: SelectList, entry: Entry): void {
    node.entries?.delete(selects);
    for (const stop of entry.stops) stop();
    for (const [traversal, targets] of entry.edges) for (const target of targets) this.#link(target, traversal, false);
  }

  /** Lets go of what only its own cycle still holds. */
  #sweep(): void {
    if (!this.#needsSweep) return;
    this.#needsSweep = false;
    const reached = new Set<Entry>();
    const pending = [...this.#roots];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const entry = this.#nodes.get(next[0])?.entries?.get(next[1]);
      if (entry === undefined || reached.has(entry)) continue;
      reached.add(entry);
      for (const [traversal, targets] of entry.edges)
        for (const target of targets) pending.push([target, traversal.selects]);
    }
    for (const node of [...this.#nodes.values()]) {
      for (const [selects, entry] of node.entries ?? []) if (!reached.has(entry)) this.#dropEntry(node, selects, entry);
    }
    this.#needsSweep = false;
  }
}

/** True when the edge follows a view's own announcements, not its property. */
function isFollowed(object: SimObject, traversal: Traversal): boolean {
  return traversal.path === 'view' && membersOf(object) !== undefined;
}
