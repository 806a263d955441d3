// Where a call works: the host and the datastore of the machine that it is about, or of the one that it asks for. One of the
// two goes away right before the call arrives.
import type { Stage } from '../harness/stage.ts';
import type { SoapCall } from '../harness/vcenter-proxy.ts';

const CONDITIONS = { 'host-gone': 'hostDisconnected', 'datastore-gone': 'datastoreInaccessible' } as const;
export type PlaceFault = keyof typeof CONDITIONS;

export function isPlaceFault(fault: string): fault is PlaceFault {
  return Object.hasOwn(CONDITIONS, fault);
}

/** Name or reference; undefined where the call is about no machine. */
async function placeOf(stage: Stage, call: SoapCall, body: string, fault: PlaceFault): Promise<string | undefined> {
  if (call.method === 'CloneVM_Task') {
    const element = fault === 'host-gone' ? 'host' : 'datastore';
    return new RegExp(`<${element}(?: [^>]*)?>([^<]+)</${element}>`).exec(body)?.[1];
  }
  const { vms, snapshots } = await stage.vcenter.inventory();
  const machine = snapshots.find(({ moRef }) => moRef === call.target)?.vm ?? call.target;
  const found = vms.find(({ moRef }) => moRef === machine);
  if (fault === 'host-gone') return found?.host;
  return /^\[([^\]]+)\]/.exec(found?.disks[0]?.chain[0]?.file ?? '')?.[1];
}

/** The place of the nth call of the method goes away for so many simulated seconds; `onGone` is told when that call came. */
export function takeAway(
  stage: Stage,
  { method, fault, nth, forSeconds }: { method: string; fault: PlaceFault; nth: number; forSeconds: number },
  onGone: (at: number) => void,
): void {
  let calls = 0;
  stage.vcProxy.beforeChange = async (call, body) => {
    if (call.method !== method || (calls += 1) !== nth) return;
    const at = Date.now(); // others of its kind may pass while the place is looked for
    const object = await placeOf(stage, call, body, fault);
    if (object === undefined) return;
    await stage.vcenter.post('/v1/conditions', { condition: CONDITIONS[fault], object, forSeconds });
    onGone(at);
  };
}
