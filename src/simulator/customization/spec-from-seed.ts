// A customization specification of the inventory file as the CustomizationSpecItem that vCenter would store.
import type { SeedCustomizationSpec, SeedHostName } from '../inventory/seed.ts';
import { FAILING_SUFFIX } from './customization-specs.ts';
import type { CustomizationSpecs, SpecItem } from './customization-specs.ts';

/** Adds the spec, and that it fails where the inventory file says so. */
export function addSeedSpec(specs: CustomizationSpecs, seed: SeedCustomizationSpec): void {
  const suffix =
    seed.failure === undefined
      ? undefined
      : `${seed.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.${FAILING_SUFFIX}`;
  if (suffix !== undefined && seed.failure !== undefined) specs.addFailure(suffix, seed.failure);
  specs.create(itemOf(seed, suffix));
}

function itemOf(seed: SeedCustomizationSpec, suffix: string | undefined): SpecItem {
  return {
    info: { name: seed.name, description: seed.description, type: seed.os },
    spec: {
      options:
        seed.os === 'Windows'
          ? { $type: 'CustomizationWinOptions', changeSID: true, deleteAccounts: false }
          : { $type: 'CustomizationLinuxOptions' },
      identity: seed.os === 'Windows' ? sysprep(seed.hostName) : linuxPrep(seed.hostName),
      globalIPSettings: { dnsSuffixList: suffix === undefined ? [] : [suffix], dnsServerList: [] },
      nicSettingMap: Array.from({ length: seed.nics }, () => ({
        adapter: { ip: { $type: 'CustomizationDhcpIpGenerator' } },
      })),
    },
  };
}

function sysprep(hostName: SeedHostName): Record<string, unknown> {
  return {
    $type: 'CustomizationSysprep',
    guiUnattended: { timeZone: 85, autoLogon: false, autoLogonCount: 1 },
    userData: { fullName: 'Lab', orgName: 'Lab', computerName: nameGenerator(hostName), productId: '' },
    identification: { joinWorkgroup: 'WORKGROUP' },
  };
}

function linuxPrep(hostName: SeedHostName): Record<string, unknown> {
  return {
    $type: 'CustomizationLinuxPrep',
    hostName: nameGenerator(hostName),
    domain: 'lab.local',
    timeZone: 'Etc/UTC',
    hwClockUTC: true,
  };
}

function nameGenerator(hostName: SeedHostName): Record<string, unknown> {
  if (hostName.kind === 'vmName') return { $type: 'CustomizationVirtualMachineName' };
  return hostName.kind === 'fixed'
    ? { $type: 'CustomizationFixedName', name: hostName.text }
    : { $type: 'CustomizationPrefixName', base: hostName.text };
}
