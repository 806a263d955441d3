// What govc, pyvmomi and the contract suite really sent: one or two requests of each method that they call, with their
// references led to objects of the vCenter at hand, so that most of them do something when nobody touches them.
import { readFileSync } from 'node:fs';
import type { Random } from './random.ts';
import { pick } from './random.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly client: string;
  /** The header SOAPAction. */
  readonly action: string;
  readonly body: string;
}

/** Managed type → MoRef values that there are. */
export type References = Readonly<Record<string, readonly string[]>>;

const REQUESTS = JSON.parse(
  readFileSync(new URL('recorded-requests.json', import.meta.url), 'utf8'),
) as readonly RecordedRequest[];
const REFERENCE = /type="([A-Za-z]+)">([^<]*)</g;

export const METHODS: ReadonlySet<string> = new Set(REQUESTS.map(({ method }) => method));

/** One of them, by chance. New objects get the name `name`, so that they don't find it taken. */
export function recordedRequest(random: Random, references: References, name: string): RecordedRequest {
  const request = pick(random, REQUESTS);
  const body = request.body
    .replaceAll(REFERENCE, (written, type: string) => {
      const values = references[type];
      return values === undefined ? written : `type="${type}">${pick(random, values)}<`;
    })
    .replace(/<name(?<attributes>[^>]*)>[^<]*</, (_written, attributes: string) => `<name${attributes}>${name}<`)
    // nobody waits here
    .replace(/<maxWaitSeconds>\d+</, '<maxWaitSeconds>0<');
  return { ...request, body };
}
