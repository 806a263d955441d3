// What a status patch holds: applied to the old status it gives the new one, and it's empty when they're equal.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonPatchOperation } from '../../../src/kube/json-patch.ts';
import { statusOperations } from '../../../src/kube/status-patch.ts';

type Status = Record<string, unknown>;

/** The part of RFC 6902 that is used, on /status and its members. */
function apply(status: Status | undefined, operations: readonly JsonPatchOperation[]): Status {
  let result: Status | undefined = status === undefined ? undefined : { ...status };
  for (const operation of operations) {
    const [, , segment] = operation.path.split('/');
    if (segment === undefined) {
      result = { ...(operation as { value: Status }).value };
      continue;
    }
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    if (result === undefined) throw new Error('there is no status to change');
    if (operation.op === 'remove') {
      if (!Object.hasOwn(result, name)) throw new Error(`there is no ${name} to remove`);
      delete result[name];
    } else if (operation.op === 'add') {
      Object.defineProperty(result, name, {
        value: operation.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else throw new Error(`${operation.op} is not expected`);
  }
  return result ?? {};
}

const value = fc.jsonValue({ maxDepth: 2 }).filter((v) => v !== null);
const status = fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'c', 'a/b', 'a~1'), fc.string()), value, {
  maxKeys: 6,
});

describe('statusOperations', () => {
  it('makes the new status of the old one', () => {
    fc.assert(
      fc.property(fc.option(status, { nil: undefined }), status, (before, after) => {
        const result = apply(before, statusOperations(before, after));
        expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(after)));
      }),
    );
  });

  it('is empty for an equal status, whatever the order of its members', () => {
    fc.assert(
      fc.property(status, (before) => {
        const copy = JSON.parse(JSON.stringify(before)) as Status;
        const reversed = Object.fromEntries(Object.entries(copy).toReversed());
        expect(statusOperations(before, reversed)).toEqual([]);
      }),
    );
  });

  const cases: { name: string; before: unknown; after: Status; expected: JsonPatchOperation[] }[] = [
    {
      name: 'no status yet',
      before: undefined,
      after: { n: 1 },
      expected: [{ op: 'add', path: '/status', value: { n: 1 } }],
    },
    {
      name: 'a changed field',
      before: { n: 1, m: 1 },
      after: { n: 2, m: 1 },
      expected: [{ op: 'add', path: '/status/n', value: 2 }],
    },
    {
      name: 'zero instead of nothing',
      before: {},
      after: { n: 0 },
      expected: [{ op: 'add', path: '/status/n', value: 0 }],
    },
    {
      name: 'a removed field',
      before: { n: 1, m: 1 },
      after: { m: 1 },
      expected: [{ op: 'remove', path: '/status/n' }],
    },
    {
      name: 'a field set to undefined',
      before: { n: 1 },
      after: { n: undefined },
      expected: [{ op: 'remove', path: '/status/n' }],
    },
    { name: 'undefined for what was never there', before: {}, after: { n: undefined, deep: undefined }, expected: [] },
    { name: 'undefined deep inside', before: { o: { a: 1 } }, after: { o: { a: 1, b: undefined } }, expected: [] },
    {
      name: 'a list, whole',
      before: { list: [{ type: 'A' }, { type: 'B' }] },
      after: { list: [{ type: 'B' }, { type: 'A' }] },
      expected: [{ op: 'add', path: '/status/list', value: [{ type: 'B' }, { type: 'A' }] }],
    },
  ];
  it.each(cases)('$name', ({ before, after, expected }) => {
    expect(statusOperations(before, after)).toEqual(expected);
  });
});
