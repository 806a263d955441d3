// Methods about custom fields: on their manager, and setCustomValue on an entity, which goes by name.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { FieldDefinition } from './custom-fields.ts';
import { valueOf } from './custom-fields.ts';
import { modelOf } from './model-state.ts';

export const customFieldMethods: MethodTable = {
  CustomFieldsManager: {
    AddCustomFieldDef(context, args) {
      const { fields } = modelOf(context.world);
      const definition = fields.add(String(args['name']), args['moType'] as string | undefined);
      const { key, name } = definition;
      const message = `Created new custom field definition ${name}`;
      post(context, 'CustomFieldDefAddedEvent', message, { fieldKey: key, name });
      return definition;
    },
    RemoveCustomFieldDef(context, args) {
      const { fields } = modelOf(context.world);
      const { key, name } = fields.byKey(Number(args['key']));
      fields.remove(key);
      post(context, 'CustomFieldDefRemovedEvent', `Removed field definition ${name}`, { fieldKey: key, name });
    },
    RenameCustomFieldDef(context, args) {
      const { fields } = modelOf(context.world);
      const { key, name } = fields.byKey(Number(args['key']));
      const newName = String(args['name']);
      fields.rename(key, newName);
      const message = `Renamed field definition from ${name} to ${newName}`;
      post(context, 'CustomFieldDefRenamedEvent', message, { fieldKey: key, name, newName });
    },
    SetField(context, args) {
      const definition = modelOf(context.world).fields.byKey(Number(args['key']));
      set(context, context.world.registry.must(args['entity'] as MoRef), definition, String(args['value']));
    },
  },
  ExtensibleManagedObject: {
    setCustomValue(context, args) {
      const name = String(args['key']);
      const definition = modelOf(context.world).fields.byName(name);
      if (definition === undefined)
        throw new VimFault('InvalidArgument', { invalidProperty: 'key' }, `There is no custom field '${name}'.`);
      set(context, context.self, definition, String(args['value']));
    },
  },
};

function post(context: CallContext, type: string, message: string, fields: Readonly<Record<string, unknown>>): void {
  modelOf(context.world).events.post({ type, entity: undefined, user: context.user, message, fields });
}

function set(context: CallContext, entity: SimObject, definition: FieldDefinition, value: string): void {
  const { fields, events } = modelOf(context.world);
  const prevState = valueOf(entity, definition.key) ?? '';
  fields.set(entity, definition.key, value);
  const name = String(entity.get('name'));
  events.post({
    type: 'CustomFieldValueChangedEvent',
    entity,
    user: context.user,
    message: `Changed custom field ${definition.name} on ${name} from '${prevState}' to '${value}'`,
    fields: { entity: { name, entity: entity.ref }, fieldKey: definition.key, name: definition.name, value, prevState },
  });
}
