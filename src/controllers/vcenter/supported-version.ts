// Which vCenters the operator works with. Judged by the API's version before a password is sent: an older one would refuse
// the watch as a whole, because it doesn't know one of the properties in it.

/**
 * vSphere 7.0 Update 2: the first with `guest.customizationInfo` (pyvmomi's type information: version v7_0_2_0), the only
 * place that tells how a customization came out.
 */
const OLDEST_API = '7.0.2.0';
const OLDEST = `vCenter 7.0 Update 2 (API ${OLDEST_API})`;

interface Version {
  readonly version: string;
  readonly apiVersion: string;
}

/** Why a vCenter of this version isn't worked with; undefined: it is. */
export function versionProblem({ version, apiVersion }: Version): string | undefined {
  if (atLeast(apiVersion, OLDEST_API)) return undefined;
  return `vCenter ${version || 'of an unknown version'} (API ${apiVersion || 'unknown'}) is too old; supported: ${OLDEST} and newer`;
}

/** Compares dotted numbers; what isn't one counts as 0, a part that is left out, too. */
function atLeast(version: string, oldest: string): boolean {
  const [has, needs] = [version, oldest].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (const [i, need] of (needs ?? []).entries()) {
    const part = has?.[i] ?? 0;
    if (part !== need) return part > need;
  }
  return true;
}
