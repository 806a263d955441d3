// Who may use which part of a vCenter: a request against the rules of `VCenter.spec.access`. Default deny: what isn't
// listed isn't allowed, and every part of a request must be allowed by the same rule. A refusal carries the rule that is
// missing, as one line of YAML that can be pasted below `access:`. Asked before creating, powering on and changing; never
// before deleting or releasing.
import type { InventoryBranch } from './inventory-path.ts';
import { absoluteInventoryPath } from './inventory-path.ts';
import { matchesSelector } from './label-selector.ts';
import { matchesGlob } from './path-glob.ts';
import type { VCenterAccessRule } from './types.generated.ts';

/** What is asked for; paths are absolute, a part that is left out isn't asked for. */
export interface AccessRequest {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly parent?: string | undefined;
  /** `'default'`: the rule's own default folder. */
  readonly folder?: string | undefined;
  readonly resourcePool?: string | undefined;
  readonly datastore?: string | undefined;
  /** Clones that the namespace has on this vCenter, without the one that is asked for; left out when none is to be made. */
  readonly clones?: number | undefined;
}

export interface Allowed {
  readonly allowed: true;
  readonly rule: VCenterAccessRule;
  /** The folder that was asked for, or the rule's default as it is written there, with {namespace} filled in. */
  readonly folder: string | undefined;
}

export interface Denied {
  readonly allowed: false;
  /** One sentence, with the rule that is missing. */
  readonly message: string;
  /** The missing rule alone: one item of `spec.access`, one line of YAML. */
  readonly missingRule: string;
}

interface PathPart {
  readonly field: 'parents' | 'folders' | 'resourcePools' | 'datastores';
  readonly noun: string;
  readonly branch: InventoryBranch;
  readonly path: string;
}

/** Asks for the rule's default folder; a folder can't have this name, because paths are absolute here. */
export const DEFAULT_FOLDER = 'default';
/** Proposed where no rule has a default folder. */
const PROPOSED_FOLDER = 'LinkedClones/{namespace}';

/** `datacenterPath`: absolute path of `spec.datacenter`, which relative patterns begin at; undefined when it isn't known. */
export function checkAccess(
  rules: readonly VCenterAccessRule[] | undefined,
  request: AccessRequest,
  datacenterPath: string | undefined,
): Allowed | Denied {
  const parts = partsOf(request);
  let nearest:
    { readonly index: number; readonly refused: readonly string[]; readonly rule: VCenterAccessRule } | undefined;
  for (const [index, rule] of (rules ?? []).entries()) {
    if (!isForNamespace(rule, request)) continue;
    const refused = parts
      .filter((part) => !allowsPart(rule, part, request.namespace, datacenterPath))
      .map((part) => (part.path === DEFAULT_FOLDER ? 'a default folder' : `${part.noun} "${part.path}"`));
    if (isFull(rule, request)) refused.push(`more than ${rule.maxClones ?? 0} clones (maxClones)`);
    if (refused.length === 0) return { allowed: true, rule, folder: folderOf(rule, request) };
    if (nearest === undefined || refused.length < nearest.refused.length) nearest = { index, refused, rule };
  }
  const missingRule = ruleFor(request, parts, nearest?.rule);
  const why =
    nearest === undefined
      ? `no rule in spec.access is for namespace "${request.namespace}"`
      : `spec.access[${nearest.index}], the nearest rule for namespace "${request.namespace}", doesn't allow ${nearest.refused.join(', ')}`;
  return { allowed: false, message: `${why}; the rule that is missing: ${missingRule}`, missingRule };
}

/** The first folder of a rule that is no glob, with {namespace} filled in: where clones go that name no folder. */
export function defaultFolder(rule: VCenterAccessRule, namespace: string): string | undefined {
  return writtenDefault(rule)?.replaceAll('{namespace}', namespace);
}

function writtenDefault(rule: VCenterAccessRule): string | undefined {
  return rule.folders?.find((folder) => !folder.includes('*'));
}

function partsOf(request: AccessRequest): readonly PathPart[] {
  const parts: readonly [PathPart['field'], string, InventoryBranch, string | undefined][] = [
    ['parents', 'parent', 'vm', request.parent],
    ['folders', 'folder', 'vm', request.folder],
    ['resourcePools', 'resource pool', 'host', request.resourcePool],
    ['datastores', 'datastore', 'datastore', request.datastore],
  ];
  return parts.flatMap(([field, noun, branch, path]) => (path === undefined ? [] : [{ field, noun, branch, path }]));
}

function isForNamespace(rule: VCenterAccessRule, request: AccessRequest): boolean {
  const { names, selector } = rule.namespaces;
  if (names?.some((name) => name === '*' || name === request.namespace) === true) return true;
  return matchesSelector(selector, request.namespaceLabels);
}

function allowsPart(
  rule: VCenterAccessRule,
  part: PathPart,
  namespace: string,
  datacenterPath: string | undefined,
): boolean {
  if (part.path === DEFAULT_FOLDER) return defaultFolder(rule, namespace) !== undefined;
  return (rule[part.field] ?? []).some((written) => {
    if (written === '*') return true;
    const filled = part.field === 'folders' ? written.replaceAll('{namespace}', namespace) : written;
    const pattern = absoluteInventoryPath(filled, part.branch, datacenterPath);
    return pattern !== undefined && matchesGlob(pattern, part.path);
  });
}

function isFull(rule: VCenterAccessRule, request: AccessRequest): boolean {
  return request.clones !== undefined && rule.maxClones !== undefined && request.clones >= rule.maxClones;
}

function folderOf(rule: VCenterAccessRule, request: AccessRequest): string | undefined {
  return request.folder === DEFAULT_FOLDER ? defaultFolder(rule, request.namespace) : request.folder;
}

/**
 * JSON strings are YAML strings; keys need no quotes. The nearest rule's limit is in it, raised to what is asked for where
 * that is more: pasting it lifts no limit.
 */
function ruleFor(request: AccessRequest, parts: readonly PathPart[], nearest: VCenterAccessRule | undefined): string {
  const folder = (nearest === undefined ? undefined : writtenDefault(nearest)) ?? PROPOSED_FOLDER;
  const lists = parts.map(
    (part) => `${part.field}: [${JSON.stringify(part.path === DEFAULT_FOLDER ? folder : part.path)}]`,
  );
  const limit = nearest?.maxClones === undefined ? [] : [`maxClones: ${limitFor(request, nearest.maxClones)}`];
  return `- {${[`namespaces: {names: [${JSON.stringify(request.namespace)}]}`, ...lists, ...limit].join(', ')}}`;
}

function limitFor(request: AccessRequest, limit: number): number {
  return request.clones === undefined ? limit : Math.max(limit, request.clones + 1);
}
