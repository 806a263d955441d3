// A value without the references that its reader may not follow. A vCenter leaves them out of lists and out of optional
// fields: `runtime.host` is unset for who may not see the host. A required field keeps its reference.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { baseOf, dataTypeNames, fieldsOf, isDataType } from '../schema/schema.ts';

type Data = Readonly<Record<string, unknown>>;

/** `value`, of which `type` is declared, or a copy of it; the same object when nothing in it is hidden. */
export function withoutHidden(value: unknown, type: string, isHidden: (ref: MoRef) => boolean): unknown {
  if (!mayRefer(type)) return value;
  if (Array.isArray(value)) return shownList(value, type, isHidden);
  if (typeof value !== 'object' || value === null) return value;
  const actual = (value as Data)['$type'];
  const dataType = typeof actual === 'string' ? actual : type;
  if (isDataType(dataType)) return shownObject(value as Data, dataType, isHidden);
  return isMoRef(value) && isHidden(value) ? undefined : value;
}

function shownList(list: readonly unknown[], type: string, isHidden: (ref: MoRef) => boolean): readonly unknown[] {
  const shown = list.map((item) => withoutHidden(item, type, isHidden));
  if (shown.every((item, index) => item === list[index])) return list;
  return shown.filter((item) => item !== undefined);
}

function shownObject(value: Data, type: string, isHidden: (ref: MoRef) => boolean): Data {
  let copy: Record<string, unknown> | undefined;
  for (const field of fieldsOf(type) ?? []) {
    const before = value[field.name];
    if (before === undefined || !mayRefer(field.type)) continue;
    const shown = withoutHidden(before, field.type, isHidden);
    if (shown === before || (shown === undefined && !field.optional)) continue;
    copy ??= { ...value };
    if (shown === undefined) delete copy[field.name];
    else copy[field.name] = shown;
  }
  return copy ?? value;
}

let referring: ReadonlySet<string> | undefined;

/** Whether a value of this declared type can hold a reference anywhere. */
function mayRefer(type: string): boolean {
  if (isAlwaysReferring(type)) return true;
  referring ??= findReferring();
  return referring.has(type);
}

function isAlwaysReferring(type: string): boolean {
  return type.startsWith('@') || type === 'anyType';
}

/** Data types with a reference in a field, in a field's type, or in one of their descendants. */
function findReferring(): ReadonlySet<string> {
  const found = new Set<string>();
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const name of dataTypeNames) {
      if (!(fieldsOf(name) ?? []).some((field) => isAlwaysReferring(field.type) || found.has(field.type))) continue;
      for (let at = name; at !== '' && !found.has(at); at = baseOf(at)) found.add(at);
    }
  }
  return found;
}
