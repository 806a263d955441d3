// Every option of the simulator with its default: what a flag that isn't given means.
import { createLogger } from '../telemetry/logger.ts';
import type { SimulatorOptions } from './core/simulator-options.ts';

/** vCenter ends idle sessions after 30 minutes. */
const SESSION_TIMEOUT_SECONDS = 1800;

/** The defaults with `given` over them. */
export function withDefaults(given: Partial<SimulatorOptions>): SimulatorOptions {
  return {
    inventory: '',
    listenHost: '127.0.0.1',
    listenPort: 0,
    adminHost: '127.0.0.1',
    adminPort: 0,
    username: 'administrator@vsphere.local',
    password: 'simulator',
    speed: 1,
    clock: 'real',
    duplicateName: 'start',
    sessionTimeoutSeconds: SESSION_TIMEOUT_SECONDS,
    seed: 1,
    logger: given.logger ?? createLogger('warn'),
    ...given,
  };
}
