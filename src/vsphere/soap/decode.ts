// XML to values by the type table. Lists are lists however many elements came, scalars keep their text apart from numbers
// and booleans, and what the table doesn't know (a newer server, a type nobody listed) decodes into a plain object with
// `$type` rather than failing: only the fields that somebody reads have to be known.
import { baseTypes } from './base-types.ts';
import { attributeOf, childrenOf, textOf, typeNameOf } from './xml-node.ts';
import type { XmlNode } from './xml-node.ts';
import { fieldsOf, isA, isDataType, isEnum, isReference, isScalar } from '../schema.ts';
import type { FieldDef } from '../schema.ts';

const ARRAY = 'ArrayOf';
const REFERENCE = 'ManagedObjectReference';

/**
 * What the property collector wraps its answers in. An element of it under another name, or none where there must be one,
 * would read as "no such object" or "no such property", and machines are deleted on that: such an answer is refused. Every
 * version of the API since 4.1 has these types with these fields, and a vCenter answers in the version that it is asked in,
 * so no newer one has more to say here. In all other types what is unknown is ignored.
 */
const STRICT = new Set([
  ...['RetrieveResult', 'ObjectContent', 'DynamicProperty', 'MissingProperty', 'MissingObject'],
  ...['UpdateSet', 'PropertyFilterUpdate', 'ObjectUpdate', 'PropertyChange'],
]);
/** Reserved in every data object since 2.0, and said nothing with. */
const RESERVED = new Set(['dynamicType', 'dynamicProperty']);

/** The children of `node` that belong to `field`: a value, a list, or undefined where there is none. */
export function decodeField(field: FieldDef, nodes: readonly XmlNode[]): unknown {
  if (field.list) return nodes.length === 0 ? undefined : nodes.map((node) => decodeNode(field.type, node));
  if (nodes.length > 1) throw new SyntaxError(`${field.name} is given ${nodes.length} times`);
  return nodes[0] === undefined ? undefined : decodeNode(field.type, nodes[0]);
}

/** One element of the declared type. */
export function decodeNode(declared: string, node: XmlNode): unknown {
  if (isScalar(declared)) return decodeScalar(declared, textOf(node));
  if (isReference(declared)) return decodeReference(node);
  if (isEnum(declared)) return textOf(node);
  const given = typeNameOf(node);
  if (declared === 'anyType') return decodeAny(given, node);
  const concrete = given ?? declared;
  if (isDataType(concrete) && isA(concrete, declared)) {
    return decodeData(concrete, node, given !== undefined || baseTypes().has(declared));
  }
  return decodeLenient(concrete, fieldsOf(declared) ?? [], node);
}

/** There are hundreds of event types, and what is read of any of them is what all have in common. */
function decodeAny(given: string | undefined, node: XmlNode): unknown {
  if (given === undefined) return guess(node);
  if (given === REFERENCE) return decodeReference(node);
  if (isScalar(given)) return decodeScalar(given, textOf(node));
  if (given.startsWith(ARRAY)) return decodeArray(given.slice(ARRAY.length), node);
  if (isEnum(given)) return textOf(node);
  if (isDataType(given)) return decodeData(given, node, true);
  if (childrenOf(node).length === 0 && textOf(node) !== '') return textOf(node);
  return decodeLenient(given, fieldsOf(given.endsWith('Event') ? 'Event' : '') ?? [], node);
}

/** `ArrayOfString`, `ArrayOfVirtualDevice`, …: the items are named like their type, and that name says nothing new. */
function decodeArray(itemType: string, node: XmlNode): unknown[] {
  if (itemType === REFERENCE) return childrenOf(node).map(decodeReference);
  const scalar = itemType.charAt(0).toLowerCase() + itemType.slice(1);
  const declared = isScalar(scalar) ? scalar : itemType;
  const known = isScalar(declared) || isEnum(declared) || isDataType(declared);
  return childrenOf(node).map((child) => decodeNode(known ? declared : 'anyType', child));
}

function decodeData(type: string, node: XmlNode, withType: boolean): Record<string, unknown> {
  const data: Record<string, unknown> = withType ? { $type: type } : {};
  const byName = groupByName(node);
  const fields = fieldsOf(type) ?? [];
  if (STRICT.has(type)) requireExactly(type, fields, byName);
  for (const field of fields) {
    const nodes = byName.get(field.name);
    if (nodes !== undefined) data[field.name] = decodeField(field, nodes);
  }
  return data;
}

function requireExactly(type: string, fields: readonly FieldDef[], byName: ReadonlyMap<string, unknown>): void {
  for (const name of byName.keys())
    if (!RESERVED.has(name) && !fields.some((field) => field.name === name))
      throw new SyntaxError(`an element that ${type} doesn't have`);
  for (const { name, optional, list } of fields)
    if (!optional && !list && !byName.has(name)) throw new SyntaxError(`${type} without ${name}`);
}

function decodeLenient(type: string, known: readonly FieldDef[], node: XmlNode): Record<string, unknown> {
  const data: Record<string, unknown> = { $type: type };
  for (const [name, nodes] of groupByName(node)) {
    const field = known.find((candidate) => candidate.name === name);
    if (field !== undefined) data[name] = decodeField(field, nodes);
    else data[name] = nodes.length === 1 && nodes[0] !== undefined ? guess(nodes[0]) : nodes.map(guess);
  }
  return data;
}

/** A value about which nothing is known but itself. */
function guess(node: XmlNode): unknown {
  const given = typeNameOf(node);
  if (given !== undefined) return decodeAny(given, node);
  if (childrenOf(node).length > 0) return decodeLenient('', [], node);
  return attributeOf(node, 'type') === undefined ? textOf(node) : decodeReference(node);
}

function decodeReference(node: XmlNode): { type: string; value: string } {
  const type = attributeOf(node, 'type');
  const value = textOf(node);
  if (type === undefined || type === '' || value === '')
    throw new SyntaxError(`${node.name} is not a managed object reference`);
  return { type, value };
}

function decodeScalar(type: string, text: string): unknown {
  switch (type) {
    case 'boolean':
      if (text === 'true' || text === '1') return true;
      if (text === 'false' || text === '0') return false;
      throw new SyntaxError('not a boolean');
    case 'int':
    case 'long':
    case 'short':
    case 'byte':
    case 'float':
    case 'double': {
      const number = text.trim() === '' ? Number.NaN : Number(text);
      if (Number.isNaN(number) && text !== 'NaN') throw new SyntaxError('not a number');
      return number;
    }
    default:
      return text;
  }
}

function groupByName(node: XmlNode): Map<string, XmlNode[]> {
  const groups = new Map<string, XmlNode[]>();
  for (const child of childrenOf(node)) {
    const group = groups.get(child.name);
    if (group === undefined) groups.set(child.name, [child]);
    else group.push(child);
  }
  return groups;
}
