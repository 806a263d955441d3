// Whose disks are attached where is asked of the vCenter, not of a VCenter's name: several objects may be for one vCenter, and
// a name may stand for another vCenter by now. What was seen once counts until the machine's configuration is another one.
import { describe, expect, it, jest } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { checkVictim } from '../../../../src/controllers/linked-clone/victim-check.ts';
import { vmView as asTold } from '../../../../src/controllers/vcenter/vm-view.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { VM, end, onStage, source, victim } from '../support/deleting-clone.ts';
import { linkedClone } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const LENT = '[ds] web-01/web-01.vmdk';
const OWN = '[ds] other-1/other-1_1.vmdk';
const FINE: Stage['vms'] = { 'vm-10': victim(), 'vm-1': source() };
const OTHER = ref('vm-20');
const ATTACHED = 'one of its disks is attached to "other-1" (vm-20)';
const UNTOLD = 'whether one of its disks is attached to "other-1" (vm-20) can\'t be told';

/** A machine in a folder of its own with that file attached, too. */
function machine(file: string, changeVersion = '1'): Record<string, unknown> {
  return {
    name: 'other-1',
    'config.changeVersion': changeVersion,
    'config.files.vmPathName': '[ds] other-1/other-1.vmx',
    'config.hardware.device': [disk(2000, chain('[ds] other-1/other-1.vmdk')), disk(2001, chain(file))],
  };
}

function pinnedTo(name: string, instanceUuid: string): LinkedClone {
  const vCenter = { name, uid: `uid-${name}`, instanceUuid };
  return linkedClone({ name: 'other-1', status: { vCenter, vm: { moRef: 'vm-20', instanceUuid: 'x' } } });
}

/** The clone whose disk may be attached to that machine; `others`: all other clones. */
function rig(stage: Partial<Stage> = {}, vCenter = 'vc') {
  const whole: Stage = {
    vms: { ...FINE, 'vm-20': machine(OWN) },
    others: [pinnedTo(vCenter, 'vc-uuid')],
    ...stage,
  };
  const staged = onStage(whole);
  const { scope, connection, clock } = staged;
  const reads: string[] = [];
  const readSoon = connection.client.readSoon.bind(connection.client);
  connection.client.readSoon = async (one, paths, ...rest) => {
    reads.push(`${paths.includes('config.hardware.device') ? 'disks' : paths.join(' ')} of ${one.value}`);
    return readSoon(one, paths, ...rest);
  };
  return {
    ...staged,
    stage: whole,
    /** Machine vm-20 is like that from now on. */
    becomes: (properties: Record<string, unknown>) => Object.assign(whole.vms, { 'vm-20': properties }),
    /** The verdict, later than what was seen before is still taken for all, and what was read for it. */
    ask: async () => {
      await clock.advance(3_000);
      reads.length = 0;
      const verdict = await checkVictim(scope, VM);
      return { says: 'message' in verdict ? verdict.message : verdict.state, reads: [...reads] };
    },
  };
}

/** What the watch says of machine vm-20. */
function tell({ inventory }: VCenterConnection, properties: Record<string, unknown>): void {
  inventory.upsert(asTold(OTHER, properties));
}

describe('a disk that is attached to a clone of another VCenter', () => {
  const vms = { ...FINE, 'vm-20': machine(LENT) };

  it('for the same vCenter holds the deletion, whether that VCenter is connected or not', async () => {
    expect((await rig({ vms }, 'second').ask()).says).toBe(ATTACHED);
    const second = onStage({ vms, vCenterName: 'second' }).connection;
    expect((await rig({ vms, second }, 'second').ask()).says).toBe(ATTACHED);
  });

  it('holds it also where it was attached after the first look: that VCenter is told', async () => {
    const before = { ...FINE, 'vm-20': machine(OWN) };
    const second = onStage({ vms: before, vCenterName: 'second' }).connection;
    const { connection, ask, becomes } = rig({ vms: before, second }, 'second');
    connection.inventory.remove(OTHER);
    expect((await ask()).says).toBe('poweredOff');
    expect(await ask()).toEqual({ says: 'poweredOff', reads: [] });
    becomes(machine(LENT, '2'));
    tell(second, machine(LENT, '2'));
    expect((await ask()).says).toBe(ATTACHED);
  });

  it('is looked at by the account of that VCenter, which sees it', async () => {
    const free = { ...FINE, 'vm-20': machine(OWN) };
    const second = onStage({ vms: free, vCenterName: 'second' }).connection;
    const { connection, ask } = rig({ vms: free, second, hidden: { 'vm-20': ['config.hardware.device'] } }, 'second');
    connection.inventory.remove(OTHER);
    expect(await ask()).toEqual({ says: 'poweredOff', reads: [] });
    expect(second.borrowed.versionOf(OTHER)).toBe('1');
  });

  it('is known from what that connection noted', async () => {
    const before = { ...FINE, 'vm-20': machine(OWN) };
    const second = onStage({ vms: before, vCenterName: 'second' }).connection;
    second.borrowed.note(OTHER, [], '1');
    expect(await rig({ vms: before, second }, 'second').ask()).toEqual({ says: 'poweredOff', reads: [] });
  });

  it('holds it also where nobody is told of that: its version is asked for each time', async () => {
    const { connection, ask, becomes } = rig({}, 'second');
    connection.inventory.remove(OTHER);
    expect(await ask()).toEqual({ says: 'poweredOff', reads: ['disks of vm-20'] });
    expect(await ask()).toEqual({ says: 'poweredOff', reads: ['config.changeVersion of vm-20'] });
    becomes(machine(LENT, '2'));
    expect(await ask()).toEqual({ says: ATTACHED, reads: ['config.changeVersion of vm-20', 'disks of vm-20'] });
  });

  it('holds nothing where another vCenter is behind the name now: its references are read in no other inventory', async () => {
    const unreadable = { name: 'stranger', 'runtime.connectionState': 'inaccessible' };
    const stage = { vms: { ...FINE, 'vm-20': unreadable }, others: [pinnedTo('vc', 'before')] };
    expect((await rig(stage).ask()).says).toBe('poweredOff');
  });
});

