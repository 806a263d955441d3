// A vCenter as several operators see it that come for its claim: one field on one folder, behind a wire that takes its time.
import type { ClaimGate } from '../../../../src/controllers/vcenter/claim/gate.ts';
import { sleep } from '../../../../src/util/abort.ts';
import { toRfc3339 } from '../../../../src/util/clock.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const ROOT = { type: 'Folder', value: 'group-d1' };

export class SharedVCenter {
  readonly clock = new FakeClock();
  field: { readonly key: number; readonly name: string } | undefined;
  value = '';
  readonly calls: string[] = [];
  /** Of so many writes from now on the reply gets lost. */
  repliesLost = 0;

  /** `ways`: how long the way is, used in turn. */
  client(gate: ClaimGate, ways: readonly number[]) {
    let used = 0;
    const onTheWay = async <T>(happens: () => T): Promise<T> => {
      await sleep(this.clock, ways[used++ % ways.length] ?? 0);
      const answer = happens();
      await sleep(this.clock, ways[used++ % ways.length] ?? 0);
      return answer;
    };
    const held = new Map([['Folder:group-d1', new Set(['Global.SetCustomField', 'Global.ManageCustomFields'])]]);
    return {
      generation: 1,
      content: { rootFolder: ROOT, customFieldsManager: { type: 'M', value: 'm' }, propertyCollector: {} },
      heldPrivileges: () => onTheWay(() => held),
      read: () => onTheWay(() => ({ properties: { field: this.field === undefined ? [] : [this.field] } })),
      invoke: (_: unknown, method: string, args: Readonly<Record<string, unknown>>) => {
        if (method === 'SetField') gate.requireFreshRead(this.clock.monotonic()); // as the session asks, right before
        const isLost = method === 'SetField' && this.repliesLost > 0;
        if (isLost) this.repliesLost -= 1;
        const answer = onTheWay(() => {
          this.calls.push(method);
          if (method === 'AddCustomFieldDef') return this.#define(String(args['name']), method);
          if (method === 'SetField') return void (this.value = String(args['value']));
          const values = this.value === '' ? [] : [{ key: 7, value: this.value }];
          const [customValue, serverClock] = [values, toRfc3339(this.clock.now())];
          const properties = (object: Record<string, unknown>) =>
            Object.entries(object).map(([name, val]) => ({ name, val }));
          return {
            objects: [
              { obj: ROOT, propSet: properties({ customValue }) },
              { obj: { type: 'ServiceInstance' }, propSet: properties({ serverClock }) },
            ],
          };
        });
        return isLost ? answer.then(() => Promise.reject(new VSphereError({ fault: 'Timeout', method }))) : answer;
      },
    };
  }

  #define(name: string, method: string): unknown {
    if (this.field !== undefined) throw new VSphereError({ fault: 'DuplicateName', method });
    this.field = { key: 7, name };
    return this.field;
  }
}
