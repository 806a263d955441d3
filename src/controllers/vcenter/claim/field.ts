// The custom value that the claim is kept in: the field is defined once in an installation's life, and whoever did that knows
// that nobody had a claim before; value and the vCenter's clock are read in one call.
import type { Clock } from '../../../util/clock.ts';
import type { VSphereClient } from '../../../vsphere/client.ts';
import { VSphereError } from '../../../vsphere/faults.ts';
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import { moRefKey } from '../../../vsphere/mo-ref.ts';
import { SERVICE_INSTANCE } from '../../../vsphere/service-content.ts';
import type { Claim } from './rules.ts';
import { GIVEN_UP, formatClaim, parseClaim } from './rules.ts';
import { OPTIONAL, ROLES } from '../preflight/privilege-table.ts';

const SET = 'Global.SetCustomField';
const DEFINE = 'Global.ManageCustomFields';
const TO_HOLD_IT = `to hold it: govc role.update -a ${ROLES.root} ${OPTIONAL.map(({ id }) => id).join(' ')}`;

interface FieldDef {
  readonly key: number;
  readonly name: string;
  readonly managedObjectType?: string;
}

interface ReadResult {
  readonly objects?: readonly {
    readonly obj: MoRef;
    readonly propSet?: readonly { readonly name: string; readonly val: unknown }[];
    readonly missingSet?: readonly unknown[];
  }[];
}

export interface ClaimField {
  readonly key: number;
  /** Where this call has defined it: the monotonic time at which it asked for that. */
  readonly definedAtMs?: number;
}

/** A text where there can't be one, with what is missing. */
export async function claimField(client: VSphereClient, name: string, clock: Clock): Promise<ClaimField | string> {
  const { rootFolder, customFieldsManager: manager } = client.content;
  if (manager === undefined) return 'this vCenter has no custom fields';
  const held = (await client.heldPrivileges([rootFolder], [SET, DEFINE])).get(moRefKey(rootFolder));
  if (held?.has(SET) !== true) return `the account lacks ${SET} on the root folder; ${TO_HOLD_IT}`;
  const known = await findField(client, manager, name);
  if (known !== undefined) return usable(known);
  if (!held.has(DEFINE))
    return `there is no custom field "${name}" for folders, and the account lacks ${DEFINE} to define it; ${TO_HOLD_IT}`;
  const definedAtMs = clock.monotonic();
  try {
    const made = await client.invoke<FieldDef>(manager, 'AddCustomFieldDef', { name, moType: 'Folder' });
    return { key: made.key, definedAtMs };
  } catch (error) {
    if (!(error instanceof VSphereError) || error.fault !== 'DuplicateName') throw error;
    const made = await findField(client, manager, name); // by a copy of us, a moment ago
    if (made === undefined) throw error;
    return usable(made);
  }
}

function usable({ key, name, managedObjectType: type = 'Folder' }: FieldDef): ClaimField | string {
  return type === 'Folder' ? { key } : `the custom field "${name}" is for objects of type ${type}, not for folders`;
}

async function findField(client: VSphereClient, manager: MoRef, wanted: string): Promise<FieldDef | undefined> {
  const { properties } = await client.read(manager, ['field']);
  const fields = (properties['field'] as readonly FieldDef[] | undefined) ?? [];
  return fields.find(({ name }) => name === wanted);
}

export interface ClaimSeen {
  readonly claim: Claim | undefined;
  /** Nobody has written anything into the field. */
  readonly isUnset: boolean;
  /** The vCenter's time, epoch ms. */
  readonly nowMs: number;
}

/** Throws where the vCenter doesn't tell its time or the values: an answer without them is none. */
export async function readClaim(client: VSphereClient, key: number): Promise<ClaimSeen> {
  const { propertyCollector, rootFolder } = client.content;
  const specSet = [
    {
      propSet: [
        { type: 'Folder', pathSet: ['customValue'] },
        { type: 'ServiceInstance', pathSet: ['serverClock'] },
      ],
      objectSet: [{ obj: rootFolder }, { obj: SERVICE_INSTANCE }],
    },
  ];
  const found = await client.invoke<ReadResult>(propertyCollector, 'RetrievePropertiesEx', { specSet, options: {} });
  const of = (type: string) => found.objects?.find(({ obj }) => obj.type === type);
  const value = (type: string, name: string): unknown =>
    of(type)?.propSet?.find((property) => property.name === name)?.val;
  const clock = value('ServiceInstance', 'serverClock');
  const nowMs = typeof clock === 'string' ? Date.parse(clock) : Number.NaN;
  const folder = of('Folder');
  if (Number.isNaN(nowMs) || folder === undefined || (folder.missingSet ?? []).length > 0)
    throw new VSphereError({ fault: 'BadReply', method: 'RetrievePropertiesEx', text: 'neither clock nor claim' });
  // a folder without any value has no such property
  const values = (value('Folder', 'customValue') ?? []) as readonly { key: number; value: string }[];
  const text = values.find((one) => one.key === key)?.value ?? '';
  return { claim: parseClaim(text), isUnset: text === '', nowMs };
}

/** Undefined gives it up. */
export async function writeClaim(client: VSphereClient, key: number, claim: Claim | undefined): Promise<void> {
  const { rootFolder, customFieldsManager: manager } = client.content;
  if (manager === undefined) throw new Error('a vCenter without custom fields was claimed');
  const value = claim === undefined ? GIVEN_UP : formatClaim(claim);
  await client.invoke(manager, 'SetField', { entity: rootFolder, key, value });
}
