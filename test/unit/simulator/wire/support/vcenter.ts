// A running simulator with the small inventory, and clients for it; everything ends with the test that made it.
import { withDefaults } from '../../../../../src/simulator/default-options.ts';
import type { SimulatorOptions } from '../../../../../src/simulator/core/simulator-options.ts';
import { startVCenter } from '../../../../../src/simulator/start-vcenter.ts';
import type { RunningSimulator } from '../../../../../src/simulator/start-vcenter.ts';
import { createLogger } from '../../../../../src/telemetry/logger.ts';
import { SoapClient } from './soap-client.ts';
import { tinyModel } from './tiny-model.ts';

export interface TestVCenter extends RunningSimulator {
  /** A client of its own; logged in unless told otherwise. */
  client(options?: { readonly isLoggedIn?: boolean }): Promise<SoapClient>;
  /** Calls the admin endpoint. */
  admin(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly json: unknown }>;
}

export async function startTestVCenter(
  machines: number,
  options: Partial<SimulatorOptions> = {},
): Promise<TestVCenter> {
  const given = { inventory: String(machines), logger: createLogger('silent'), ...options };
  const running = await startVCenter(withDefaults(given), tinyModel);
  const clients: SoapClient[] = [];
  return {
    ...running,
    async client({ isLoggedIn = true } = {}) {
      const client = new SoapClient(running.url);
      clients.push(client);
      if (isLoggedIn) await client.login();
      return client;
    },
    async admin(method, path, body) {
      const init =
        body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
      const response = await fetch(`${running.adminUrl}${path}`, init);
      return { status: response.status, json: await response.json() };
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await running.stop();
    },
  };
}
