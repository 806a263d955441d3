// Filters, updates and views, as XML.
import type { Element, Ref } from './element.ts';
import type { Target } from './target.ts';
import type { Wire } from './wire.ts';
import { el, ref } from './wire.ts';

/** PropertyFilterSpec of one object. */
export function filterOf(of: Ref, paths: readonly string[], more = ''): string {
  const set = `<propSet>${el('type', of.type)}${paths.map((path) => el('pathSet', path)).join('')}</propSet>`;
  return `${set}<objectSet>${ref('obj', of)}${more}</objectSet>`;
}

/** All machines that a view shows. */
export function filterOfView(view: Ref, paths: readonly string[]): string {
  const set = `<propSet><type>VirtualMachine</type>${paths.map((path) => el('pathSet', path)).join('')}</propSet>`;
  return `${set}<objectSet>${ref('obj', view)}<skip>true</skip><selectSet xsi:type="TraversalSpec"><name>all</name><type>${view.type}</type><path>view</path><skip>false</skip></selectSet></objectSet>`;
}

/** A collector of its own, so that one expectation’s updates don’t reach another. */
export class Watch {
  readonly collector: Ref;
  readonly #wire: Wire;
  version = '';

  private constructor(collector: Ref, wire: Wire) {
    this.collector = collector;
    this.#wire = wire;
  }

  static async open(target: Target, spec: string, partial = false): Promise<Watch> {
    const [collector] = (await target.must('CreatePropertyCollector', target.collector)).values;
    if (collector === undefined) throw new Error('no collector');
    const watch = new Watch(collector.ref, target.wire);
    await watch.add(spec, partial);
    return watch;
  }

  async add(spec: string, partial = false): Promise<Ref> {
    const { values } = await this.#wire.must(
      'CreateFilter',
      this.collector,
      el('spec', spec) + el('partialUpdates', partial),
    );
    if (values[0] === undefined) throw new Error('no filter');
    return values[0].ref;
  }

  /** The next set of updates; undefined when there is none within the time. */
  async next(seconds = 5, version = this.version, more = ''): Promise<Element | undefined> {
    const args = el('version', version) + el('options', el('maxWaitSeconds', seconds) + more);
    const [set] = (await this.#wire.must('WaitForUpdatesEx', this.collector, args)).values;
    if (set !== undefined) this.version = set.at('version') ?? '';
    return set;
  }

  /** Objects of the updates until one of them satisfies; undefined when updates end before. */
  async until(isIt: (object: Element) => boolean): Promise<Element | undefined> {
    for (;;) {
      const set = await this.next(1);
      if (set === undefined) return undefined;
      const found = objectsOf(set).find(isIt);
      if (found !== undefined) return found;
    }
  }
}

export function objectsOf(set: Element | undefined): readonly Element[] {
  return set?.all('filterSet').flatMap((filter) => filter.all('objectSet')) ?? [];
}

/** A view of all machines below the root folder. */
export async function containerView(
  target: Target,
  within = target.manager('rootFolder'),
  type = 'VirtualMachine',
): Promise<Ref> {
  const args = ref('container', within) + el('type', type) + el('recursive', true);
  const [view] = (await target.must('CreateContainerView', target.manager('viewManager'), args)).values;
  if (view === undefined) throw new Error('no view');
  return view.ref;
}
