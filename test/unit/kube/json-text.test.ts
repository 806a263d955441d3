// The JSON that is sent: what any reader takes for the same value, with the escapes that a Go program writes.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonText } from '../../../src/kube/json-text.ts';

describe('jsonText', () => {
  it('escapes what Go escapes', () => {
    expect(jsonText({ path: 'R&D <1>', line: 'a\u2028b' })).toBe(
      String.raw`{"path":"R\u0026D \u003c1\u003e","line":"a\u2028b"}`,
    );
  });

  it('means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(jsonText(JSON.parse(jsonText(value)))).toBe(jsonText(value));
        expect(JSON.stringify(JSON.parse(jsonText(value)))).toBe(JSON.stringify(value));
      }),
    );
  });
});
