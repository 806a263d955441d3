// How an end is judged: line by line and as often as each line is there, and in time after the last fault.
import { expect, it } from '@jest/globals';
import { tooLate } from '../../campaigns/harness/judge.ts';
import { CONVERGE_MS } from '../../campaigns/harness/timers.ts';
import { differences, endStateOf } from '../../campaigns/oracles/end-state.ts';
import type { EndState } from '../../campaigns/oracles/end-state.ts';
import { looked, ready, remove, setReady, stays } from '../../campaigns/stories/steps.ts';
import { Versions, evidenceOf, machine } from './made-up.ts';

function end(...snapshots: readonly string[]): EndState {
  return { objects: [], vms: [], snapshots, files: 1 };
}

it('has each line as often as the undisturbed one', () => {
  expect(differences(end('Tmpl: made'), end('Tmpl: made'))).toEqual([]);
  expect(differences(end('Tmpl: made'), end('Tmpl: made', 'Tmpl: made'))).toEqual([
    'snapshots: here there is Tmpl: made',
  ]);
  expect(differences(end('Tmpl: made', 'Tmpl: made'), end('Tmpl: made'))).toEqual([
    'snapshots: undisturbed there is Tmpl: made',
  ]);
});

/** A set's clones of these ordinals, each with its machine, of which the first one is on; and somebody's machine of the name of the second. */
function setWith(...ordinals: readonly number[]): EndState {
  const history = new Versions();
  const owners = { ownerReferences: [{ kind: 'LinkedCloneSet', name: 'web', uid: 'uid-web', controller: true }] };
  const powerOf = (i: number): string => (i === Math.min(...ordinals) ? 'poweredOn' : 'poweredOff');
  const vms = ordinals.map((i) => {
    const [name, vmName] = [`web-${i}`, `web-0${i}`];
    const vm = { name: vmName, moRef: `vm-${i}` };
    history.add('LinkedClone', { uid: `uid-${i}`, name, ...owners }, { spec: { vmName }, status: { vm } });
    if (i === ordinals[0]) history.add('LinkedClone', { uid: 'uid-alone', name: 'alone' }); // of no set
    return machine(`vm-${i}`, `uid-${i}`, { name: vmName, marker: { name }, power: powerOf(i) });
  });
  const somebodys = machine('vm-9', 'uid-9', { name: 'web-02', marker: null });
  return endStateOf(evidenceOf({ history, vms: [...vms, somebodys] }), { withOrdinals: false });
}

it('takes clones of a set by their rank where the free ordinals are not the same each time', () => {
  expect(differences(setWith(1, 2), setWith(1, 3))).toEqual([]);
  expect(differences(setWith(1, 2), setWith(10, 9))).toEqual([]);
  expect(differences(setWith(1, 2), setWith(1))).toEqual([
    expect.stringMatching(/^objects: undisturbed there is .*"web\[2\]"/),
    expect.stringMatching(/^VMs: undisturbed there is .*"web\[2\]"/),
  ]);
  expect(differences(setWith(1, 2), { ...setWith(1, 3), vms: setWith(1, 3).vms.slice(1) })).toHaveLength(1);
});

it('comes to rest within a minute of the last fault', () => {
  const quietFrom = (from: number): { readonly from: number; readonly to: number } => ({ from, to: from + 2000 });
  expect(tooLate(quietFrom(1000 + CONVERGE_MS), 1000)).toEqual([]);
  expect(tooLate(undefined, 1000)).toEqual([]); // told already
  expect(tooLate(quietFrom(1500 + CONVERGE_MS), 1000)).toEqual([
    { oracle: 'converged', text: '60.5 s from the last fault and step to rest, more than 60' },
  ]);
});

it('is not put off by steps that only wait', () => {
  const waits = [ready('linkedclones', 'a'), setReady('web', 1), stays('basesnapshots', 'b'), looked('vcenter', 1)];
  expect(waits.map((step) => step.waits)).toEqual([true, true, true, true]);
  expect(remove('linkedclones', 'a').waits).toBeUndefined();
});
