// How an end is judged: line by line and as often as each line is there, and in time after the last fault.
import { expect, it } from '@jest/globals';
import { tooLate } from '../../campaigns/harness/judge.ts';
import { CONVERGE_MS } from '../../campaigns/harness/timers.ts';
import { differences } from '../../campaigns/oracles/end-state.ts';
import type { EndState } from '../../campaigns/oracles/end-state.ts';
import { looked, ready, remove, setReady, stays } from '../../campaigns/stories/steps.ts';

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
