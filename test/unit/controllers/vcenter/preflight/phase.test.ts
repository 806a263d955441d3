// When an account is asked about, and what its VCenter says: once a login, again when what is needed changed, and while
// something is missing; never for nothing.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, LinkedCloneSet, VCenter, VCenterStatus } from '../../../../../src/api/types.generated.ts';
import { WITHHELD } from '../../../../../src/controllers/vcenter/preflight/privilege-table.ts';
import { preflightPhase } from '../../../../../src/controllers/vcenter/preflight/phase.ts';
import type { Runtime } from '../../../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../../../src/controllers/shared/status-draft.ts';
import { VSphereError } from '../../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { ROOT, tree } from '../../support/inventory.ts';
import { baseSnapshot, linkedCloneSet, pinned, vCenter } from '../../support/objects.ts';

const INTERVAL_MS = 300_000;
const RULE = { namespaces: { names: ['*'] }, datastores: ['ds-1'] };

/** Whatever is withheld somewhere. */
const TOO_MUCH = new Set(Object.values(WITHHELD).flat());

class Stage {
  readonly clock = new FakeClock();
  /** Privileges that nobody gave the account. */
  lacks: string[] = [];
  /** Privileges that it holds, by the value of an object, besides all that isn't lacking. */
  holds = (id: string): boolean => !TOO_MUCH.has(id) && !id.startsWith('VirtualMachine.State.');
  object: VCenter = vCenter({ spec: { datacenter: 'DC0', access: [RULE] } });
  bases: BaseSnapshot[] = [];
  sets: LinkedCloneSet[] = [];
  kinds: boolean | undefined = false;
  asked = 0;
  events: string[] = [];
  status: VCenterStatus | undefined;
  readonly #memory = {};
  connection = this.login();

  login() {
    const client = {
      content: { rootFolder: ROOT },
      heldPrivileges: async (refs: readonly MoRef[], ids: readonly string[]) => {
        this.asked += 1;
        const held = ids.filter((id) => !this.lacks.includes(id) && this.holds(id));
        return new Map(refs.map((each) => [moRefKey(each), new Set(held)]));
      },
    };
    const place = { name: 'vc', instanceUuid: 'vc-uuid' };
    return {
      ...place,
      client,
      tree: async () => tree(),
      isTemplate: () => this.kinds,
      signal: new AbortController().signal,
    };
  }

