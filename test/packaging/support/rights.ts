// Rights as words, from both sides: what roles give, and what an account used, by the audit log of the API server.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Manifest } from './render.ts';
import { all } from './render.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `verb resource[/subresource][.group]`, ` NAME` behind it where the rule names objects. */
export function grantedRights(
  manifests: readonly Manifest[],
  namePattern = /^linked-clone-operator(-managed|-events)?$/,
): Set<string> {
  const roles = [...all(manifests, 'ClusterRole'), ...all(manifests, 'Role')].filter(({ metadata }) =>
    namePattern.test(metadata.name),
  );
  const rules = roles.flatMap((role) => role['rules'] as readonly Rule[]);
  return new Set(
    rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          resourceNames.flatMap((name) => verbs.map((verb) => right(verb, resource, group, name))),
        ),
      ),
    ),
  );
}

function right(verb: string, resource: string, group: string, name: string): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : ` ${name}`}`;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: Readonly<
    Partial<Record<'resource' | 'subresource' | 'apiGroup' | 'namespace' | 'name', string>>
  >;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

export interface UsedRights {
  /** Rights that were used, named objects only where a rule names them. */
  readonly used: ReadonlySet<string>;
  /** Requests that were forbidden, each once. */
  readonly forbidden: readonly string[];
}

/** What `username` asked of the API server from `since` on (epoch milliseconds). */
export async function usedRights(
  auditLog: string,
  username: string,
  granted: ReadonlySet<string>,
  since = 0,
): Promise<UsedRights> {
  const used = new Set<string>();
  const forbidden = new Set<string>();
  for await (const line of createInterface({
    input: createReadStream(auditLog),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (!line.includes(username) || !line.endsWith('}')) continue;
    const event = JSON.parse(line) as AuditEvent;
    const { verb, user, objectRef = {}, responseStatus, requestReceivedTimestamp } = event;
    if (user.username !== username || Date.parse(requestReceivedTimestamp) < since) continue;
    const { resource = '', subresource, apiGroup = '', name = '' } = objectRef;
    const path = subresource === undefined ? resource : `${resource}/${subresource}`;
    const named = right(verb, path, apiGroup, name);
    used.add(granted.has(named) ? named : right(verb, path, apiGroup, ''));
    if (responseStatus?.code === 403) forbidden.add(`${verb} ${event.requestURI}`);
  }
  return { used, forbidden: [...forbidden] };
}
