// Licences: a vCenter without keys runs in evaluation mode, which is the one licence that there is here. Keys that a client
// brings are no keys: they are diagnosed and not taken.
import type { MethodTable } from '../core/call-context.ts';
import type { Registry } from '../core/registry.ts';
import { invalidArgument } from '../vm/vm-call.ts';

const EVALUATION_KEY = '00000-00000-00000-00000-00000';
/** LicenseManagerLicenseInfo. */
const EVALUATION = Object.freeze({
  licenseKey: EVALUATION_KEY,
  editionKey: 'eval',
  name: 'Evaluation Mode',
  total: 0,
  costUnit: '',
  properties: [],
});

export const licenseMethods: MethodTable = {
  LicenseManager: {
    DecodeLicense: (_context, args) => decoded(String(args['licenseKey'])),
    AddLicense: (_context, args) => decoded(String(args['licenseKey'])),
    RemoveLicense(_context, args) {
      if (args['licenseKey'] !== EVALUATION_KEY) throw invalidArgument('licenseKey');
    },
  },
  LicenseAssignmentManager: {
    QueryAssignedLicenses({ world }, args) {
      const entityId = args['entityId'] as string | undefined;
      const vcenter = { entityId: world.instanceUuid, entityDisplayName: 'vCenter' };
      const hosts = [...world.registry.ofType('HostSystem')].map((host) => ({
        entityId: host.value,
        entityDisplayName: String(host.get('name')),
      }));
      return [vcenter, ...hosts]
        .filter((entity) => entityId === undefined || entity.entityId === entityId)
        .map((entity) => ({ ...entity, scope: world.instanceUuid, assignedLicense: EVALUATION }));
    },
  },
};

/** `licenses` of the manager. Once for a registry. */
export function describeLicenses(registry: Registry): void {
  registry.derive('LicenseManager', 'licenses', [], () => [EVALUATION]);
  registry.derive('LicenseManager', 'licensedEdition', [], () => '');
}

function decoded(licenseKey: string): Record<string, unknown> {
  const properties = [{ key: 'diagnostic', value: 'The license key can not be decoded.' }];
  return { licenseKey, editionKey: '', name: '', total: 0, used: 0, costUnit: '', properties };
}