  /** One look; milliseconds until the phase wants another. */
  async look(): Promise<number | undefined> {
    const none = { byIndex: () => [] };
    const runtime = {
      clock: this.clock,
      config: { 'privileges-interval': INTERVAL_MS },
      connections: { get: () => this.connection },
      events: { event: (_: unknown, { reason }: { reason: string }) => this.events.push(reason) },
      stores: { bases: { byIndex: () => this.bases }, sets: { byIndex: () => this.sets }, clones: none },
    } as unknown as Runtime;
    const draft = new StatusDraft<VCenterStatus>(this.status, 1, this.clock);
    const result = await preflightPhase({ runtime, vCenter: this.object, draft, memory: this.#memory });
    this.status = draft.status;
    return result?.requeueAfterMs;
  }

  get reason(): string | undefined {
    return this.status?.conditions?.find(({ type }) => type === 'PrivilegesSufficient')?.reason;
  }
}

describe('preflightPhase', () => {
  it('asks once a login where all is there, and says so', async () => {
    const stage = new Stage();
    expect(await stage.look()).toBeUndefined();
    await stage.clock.advance(3_600_000);
    await stage.look();
    expect([stage.asked, stage.reason]).toEqual([1, 'Sufficient']);
    stage.connection = stage.login();
    await stage.look();
    expect(stage.asked).toBe(2);
  });

  it('names what is missing, with one event, asks again every interval and sees that it came', async () => {
    const stage = new Stage();
    stage.lacks = ['Datastore.AllocateSpace'];
    expect(await stage.look()).toBe(INTERVAL_MS);
    expect(stage.reason).toBe('MissingPrivileges');
    expect(stage.status?.missingPrivileges).toEqual([
      { path: '/DC0/datastore/ds-1', moRef: 'Datastore:datastore-1', privileges: ['Datastore.AllocateSpace'] },
    ]);
    await stage.clock.advance(INTERVAL_MS - 1);
    expect(await stage.look()).toBe(1);
    expect(stage.asked).toBe(1);
    await stage.clock.advance(1);
    await stage.look();
    expect([stage.asked, stage.events]).toEqual([2, ['MissingPrivileges']]);
    stage.lacks = [];
    await stage.clock.advance(INTERVAL_MS);
    expect(await stage.look()).toBeUndefined();
    expect([stage.reason, stage.status?.missingPrivileges]).toEqual(['Sufficient', undefined]);
  });

  it('asks again when what is needed changed, but not right after it asked', async () => {
    const stage = new Stage();
    stage.lacks = ['VirtualMachine.Provisioning.Clone', 'VirtualMachine.Provisioning.Customize'];
    await stage.look();
    expect(stage.reason).toBe('Sufficient');
    stage.bases = [baseSnapshot({ status: pinned() })];
    expect(await stage.look()).toBe(5_000);
    await stage.clock.advance(5_000);
    await stage.look();
    expect([stage.asked, stage.reason]).toEqual([2, 'MissingPrivileges']);
    stage.sets = [linkedCloneSet({ template: { customization: { specName: 'lab' } } })];
    await stage.clock.advance(5_000);
    await stage.look();
    expect(stage.status?.missingPrivileges?.[0]?.privileges).toEqual([
      'VirtualMachine.Provisioning.Clone',
      'VirtualMachine.Provisioning.Customize',
    ]);
  });

  it('waits a moment after a start until it is known what the parents are; what was said before stays', async () => {
    const stage = new Stage();
    stage.lacks = ['VirtualMachine.Provisioning.DeployTemplate'];
    stage.bases = [baseSnapshot({ status: pinned() })];
    stage.kinds = undefined;
    stage.status = { observedGeneration: 1 };
    expect(await stage.look()).toBe(500);
    expect([stage.asked, stage.reason]).toEqual([0, undefined]);
    stage.kinds = true;
    await stage.look();
    expect([stage.asked, stage.reason]).toEqual([1, 'MissingPrivileges']);

    stage.connection = stage.login();
    stage.kinds = undefined; // the parent is gone: nobody will ever tell
    await stage.look();
    await stage.clock.advance(10_000);
    await stage.look();
    expect(stage.asked).toBe(2);
  });

  it('says that there is no answer where the reply is refused, and stops nothing', async () => {
    const stage = new Stage();
    const refused = new VSphereError({ method: 'HasPrivilegeOnEntities', fault: 'BadReply', text: 'too many tags' });
    stage.connection.client.heldPrivileges = async () => Promise.reject(refused);
    expect(await stage.look()).toBe(INTERVAL_MS);
    expect(stage.reason).toBe('CheckFailed');
  });

  it('reports rights on parents and their folders that nobody needs, and stays True', async () => {
    const stage = new Stage();
    stage.object = vCenter({ spec: { datacenter: 'DC0', access: [{ ...RULE, parents: ['*'] }] } });
    stage.bases = [baseSnapshot({ status: pinned() })];
    stage.holds = (id) =>
      !id.startsWith('Authorization') && !id.startsWith('Sessions') && !id.startsWith('Datastore.D');
    await stage.look();
    expect(stage.reason).toBe('MoreThanNeeded');
    expect(stage.status?.excessPrivileges).toContainEqual({
      path: '/DC0/vm',
      moRef: 'Folder:group-v1',
      privileges: expect.arrayContaining(['VirtualMachine.Inventory.Delete', 'VirtualMachine.Interact.PowerOff']),
    });
    expect(stage.status?.excessPrivileges?.map(({ moRef }) => moRef)).toContain('VirtualMachine:vm-1');
    const { message = '' } = stage.status?.conditions?.find(({ type }) => type === 'PrivilegesSufficient') ?? {};
    expect(message).toMatch(/status\.excessPrivileges lists: (\w+\.[\w.]+, ){3}\w+\.[\w.]+ (and \d+ more )?on \//);
    expect(message.length).toBeLessThan(500);
  });

  it('asks about no parent of a base that is pinned to another vCenter, which the name stood for', async () => {
    const stage = new Stage();
    stage.bases = [baseSnapshot({ status: pinned({ vCenter: 'before' }) })];
    const asked: string[] = [];
    const { client } = stage.connection;
    const held = client.heldPrivileges;
    client.heldPrivileges = async (refs, ids) => {
      asked.push(...refs.map(({ value }) => value));
      return held(refs, ids);
    };
    await stage.look();
    expect([asked.length > 0, asked.includes('vm-1')]).toEqual([true, false]);
  });
});
