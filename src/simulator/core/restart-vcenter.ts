// The vCenter restarts: clients are cut off first, so that nobody hears of a session that ends, then what only lived in its
// memory is gone. It is the same vCenter afterwards, with the same inventory, uuid and version.
import type { World } from './world.ts';

/** `downSeconds` of simulated time pass before it listens again. */
export function restartVCenter(world: World, downSeconds: number): void {
  world.outage.run(downSeconds);
  world.restart.run();
}
