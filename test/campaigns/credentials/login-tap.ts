// Sees every login on its way to the vCenter: for which account, with which password, how it ended. And it lets passwords be
// changed "in the vCenter": the one that an account has now is replaced by the one that the simulator knows.
import { soapMethodOf } from '../long-lived/tampering-proxy.ts';
import type { Tamper } from '../long-lived/tampering-proxy.ts';

export interface SeenLogin {
  /** In lower case, as single sign-on compares. */
  readonly account: string;
  readonly password: string;
  /** By the monotonic clock, milliseconds. */
  readonly at: number;
  /** Undefined until it's known. */
  accepted: boolean | undefined;
}

const LOGIN = /<userName>([^<]*)<\/userName><password>([^<]*)<\/password>/;

export class LoginTap {
  readonly logins: SeenLogin[] = [];
  readonly #known: string;
  readonly #current = new Map<string, string>();
  /** Called when a login arrives, before it goes on. */
  onLogin: ((login: SeenLogin) => void) | undefined;

  /** `known`: the password of every account in the simulator. */
  constructor(known: string) {
    this.#known = known;
  }

  /** From now on only this password is accepted. */
  changePassword(account: string, password: string): void {
    this.#current.set(account.toLowerCase(), password);
  }

  of(account: string): readonly SeenLogin[] {
    return this.logins.filter((login) => login.account === account.toLowerCase());
  }

  readonly tamper: Tamper = {
    request: ({ body }) => {
      const [whole, user = '', password = ''] = soapMethodOf(body) === 'Login' ? (LOGIN.exec(body) ?? []) : [];
      if (whole === undefined) return body;
      const account = user.toLowerCase();
      const login: SeenLogin = { account, password, at: performance.now(), accepted: undefined };
      this.logins.push(login);
      this.onLogin?.(login);
      const current = this.#current.get(account);
      if (current === undefined) return body;
      const sent = password === current ? this.#known : `not-${this.#known}`;
      return body.replace(`<password>${password}</password>`, `<password>${sent}</password>`);
    },
    reply: ({ body }, reply) => {
      if (soapMethodOf(body) !== 'Login') return reply;
      const account = LOGIN.exec(body)?.[1]?.toLowerCase();
      const login = this.logins.findLast((one) => one.account === account && one.accepted === undefined);
      if (login !== undefined) login.accepted = reply.status === 200;
      return reply;
    },
  };
}
