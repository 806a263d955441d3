// Stories in which the vCenter doesn't tell of a machine that is to go: the account's rights were taken away for a while. What
// may not be read isn't gone, whichever way that is said.
import { OPERATOR_ACCOUNTS } from '../harness/lab-inventory.ts';
import type { Stage } from '../harness/stage.ts';
import type { SoapCall } from '../harness/vcenter-proxy.ts';
import type { WholeReply } from '../harness/forward.ts';
import { COPIED } from './copied.ts';
import { isGone, vms } from './ends.ts';
import { applyClone, gone, looked, ready, reasonIs, remove, step, stillThere } from './steps.ts';
import type { Story } from './story.ts';

const ONE = [applyClone('one'), ready('linkedclones', 'one'), COPIED];
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

async function refuseReads(stage: Stage): Promise<void> {
  await stage.vcenter.fault({
    match: { method: 'RetrievePropertiesEx', caller: OPERATOR_ACCOUNTS[0] },
    action: { fault: { type: 'NoPermission', privilegeId: 'System.Read' } },
  });
}

function withheld(moRef: string, path: string): string {
  const fault = `<fault xsi:type="NoPermission"><object type="VirtualMachine">${moRef}</object><privilegeId>System.Read</privilegeId></fault>`;
  return `<missingSet ${XSI}><path>${path}</path><fault>${fault}<localizedMessage>no</localizedMessage></fault></missingSet>`;
}

async function withholdFromClone(stage: Stage): Promise<void> {
  const clone = await stage.get('linkedclones', 'one');
  const { moRef = '' } = (clone?.status?.['vm'] ?? {}) as { readonly moRef?: string };
  withholdProperties(stage, moRef);
}

/** Every property of the machine that is asked for is in missingSet. */
export function withholdProperties(stage: Stage, moRef: string): void {
  const machine = new RegExp(`(<objects><obj type="VirtualMachine">${moRef}</obj>)([^]*?)(</objects>)`, 'g');
  stage.vcProxy.rewrite = ({ method }: SoapCall, reply: WholeReply): WholeReply => {
    if (method !== 'RetrievePropertiesEx') return reply;
    const text = reply.body
      .toString('utf8')
      .replace(machine, (_whole, open: string, content: string, close: string) => {
        const paths = [...content.matchAll(/<propSet><name>([^<]*)<\/name>/g)].map(([, path = '']) => path);
        return `${open}${paths.map((path) => withheld(moRef, path)).join('')}${close}`;
      });
    return { ...reply, body: Buffer.from(text) };
  };
}

function tellAgain(stage: Stage): Promise<void> {
  stage.vcProxy.rewrite = undefined;
  return stage.vcenter.clearFaults();
}

export const REFUSED_READ_STORIES: readonly Story[] = [
  {
    name: 'reads-refused',
    deterministic: true,
    before: ONE,
    steps: [
      step('every read is refused: NoPermission', refuseReads),
      remove('linkedclones', 'one'),
      looked('linked-clone', 3),
      stillThere('linkedclones', 'one'),
      step('reads are answered again', tellAgain),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'properties-withheld',
    deterministic: true,
    before: ONE,
    steps: [
      step('the properties of its machine are withheld', withholdFromClone),
      remove('linkedclones', 'one'),
      reasonIs('linkedclones', 'one', 'DeletionBlocked', 'NoPermission'),
      step('they are told again', tellAgain),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
];
