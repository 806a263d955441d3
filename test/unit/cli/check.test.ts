// What `check` asks and how it judges: every right by itself, and a VCenter by what the operator says of it.
import { describe, expect, it } from '@jest/globals';
import type { VCenter } from '../../../src/api/types.generated.ts';
import { describeRight, singleRights } from '../../../src/cli/check/rights.ts';
import { judgeVCenter } from '../../../src/cli/check/vcenters.ts';

describe('rights', () => {
  it('are asked for one by one: verbs, resources, subresources, names', () => {
    const rules = [
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
      { apiGroups: ['x.dev'], resources: ['a', 'a/status'], resourceNames: ['one', 'two'], verbs: ['get', 'patch'] },
    ];
    const rights = singleRights([{ namespace: 'lab', rules }]);
    expect(rights).toHaveLength(1 + 2 * 2 * 2);
    expect(rights.map(describeRight)).toEqual(
      expect.arrayContaining([
        'get secrets -n lab',
        'patch a.x.dev/two --subresource=status -n lab',
        'get a.x.dev/one -n lab',
      ]),
    );
  });

  it('of the whole cluster name no namespace', () => {
    const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }];
    expect(singleRights([{ namespace: '', rules }]).map(describeRight)).toEqual(['list namespaces']);
  });
});

describe('a VCenter', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Connected', message: 'vCenter 8.0.3' };
  const notReady = { type: 'Ready', status: 'False', reason: 'InvalidLogin', message: 'refused' };
  const stalled = { type: 'Stalled', status: 'True', reason: 'InvalidLogin', message: 'refused' };
  const lacking = { type: 'PrivilegesSufficient', status: 'False', reason: 'MissingPrivileges', message: 'on /DC0' };
  const vCenter = (conditions: readonly unknown[], observedGeneration = 3): VCenter =>
    ({
      metadata: { name: 'vc1', generation: 3 },
      spec: {},
      status: { observedGeneration, conditions },
    }) as unknown as VCenter;

  it.each<[string, VCenter, string, string]>([
    ['ready', vCenter([ready]), 'good', 'vCenter 8.0.3'],
    ['not looked at', vCenter([], -1), 'waiting', 'the operator has not looked at it yet'],
    ['changed since', vCenter([ready], 2), 'waiting', 'the operator has not looked at it yet'],
    ['on its way', vCenter([notReady]), 'waiting', 'InvalidLogin: refused'],
    ['stuck', vCenter([notReady, stalled]), 'bad', 'InvalidLogin: refused'],
    ['ready without all privileges', vCenter([ready, lacking]), 'bad', 'MissingPrivileges: on /DC0'],
  ])('that is %s', (_, object, state, text) => {
    expect(judgeVCenter(object)).toEqual({ name: 'vc1', state, text });
  });
});
