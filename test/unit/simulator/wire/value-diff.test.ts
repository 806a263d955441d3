// Differences between values in vCenter's terms, and the law that holds for all of them: applied, they give the new value.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePath, writePath } from '../../../../src/simulator/core/property-path.ts';
import { diffValues, sameValue } from '../../../../src/simulator/property-collector/value-diff.ts';

const device = fc.record({
  key: fc.integer({ min: 1, max: 6 }),
  label: fc.constantFrom('a', 'b'),
  backing: fc.option(fc.record({ file: fc.constantFrom('x', 'y') }), { nil: undefined }),
});
const option = fc.record({ key: fc.constantFrom('a', 'b.c', 'd]e', 'f"g'), value: fc.integer({ min: 0, max: 2 }) });
const config = fc.record(
  {
    name: fc.constantFrom('n', 'm'),
    device: fc.uniqueArray(device, { selector: (d) => d.key, maxLength: 5 }),
    extraConfig: fc.uniqueArray(option, { selector: (o) => o.key, maxLength: 3 }),
    tags: fc.array(fc.constantFrom('p', 'q'), { maxLength: 2 }),
    host: fc.record({ type: fc.constant('HostSystem'), value: fc.constantFrom('host-1', 'host-2') }),
    nested: fc.record({ deep: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }) }),
  },
  { requiredKeys: [] },
);

describe('diffValues', () => {
  it('gives changes that lead from the old value to the new one', () => {
    fc.assert(
      fc.property(config, config, (before, after) => {
        let at: unknown = { config: before };
        for (const { name, value } of diffValues('config', before, after)) {
          const path = parsePath(name);
          expect(path).toBeDefined();
          at = writePath(at, path ?? [], value);
        }
        expect(sameValue(at, { config: after })).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('names nested fields and elements that came, went or changed', () => {
    const before = {
      hardware: { device: [{ key: 1, label: 'a' }, { key: 2 }] },
      extraConfig: [{ key: 'a.b', value: 1 }],
    };
    const after = {
      hardware: { device: [{ key: 1, label: 'b' }, { key: 3 }] },
      extraConfig: [{ key: 'a.b', value: 2 }],
    };
    expect(diffValues('config', before, after)).toEqual([
      { name: 'config.hardware.device[2]', op: 'remove', value: undefined },
      { name: 'config.hardware.device[1].label', op: 'assign', value: 'b' },
      { name: 'config.hardware.device[3]', op: 'add', value: { key: 3 } },
      { name: 'config.extraConfig["a.b"].value', op: 'assign', value: 2 },
    ]);
  });

  it('takes a list whole when its order changed, a reference whole, and another type whole', () => {
    const list = [{ key: 1 }, { key: 2 }];
    expect(diffValues('p', list, list.toReversed())).toEqual([{ name: 'p', op: 'assign', value: list.toReversed() }]);
    const [one, two] = ['vm-1', 'vm-2'].map((value) => ({ type: 'VirtualMachine', value }));
    expect(diffValues('p', one, two)).toEqual([{ name: 'p', op: 'assign', value: two }]);
    expect(diffValues('p', { $type: 'A', x: 1 }, { $type: 'B', x: 1 })).toHaveLength(1);
    expect(diffValues('p', list, structuredClone(list))).toEqual([]);
  });
});
