// A complete list, page by page: pages of one list are one snapshot, so a token that expires on the way (410) means to
// start over. Each page is handed on before the next is read, so that a list of 10,000 never blocks the event loop long.
import { ApiError } from './api-error.ts';
import type { ListOptions, ListPage } from './rest-options.ts';

export interface PagedList {
  /** Of the snapshot that was listed. */
  readonly resourceVersion: string;
}

/** A list that expires this often is read in one piece: its pages take longer than the server keeps snapshots. */
const MAX_RESTARTS = 3;

/**
 * Reads every page through `readPage` and hands its items to `onPage`; `onRestart` comes before the first page of each
 * attempt, and what was handed on before is void.
 */
export async function readPages<T>(
  readPage: (options: Pick<ListOptions, 'limit' | 'continue'>) => Promise<ListPage<T>>,
  pageSize: number,
  onRestart: () => void,
  onPage: (items: readonly T[]) => void,
): Promise<PagedList> {
  for (let attempt = 0; ; attempt += 1) {
    onRestart();
    try {
      let page = await readPage(attempt < MAX_RESTARTS ? { limit: pageSize } : {});
      onPage(page.items);
      while (page.continue !== undefined) {
        page = await readPage({ limit: pageSize, continue: page.continue });
        onPage(page.items);
      }
      return { resourceVersion: page.resourceVersion };
    } catch (error) {
      if (!(error instanceof ApiError && error.gone) || attempt >= MAX_RESTARTS) throw error;
    }
  }
}
