// Lines of a watch: what is understood, and that everything else is an error that doesn't show the line.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BadWatchLineError, parseWatchLine } from '../../../src/kube/watch-event.ts';
import { widget } from './support/objects.ts';

describe('parseWatchLine', () => {
  it.each(['ADDED', 'MODIFIED', 'DELETED'])('reads %s', (type) => {
    const object = widget('a', 7);
    expect(parseWatchLine(JSON.stringify({ type, object }))).toEqual({ type, object });
  });

  it('reads bookmarks and errors', () => {
    const bookmark = { type: 'BOOKMARK', object: { kind: 'Widget', metadata: { resourceVersion: '9' } } };
    expect(parseWatchLine(JSON.stringify(bookmark))).toEqual({ type: 'BOOKMARK', resourceVersion: '9' });
    const status = { kind: 'Status', code: 410, reason: 'Expired' };
    expect(parseWatchLine(JSON.stringify({ type: 'ERROR', object: status }))).toEqual({ type: 'ERROR', status });
  });

  const bad: { name: string; line: string }[] = [
    { name: 'no JSON', line: '{"type":"ADDED","object":{"metadata":{"name":"secret-' },
    { name: 'no object', line: '{"type":"ADDED"}' },
    { name: 'a list', line: '[]' },
    { name: 'an unknown type', line: '{"type":"MOVED","object":{}}' },
    { name: 'no uid', line: '{"type":"ADDED","object":{"metadata":{"name":"secret","resourceVersion":"1"}}}' },
    {
      name: 'an opaque version',
      line: '{"type":"ADDED","object":{"metadata":{"name":"secret","uid":"u","resourceVersion":"x1"}}}',
    },
    { name: 'an error whose message is no text', line: '{"type":"ERROR","object":{"message":{"a":1}}}' },
    { name: 'an error whose code is no number', line: '{"type":"ERROR","object":{"code":"many"}}' },
    { name: 'a bookmark without version', line: '{"type":"BOOKMARK","object":{"metadata":{}}}' },
  ];
  it.each(bad)('refuses $name', ({ line }) => {
    expect(() => parseWatchLine(line)).toThrow(BadWatchLineError);
    expect(() => parseWatchLine(line)).not.toThrow('secret');
  });

  it('refuses any mutilated line or gives a whole event', () => {
    const line = JSON.stringify({ type: 'MODIFIED', object: widget('a', 7) });
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(line.length), fc.string(), (from, to, text) => {
        const mutilated = line.slice(0, from) + text + line.slice(to);
        try {
          const event = parseWatchLine(mutilated);
          if ('object' in event) expect(event.object.metadata.uid).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(BadWatchLineError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
