// What the power policy wants done now, pure.
import type { PowerPolicy } from '../../api/types.generated.ts';
import type { PowerState } from '../vcenter/vm-view.ts';

export type PowerAction = 'powerOn' | 'powerOff' | 'none';

/** `wasReady`: the clone's first boot is over. */
export function planPower(policy: PowerPolicy, state: PowerState | undefined, wasReady: boolean): PowerAction {
  switch (policy) {
    case 'AlwaysOn':
      return state === 'poweredOff' || state === 'suspended' ? 'powerOn' : 'none';
    case 'OnceOn':
      return !wasReady && (state === 'poweredOff' || state === 'suspended') ? 'powerOn' : 'none';
    case 'Off':
      return state === 'poweredOn' || state === 'suspended' ? 'powerOff' : 'none';
    case 'Manual':
      return 'none';
  }
}
