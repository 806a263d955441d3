// From the leaf properties of a VM to what controllers read: unset and empty are the same, names are as people write them,
// and a marker is only a marker when it's well-formed.
import { describe, expect, it } from '@jest/globals';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH, WATCHED_VM_PATHS, vmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { ref } from '../support/vm.ts';

const MARKER = { cluster: 'c', namespace: 'lab', name: 'web-1', uid: 'u', instanceUuid: 'u' };

describe('vmView', () => {
  it('reads every watched property', () => {
    const properties = {
      name: 'web%2f01',
      parent: ref('group-v1', 'Folder'),
      'config.instanceUuid': 'u',
      'config.template': true,
      'config.changeVersion': '2026-01-01T00:00:00Z',
      [MARKER_PATH]: formatMarker(MARKER),
      'runtime.powerState': 'suspended',
      'runtime.connectionState': 'disconnected',
      'runtime.host': ref('host-1', 'HostSystem'),
      'guest.ipAddress': '10.0.0.5',
      'guest.hostName': 'web-01',
      'guest.toolsRunningStatus': 'guestToolsRunning',
      'guest.customizationInfo.customizationStatus': 'TOOLSDEPLOYPKG_SUCCEEDED',
      'guest.customizationInfo.errorMsg': 'none',
    };
    expect(Object.keys(properties).toSorted()).toEqual([...WATCHED_VM_PATHS].toSorted());
    expect(vmView(ref('vm-1'), properties)).toEqual({
      ref: ref('vm-1'),
      name: 'web/01',
      parent: ref('group-v1', 'Folder'),
      instanceUuid: 'u',
      template: true,
      changeVersion: '2026-01-01T00:00:00Z',
      marker: MARKER,
      powerState: 'suspended',
      connectionState: 'disconnected',
      host: ref('host-1', 'HostSystem'),
      ipAddress: '10.0.0.5',
      guestHostname: 'web-01',
      toolsRunning: true,
      customization: 'TOOLSDEPLOYPKG_SUCCEEDED',
      customizationError: 'none',
    });
  });

  it('knows nothing of a VM that tells nothing', () => {
    const view = vmView(ref('vm-1'), {});
    expect(view).toMatchObject({ name: '', template: false, toolsRunning: false });
    const known = Object.entries(view).filter(([, value]) => value !== undefined);
    expect(known.map(([field]) => field).toSorted()).toEqual(['name', 'ref', 'template', 'toolsRunning']);
  });

  it.each([
    ['an empty address', 'guest.ipAddress', '', 'ipAddress', undefined],
    ['tools that do not run', 'guest.toolsRunningStatus', 'guestToolsNotRunning', 'toolsRunning', false],
    ["somebody else's text under our key", MARKER_PATH, 'mine', 'marker', undefined],
  ] as const)('takes %s for what it is', (_, path, value, field, expected) => {
    expect(vmView(ref('vm-1'), { [path]: value })[field]).toBe(expected);
  });

  it('watches neither guest.net nor whole extraConfig lists: they change all the time', () => {
    const paths: readonly string[] = WATCHED_VM_PATHS;
    expect(
      paths.filter(
        (path) => path === 'guest' || path === 'guest.net' || path === 'config' || path === 'config.extraConfig',
      ),
    ).toEqual([]);
  });
});
