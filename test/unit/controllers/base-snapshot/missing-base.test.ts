// A base in a namespace that the operator is limited away from isn't said not to exist: nobody knows.
import { expect, it } from '@jest/globals';
import { missingBase } from '../../../../src/controllers/base-snapshot/missing-base.ts';

it.each<[string, readonly string[], string]>([
  ['all namespaces', [], 'BaseSnapshot "gold/base" doesn\'t exist'],
  ['that namespace too', ['lab', 'gold'], 'BaseSnapshot "gold/base" doesn\'t exist'],
  [
    'others',
    ['lab', 'qa'],
    'BaseSnapshot "gold/base" can\'t be seen: this operator is limited to the namespaces lab, qa (watchNamespaces of the chart)',
  ],
])('an operator that watches %s', (_, watched, message) => {
  expect(missingBase('gold/base', watched)).toBe(message);
});
