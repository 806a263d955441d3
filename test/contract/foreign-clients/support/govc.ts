// govmomi's command line as a person runs it: a process for each command that logs in anew, with no configuration of the
// machine. A command that ends otherwise than expected fails the test with everything that it said.
import { execFile } from 'node:child_process';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GovcTarget {
  readonly govc: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Where govc would keep sessions and settings. */
  readonly home: string;
  /** GOVC_… variables besides those for the connection. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** For a command on a busy machine; one that hangs is ended and fails. */
const PATIENCE_MS = 60_000;

export class Govc {
  readonly #target: GovcTarget;

  constructor(target: GovcTarget) {
    this.#target = target;
  }

  /** The same vCenter with another account or other defaults. */
  as(change: Partial<GovcTarget>): Govc {
    return new Govc({ ...this.#target, ...change });
  }

  /** Runs to the end, however it ends. */
  run(...args: readonly string[]): Promise<Said> {
    const { govc, url, username, password, home, defaults } = this.#target;
    const env = {
      HOME: home,
      GOVC_URL: url,
      GOVC_USERNAME: username,
      GOVC_PASSWORD: password,
      GOVC_INSECURE: '1',
      GOVC_PERSIST_SESSION: 'false',
      ...defaults,
    };
    return new Promise((resolve, reject) => {
      execFile(govc, [...args], { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(new Error(`govc ${args.join(' ')} did not end by itself: ${stderr}`, { cause: error }));
      });
    });
  }

  /** Standard output of a command that must succeed. */
  async ok(...args: readonly string[]): Promise<string> {
    const said = await this.run(...args);
    if (said.code !== 0)
      throw new Error(`govc ${args.join(' ')}: exit code ${said.code}: ${said.stderr}${said.stdout}`);
    return said.stdout;
  }

  async lines(...args: readonly string[]): Promise<string[]> {
    const text = (await this.ok(...args)).trimEnd();
    return text === '' ? [] : text.split('\n').map((line) => line.trimEnd());
  }

  async json<T>(command: string, ...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(command, '-json', ...args)) as T;
  }

  /** What a command that must fail says. */
  async refused(...args: readonly string[]): Promise<string> {
    const said = await this.run(...args);
    if (said.code === 0) throw new Error(`govc ${args.join(' ')} was expected to fail and said: ${said.stdout}`);
    return said.stderr.trim().replace(/^\S*govc: /, ''); // it begins with its own path
  }
}
