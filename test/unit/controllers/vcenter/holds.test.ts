// Holds stand in memory from the moment they are read or made, until the answer that names them.
import { describe, expect, it } from '@jest/globals';
import type { VCenterHold } from '../../../../src/api/types.generated.ts';
import { VCenterHolds, acceptedUntil, isCrdPause, pauseId } from '../../../../src/controllers/vcenter/holds.ts';
import { vCenter } from '../support/objects.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const REWOUND: VCenterHold = { type: 'InventoryRewound', id: '100-40', since: '2026-01-01T06:00:00Z' };

function paused(id: string): VCenterHold {
  return { type: 'DeletionsPaused', id, since: '2026-01-01T06:00:00Z' };
}

describe('VCenterHolds', () => {
  it('is as stored from its first moment, and free without a status', () => {
    const stored = new VCenterHolds(vCenter({ status: { holds: [REWOUND, paused('crds-5')] } }));
    expect(stored.rewound).toBe('the inventory of VCenter "vc" went back in time');
    expect(stored.paused).toContain('kubectl annotate vcenter vc linkedclone.dev/resume-deletions=crds-5 --overwrite');
    const free = new VCenterHolds(vCenter());
    expect([free.rewound, free.paused, free.all]).toEqual([undefined, undefined, []]);
  });

  it('stands against the calls that could harm, from the moment on at which it is known', () => {
    const changes = ['PowerOnVM_Task', 'PowerOffVM_Task', 'ReconfigVM_Task', 'CloneVM_Task', 'CreateSnapshot_Task'];
    const methods = [...changes, 'RemoveSnapshot_Task', 'Destroy_Task', 'CreateFolder'];
    const holds = new VCenterHolds(vCenter());
    const held = (): string[] => methods.filter((method) => holds.against(method) !== undefined);
    expect(held()).toEqual([]);
    holds.add(paused('deletions-1'));
    expect(held()).toEqual(['RemoveSnapshot_Task', 'Destroy_Task']);
    holds.add(REWOUND);
    expect(held()).toEqual([...changes, 'RemoveSnapshot_Task', 'Destroy_Task']);
  });

  it('keeps the first of a type, and lifts one type alone', () => {
    const holds = new VCenterHolds(vCenter({ status: { holds: [REWOUND] } }));
    expect(holds.add(paused('deletions-1')).id).toBe('deletions-1');
    expect(holds.add(paused('deletions-2')).id).toBe('deletions-1');
    holds.lift('DeletionsPaused');
    expect(holds.all).toEqual([REWOUND]);
  });

  it('takes over what a former leader wrote after it was read, and nothing older, nor what it has lifted itself', () => {
    const at = (resourceVersion: string, ...all: VCenterHold[]) => {
      const object = vCenter({ status: { holds: all } });
      return { ...object, metadata: { ...object.metadata, resourceVersion } };
    };
    const holds = new VCenterHolds(at('100'));
    holds.hear(at('99', REWOUND, paused('deletions-1')));
    expect(holds.all).toEqual([]);
    holds.hear(at('101', paused('deletions-2')));
    expect(holds.all).toEqual([paused('deletions-2')]);
    holds.hear(at('102'));
    expect(holds.all).toEqual([paused('deletions-2')]);
    holds.lift('DeletionsPaused');
    holds.hear(at('103', paused('deletions-2')));
    expect(holds.all).toEqual([]);
  });

  it('keeps changes back while another has the claim, or may have it', () => {
    const holds = new VCenterHolds(vCenter());
    expect(holds.claimed).toBeUndefined();
    holds.claim.elsewhere({ cluster: 'c', holder: 'h', at: '', holderTime: '' });
    expect(holds.claimed).toBe('h of cluster c claims VCenter "vc"');
    holds.claim.late('ours', 0);
    expect(holds.claimed).toContain('too slowly to rule out that another operator has taken it');
    holds.claim.held(0);
    expect(holds.claimed).toBeUndefined();
  });

  it('tells the two pauses apart by their ids', () => {
    expect(isCrdPause(paused(pauseId('CrdTerminating', NOW)))).toBe(true);
    expect(isCrdPause(paused(pauseId('TooManyDeletions', NOW)))).toBe(false);
  });
});

describe('an answer to a pause', () => {
  it('covers what was deleted up to the second in which the pause began', () => {
    const until = acceptedUntil(pauseId('TooManyDeletions', NOW + 400), NOW + 5000);
    expect(until).toBe(NOW + 999);
  });

  it.each([
    undefined,
    '',
    'true',
    'deletions-',
    'deletions-1e9',
    '100-40',
    `deletions-${NOW}`,
    pauseId('CrdTerminating', NOW + 60_000),
  ])('covers nothing when it is %j: no pause, or one to come', (answer) => {
    expect(acceptedUntil(answer, NOW)).toBeUndefined();
  });
});
