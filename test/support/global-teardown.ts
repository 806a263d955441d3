// Runs once after jest's test files: ends the shared control plane.
import { forgetControlPlane } from './running-control-plane.ts';

// oxlint-disable-next-line import/no-default-export -- jest calls the default export
export default async function globalTeardown(): Promise<void> {
  await forgetControlPlane()?.stop();
}
