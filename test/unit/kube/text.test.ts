// Text from outside: cut by bytes and cleaned; lines put together from any chunks; keys and paths.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/kube/line-splitter.ts';
import { toMicroTime } from '../../../src/kube/micro-time.ts';
import { formatKey, parseKey } from '../../../src/kube/objects.ts';
import { plainText } from '../../../src/kube/plain-text.ts';
import { collectionPath, objectPath } from '../../../src/kube/resource-path.ts';
import { WIDGETS } from './support/objects.ts';

describe('plainText', () => {
  it.each([
    { text: 'as it is', max: 100, expected: 'as it is' },
    { text: 'two\r\nlines\tand\u0000null\u001b[31m', max: 100, expected: 'two lines and null [31m' },
    { text: 'hidden\u202eright to left\u200bzero', max: 100, expected: 'hidden right to left zero' },
    { text: 'abcdefgh', max: 6, expected: 'abc…' },
    { text: 'äöüß', max: 6, expected: 'ä…' },
    { text: '👍👍👍', max: 8, expected: '👍…' },
  ])('$text at $max bytes', ({ text, max, expected }) => {
    expect(plainText(text, max)).toBe(expected);
  });

  it('never exceeds its limit and never leaves half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 40 }), (text, max) => {
        const result = plainText(text, max);
        expect(Buffer.byteLength(result)).toBeLessThanOrEqual(max);
        expect(Buffer.from(result).toString()).toBe(result);
      }),
    );
  });
});

describe('LineSplitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
    fc.assert(
      fc.property(fc.array(line), fc.string(), fc.array(fc.nat(20)), (lines, rest, cuts) => {
        const tail = rest.replaceAll('\n', '');
        let bytes = Buffer.from(lines.map((text) => `${text}\n`).join('') + tail);
        const splitter = new LineSplitter();
        const seen: string[] = [];
        for (const cut of cuts) {
          seen.push(...splitter.push(bytes.subarray(0, cut)));
          bytes = bytes.subarray(cut);
        }
        seen.push(...splitter.push(bytes));
        expect(seen).toEqual(lines);
      }),
    );
  });

  it('leaves empty lines out', () => {
    expect(new LineSplitter().push(Buffer.from('\na\n\nb\n\n'))).toEqual(['a', 'b']);
  });

  it('refuses a line without end', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(4 * 1024 * 1024, 'x');
    expect(() => {
      for (let i = 0; i < 5; i += 1) splitter.push(chunk);
    }).toThrow('a line of more than');
  });
});

describe('keys, paths and times', () => {
  it.each([
    { key: { namespace: 'ns', name: 'a' }, text: 'ns/a' },
    { key: { namespace: '', name: 'a' }, text: 'a' },
  ])('$text', ({ key, text }) => {
    expect(formatKey(key)).toBe(text);
    expect(parseKey(text)).toEqual(key);
  });

  it('builds paths with every segment escaped', () => {
    expect(collectionPath(WIDGETS, '')).toBe('/apis/kube.test/v1/widgets');
    expect(objectPath(WIDGETS, { namespace: 'n s', name: '../x' }, 'status')).toBe(
      '/apis/kube.test/v1/namespaces/n%20s/widgets/..%2Fx/status',
    );
    expect(collectionPath({ ...WIDGETS, group: '' }, 'ns')).toBe('/api/v1/namespaces/ns/widgets');
    expect(collectionPath({ ...WIDGETS, namespaced: false }, 'ns')).toBe('/apis/kube.test/v1/widgets');
    expect(() => objectPath(WIDGETS, { namespace: '', name: 'a' })).toThrow('needs a namespace');
    expect(() => objectPath(WIDGETS, { namespace: 'ns', name: '' })).toThrow('needs a name');
  });

  it('writes MicroTime with six digits', () => {
    expect(toMicroTime(Date.UTC(2026, 0, 2, 3, 4, 5, 6))).toBe('2026-01-02T03:04:05.006000Z');
  });
});
