// One question, and a second one without the object that spoilt the first; never more.
import { describe, expect, it } from '@jest/globals';
import { askHeld } from '../../../../../src/controllers/vcenter/preflight/ask.ts';
import { VSphereError } from '../../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../../src/vsphere/mo-ref.ts';
import { ref } from '../../support/vm.ts';

const A = ref('a', 'Folder');
const B = ref('b', 'Folder');
const VM = ref('vm-1');
const METHOD = 'HasPrivilegeOnEntities';
const hidden = (object: MoRef): VSphereError =>
  new VSphereError({ method: METHOD, fault: 'NoPermission', detail: { object, privilegeId: 'System.Read' } });
const gone = (obj: MoRef): VSphereError =>
  new VSphereError({ method: METHOD, fault: 'ManagedObjectNotFound', detail: { obj } });

async function ask(...failures: Error[]) {
  const asked: string[][] = [];
  const client = {
    heldPrivileges: async (refs: readonly MoRef[], ids: readonly string[]) => {
      asked.push(refs.map(({ value }) => value));
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return new Map(refs.map((each) => [moRefKey(each), new Set(ids)]));
    },
  };
  const answer = await askHeld(client, [A, B, A, VM], ['x'], new AbortController().signal);
  return { ...answer, asked };
}

describe('askHeld', () => {
  it('asks once, each object once', async () => {
    expect(await ask()).toMatchObject({ asked: [['a', 'b', 'vm-1']], unreadable: [], failure: undefined });
  });

  it('asks again without the object that may not be read, and names it', async () => {
    const { asked, unreadable, held, failure } = await ask(hidden(B));
    expect(asked).toEqual([
      ['a', 'b', 'vm-1'],
      ['a', 'vm-1'],
    ]);
    expect(unreadable).toEqual([B]);
    expect([...held.keys()]).toEqual(['Folder:a', 'VirtualMachine:vm-1']);
    expect(failure).toBeUndefined();
  });

  it("asks again without an object that is gone, which is nobody's missing privilege", async () => {
    expect(await ask(gone(VM))).toMatchObject({
      asked: [
        ['a', 'b', 'vm-1'],
        ['a', 'b'],
      ],
      unreadable: [],
      failure: undefined,
    });
  });

  it('gives up after two: what it knows is two names and why there is no answer', async () => {
    const { asked, unreadable, held, failure } = await ask(hidden(A), hidden(B));
    expect(asked).toHaveLength(2);
    expect(unreadable).toEqual([A, B]);
    expect(held.size).toBe(0);
    expect(failure?.fault).toBe('NoPermission');
  });

  it('does not ask again where no object of its own is named', async () => {
    const { asked, failure } = await ask(new VSphereError({ method: METHOD, fault: 'NotSupported' }));
    expect(asked).toHaveLength(1);
    expect(failure?.fault).toBe('NotSupported');
  });

  it('has no answer, and does not fail, where the reply is refused: it would be the same every time', async () => {
    const { asked, failure } = await ask(new VSphereError({ method: METHOD, fault: 'BadReply', text: 'too much' }));
    expect(asked).toHaveLength(1);
    expect(failure?.fault).toBe('BadReply');
  });

  it('fails where the connection does', async () => {
    const away = new VSphereError({ method: METHOD, fault: 'Timeout' });
    await expect(ask(away)).rejects.toBe(away);
  });
});
