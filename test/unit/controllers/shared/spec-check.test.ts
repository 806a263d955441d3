import { describe, expect, it } from '@jest/globals';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import { requireValidSpec, specProblem } from '../../../../src/controllers/shared/spec-check.ts';
import { baseSnapshot, linkedClone, linkedCloneSet, vCenter } from '../support/objects.ts';

describe('the check of a stored spec', () => {
  it('takes what fits, of every kind', () => {
    expect(specProblem('VCenter', vCenter())).toBeUndefined();
    expect(specProblem('BaseSnapshot', baseSnapshot())).toBeUndefined();
    expect(specProblem('LinkedClone', linkedClone({ name: 'a' }))).toBeUndefined();
    expect(specProblem('LinkedCloneSet', linkedCloneSet())).toBeUndefined();
  });

  it('names the field that does not, as InvalidSpec', () => {
    const clone = linkedClone({ name: 'a', spec: { hardware: { cpus: 0 } } });
    const said = (): void => requireValidSpec('LinkedClone', clone);
    expect(said).toThrow(NotReady);
    expect(said).toThrow('spec.hardware.cpus must be >= 1: nothing is done until that is corrected');
    expect(said).toThrow(expect.objectContaining({ reason: 'InvalidSpec' }));
  });

  it("doesn't judge the status, which another version of the operator may have written", () => {
    const status = { observedGeneration: 1, chainDepth: 'deep', unheardOf: true } as object;
    expect(specProblem('LinkedClone', linkedClone({ name: 'a', status }))).toBeUndefined();
  });

  it('remembers an answer for as long as the object is the same one', () => {
    const clone = linkedClone({ name: 'a' });
    expect(specProblem('LinkedClone', clone)).toBeUndefined();
    expect(specProblem('LinkedClone', { ...clone, spec: {} })).toContain(
      "must have required property 'baseSnapshotRef'",
    );
  });
});
