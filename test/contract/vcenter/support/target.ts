// A vCenter under test: one session, the inventory's names, and the few calls that nearly every expectation begins with.
// Both targets have vcsim's default inventory; what an expectation changes, it makes for itself first.
import { request } from 'undici';
import { sleep } from '../../../../src/util/abort.ts';
import { systemClock } from '../../../../src/util/clock.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import type { Element, Ref } from './element.ts';
import { Wire, WireFault, el, ref } from './wire.ts';
import type { Reply } from './wire.ts';

export const SERVICE: Ref = { type: 'ServiceInstance', value: 'ServiceInstance' };
export const POWERED_OFF = '/DC0/vm/DC0_C0_RP0_VM0';

export interface Account {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Of our simulator: where it is told what to do. */
  readonly adminUrl?: string;
}

let names = 0;

export class Target {
  readonly account: Account;
  readonly wire: Wire;
  readonly content: Element;
  readonly #opened: Wire[] = [];

  private constructor(account: Account, wire: Wire, content: Element) {
    this.account = account;
    this.wire = wire;
    this.content = content;
  }

  static async open(account: Account): Promise<Target> {
    const wire = new Wire(account.url);
    const [content] = (await wire.must('RetrieveServiceContent', SERVICE)).values;
    if (content === undefined) throw new Error('no service content');
    const target = new Target(account, wire, content);
    await wire.must('Login', target.manager('sessionManager'), target.credentials());
    return target;
  }

  async close(): Promise<void> {
    await Promise.all([this.wire, ...this.#opened].map((wire) => wire.close()));
  }

  credentials({ username, password }: Pick<Account, 'username' | 'password'> = this.account): string {
    return el('userName', username) + el('password', password);
  }

  /** Another client of the same vCenter. */
  async stranger(loggedIn = false): Promise<Wire> {
    const wire = new Wire(this.account.url);
    this.#opened.push(wire);
    if (loggedIn) await wire.must('Login', this.manager('sessionManager'), this.credentials());
    return wire;
  }

  /** Somebody else who logged in. */
  async login(username: string, password: string): Promise<Wire> {
    const wire = await this.stranger();
    await wire.must('Login', this.manager('sessionManager'), this.credentials({ username, password }));
    return wire;
  }

  /** Tells our simulator what no client can: to restart, or what time it is. */
  async order(path: string, body: unknown): Promise<void> {
    const { adminUrl } = this.account;
    if (adminUrl === undefined) throw new Error('only our simulator takes orders');
    const { statusCode, body: reply } = await request(`${adminUrl}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    if (statusCode !== 200) throw new Error(`POST ${path}: ${text}`);
  }

  /** A manager of the service content. */
  manager(name: string): Ref {
    const found = this.content.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found.ref;
  }

  get collector(): Ref {
    return this.manager('propertyCollector');
  }

  /** A name that nothing has yet, and that no other target gave. */
  name(stem = 'thing'): string {
    names += 1;
    return `${stem}-${names}`;
  }

  /** The object at an inventory path. */
  async path(inventoryPath: string): Promise<Ref> {
    const { values } = await this.wire.must(
      'FindByInventoryPath',
      this.manager('searchIndex'),
      el('inventoryPath', inventoryPath),
    );
    const [found] = values;
    if (found === undefined) throw new Error(`nothing at ${inventoryPath}`);
    return found.ref;
  }

  call(method: string, on: Ref, args = ''): Promise<Reply> {
    return this.wire.call(method, on, args);
  }

  must(method: string, on: Ref, args = ''): Promise<Reply> {
    return this.wire.must(method, on, args);
  }

  /** The first thing that a call returns. */
  async one(method: string, on: Ref, args = ''): Promise<Element> {
    const [value] = (await this.wire.must(method, on, args)).values;
    if (value === undefined) throw new Error(`${method} returned nothing`);
    return value;
  }

  /** What RetrievePropertiesEx answers for one object. */
  async content1(on: Ref, paths: readonly string[], wire = this.wire): Promise<Element | undefined> {
    const spec = `<specSet><propSet>${el('type', on.type)}${paths.map((path) => el('pathSet', path)).join('')}</propSet><objectSet>${ref('obj', on)}</objectSet></specSet><options/>`;
    return (await wire.must('RetrievePropertiesEx', this.collector, spec)).values[0]?.get('objects');
  }

  /** The value of a property; undefined when it isn't set. */
  async value(on: Ref, path: string): Promise<Element | undefined> {
    const object = await this.content1(on, [path]);
    return object
      ?.all('propSet')
      .find((property) => property.at('name') === path)
      ?.get('val');
  }

  async text(on: Ref, path: string): Promise<string | undefined> {
    return (await this.value(on, path))?.text;
  }

  /** What a property becomes in time: its text once it matches, else its last one. */
  async settled(on: Ref, path: string, wanted: RegExp, timeoutMs = 10_000): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const text = (await this.text(on, path)) ?? '';
      if (wanted.test(text) || performance.now() >= deadline) return text;
      await sleep(systemClock, 20);
    }
  }

  /** TaskInfo of a task that ended. */
  ended(task: Ref): Promise<Element> {
    const look = async (): Promise<Element | undefined> => {
      const info = await this.value(task, 'info');
      return ['success', 'error'].includes(info?.at('state') ?? '') ? info : undefined;
    };
    return waitUntil('a task to end', look, { timeoutMs: 15_000, intervalMs: 5, retryErrors: false });
  }

  /** Runs a task that must succeed; its result. */
  async done(method: string, on: Ref, args = ''): Promise<Element | undefined> {
    const info = await this.info(method, on, args);
    const error = info.get('error');
    if (error !== undefined)
      throw new WireFault(method, error.get('fault')?.xsiType ?? '', error.at('localizedMessage') ?? '');
    return info.get('result');
  }

  /** The object that a task makes. */
  async made(method: string, on: Ref, args = ''): Promise<Ref> {
    const result = await this.done(method, on, args);
    if (result === undefined) throw new Error(`${method} made nothing`);
    return result.ref;
  }

  /** Runs a task; its end. */
  async info(method: string, on: Ref, args = ''): Promise<Element> {
    return this.ended((await this.one(method, on, args)).ref);
  }

  /** The fault of a call, or of the task that it started; undefined when all went well. */
  async fault(method: string, on: Ref, args = ''): Promise<string | undefined> {
    return (await this.failure(method, on, args))?.xsiType;
  }

  /** The element of that fault. */
  async failure(method: string, on: Ref, args = ''): Promise<Element | undefined> {
    const reply = await this.call(method, on, args);
    if (reply.status !== 200) return reply.detail;
    const [returned] = reply.values;
    if (returned?.refType !== 'Task') return undefined;
    return (await this.ended(returned.ref)).get('error', 'fault');
  }
}
