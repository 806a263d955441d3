// A simulated vCenter without a network: methods are called straight on the model, time is driven by the test.
import { createSimClock } from '../../../../src/simulator/clock/simulated-clock.ts';
import { mergeMethodTables } from '../../../../src/simulator/core/call-context.ts';
import type { CallFlag, MethodTable } from '../../../../src/simulator/core/call-context.ts';
import { createWorld } from '../../../../src/simulator/core/create-world.ts';
import { managerRef } from '../../../../src/simulator/core/service-content.ts';
import type { ManagerField } from '../../../../src/simulator/core/service-content.ts';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import { VimFault } from '../../../../src/simulator/core/vim-fault.ts';
import type { World } from '../../../../src/simulator/core/world.ts';
import type { SimulatorOptions } from '../../../../src/simulator/core/simulator-options.ts';
import { withDefaults } from '../../../../src/simulator/default-options.ts';
import { describeInventory } from '../../../../src/simulator/inventory/describe.ts';
import type { InventoryDescription, VmDescription } from '../../../../src/simulator/inventory/describe.ts';
import { buildModel } from '../../../../src/simulator/inventory/model.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { parseInventory } from '../../../../src/simulator/inventory/parse-inventory.ts';
import type { SavedState } from '../../../../src/simulator/state/saved-state.ts';
import { isMoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { Session } from '../../../../src/simulator/sessions/session.ts';
import { wireMethods } from '../../../../src/simulator/wire/wire-methods.ts';
import { isManagedA } from '../../../../src/simulator/schema/schema.ts';

export interface CallOptions {
  readonly user?: string;
  /** For what belongs to a session: collectors, filters, views. */
  readonly session?: Session;
  readonly taskFault?: VimFault;
  readonly flags?: readonly CallFlag[];
}

export interface TaskEnd {
  readonly state: string;
  readonly result: unknown;
  /** Type of the fault. */
  readonly fault: string | undefined;
  readonly faultFields: Readonly<Record<string, unknown>>;
}

export type Args = Readonly<Record<string, unknown>>;

export class Vcenter {
  readonly world: World;
  readonly #table: MethodTable;

  /** With `saved` it goes on where that one was. */
  constructor(inventory: string, options: Partial<SimulatorOptions> = {}, saved?: SavedState) {
    this.world = createWorld(
      withDefaults({ ...options, clock: 'manual' }),
      createSimClock({ speed: 0, startAt: saved?.time ?? Date.parse('2026-11-21T10:00:00Z') }),
    );
    this.#table = mergeMethodTables(wireMethods(this.world), buildModel(this.world, parseInventory(inventory), saved));
  }

  /** Calls a method as the wire does: the handler of the type itself, or of the nearest base. */
  call(self: MoRef, method: string, args: Args = {}, options: CallOptions = {}): unknown {
    const object = this.world.registry.must(self);
    const owners = Object.keys(this.#table).filter(
      (type) => isManagedA(object.type, type) && Object.hasOwn(this.#table[type] ?? {}, method),
    );
    const owner =
      owners.find((type) => type === object.type) ?? owners.toSorted((a, b) => (isManagedA(a, b) ? -1 : 1))[0];
    const handler = owner === undefined ? undefined : this.#table[owner]?.[method];
    if (handler === undefined) throw new Error(`no handler for ${object.type}.${method}`);
    return handler(
      {
        world: this.world,
        session: options.session,
        user: options.user ?? 'tester',
        operationId: undefined,
        method,
        self: object,
        flags: new Set(options.flags),
        ...(options.taskFault === undefined ? {} : { taskFault: options.taskFault }),
      },
      { ...args },
    );
  }

  /** The administrator, logged in: for what belongs to a session. */
  login(): Session {
    const { username, password } = this.world.options;
    return this.world.sessions.login(username, password, { locale: 'en', ipAddress: '', userAgent: 'test' });
  }

  /** Starts a task and returns its object. */
  start(self: MoRef, method: string, args: Args = {}, options: CallOptions = {}): SimObject {
    const ref = this.call(self, method, args, options);
    if (!isMoRef(ref)) throw new Error(`${method} returned no task`);
    return this.world.registry.must(ref);
  }

  /** Starts a task and drives the clock until it has ended. */
  async run(self: MoRef, method: string, args: Args = {}, options: CallOptions = {}): Promise<TaskEnd> {
    return this.ended(this.start(self, method, args, options));
  }

  /** Drives the clock until the task has ended, at most an hour. */
  async ended(task: SimObject): Promise<TaskEnd> {
    for (let seconds = 0; seconds < 3600 && !isOver(task); seconds += 0.5) await this.advance(0.5);
    return endOf(task);
  }

  /** As `run`; a fault is an error of the test. Returns the reference that came out. */
  async must(self: MoRef, method: string, args: Args = {}, options: CallOptions = {}): Promise<MoRef> {
    const end = await this.run(self, method, args, options);
    if (end.state !== 'success') throw new Error(`${method} ended with ${end.fault}`);
    return isMoRef(end.result) ? end.result : self;
  }

  advance(seconds: number): Promise<void> {
    return this.world.clock.advance(seconds * 1000);
  }

  describe(): InventoryDescription {
    return describeInventory(this.world);
  }

  /** What the model says about a VM. */
  vm(ref: MoRef): VmDescription {
    const found = this.describe().vms.find((vm) => vm.moRef === ref.value);
    if (found === undefined) throw new Error(`no VM ${ref.value}`);
    return found;
  }

  object(ref: MoRef): SimObject {
    return this.world.registry.must(ref);
  }

  get(ref: MoRef, path: string): unknown {
    return this.object(ref).get(path);
  }

  /** The only object of a type with this name. */
  named(type: string, name: string): MoRef {
    for (const object of this.world.registry.ofType(type)) if (object.get('name') === name) return object.ref;
    throw new Error(`no ${type} is called ${name}`);
  }

  /** A manager of the service content. */
  manager(field: ManagerField): MoRef {
    return managerRef(field);
  }

  /** The snapshot of a VM with this name. */
  snapshot(vm: MoRef, name: string): MoRef {
    const found = this.describe().snapshots.find((snapshot) => snapshot.vm === vm.value && snapshot.name === name);
    if (found === undefined) throw new Error(`no snapshot ${name}`);
    return { type: 'VirtualMachineSnapshot', value: found.moRef };
  }

  freeBytes(datastore: string): number {
    return this.describe().datastores.find((candidate) => candidate.name === datastore)?.freeBytes ?? Number.NaN;
  }

  eventTypes(): readonly string[] {
    return modelOf(this.world).events.events.map((event) => String(event.data['$type']));
  }
}

export function isOver(task: SimObject): boolean {
  return ['success', 'error'].includes(String(task.get('info.state')));
}

export function endOf(task: SimObject): TaskEnd {
  const { $type, ...faultFields } = (task.get('info.error.fault') as Record<string, unknown> | undefined) ?? {};
  return {
    state: String(task.get('info.state')),
    result: task.get('info.result'),
    fault: $type as string | undefined,
    faultFields,
  };
}

/** The fault that a call throws. */
export function faultOf(call: () => unknown): VimFault {
  try {
    call();
  } catch (error) {
    if (error instanceof VimFault) return error;
    throw error;
  }
  throw new Error('the call was expected to throw a fault');
}
