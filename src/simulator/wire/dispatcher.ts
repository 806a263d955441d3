// One call from text to text: read strictly, authenticate, find object and handler, disturb it as the fault plan says,
// write the ledger, run, encode. Guarantee: whatever comes in, something goes out; a mistake in a handler is a
// SystemError for its caller and a line in the log, nothing more.
import { errorMessage } from '../../util/errors.ts';
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MethodDef } from '../schema/schema.ts';
import type { VersionView } from '../schema/version-view.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import type { Disturbance } from '../faults/disturbance.ts';
import type { Session } from '../sessions/session.ts';
import { faultReply } from './call-outcome.ts';
import type { CallOutcome, Peer } from './call-outcome.ts';
import { checkPrivileges } from './check-privileges.ts';
import { checkReferences } from './check-references.ts';
import { DecodeError, whileParsing } from './decode-error.ts';
import { decodeFields } from './decode-value.ts';
import { disturb } from './disturb.ts';
import { encodeReply } from './encode-reply.ts';
import { readRequest } from './envelope.ts';
import type { SoapRequest } from './envelope.ts';
import { isMutation, ledgerArgs } from './ledger-entry.ts';
import { resolveMethod } from './resolve-method.ts';
import type { ResolvedMethod } from './resolve-method.ts';
import { viewOfAction } from './service-versions.ts';
import { mustSee } from './visibility.ts';

/** A request that was read and may run. */
interface PreparedCall {
  readonly request: SoapRequest;
  /** What the client's version knows. */
  readonly view: VersionView;
  readonly method: ResolvedMethod;
  readonly self: SimObject;
  readonly args: Record<string, unknown>;
  readonly session: Session | undefined;
  readonly peer: Peer;
}

export class Dispatcher {
  readonly #world: World;
  readonly #table: MethodTable;

  constructor(world: World, table: MethodTable) {
    this.#world = world;
    this.#table = table;
  }

  /** Serves one request body. Never rejects. */
  async serve(text: string, action: string | undefined, peer: Peer): Promise<CallOutcome> {
    const view = viewOfAction(action);
    try {
      if (view === undefined)
        throw invalidRequest(`Unsupported version URI ${action ?? ''}\n\nwhile parsing SOAP envelope`);
      return await this.#serve(readRequest(text), view, peer);
    } catch (error) {
      return faultReply(this.#toFault(error, undefined), view);
    }
  }

  async #serve(request: SoapRequest, view: VersionView, peer: Peer): Promise<CallOutcome> {
    const { sessions, stats, clock } = this.#world;
    const session = sessions.find(peer.cookie ?? request.sessionCookie);
    stats.count(request.method);
    stats.enter('requests');
    if (session !== undefined) {
      session.inFlight += 1;
      session.callCount += 1;
      session.lastActive = clock.now();
    }
    try {
      return await this.#run(this.#prepare(request, view, session, peer));
    } catch (error) {
      return faultReply(this.#toFault(error, request), view);
    } finally {
      stats.leave('requests');
      if (session !== undefined) {
        session.inFlight -= 1;
        session.lastActive = clock.now();
      }
    }
  }

  #prepare(request: SoapRequest, view: VersionView, session: Session | undefined, peer: Peer): PreparedCall {
    const world = this.#world;
    const { target } = request;
    const method = resolveMethod(this.#table, target, request.method, view);
    requireSession(method.definition, request, session);
    const self = mustSee(world, target, session);
    const args = decodeArguments(request, method.definition);
    checkReferences(world, session, request.method, args);
    const call = { request, view, method, self, args, session, peer };
    try {
      checkPrivileges(world, session, method.definition, self, args);
    } catch (error) {
      if (isRecorded(call)) world.ledger.end({ call: this.#record(call), fault: this.#toFault(error, request).fault });
      throw error;
    }
    return call;
  }

  async #run(call: PreparedCall): Promise<CallOutcome> {
    const { request, self, session } = call;
    const name = self.get('name');
    const disturbance = this.#world.faults.disturb({
      method: request.method,
      target: self.ref,
      targetName: typeof name === 'string' ? name : undefined,
      user: session?.userName ?? '',
    });
    return disturb(this.#world, call, disturbance, () => this.#apply(call, disturbance));
  }

  /** Runs the handler between two entries of the ledger. */
  async #apply(call: PreparedCall, disturbance: Disturbance): Promise<CallOutcome> {
    const { request, method, args } = call;
    const { ledger } = this.#world;
    const seq = isRecorded(call) ? this.#record(call) : undefined;
    try {
      if (disturbance.fault !== undefined) throw disturbance.fault;
      const context = this.#context(call, disturbance);
      const result = await method.handler(context, args);
      if (seq !== undefined) this.#recordResult(seq, method.definition, result);
      if (disturbance.loseTask === true) this.#loseTask(result);
      const body = encodeReply(method.definition, result, call.view);
      return {
        kind: 'reply',
        status: 200,
        body,
        ...(context.setCookie === undefined ? {} : { setCookie: context.setCookie }),
      };
    } catch (error) {
      const fault = this.#toFault(error, request);
      if (seq !== undefined) ledger.end({ call: seq, fault: fault.fault });
      return faultReply(fault, call.view);
    }
  }

