// A vCenter that is back wakes all that waits for it, also clones which aren't recorded as its own yet: they have no intent.
import { expect, it } from '@jest/globals';
import { wakeAllOn } from '../../../../src/controllers/vcenter/connection-options.ts';
import { INDEX } from '../../../../src/controllers/shared/runtime.ts';
import { baseSnapshot, webClone } from '../support/objects.ts';

type Wakes = Parameters<typeof wakeAllOn>[0];

it('wakes its bases, its clones, and those of its bases that are to become its own', () => {
  const recorded = webClone(1);
  const pin = { name: 'vc', uid: 'uid-vc', instanceUuid: 'vc-uuid' };
  const clones = {
    [`${INDEX.vCenter} vc`]: [{ ...recorded, status: { ...recorded.status, vCenter: pin } }],
    [`${INDEX.base} lab/win`]: [
      { ...recorded, status: { ...recorded.status, vCenter: pin } },
      { ...webClone(2), status: {} },
    ],
  };
  const woken: string[] = [];
  const wake = (kind: string) => (key: { name: string }) => void woken.push(`${kind} ${key.name}`);
  wakeAllOn(
    {
      stores: {
        bases: { byIndex: () => [baseSnapshot({ name: 'win' })] },
        clones: { byIndex: (index: string, key: string) => clones[`${index} ${key}`] ?? [] },
      },
      wake: { base: wake('base'), clone: wake('clone') },
    } as unknown as Wakes,
    'vc',
  );
  expect(woken).toEqual(['base win', 'clone web-2', 'clone web-1']);
});
