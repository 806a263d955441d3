// What is to become of orphans is read from the API server right before one is deleted: the cache may show yesterday's word.
import { expect, it } from '@jest/globals';
import { UID } from '../../support/deleting-clone.ts';
import { orphanRig } from '../../support/orphan-rig.ts';

it.each<[string, Parameters<ReturnType<typeof orphanRig>['run']>[1], readonly string[]]>([
  ['is Delete still', {}, ['destroy vm-10']],
  ['is Report since a moment', { orphanPolicy: 'Report' }, []],
  ['has a longer grace since a moment', { orphanGraceSeconds: 86_400 }, []],
])('an orphan that is due by the cache, where the policy %s', async (_, stored, calls) => {
  const rig = orphanRig();
  await rig.run('Delete', stored);
  expect(rig.calls).toEqual(calls);
});

it.each<[string, ReturnType<typeof orphanRig>['later']]>([
  ['the policy became Report', { spec: { orphanPolicy: 'Report' } }],
  ['its clone was released', { releasedClones: [UID] }],
])('an orphan stays that is being judged while %s', async (_, later) => {
  const rig = orphanRig();
  const { client } = rig.connection;
  const readMany = client.readMany.bind(client);
  client.readMany = async (...args) => {
    Object.assign(rig.later, later);
    return readMany(...args);
  };
  await rig.run('Delete');
  expect(rig.calls).toEqual([]);
});
