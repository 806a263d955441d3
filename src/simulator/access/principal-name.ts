// Names of users and groups. A client may write `ann@lab.local` or `LAB.LOCAL\ann`, in any case; a vCenter shows the second.

export interface PrincipalName {
  /** '' without one. */
  readonly domain: string;
  readonly name: string;
}

/** Splits either way of writing. */
export function parsePrincipal(text: string): PrincipalName {
  const backslash = text.indexOf('\\');
  if (backslash >= 0) return { domain: text.slice(0, backslash).toUpperCase(), name: text.slice(backslash + 1) };
  const at = text.lastIndexOf('@');
  if (at < 0) return { domain: '', name: text };
  return { domain: text.slice(at + 1).toUpperCase(), name: text.slice(0, at) };
}

/** As a vCenter shows it: `LAB.LOCAL\ann`. */
export function shownPrincipal(text: string): string {
  const { domain, name } = parsePrincipal(text);
  return domain === '' ? name : `${domain}\\${name}`;
}

/** The same for all ways of writing a name. */
export function principalKey(text: string): string {
  return shownPrincipal(text).toLowerCase();
}
