// Somebody who does their work while others misbehave: one connection changes the notes of a machine, reads them back, and
// the other watches them. Every answer has to be right, and in time.
import { find, SoapClient } from '../../../unit/simulator/wire/support/soap-client.ts';

const COLLECTOR = ['PropertyCollector', 'propertyCollector'] as const;

export class Bystander {
  /** Milliseconds of each round: change, read, be told. */
  readonly rounds: number[] = [];
  readonly #working: SoapClient;
  readonly #watching: SoapClient;
  readonly #machine: string;
  #version = '';
  #isDone = false;

  constructor(url: string, machine: string) {
    this.#working = new SoapClient(url);
    this.#watching = new SoapClient(url);
    this.#machine = machine;
  }

  async login(): Promise<void> {
    for (const client of [this.#working, this.#watching]) await must(client.login());
    const filter = `<spec>${this.#propSet()}</spec><partialUpdates>true</partialUpdates>`;
    await must(this.#watching.call('CreateFilter', ...COLLECTOR, filter));
    await this.#told();
  }

  /** Until `stop`; throws at the first wrong answer. */
  async work(): Promise<void> {
    for (let round = 0; !this.#isDone; round++) {
      const from = performance.now();
      const note = `round ${round}`;
      const spec = `<spec><annotation>${note}</annotation></spec>`;
      await must(this.#working.call('ReconfigVM_Task', 'VirtualMachine', this.#machine, spec));
      const told = await this.#told();
      if (told !== note) throw new Error(`the watcher was told "${told}" instead of "${note}"`);
      const read = await this.#read();
      if (read !== note) throw new Error(`"${read}" was read instead of "${note}"`);
      this.rounds.push(performance.now() - from);
    }
  }

  stop(): void {
    this.#isDone = true;
  }

  async close(): Promise<void> {
    for (const client of [this.#working, this.#watching]) {
      await client.call('Logout', 'SessionManager', 'SessionManager');
      await client.close();
    }
  }

  /** The notes in the next update. */
  async #told(): Promise<string> {
    const args = `<version>${this.#version}</version><options><maxWaitSeconds>30</maxWaitSeconds></options>`;
    const { body } = await must(this.#watching.call('WaitForUpdatesEx', ...COLLECTOR, args));
    const set = find(body, 'returnval');
    this.#version = find(set, 'version')?.text ?? '';
    return find(set, 'filterSet', 'objectSet', 'changeSet', 'val')?.text ?? '';
  }

  async #read(): Promise<string> {
    const args = `<specSet>${this.#propSet()}</specSet><options/>`;
    const { body } = await must(this.#working.call('RetrievePropertiesEx', ...COLLECTOR, args));
    return find(body, 'returnval', 'objects', 'propSet', 'val')?.text ?? '';
  }

  #propSet(): string {
    const set = '<propSet><type>VirtualMachine</type><pathSet>config.annotation</pathSet></propSet>';
    return `${set}<objectSet><obj type="VirtualMachine">${this.#machine}</obj></objectSet>`;
  }
}

async function must(call: ReturnType<SoapClient['call']>): ReturnType<SoapClient['call']> {
  const reply = await call;
  if (reply.status !== 200) throw new Error(`the bystander was answered ${reply.status}: ${reply.faultString}`);
  return reply;
}
