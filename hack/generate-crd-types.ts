// crds/*.yaml -> src/api/types.generated.ts: one interface for each object in the schemas, one alias for each enumeration.
// Same shapes get one name, so that a spec shared by two kinds is one type. Everything is readonly: objects out of the
// cache are frozen. A description becomes the doc comment, a default stands behind it.
import { readCrds } from './crd/schema.ts';
import type { Crd, SchemaNode } from './crd/schema.ts';

/** Names for what more than one kind has, and for enumerations, by the end of the path; the longest match counts. */
const NAMES: Readonly<Record<string, string>> = {
  'status.conditions': 'Condition',
  'conditions.status': 'ConditionStatus',
  selector: 'LabelSelector',
  matchExpressions: 'LabelSelectorRequirement',
  'matchExpressions.operator': 'LabelSelectorOperator',
  'status.vCenter': 'VCenterPin',
  'BaseSnapshot.status.storage': 'StorageSavings',
  'LinkedCloneSet.status.storage': 'StorageSavings',
  powerPolicy: 'PowerPolicy',
  powerState: 'PowerState',
  deletionPolicy: 'DeletionPolicy',
  whenDeleted: 'RetentionPolicy',
  whenScaled: 'RetentionPolicy',
  'readiness.require': 'ReadinessRequirement',
  'scaleDown.order': 'ScaleDownOrder',
  'provisioning.onNameConflict': 'NameConflictPolicy',
  'allowedNamespaces.from': 'AllowedNamespacesFrom',
  'VCenter.spec.access': 'VCenterAccessRule',
  'VCenter.status.login': 'VCenterLogin',
  'login.outcome': 'LoginOutcome',
  'VCenter.status.holds': 'VCenterHold',
  'VCenter.status.holds.type': 'VCenterHoldType',
  'LinkedCloneSet.spec.template.spec.baseSnapshotRef': 'LinkedCloneBaseSnapshotRef',
  'LinkedCloneSet.spec.template.spec.placement': 'LinkedClonePlacement',
  'LinkedCloneSet.spec.template.spec.hardware': 'LinkedCloneHardware',
  'LinkedCloneSet.spec.template.spec.customization': 'LinkedCloneCustomization',
  'LinkedCloneSet.spec.template.spec.readiness': 'LinkedCloneReadiness',
};

interface Declaration {
  readonly shape: string;
  readonly text: string;
  /** Empty once two places that share the name describe it differently. */
  comment: string;
}

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function nameOf(path: readonly string[]): string {
  for (let from = 0; from < path.length; from += 1) {
    const named = NAMES[path.slice(from).join('.')];
    if (named !== undefined) return named;
  }
  return path
    .filter((part, i) => !(i === 1 && part === 'spec' && path.length > 2))
    .map(pascal)
    .join('');
}

function comment(node: SchemaNode, indent: string): string {
  const text = [
    node.description ?? '',
    node.default === undefined || node.type === 'object' ? '' : `Default: ${JSON.stringify(node.default)}.`,
  ];
  const joined = text
    .filter((t) => t !== '')
    .join(' ')
    .replaceAll('*/', '*\\/');
  return joined === '' ? '' : `${indent}/** ${joined} */\n`;
}

class TypeWriter {
  readonly #declarations = new Map<string, Declaration>();

  /** The TypeScript type of `node`; what needs a name is declared on the way, children first. */
  typeOf(node: SchemaNode, path: readonly string[]): string {
    if (node['x-kubernetes-int-or-string'] === true) return 'number | string';
    if (node.enum !== undefined) return this.#enumeration(node, node.enum, path);
    switch (node.type) {
      case 'object':
        return this.#object(node, path);
      case 'array':
        return this.#array(node, path);
      case 'integer':
      case 'number':
        return 'number';
      case 'string':
      case 'boolean':
        return node.type;
      default:
        throw new Error(`${path.join('.')} has no type`);
    }
  }

  root(crd: Crd): void {
    const { kind, schema, scope } = crd;
    const spec = schema.properties?.['spec'];
    const status = schema.properties?.['status'];
    if (spec === undefined || status === undefined) throw new Error(`${kind} has no spec or no status`);
    const lines = [
      `  readonly apiVersion: 'linkedclone.dev/v1alpha1';`,
      `  readonly kind: '${kind}';`,
      `  readonly metadata: ${scope === 'Cluster' ? 'ObjectMeta' : 'NamespacedObjectMeta'};`,
      `  readonly spec: ${this.typeOf(spec, [kind, 'spec'])};`,
      `  readonly status?: ${this.typeOf(status, [kind, 'status'])};`,
    ];
    this.#declare(kind, comment(schema, ''), lines.join('\n'), `export interface ${kind} {\n${lines.join('\n')}\n}`);
  }

  text(): string {
    return [...this.#declarations.values()].map((d) => `${d.comment}${d.text}\n`).join('\n');
  }

  #array(node: SchemaNode, path: readonly string[]): string {
    if (node.items === undefined) throw new Error(`${path.join('.')} has no items`);
    const item = this.typeOf(node.items, path);
    return item.includes(' ') ? `readonly (${item})[]` : `readonly ${item}[]`;
  }

  #object(node: SchemaNode, path: readonly string[]): string {
    if (node.additionalProperties !== undefined)
      return `Readonly<Record<string, ${this.typeOf(node.additionalProperties, path)}>>`;
    const fields = Object.entries(node.properties ?? {}).map(([name, child]) => {
      const field = `readonly ${name}${node.required?.includes(name) === true ? '' : '?'}: ${this.typeOf(child, [...path, name])};`;
      return { field, text: `${comment(child, '  ')}  ${field}` };
    });
    const name = nameOf(path);
    const body = fields.map((f) => f.text).join('\n');
    return this.#declare(
      name,
      comment(node, ''),
      fields.map((f) => f.field).join('\n'),
      `export interface ${name} {\n${body}\n}`,
    );
  }

  #enumeration(node: SchemaNode, values: readonly (string | boolean)[], path: readonly string[]): string {
    const union = values.map((v) => (typeof v === 'string' ? `'${v}'` : String(v))).join(' | ');
    if (values.length === 1) return union;
    const name = nameOf(path);
    return this.#declare(
      name,
      comment({ ...node, default: undefined }, ''),
      [...values].map(String).toSorted().join('|'),
      `export type ${name} = ${union};`,
    );
  }

  /** Declares once; a second shape under a taken name is an error. */
  #declare(name: string, description: string, shape: string, text: string): string {
    const known = this.#declarations.get(name);
    if (known === undefined) this.#declarations.set(name, { shape, text, comment: description });
    else if (known.shape !== shape) throw new Error(`two shapes for the type ${name}: name one of them in NAMES`);
    else if (known.comment !== description) known.comment = '';
    return name;
  }
}

/** The text of `src/api/types.generated.ts`. */
export function generateCrdTypes(): string {
  const writer = new TypeWriter();
  for (const crd of readCrds()) writer.root(crd);
  return [
    '// Generated by hack/generate.ts from crds/*.yaml. Do not edit.',
    "import type { NamespacedObjectMeta, ObjectMeta } from './object-meta.ts';",
    '',
    writer.text(),
  ].join('\n');
}
