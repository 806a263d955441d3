// One attacker with a session, who logs in anew when a request of theirs has logged them out.
import { SoapClient } from '../../../unit/simulator/wire/support/soap-client.ts';

/** Requests between two looks at whether the session is still there. */
const LOOK_EVERY = 50;

export class Attacker {
  readonly #client: SoapClient;
  readonly #name: string;
  #requests = 0;

  /** `name` is the password too. */
  constructor(url: string, name: string) {
    this.#client = new SoapClient(url);
    this.#name = name;
  }

  /** The session's cookie, as it goes into a header. */
  async cookie(): Promise<string> {
    if (this.#requests++ % LOOK_EVERY === 0) await this.#look();
    return this.#client.cookie ?? '';
  }

  async leave(): Promise<void> {
    await this.#client.call('Logout', 'SessionManager', 'SessionManager');
    await this.#client.close();
  }

  async #look(): Promise<void> {
    const { fault } = await this.#client.call('CurrentTime', 'ServiceInstance', 'ServiceInstance');
    if (fault === undefined) return;
    this.#client.cookie = undefined;
    const login = await this.#client.login(`${this.#name}@vsphere.local`, this.#name);
    if (login.status !== 200) throw new Error(`${this.#name} can't log in: ${login.faultString}`);
  }
}