  /** The ledger's number of the call. */
  #record({ request, self, args, session }: PreparedCall): number {
    return this.#world.ledger.call({
      method: request.method,
      target: self.value,
      args: ledgerArgs(self.ref, args),
      operationId: request.operationId,
      user: session?.userName,
      session: session?.key,
    });
  }

  /** A task's end is written by whoever runs it; anything else ends with its reply. */
  #recordResult(seq: number, definition: MethodDef, result: unknown): void {
    const value = isMoRef(result) ? result.value : undefined;
    if (definition.returns.type === '@Task' && value !== undefined) this.#world.ledger.bindTask(seq, value);
    else this.#world.ledger.end({ call: seq, result: value });
  }

  #loseTask(result: unknown): void {
    const task = isMoRef(result) && result.type === 'Task' ? this.#world.registry.get(result) : undefined;
    if (task !== undefined) this.#world.taskLost.run(task);
  }

  #context(call: PreparedCall, disturbance: Disturbance): CallContext {
    const { request, view, self, session, peer } = call;
    return {
      world: this.#world,
      session,
      user: session?.userName ?? '',
      operationId: request.operationId,
      method: request.method,
      view,
      self,
      flags: disturbance.flags,
      signal: peer.signal,
      peer,
      ...(disturbance.taskFault === undefined ? {} : { taskFault: disturbance.taskFault }),
    };
  }

  #toFault(error: unknown, request: SoapRequest | undefined): VimFault {
    if (error instanceof VimFault) return error;
    if (error instanceof DecodeError) return invalidRequest(error.message);
    this.#world.options.logger.error(
      { err: error, method: request?.method, target: request?.target },
      'a call failed inside the simulator',
    );
    const reason = errorMessage(error);
    return new VimFault('SystemError', { reason }, `A general system error occurred: ${reason}`);
  }
}

function isRecorded({ self, request }: PreparedCall): boolean {
  return isMutation(self.type, request.method);
}

function requireSession(definition: MethodDef, request: SoapRequest, session: Session | undefined): void {
  if (session !== undefined || definition.privilege === 'System.Anonymous') return;
  const privilegeId = definition.privilege === '' ? 'System.View' : definition.privilege;
  throw new VimFault('NotAuthenticated', { object: request.target, privilegeId }, 'The session is not authenticated.');
}

function decodeArguments(request: SoapRequest, definition: MethodDef): Record<string, unknown> {
  const where = `HTTP request for method ${request.method}\non object of type vim.${request.target.type}`;
  return whileParsing(where, () =>
    whileParsing('SOAP envelope', () =>
      whileParsing('SOAP body', () =>
        whileParsing(`call information for method ${request.method}`, () =>
          decodeFields(request.call, definition.params, 'parameter', `call of method ${request.method}`),
        ),
      ),
    ),
  );
}

function invalidRequest(message: string): VimFault {
  return new VimFault('InvalidRequest', {}, message);
}
