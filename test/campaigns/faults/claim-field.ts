// Somebody removes the custom field of the claim on the vCenter, with its value: who renews the claim defines it again.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import type { Stage } from '../harness/stage.ts';

const MANAGER: MoRef = { type: 'CustomFieldsManager', value: 'CustomFieldsManager' };

const CLAIM = 'linkedclone.dev/claim-';

export async function removeClaimField({ other }: Stage): Promise<void> {
  const fields = (await other.property(MANAGER, 'field')) as readonly { readonly key: number; readonly name: string }[];
  const [field, ...others] = fields.filter(({ name }) => name.startsWith(CLAIM));
  if (field === undefined || others.length > 0) throw new Error(`not one field of a claim: ${JSON.stringify(fields)}`);
  await other.run(MANAGER, 'RemoveCustomFieldDef', { key: field.key });
}
