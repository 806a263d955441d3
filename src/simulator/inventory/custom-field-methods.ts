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
      const { fields, events } = modelOf(context.world);
      const definition = fields.add(String(args['name']), args['moType'] as string | undefined);
      events.post({
        type: 'CustomFieldDefAddedEvent',
        entity: undefined,
        user: context.user,
        message: `Created new custom field definition ${definition.name}`,
        fields: { fieldKey: definition.key, name: definition.name },
      });
      return definition;
    },
    RemoveCustomFieldDef: (context, args) => modelOf(context.world).fields.remove(Number(args['key'])),
    RenameCustomFieldDef: (context, args) =>
      modelOf(context.world).fields.rename(Number(args['key']), String(args['name'])),
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
