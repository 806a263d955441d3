// Puts a simulated vCenter together around any model and serves it. In-process: tests and the demo start it like this.
// Guarantee: when it can't start, nothing is left listening.
import type { SimulatorModel } from './core/model.ts';
import { startAdmin } from './admin/admin-server.ts';
import { createSimClock } from './clock/simulated-clock.ts';
import { mergeMethodTables } from './core/call-context.ts';
import { createWorld } from './core/create-world.ts';
import type { SimClock } from './core/sim-clock.ts';
import type { SimulatorOptions } from './core/simulator-options.ts';
import type { World } from './core/world.ts';
import { keepState } from './state/keep-state.ts';
import { readStateFile } from './state/state-file.ts';
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
  const saved = options.stateFile === undefined ? undefined : readStateFile(options.stateFile);
  const world = createWorld(options, startClock(options, saved?.time));
  const table = mergeMethodTables(wireMethods(world), model.build(world, seed, saved));
  const certificate = options.certificate ?? (await makeCertificate(options.listenHost));
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
  const lastWrite = keep(world, model);
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
      lastWrite();
      await Promise.all([soap.stop(), admin.stop()]);
    },
  };
}

/** Time never goes back: a clock that a test drives goes on where it was, others at the real time if that is later. */
function startClock({ clock, speed }: SimulatorOptions, savedTime: number | undefined): SimClock {
  if (clock === 'manual')
    return createSimClock({ speed: 0, ...(savedTime === undefined ? {} : { startAt: savedTime }) });
  return createSimClock({ speed, startAt: Math.max(Date.now(), savedTime ?? 0) });
}

/** Returns what to do when it stops. */
function keep(world: World, model: SimulatorModel): () => void {
  const { stateFile } = world.options;
  if (stateFile === undefined || model.save === undefined) return () => undefined;
  let isLast = false;
  const finish = keepState(world, stateFile, () => (model.save as NonNullable<typeof model.save>)(world, isLast));
  return () => {
    isLast = true;
    finish();
  };
}
