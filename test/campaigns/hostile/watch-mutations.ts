// What can be wrong with a line of a watch. Pure: the line and a seed in, what the client gets instead out.
import type { Random } from '../long-lived/random.ts';

type Mutate = (line: string, random: Random) => string | Buffer;

interface Event {
  type: string;
  object: Record<string, unknown> & { metadata: Record<string, unknown> };
}

function edit(change: (event: Event) => unknown): Mutate {
  return (line) => JSON.stringify(change(JSON.parse(line) as Event));
}

function withMetadata(change: Readonly<Record<string, unknown>>): Mutate {
  return edit((event) => ({
    ...event,
    object: { ...event.object, metadata: { ...event.object.metadata, ...change } },
  }));
}

function withObject(object: unknown): Mutate {
  return edit((event) => ({ ...event, object }));
}

export const WATCH_MUTATIONS: Readonly<Record<string, Mutate>> = {
  truncated: (line, random) => line.slice(0, 64 * random.below(Math.ceil(line.length / 64))),
  garbage: (_line, random) =>
    Buffer.from(Array.from({ length: 500 }, () => random.below(256)).map((b) => (b === 10 ? 11 : b))),
  html: () => '<html><body>502 Bad Gateway</body></html>',
  notUtf8: (line, random) => {
    const at = random.below(line.length);
    return Buffer.concat([
      Buffer.from(line.slice(0, at)),
      Buffer.from([0xc3, 0x28, 0x22]),
      Buffer.from(line.slice(at)),
    ]);
  },
  twice: (line) => line + line,
  nullObject: withObject(null),
  listObject: withObject([1, 2]),
  textObject: withObject('object'),
  emptyObject: withObject({}),
  noUid: withMetadata({ uid: undefined }),
  noName: withMetadata({ name: undefined }),
  noVersion: withMetadata({ resourceVersion: undefined }),
  wordVersion: withMetadata({ resourceVersion: 'latest' }),
  numberVersion: withMetadata({ resourceVersion: 7 }),
  nullMetadata: edit((event) => ({ ...event, object: { ...event.object, metadata: null } })),
  unknownType: edit((event) => ({ ...event, type: 'RENAMED' })),
  noType: edit(({ object }) => ({ object })),
  errorWithoutStatus: edit(() => ({ type: 'ERROR', object: {} })),
  errorOfAnotherSort: edit(() => ({ type: 'ERROR', object: { code: 'many', reason: 7, message: { a: 1 } } })),
  expired: edit(() => ({
    type: 'ERROR',
    object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' },
  })),
  bookmarkWithoutVersion: edit(() => ({ type: 'BOOKMARK', object: { metadata: {} } })),
  deep: () => '{"object":'.repeat(50_000),
  proto: (line) =>
    line.replace('"metadata":', '"__proto__":{"polluted":true},"constructor":{"prototype":{}},"metadata":'),
  long: () => `{"type":"MODIFIED","object":"${'x'.repeat(8_000_000)}"}`,
};
