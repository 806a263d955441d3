// The whole table of power policies × states × whether the first boot is over.
import { describe, expect, it } from '@jest/globals';
import type { PowerPolicy } from '../../../../src/api/types.generated.ts';
import type { PowerAction } from '../../../../src/controllers/linked-clone/power-plan.ts';
import { planPower } from '../../../../src/controllers/linked-clone/power-plan.ts';
import type { PowerState } from '../../../../src/controllers/vcenter/vm-view.ts';

type Row = [PowerPolicy, PowerState | undefined, PowerAction, PowerAction];

describe('planPower', () => {
  it.each<Row>([
    //             state          first boot   later
    ['AlwaysOn', 'poweredOff', 'powerOn', 'powerOn'],
    ['AlwaysOn', 'suspended', 'powerOn', 'powerOn'],
    ['AlwaysOn', 'poweredOn', 'none', 'none'],
    ['AlwaysOn', undefined, 'none', 'none'],
    ['OnceOn', 'poweredOff', 'powerOn', 'none'],
    ['OnceOn', 'suspended', 'powerOn', 'none'],
    ['OnceOn', 'poweredOn', 'none', 'none'],
    ['OnceOn', undefined, 'none', 'none'],
    ['Off', 'poweredOn', 'powerOff', 'powerOff'],
    ['Off', 'suspended', 'powerOff', 'powerOff'],
    ['Off', 'poweredOff', 'none', 'none'],
    ['Off', undefined, 'none', 'none'],
    ['Manual', 'poweredOn', 'none', 'none'],
    ['Manual', 'poweredOff', 'none', 'none'],
    ['Manual', 'suspended', 'none', 'none'],
    ['Manual', undefined, 'none', 'none'],
  ])('%s with a VM that is %s: %s before its first Ready, %s after', (policy, state, before, after) => {
    expect([planPower(policy, state, false), planPower(policy, state, true)]).toEqual([before, after]);
  });
});
