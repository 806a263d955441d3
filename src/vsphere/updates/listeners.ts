// Who wants to be told. A listener that throws is reported and keeps nobody else from hearing.
import { toError } from '../../util/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';

export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The returned function removes the listener. */
  add(listener: (value: T) => void): () => void {
    const own = (value: T): void => listener(value);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  emit(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#logger.error({ err: toError(error) }, 'a listener to vCenter updates failed');
      }
    }
  }
}
