// What a module of the admin endpoint is: it gets what it may look into and gives its routes. One file per topic in
// routes/, one line each in admin-routes.ts.
import type { World } from '../core/world.ts';

/** The request can't be understood; the message says why. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** The answer becomes JSON. Throws BadRequest for what the caller did wrong. */
export type AdminRoute = (query: URLSearchParams, body: unknown) => unknown;

/** Path → HTTP method → route. */
export type AdminRoutes = Readonly<Record<string, Readonly<Record<string, AdminRoute>>>>;

export interface AdminScope {
  readonly world: World;
  /** The answer to GET /v1/inventory. */
  readonly describe: (world: World) => unknown;
}

export type AdminModule = (scope: AdminScope) => AdminRoutes;

/** A body that must be a JSON object. */
export function objectBody(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new BadRequest('the body must be a JSON object');
}

export function notNegative(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new BadRequest(`${name} must be a number from 0 on`);
}

export function wholeNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadRequest(`${name} must be a whole number`);
}
