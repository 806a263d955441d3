// Version negotiation: which versions of vim25 are spoken, as clients ask for them in SOAPAction and read them from
// vimServiceVersions.xml. The schema is one; a version decides only whether a client is let in.

/** Newest first. */
export const SERVICE_VERSIONS: readonly string[] = [
  '8.0.3.0',
  '8.0.2.0',
  '8.0.1.0',
  '8.0.0.1',
  '7.0.3.2',
  '7.0.3.1',
  '7.0.3.0',
  '7.0.2.0',
  '7.0.1.0',
  '7.0',
  '6.9.1',
  '6.8.7',
  '6.7.3',
  '6.7.2',
  '6.7.1',
  '6.7',
  '6.5',
  '6.0',
  '5.5',
  '5.1',
  '5.0',
  '4.1',
  '4.0',
  '2.5u2',
  '2.5',
];

const ACTION = /^"?urn:vim25(?:\/([A-Za-z0-9.]{1,32}))?"?$/;

/**
 * True when a request with this SOAPAction is served. Absent, empty and `urn:vim25` mean the oldest. A number above our
 * newest is let in too: clients built for a newer vCenter send theirs without asking.
 */
export function isServedAction(action: string | undefined): boolean {
  if (action === undefined || action === '' || action === '""') return true;
  const match = ACTION.exec(action.trim());
  if (match === null) return false;
  const version = match[1];
  return (
    version === undefined || SERVICE_VERSIONS.includes(version) || /^(?:[89]|\d{2,})\.\d+(?:\.\d+)*$/.test(version)
  );
}

/** The document at /sdk/vimServiceVersions.xml. */
export function serviceVersionsXml(): string {
  const [newest, ...prior] = SERVICE_VERSIONS;
  const versions = prior.map((version) => `<version>${version}</version>`).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<namespaces version="1.0">' +
    `<namespace><name>urn:vim25</name><version>${newest ?? ''}</version><priorVersions>${versions}</priorVersions></namespace>` +
    '</namespaces>\n'
  );
}
