// CustomFieldsManager: definitions, and values on any entity. Values change with an update, as `customValue` does.
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';

export interface FieldDefinition {
  readonly key: number;
  readonly name: string;
  /** Always `string`. */
  readonly type: string;
  readonly managedObjectType?: string;
}

interface FieldValue {
  readonly $type: string;
  readonly key: number;
  readonly value: string;
}

export interface SavedFields {
  readonly definitions: readonly FieldDefinition[];
  readonly nextKey: number;
}

const FIRST_KEY = 101;

export class CustomFields {
  readonly #world: World;
  readonly #manager: SimObject;
  #definitions: readonly FieldDefinition[] = [];
  #nextKey = FIRST_KEY;

  constructor(world: World) {
    this.#world = world;
    this.#manager = world.registry.must(managerRef('customFieldsManager'));
    this.#manager.set('field', this.#definitions);
  }

  get definitions(): readonly FieldDefinition[] {
    return this.#definitions;
  }

  /** Throws DuplicateName. */
  add(name: string, managedObjectType: string | undefined): FieldDefinition {
    this.#demandFree(name);
    const definition = {
      key: this.#nextKey++,
      name,
      type: 'string',
      ...(managedObjectType === undefined ? {} : { managedObjectType }),
    };
    this.#publish([...this.#definitions, definition]);
    return definition;
  }

  /** Throws InvalidArgument for a key that isn't there. */
  remove(key: number): void {
    this.byKey(key);
    this.#publish(this.#definitions.filter((definition) => definition.key !== key));
    for (const entity of this.#world.registry.ofType('ManagedEntity'))
      if (valueOf(entity, key) !== undefined) this.set(entity, key, '');
  }

  /** Throws InvalidArgument or DuplicateName. */
  rename(key: number, name: string): void {
    const before = this.byKey(key);
    if (before.name !== name) this.#demandFree(name);
    this.#publish(
      this.#definitions.map((definition) => (definition === before ? { ...definition, name } : definition)),
    );
  }

  /** Throws InvalidArgument. */
  byKey(key: number): FieldDefinition {
    const definition = this.#definitions.find((candidate) => candidate.key === key);
    if (definition === undefined)
      throw new VimFault('InvalidArgument', { invalidProperty: 'key' }, 'A specified parameter was not correct: key');
    return definition;
  }

  byName(name: string): FieldDefinition | undefined {
    return this.#definitions.find((definition) => definition.name === name);
  }

  /** An empty value removes it. */
  set(entity: SimObject, key: number, value: string): void {
    const others = valuesOf(entity).filter((field) => field.key !== key);
    const values = value === '' ? others : [...others, { $type: 'CustomFieldStringValue', key, value }];
    entity.setMany({ customValue: values, value: values });
  }

  save(): SavedFields {
    return { definitions: this.#definitions, nextKey: this.#nextKey };
  }

  /** Definitions only: values and what clients read of definitions are properties, which come back by themselves. */
  load({ definitions, nextKey }: SavedFields): void {
    this.#definitions = definitions;
    this.#nextKey = nextKey;
  }

  #demandFree(name: string): void {
    if (this.byName(name) !== undefined)
      throw new VimFault('DuplicateName', { name, object: this.#manager.ref }, `The name '${name}' already exists.`);
  }

  #publish(definitions: readonly FieldDefinition[]): void {
    this.#definitions = definitions;
    this.#manager.set('field', definitions);
    for (const entity of this.#world.registry.ofType('ManagedEntity'))
      entity.setSilently('availableField', definitions);
  }
}

/** The value of a field on an entity. */
export function valueOf(entity: SimObject, key: number): string | undefined {
  return valuesOf(entity).find((field) => field.key === key)?.value;
}

function valuesOf(entity: SimObject): readonly FieldValue[] {
  return (entity.get('customValue') as readonly FieldValue[] | undefined) ?? [];
}
