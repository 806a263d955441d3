// Puts a simulated vCenter together around any model and serves it. In-process: tests and the demo start it like this.
// Guarantee: when it can't start, nothing is left listening.
import type { SimulatorModel } from './core/model.ts';
import { startAdmin } from './admin/admin-server.ts';
import { createSimClock } from './clock/simulated-clock.ts';
import { mergeMethodTables } from './core/call-context.ts';
import { createWorld } from './core/create-world.ts';
import type { SimulatorOptions } from './core/simulator-options.ts';
import type { World } from './core/world.ts';
import { makeCertificate } from './wire/certificate.ts';
import { Dispatcher } from './wire/dispatcher.ts';
import { startHttps } from './wire/https-server.ts';
import { wireMethods } from './wire/wire-methods.ts';

export interface RunningSimulator {
  /** Ends in `/sdk`. */
  readonly url: string;
  /** SHA-256 of the certificate: hexadecimal pairs with colons. */
  readonly thumbprint: string;
  /** For clients that are given the certificate instead of its thumbprint. */
  readonly certificatePem: string;
  readonly username: string;
  readonly password: string;
  /** Without path. */
  readonly adminUrl: string;
  readonly world: World;
  /** Ends all connections and sessions; simulated time stands still from then on. Resolves within two seconds. */
  stop(): Promise<void>;
}

/** Rejects with the model's error for a bad inventory, and with the system's when a port is taken. */
export async function startVCenter(options: SimulatorOptions, model: SimulatorModel): Promise<RunningSimulator> {
  const seed = model.parse(options.inventory);
  const world = createWorld(options, createSimClock({ speed: options.clock === 'manual' ? 0 : options.speed }));
  const table = mergeMethodTables(wireMethods(world), model.build(world, seed));
  const certificate = await makeCertificate(options.listenHost);
  const dispatcher = new Dispatcher(world, table);
  const listen = { host: options.listenHost, port: options.listenPort };
  const soap = await startHttps(dispatcher, certificate, listen, { clock: world.clock, logger: options.logger });
  world.outage.add((seconds) => soap.interrupt(seconds));
  const admin = await startAdmin(world, { host: options.adminHost, port: options.adminPort }, (w) =>
    model.describe(w),
  ).catch(async (error: unknown) => {
    await soap.stop();
    throw error;
  });
  return {
    url: `${soap.origin}/sdk`,
    thumbprint: certificate.thumbprint,
    certificatePem: certificate.certificatePem,
    username: options.username,
    password: options.password,
    adminUrl: admin.origin,
    world,
    async stop() {
      world.clock.setSpeed(0); // no task goes on behind the back of whoever stopped it, and no timer is left
      world.sessions.endAll();
      await Promise.all([soap.stop(), admin.stop()]);
    },
  };
}
