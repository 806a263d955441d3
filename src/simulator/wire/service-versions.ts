// Version negotiation: which versions of vim25 are spoken, as clients ask for them in SOAPAction and read them from
// vimServiceVersions.xml. The version decides which methods, properties, types and fields a client gets to see.
import { versions } from '../schema/schema-extra.generated.ts';
import { viewOf } from '../schema/version-view.ts';
import type { VersionView } from '../schema/version-view.ts';

/** The version of the vCenter that is simulated: what came later it doesn't have. */
const NEWEST = '8.0.3.0';
/** Of the first version of the API, and one that only a server of that time called itself. */
const UNSERVED: ReadonlySet<string> = new Set(['2.0', '2.5u2server']);

/** Newest first. */
export const SERVICE_VERSIONS: readonly string[] = versions
  .slice(0, versions.indexOf(NEWEST) + 1)
  .filter((version) => !UNSERVED.has(version))
  .toReversed();

/** What clients have called a version besides its name. */
const ALIASES: ReadonlyMap<string, string> = new Map([['7.0', '7.0.0.0']]);
const ACTION = /^"?urn:vim25(?:\/([A-Za-z0-9.]{1,32}))?"?$/;
/** Clients built for a newer vCenter send their own version without asking. */
const NEWER = /^(?:[89]|\d{2,})\.\d+(?:\.\d+)*$/;

/**
 * What a client with this SOAPAction may be sent; undefined for a version that isn't served. Who names no version gets all
 * that this vCenter has.
 */
export function viewOfAction(action: string | undefined): VersionView | undefined {
  if (action === undefined || action === '' || action === '""') return viewOf(NEWEST);
  const match = ACTION.exec(action.trim());
  if (match === null) return undefined;
  const version = ALIASES.get(match[1] ?? NEWEST) ?? match[1] ?? NEWEST;
  if (SERVICE_VERSIONS.includes(version)) return viewOf(version);
  return NEWER.test(version) ? viewOf(NEWEST) : undefined;
}

/** The document at /sdk/vimServiceVersions.xml. */
export function serviceVersionsXml(): string {
  const [newest, ...prior] = SERVICE_VERSIONS;
  const names = prior.map((version) => `<version>${version}</version>`).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<namespaces version="1.0">' +
    `<namespace><name>urn:vim25</name><version>${newest ?? ''}</version><priorVersions>${names}</priorVersions></namespace>` +
    '</namespaces>\n'
  );
}
