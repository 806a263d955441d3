// Asking what the session may do: pages, the session's own key, also after a new login, and no answer made up.
import { describe, expect, it } from '@jest/globals';
import { heldPrivileges } from '../../../../src/vsphere/inventory/held-privileges.ts';
import type { Invoke, InvokeOptions } from '../../../../src/vsphere/invoke.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { parseXml } from '../../../../src/vsphere/soap/xml-node.ts';
import type { ServiceContent } from '../../../../src/vsphere/service-content.ts';
import { failed, rejection } from '../support/calls.ts';

const MANAGER = { type: 'AuthorizationManager', value: 'am' };
const content = { authorizationManager: MANAGER } as unknown as ServiceContent;
const folders = (count: number): MoRef[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'Folder', value: `group-${i}` }));

interface Asked {
  readonly entity: readonly MoRef[];
  readonly sessionId: string;
  readonly privId: readonly string[];
}

/** An AuthorizationManager that grants System.View alone; `first` is what the first call is answered with. */
function manager(first?: Error): { invoke: Invoke; asked: Asked[]; options: (InvokeOptions | undefined)[] } {
  const asked: Asked[] = [];
  const options: (InvokeOptions | undefined)[] = [];
  const invoke: Invoke = async (object, method, args, given) => {
    expect([object, method]).toEqual([MANAGER, 'HasPrivilegeOnEntities']);
    asked.push(args as unknown as Asked);
    options.push(given);
    if (first !== undefined && asked.length === 1) throw first;
    const { entity, privId } = args as unknown as Asked;
    const privAvailability = privId.map((id) => ({ privId: id, isGranted: id === 'System.View' }));
    return entity.map((each) => ({ entity: each, privAvailability })) as never;
  };
  return { invoke, asked, options };
}

const IDS = ['System.View', 'System.Read'];

describe('heldPrivileges', () => {
  it('gives what is granted, by object', async () => {
    const { invoke, asked } = manager();
    const held = await heldPrivileges(invoke, content, () => 'key-1', folders(2), IDS);
    expect([...held]).toEqual([
      ['Folder:group-0', new Set(['System.View'])],
      ['Folder:group-1', new Set(['System.View'])],
    ]);
    expect(asked).toEqual([{ entity: folders(2), sessionId: 'key-1', privId: IDS }]);
  });

  it('asks for 500 objects at a time', async () => {
    const { invoke, asked } = manager();
    const held = await heldPrivileges(invoke, content, () => 'key-1', folders(1001), IDS);
    expect(held.size).toBe(1001);
    expect(asked.map(({ entity }) => entity.length)).toEqual([500, 500, 1]);
  });

  it('asks for fewer where there are many privileges, so that the reply can be read', async () => {
    const { invoke, asked } = manager();
    const ids = Array.from({ length: 40 }, (_, i) => `VirtualMachine.Provisioning.Privilege${i}`);
    const held = await heldPrivileges(invoke, content, () => 'key-1', folders(500), ids);
    expect(held.size).toBe(500);
    const most = Math.max(...asked.map(({ entity }) => entity.length));
    const answer = ids.map(
      (id) => `<privAvailability><privId>${id}</privId><isGranted>true</isGranted></privAvailability>`,
    );
    const object = `<returnval><entity type="Folder">group-v1</entity>${answer.join('')}</returnval>`;
    const reply = `<a>${object.repeat(most)}</a>`;
    expect(() => parseXml(reply)).not.toThrow();
    expect(reply.length).toBeLessThan(3 * 2 ** 20);
  });

  it('asks about the new session when the old one ended, once', async () => {
    const { invoke, asked, options } = manager(failed('NotAuthenticated', 'HasPrivilegeOnEntities'));
    const keys = ['old', 'new'];
    await heldPrivileges(invoke, content, () => keys.shift() ?? 'none', folders(1), IDS);
    expect(asked.map(({ sessionId }) => sessionId)).toEqual(['old', 'new']);
    expect(options[0]?.sessionBound).toBe(true); // the layer below must not repeat a call that names the old session
  });

  it('rejects when an object may not be read, and when there is nobody to ask', async () => {
    const { invoke } = manager(failed('NoPermission', 'HasPrivilegeOnEntities'));
    expect(await rejection(heldPrivileges(invoke, content, () => 'k', folders(1), IDS))).toMatchObject({
      kind: 'permission',
    });
    const nobody = {} as ServiceContent;
    expect(await rejection(heldPrivileges(invoke, nobody, () => 'k', folders(1), IDS))).toMatchObject({
      kind: 'terminal',
    });
  });
});