describe('a disk that is attached to a clone whose machine was seen without it', () => {
  it('holds the deletion once its configuration changed, whether or not its own reconcile looks at it', async () => {
    const { connection, ask, becomes } = rig();
    expect(await ask()).toEqual({ says: 'poweredOff', reads: ['disks of vm-20'] });
    expect(await ask()).toEqual({ says: 'poweredOff', reads: [] });
    becomes(machine(LENT, '2'));
    tell(connection, machine(LENT, '2'));
    expect(await ask()).toEqual({ says: ATTACHED, reads: ['disks of vm-20'] });
  });

  const UNREACHABLE = { name: 'other-1', 'runtime.connectionState': 'inaccessible' };

  it('may be there, and holds it, while the configuration changed and cannot be read since', async () => {
    const { connection, ask, becomes } = rig();
    expect((await ask()).says).toBe('poweredOff');
    const changed = { ...machine(LENT, '2'), 'config.hardware.device': undefined };
    becomes(changed);
    tell(connection, changed);
    expect((await ask()).says).toContain(UNTOLD);
    becomes(UNREACHABLE);
    tell(connection, UNREACHABLE);
    expect((await ask()).says).toContain(UNTOLD);
    becomes(machine(OWN, '3'));
    tell(connection, machine(OWN, '3'));
    expect((await ask()).says).toBe('poweredOff');
  });

  it('holds nothing while that machine cannot be reached: nobody attaches anything to it', async () => {
    const { connection, ask, becomes } = rig();
    expect((await ask()).says).toBe('poweredOff');
    becomes(UNREACHABLE);
    tell(connection, UNREACHABLE);
    expect(await ask()).toEqual({ says: 'poweredOff', reads: [] });
    becomes(machine(LENT, '2'));
    tell(connection, machine(LENT, '2'));
    expect((await ask()).says).toBe(ATTACHED);
  });

  it.each<[string, (staged: ReturnType<typeof rig>) => void]>([
    ['while the watch is broken', ({ stage }) => Object.assign(stage, { watchBroken: true })],
    ['while the vCenter is away for the watch', ({ connection }) => Object.assign(connection.client, { away: 'away' })],
    ['after a login, before the watch is set up in it', ({ relogin }) => relogin()],
    ['where the watch kept it without having seen it', ({ stage }) => Object.assign(stage, { unproven: ['vm-20'] })],
    ['where it left the watched folders', ({ connection }) => void connection.inventory.remove(OTHER)],
  ])('holds the deletion %s', async (_, untell) => {
    const staged = rig();
    expect((await staged.ask()).says).toBe('poweredOff');
    untell(staged);
    expect(await staged.ask()).toEqual({ says: 'poweredOff', reads: ['config.changeVersion of vm-20'] });
    staged.becomes(machine(LENT, '2'));
    expect((await staged.ask()).says).toBe(ATTACHED);
  });

  it('is looked for once where that takes longer than a look counts for: who asks again gets on', async () => {
    const { connection, clock, ask, scope, stage } = rig();
    Object.assign(stage, { watchBroken: true });
    const readSoon = connection.client.readSoon.bind(connection.client);
    connection.client.readSoon = async (...args) => {
      await clock.advance(5_000);
      return readSoon(...args);
    };
    await ask();
    const reads = jest.spyOn(connection.client, 'readSoon');
    await checkVictim(scope, VM);
    expect(reads).not.toHaveBeenCalled();
  });

  it('holds it also where the folder of that machine is not told', async () => {
    const { 'config.files.vmPathName': _, ...homeless } = machine(LENT);
    expect((await rig({ vms: { ...FINE, 'vm-20': homeless } }).ask()).says).toBe(ATTACHED);
  });
});

describe('a machine that is gone', () => {
  it('is not asked for again in the same login', async () => {
    const { connection, ask, stage, relogin } = rig();
    delete stage.vms['vm-20'];
    connection.inventory.remove(OTHER);
    expect(await ask()).toEqual({ says: 'poweredOff', reads: ['disks of vm-20'] });
    expect(await ask()).toEqual({ says: 'poweredOff', reads: [] });
    relogin();
    stage.vms['vm-20'] = machine(LENT);
    expect((await ask()).says).toBe(ATTACHED);
  });

  it('is not asked for at all where a task of ours destroyed it', async () => {
    const { connection, ask, stage } = rig();
    const owner = { controller: 'linked-clone', key: { namespace: 'lab', name: 'other-1' }, uid: 'uid-other' } as const;
    connection.track(owner, 'destroy', ref('task-9', 'Task'), OTHER);
    delete stage.vms['vm-20'];
    connection.inventory.remove(OTHER);
    end(connection, 'destroy', undefined, undefined, 'uid-other');
    expect(await ask()).toEqual({ says: 'poweredOff', reads: [] });
  });
});
